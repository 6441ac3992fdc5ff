//! `sosw status`: how many tasks each labourer has in each state.

use operator::status::{LabourerStatus, list};

use crate::{connect::Where, error::Error, print};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let labourers = args.place.with(async |sosw| Ok(list(&sosw.manager).await?)).await?;
    match args.json {
        true => print::json(&labourers),
        false => print::out(as_table(&labourers)),
    }
}

fn as_table(labourers: &[LabourerStatus]) -> comfy_table::Table {
    let columns = [
        "labourer",
        "queued",
        "running",
        "slots",
        "expired",
        "waiting to retry",
        "succeeded",
        "failed",
        "cancelled",
        "health",
    ];
    let mut table = print::table(&columns, 1..9);
    for labourer in labourers {
        let counts = &labourer.counts;
        let numbers = [
            counts.queued,
            counts.running,
            u64::from(labourer.slots),
            counts.expired,
            counts.parked,
            counts.succeeded,
            counts.exhausted,
            counts.ignored,
        ];
        let name = [labourer.labourer_id.to_string()];
        let numbers = numbers.iter().map(u64::to_string);
        table.add_row(name.into_iter().chain(numbers).chain([labourer.remark.clone()]));
    }
    table
}
