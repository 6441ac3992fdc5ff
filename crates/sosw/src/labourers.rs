//! `sosw labourers`: slots and health of each labourer, and the reason.

use operator::{
    Timestamp,
    health::{Change, LabourerHealth, list},
};

use crate::{connect::Where, error::Error, print, words};

/// Changes of each labourer that the table shows.
const CHANGES: usize = 3;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let listed = args.place.with(async |sosw| Ok((list(&sosw.manager).await?, sosw.manager.now())));
    let (labourers, now) = listed.await?;
    match args.json {
        true => print::json(&labourers),
        false => print::out(as_table(&labourers, now)),
    }
}

fn as_table(labourers: &[LabourerHealth], now: Timestamp) -> comfy_table::Table {
    let columns = ["labourer", "running", "slots", "of", "queued", "reason", "last changes"];
    let mut table = print::table(&columns, 1..5);
    for labourer in labourers {
        let changes = labourer.changes.as_deref().unwrap_or_default();
        let last = changes.iter().rev().take(CHANGES).map(|change| short(change, now));
        let more = changes.len().saturating_sub(CHANGES);
        let more = (more > 0).then(|| format!("and {more} more: use --json"));
        table.add_row([
            labourer.labourer_id.to_string(),
            labourer.running.to_string(),
            labourer.slot_limit.to_string(),
            labourer.max_simultaneous_invocations.to_string(),
            labourer.queued.to_string(),
            words::printable(&labourer.remark).into(),
            last.chain(more).collect::<Vec<_>>().join("\n"),
        ]);
    }
    table
}

fn short(change: &Change, now: Timestamp) -> String {
    let slots = words::count(change.limit.into(), "slot");
    let (ago, health) = (print::duration(now.since(change.at)), change.health.to_string());
    format!("{ago} ago: {}, {slots}", words::printable(&health))
}
