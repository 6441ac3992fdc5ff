//! `sosw jobs list`.

use serde_json::{Value, json};
use task_manager::{jobs::record::Account, time::Timestamp};

use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ended jobs at most; open ones are always listed
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1000))]
    limit: u32,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let (jobs, now) = (connected.manager.jobs(args.limit).await?, connected.manager.now());
    connected.close().await;
    if args.json {
        return print::out(jobs.iter().map(|job| as_json(job, now)).collect::<Value>());
    }
    if jobs.is_empty() {
        return print::out("there are no jobs");
    }
    let columns =
        ["job", "labourer", "state", "tasks", "closed", "exhausted", "accepted", "duration"];
    let mut table = print::table(&columns, 3..6);
    for account in &jobs {
        let (job, progress) = (&account.job, account.progress);
        table.add_row([
            job.id.to_string(),
            job.labourer_id.to_string(),
            account.stage(now).to_owned(),
            progress.total.to_string(),
            progress.closed().to_string(),
            progress.exhausted.to_string(),
            print::time(job.created_at),
            print::duration(progress.duration(now)),
        ]);
    }
    print::out(table)
}

/// Everything about a job but its tasks.
pub fn as_json(account: &Account, now: Timestamp) -> Value {
    let (job, progress) = (&account.job, account.progress);
    json!({
        "job_id": job.id,
        "labourer_id": job.labourer_id,
        "state": account.stage(now),
        "created_at": job.created_at,
        "ended_at": job.ended_at.or(progress.ended()),
        "duration": progress.duration(now).as_secs_f64(),
        "progress": progress,
        "options": job.options,
    })
}
