//! `sosw jobs cancel` and `sosw jobs retry-failed`.

use operator::jobs;

use super::named;
use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Cancel {
    /// Id of the job, or its beginning
    id: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn cancel(args: Cancel) -> Result<(), Error> {
    let cancelled = args.place.with(async |sosw| {
        let id = named(&sosw.manager, &args.id).await?;
        Ok(jobs::cancel(&sosw.manager, &id).await?)
    });
    let cancelled = cancelled.await?;
    if args.json {
        return print::json(&cancelled);
    }
    let (id, ignored) = (&cancelled.job_id, words::count(cancelled.ignored, "task"));
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
    /// Id of the job, or its beginning
    id: String,
    /// Only tasks whose last error is of this kind (as shown by `sosw jobs show`)
    #[arg(long, value_name = "KIND")]
    error: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn retry_failed(args: RetryFailed) -> Result<(), Error> {
    let retried = args.place.with(async |sosw| {
        let id = named(&sosw.manager, &args.id).await?;
        let retried = jobs::retry_failed(&sosw.manager, &id, args.error.as_deref()).await?;
        if retried.tasks > 0 {
            args.place.note_if_idle(sosw);
        }
        Ok((id, retried))
    });
    let (id, retried) = retried.await?;
    if args.json {
        return print::json(&retried);
    }
    let sent = words::count(retried.tasks, "task");
    let others: Vec<_> = retried.others.into_iter().collect();
    let others = others.join(", ");
    print::out(match (retried.tasks, others.is_empty()) {
        (0, false) => format!(
            "job {id}: {sent} queued again; its kinds of error are {}",
            words::printable(&others)
        ),
        _ => format!("job {id}: {sent} queued again"),
    })
}
