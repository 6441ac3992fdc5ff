//! `sosw jobs cancel` and `sosw jobs retry-failed`.

use operator::{JobId, jobs};

use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Cancel {
    /// Id of the job
    id: String,
    #[command(flatten)]
    place: Where,
}

pub async fn cancel(args: Cancel) -> Result<(), Error> {
    let id = JobId::new(args.id)?;
    let cancelled = args.place.with(async |sosw| Ok(jobs::cancel(&sosw.manager, &id).await?));
    let cancelled = cancelled.await?;
    let ignored = words::count(cancelled.ignored, "task");
    match cancelled.open {
        0 => print::out(format_args!("job {id}: {ignored} cancelled")),
        open => print::out(format_args!(
            "job {id}: {ignored} cancelled, {} still running",
            words::count(open, "task")
        )),
    }
}

#[derive(Debug, clap::Args)]
pub struct RetryFailed {
    /// Id of the job
    id: String,
    /// Only tasks whose last error is of this kind (as shown by `sosw tasks show`)
    #[arg(long, value_name = "KIND")]
    error: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn retry_failed(args: RetryFailed) -> Result<(), Error> {
    let id = JobId::new(args.id)?;
    let retried = args.place.with(async |sosw| {
        Ok(jobs::retry_failed(&sosw.manager, &id, args.error.as_deref()).await?)
    });
    let retried = retried.await?;
    let sent = words::count(retried.tasks, "task");
    let others: Vec<_> = retried.others.into_iter().collect();
    print::out(match (retried.tasks, others.is_empty()) {
        (0, false) => {
            format!("job {id}: {sent} queued again; its kinds of error are {}", others.join(", "))
        }
        _ => format!("job {id}: {sent} queued again"),
    })
}
