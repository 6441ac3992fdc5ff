//! `sosw jobs show`.

use operator::{
    Timestamp,
    forecast::{ShownJob, show_job},
    jobs::{Breakdown, ErrorKind, JobDetails, JobErrors, JobOverview},
    words::argument,
};

use super::{follow::follow, named};
use crate::{connect::Where, error::Error, hint, print, state, words};

/// The most kinds of errors to print; `--json` has all.
const KINDS: usize = 5;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the job, or its beginning
    id: String,
    /// Show progress until the job has ended; exits with 3 if it failed or was cancelled
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    place: Where,
    /// Print JSON; with --follow an object a line whenever something changed, the last one as without --follow
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let shown = match args.follow {
        true => follow(&args.place, &args.id, args.json).await?,
        false => {
            let shown = args.place.with(async |sosw| {
                let id = named(&sosw.manager, &args.id).await?;
                Ok(show_job(&sosw.manager, &id).await?)
            });
            shown.await?
        }
    };
    match args.json {
        true => print::json(&shown)?,
        false => print::out(as_text(&shown))?,
    }
    match args.follow && shown.details.job.is_lost() {
        true => Err(Error::JobsEnded(vec![shown.details.job])),
        false => Ok(()),
    }
}

fn as_text(shown: &ShownJob) -> String {
    let ShownJob { details: JobDetails { job, open, errors, content }, forecast } = shown;
    let progress = job.progress;
    let time = |at: Option<Timestamp>| at.map_or("not yet".to_owned(), print::time);
    let Breakdown { queued, running, parked } = open;
    let retries = match progress.retried {
        1 => "1 retry".to_owned(),
        many => format!("{many} retries"),
    };
    let mut lines = vec![
        line("job", &job.job_id),
        line("labourer", &job.labourer_id),
        line("state", state::painted_job(job.stage)),
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
        line("retried", format_args!("{}, {}", retries, words::count(progress.snoozed, "snooze"))),
    ];
    lines.extend(of_errors(job, errors));
    let forecast = forecast.as_ref().filter(|forecast| forecast.left > 0);
    lines
        .extend(forecast.map(|forecast| line("forecast", words::printable(&forecast.to_string()))));
    lines.push(line("accepted", print::time(job.created_at)));
    lines.extend(job.options.start.map(|start| line("not before", print::time(start))));
    lines.extend([
        line("started", time(progress.started)),
        line("ended", time(job.ended_at)),
        line("duration", print::duration(job.duration)),
        line("content", words::short(content, 400)),
    ]);
    lines.extend(next_steps(job));
    lines.join("\n")
}

/// What to do about failed tasks.
fn next_steps(job: &JobOverview) -> Vec<String> {
    if job.progress.exhausted == 0 {
        return Vec::new();
    }
    let id = argument(&job.job_id);
    let list = hint::command(&format!("tasks list --job {id} --state failed"));
    let mut lines = vec![format!("\nList the failed tasks:\n  {list}")];
    if !job.state.is_cancelled() {
        let retry = hint::command(&format!("jobs retry-failed {id}"));
        lines.push(format!("Queue them again, once the cause is fixed:\n  {retry}"));
    }
    lines
}

/// The kinds of errors, the most frequent first, each with one of the tasks that had it.
fn of_errors(job: &JobOverview, errors: &JobErrors) -> Vec<String> {
    let JobErrors { kinds, is_sample } = errors;
    let mut texts: Vec<_> = kinds.iter().take(KINDS).flat_map(|kind| of_kind(job, kind)).collect();
    let more = kinds.len().saturating_sub(KINDS);
    texts.extend((more > 0).then(|| format!("and {more} more: use --json")));
    texts.extend(is_sample.then(|| "of a sample: there were too many to read all".to_owned()));
    let names = std::iter::once("errors").chain(std::iter::repeat(""));
    names.zip(texts).map(|(name, text)| line(name, text)).collect()
}

fn of_kind(job: &JobOverview, kind: &ErrorKind) -> [String; 2] {
    let ErrorKind { kind, failed, waiting, task_id, message } = kind;
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
    let counts: Vec<_> = [some(*failed, "failed"), some(*waiting, "waiting to retry")].into();
    let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let error = match kind.as_str() {
        "" => "no error is recorded".to_owned(),
        kind => words::error(kind, message),
    };
    let example = job.name_of(task_id);
    [format!("{counts}: {}", words::short(&error, 160)), format!("  for example {example}")]
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
