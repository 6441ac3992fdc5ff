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
    /// How large the result of a task is, for the price: bytes of its JSON
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=65_536))]
    result: u64,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let previewed = args.place.with_sound_config(async |sosw| {
        let submission = read(&args.file, &sosw.manager)?;
        Ok(preview(&sosw.manager, &submission, args.tasks, args.result).await?)
    });
    let preview = previewed.await?;
    match args.json {
        true => print::json(&preview),
        false => print_text(preview, args.result),
    }
}

fn print_text(preview: JobPreview, result: u64) -> Result<(), Error> {
    let JobPreview { labourer_id, tasks, block_size, estimate, instead, warnings, first, last } =
        preview;
    let Estimate { items, creating, largest, .. } = estimate;
    let count = words::count(tasks, "task");
    let blocks = match block_size {
        1 => String::new(),
        size => format!(" in {} of up to {size}", words::count(items, "block")),
    };
    print::out(format_args!("{count} of {labourer_id}{blocks}, largest payload {largest} bytes"))?;
    print::out(format_args!("about {creating} write units to queue them"))?;
    print::out(prices([Some(estimate), instead].into_iter().flatten(), result))?;
    for warning in warnings {
        let warning = warning.to_string();
        print::out(format_args!("warning: {}", words::printable(&warning)))?;
    }
    let mut table = print::table(&["task", "payload"], [0]);
    let behind = tasks.saturating_sub(last.len() as u64);
    let is_gap = (first.len() as u64) < behind;
    let row = |n: u64, payload| {
        let payload = Json::Object(payload).to_string();
        [n.to_string(), words::short(&payload, 300)]
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

/// What the ways of running a job cost, the one that it goes first.
fn prices(ways: impl Iterator<Item = Estimate>, result: u64) -> String {
    let columns =
        ["estimated price on AWS", "items", "write units", "read units", "invocations", "dollars"];
    let mut table = print::table(&columns, 1..6);
    for way in ways {
        let name = match way.block_size {
            1 => "single tasks".to_owned(),
            size => format!("in blocks of {size}"),
        };
        let numbers = [way.items, way.whole, way.read, way.invocations].map(|n| n.to_string());
        let dollars =
            [if way.dollars < 0.01 { "< 0.01".to_owned() } else { format!("{:.2}", way.dollars) }];
        table.add_row([name].into_iter().chain(numbers).chain(dollars));
    }
    let results = match result {
        0 => "without results (--result)".to_owned(),
        bytes => format!("with a result of {bytes} bytes each"),
    };
    format!(
        "{table}\nif each task succeeds at its first attempt, {results}; without the time of the labourer itself\n"
    )
}
