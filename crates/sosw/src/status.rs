//! `sosw status`: how many tasks of each labourer are where.

use serde_json::json;
use task_manager::{
    TaskManager, labourer::Labourer, manager::look::Counts, slots::Row, time::Timestamp,
};

use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A labourer's tasks and slots at one moment.
pub struct Standing<'m> {
    pub labourer: &'m Labourer,
    pub row: Option<Row>,
    pub counts: Counts,
}

impl Standing<'_> {
    /// Slots there are, as last decided.
    pub fn slots(&self) -> u32 {
        let most = self.labourer.max_simultaneous_invocations;
        self.row.as_ref().map_or(most, |row| row.slot_limit)
    }

    /// Whether it is paused, else how it is and why; with the time, if that is long ago.
    pub fn remark(&self, now: Timestamp) -> String {
        let Some(row) = &self.row else { return String::new() };
        let health = || match (&row.health, row.refreshed_at) {
            (Some(health), Some(at)) if !row.is_fresh(now) => {
                Some(format!("{health} (as of {})", print::time(at)))
            }
            (health, _) => health.clone(),
        };
        row.pause_in_words(now).or_else(health).unwrap_or_default()
    }
}

pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let standings = standings(&connected.manager).await?;
    let now = connected.manager.now();
    let shown = match args.json {
        true => print::out(as_json(&standings, now)),
        false => print::out(as_table(&standings, now)),
    };
    drop(standings);
    connected.close().await;
    shown
}

/// All labourers of the config, side by side.
pub async fn standings(manager: &TaskManager) -> Result<Vec<Standing<'_>>, Error> {
    let labourers: Vec<_> = manager.labourers().collect();
    let mut rows = manager.store().rows(labourers.iter().map(|labourer| &labourer.id)).await?;
    let looks = labourers.into_iter().map(|labourer| {
        let row = rows.remove(&labourer.id);
        async move {
            let counts = manager.counts(labourer, row.as_ref()).await?;
            Ok::<_, Error>(Standing { labourer, row, counts })
        }
    });
    futures::future::try_join_all(looks).await
}

fn as_table(standings: &[Standing<'_>], now: Timestamp) -> comfy_table::Table {
    let columns = [
        "labourer",
        "queued",
        "running",
        "slots",
        "expired",
        "parked",
        "succeeded",
        "exhausted",
        "ignored",
        "health",
    ];
    let mut table = print::table(&columns, 1..9);
    for standing in standings {
        let counts = &standing.counts;
        let numbers = [
            counts.queued,
            counts.running,
            u64::from(standing.slots()),
            counts.expired,
            counts.parked,
            counts.succeeded,
            counts.exhausted,
            counts.ignored,
        ];
        let name = [standing.labourer.id.to_string()];
        let numbers = numbers.iter().map(u64::to_string);
        table.add_row(name.into_iter().chain(numbers).chain([standing.remark(now)]));
    }
    table
}

fn as_json(standings: &[Standing<'_>], now: Timestamp) -> serde_json::Value {
    let told = standings.iter().map(|standing| {
        json!({
            "labourer_id": standing.labourer.id,
            "counts": standing.counts,
            "slots": standing.slots(),
            "remark": standing.remark(now),
        })
    });
    told.collect()
}
