//! `sosw jobs list`.

use operator::jobs::list;

use crate::{connect::Where, error::Error, print};

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
    let listed = args.place.with(async |sosw| Ok(list(&sosw.manager, args.limit).await?));
    let jobs = listed.await?;
    if args.json {
        return print::json(&jobs);
    }
    if jobs.is_empty() {
        return print::out("there are no jobs");
    }
    let columns = ["job", "labourer", "state", "tasks", "closed", "failed", "accepted", "duration"];
    let mut table = print::table(&columns, 3..6);
    for job in &jobs {
        let progress = job.progress;
        table.add_row([
            job.job_id.to_string(),
            job.labourer_id.to_string(),
            job.stage.to_owned(),
            progress.total.to_string(),
            progress.closed().to_string(),
            progress.exhausted.to_string(),
            print::time(job.created_at),
            print::duration(job.duration),
        ]);
    }
    print::out(table)
}
