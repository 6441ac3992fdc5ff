//! `sosw jobs show`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use operator::{
    JobId, TaskManager, Timestamp,
    jobs::{Breakdown, JobDetails, JobError, JobOverview, read, show},
};

use crate::{connect::Where, error::Error, print};

/// Interval between two reads of a job that is followed.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the job
    id: String,
    /// Show progress until it is done
    #[arg(long, conflicts_with = "json")]
    follow: bool,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let id = JobId::new(&args.id)?;
    let shown = args.place.with(async |sosw| {
        if args.follow {
            follow(&sosw.manager, &id).await?;
        }
        Ok(show(&sosw.manager, &id).await?)
    });
    let details = shown.await?;
    match args.json {
        true => print::json(&details),
        false => print::out(as_text(&details)),
    }
}

/// Shows progress until every task is closed.
async fn follow(manager: &TaskManager, id: &JobId) -> Result<(), JobError> {
    let mut job = read(manager, id).await?;
    let bar = ProgressBar::new(job.progress.total);
    let style = "{bar:40} {pos} of {len} closed, {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()));
    loop {
        bar.set_message(in_a_line(&job));
        bar.set_length(job.progress.total);
        bar.set_position(job.progress.closed());
        if job.progress.is_done() || !job.state.is_open() {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
        job = read(manager, id).await?;
    }
}

fn in_a_line(job: &JobOverview) -> String {
    let exhausted = job.progress.exhausted;
    let mut parts = vec![job.stage.to_owned()];
    parts.extend((exhausted > 0).then(|| format!("{exhausted} failed")));
    parts.extend(job.eta.map(|eta| format!("ETA {}", print::duration(eta))));
    parts.join(", ")
}

fn as_text(details: &JobDetails) -> String {
    let JobDetails { job, open, content } = details;
    let progress = job.progress;
    let time = |at: Option<Timestamp>| at.map_or("not yet".to_owned(), print::time);
    let Breakdown { queued, running, parked } = open;
    let mut lines = vec![
        line("job", &job.job_id),
        line("labourer", &job.labourer_id),
        line("state", job.stage),
        line(
            "tasks",
            format_args!("{}, {} created{}", progress.total, progress.made, in_blocks(job)),
        ),
        line("open", format_args!("{queued} queued, {running} running, {parked} waiting to retry")),
        line(
            "closed",
            format_args!(
                "{} succeeded, {} failed, {} cancelled",
                progress.succeeded, progress.exhausted, progress.ignored
            ),
        ),
        line("retried", format_args!("{} retries, {} snoozes", progress.retried, progress.snoozed)),
        line("accepted", print::time(job.created_at)),
    ];
    lines.extend(job.options.start.map(|start| line("not before", print::time(start))));
    lines.extend([
        line("started", time(progress.started)),
        line("ended", time(job.ended_at)),
        line("duration", print::duration(job.duration)),
        line("content", print::short(content, 400)),
    ]);
    lines.join("\n")
}

/// `, in blocks of 100`, if it is.
pub(super) fn in_blocks(job: &JobOverview) -> String {
    match job.block_size {
        1 => String::new(),
        size => format!(", in blocks of {size}"),
    }
}

fn line(name: &str, text: impl std::fmt::Display) -> String {
    format!("{name:<12}{text}")
}
