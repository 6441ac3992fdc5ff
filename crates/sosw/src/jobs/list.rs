//! `sosw jobs list`.

use operator::jobs::{Count, JobOverview, count_ended, list};

use crate::{connect::Where, error::Error, print, state, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The most ended jobs to list; open ones are always listed
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1000))]
    limit: u32,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let listed = args.place.with(async |sosw| {
        let jobs = list(&sosw.manager, args.limit).await?;
        let ended = jobs.iter().filter(|job| !job.state.is_open()).count();
        let more = match ended < args.limit as usize {
            true => Count::Exactly(0),
            false => count_ended(&sosw.manager).await?.less(ended as u64),
        };
        Ok((jobs, more))
    });
    let (jobs, more) = listed.await?;
    match args.json {
        true => print::json(&jobs)?,
        false if jobs.is_empty() => print::out("there are no jobs")?,
        false => jobs.iter().try_for_each(|job| print::entry(head(job), [details(job)]))?,
    }
    match more.is_surely_zero() {
        true => Ok(()),
        false => print::rest(args.json, format_args!("and {more} more that ended: use --limit")),
    }
}

fn head(job: &JobOverview) -> String {
    let progress = job.progress;
    let mut parts = vec![
        state::painted_job(job.stage),
        format!("{} of {}", progress.succeeded, words::count(progress.total, "task"))
            + " succeeded",
    ];
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
    parts.extend(some(progress.exhausted, "failed"));
    parts.extend(some(progress.ignored, "cancelled"));
    format!("{}  {}", job.job_id, parts.join(", "))
}

fn details(job: &JobOverview) -> String {
    let (accepted, took) = (print::time(job.created_at), print::duration(job.duration));
    format!("{}, accepted {accepted}, {took}", job.labourer_id)
}
