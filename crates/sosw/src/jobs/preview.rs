//! `sosw jobs preview`.

use std::path::PathBuf;

use operator::jobs::estimate::Estimate;
use serde_json::{Value, json};
use task_manager::jobs::plan::Plan;

use super::read;
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON of the job
    file: PathBuf,
    /// Tasks shown at either end
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    tasks: u64,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let submission = read(&args.file, &connected.manager)?;
    connected.close().await;
    let plan = &submission.plan;
    let estimate = Estimate::of(plan);
    let (first, last) = ends(plan.len(), args.tasks);
    match args.json {
        true => print::out(json!({
            "labourer_id": plan.labourer(),
            "tasks": plan.len(),
            "estimate": estimate,
            "first": payloads(plan, first),
            "last": payloads(plan, last),
        })),
        false => tell(plan, estimate, first, last),
    }
}

/// The numbers of the first tasks and of the last ones, none of them twice.
fn ends(total: u64, most: u64) -> (std::ops::Range<u64>, std::ops::Range<u64>) {
    let first = 0..total.min(most);
    let last = first.end.max(total.saturating_sub(most))..total;
    (first, last)
}

fn payloads(plan: &Plan, numbers: std::ops::Range<u64>) -> Value {
    numbers.filter_map(|n| plan.task(n)).map(Value::Object).collect()
}

fn tell(
    plan: &Plan,
    estimate: Estimate,
    first: std::ops::Range<u64>,
    last: std::ops::Range<u64>,
) -> Result<(), Error> {
    let tasks = print::count(plan.len(), "task");
    print::out(format_args!(
        "{tasks} of {}, largest payload {} bytes",
        plan.labourer(),
        estimate.largest
    ))?;
    let Estimate { creating, whole, .. } = estimate;
    print::out(format_args!(
        "about {creating} write units to queue them, {whole} until all are closed"
    ))?;
    let mut table = print::table(&["task", "payload"], [0]);
    let gap = first.end < last.start;
    for (place, numbers) in [first, last].into_iter().enumerate() {
        if place == 1 && gap {
            table.add_row(["…", ""]);
        }
        for n in numbers {
            let payload = plan.task(n).map(Value::Object).unwrap_or_default();
            table.add_row([n.to_string(), print::short(&payload.to_string(), 300)]);
        }
    }
    print::out(table)
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn the_ends_of_a_short_job_do_not_overlap() {
        assert_eq!(ends(1000, 3), (0..3, 997..1000));
        assert_eq!(ends(4, 3), (0..3, 3..4));
        assert_eq!(ends(2, 3), (0..2, 2..2));
    }
}
