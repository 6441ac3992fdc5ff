//! `sosw jobs preview`.

use std::path::PathBuf;

use operator::{
    Json,
    jobs::{Estimate, JobPreview, preview},
};

use super::read;
use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON file with the job
    file: PathBuf,
    /// How many of the first and of the last tasks to show
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    tasks: u64,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let submission =
        args.place.with_sound_config(async |sosw| read(&args.file, &sosw.manager)).await?;
    let preview = preview(&submission, args.tasks);
    match args.json {
        true => print::json(&preview),
        false => print_text(preview),
    }
}

fn print_text(preview: JobPreview) -> Result<(), Error> {
    let JobPreview { labourer_id, tasks, estimate, warnings, first, last } = preview;
    let Estimate { creating, whole, largest } = estimate;
    let count = words::count(tasks, "task");
    print::out(format_args!("{count} of {labourer_id}, largest payload {largest} bytes"))?;
    print::out(format_args!(
        "about {creating} write units to queue them, {whole} until all are closed"
    ))?;
    for warning in warnings {
        print::out(format_args!("warning: {warning}"))?;
    }
    let mut table = print::table(&["task", "payload"], [0]);
    let behind = tasks.saturating_sub(last.len() as u64);
    let is_gap = (first.len() as u64) < behind;
    let row = |n: u64, payload| {
        let payload = Json::Object(payload).to_string();
        [n.to_string(), print::short(&payload, 300)]
    };
    for (n, payload) in (0..).zip(first) {
        table.add_row(row(n, payload));
    }
    if is_gap {
        table.add_row(["…", ""]);
    }
    for (n, payload) in (behind..).zip(last) {
        table.add_row(row(n, payload));
    }
    print::out(table)
}
