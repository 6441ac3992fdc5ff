//! `sosw status`: how many tasks each labourer has in each state.

use operator::status::{LabourerStatus, list};

use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let listed = args.place.with(async |sosw| {
        let labourers = list(&sosw.manager).await?;
        if labourers.iter().any(|labourer| labourer.counts.open() > 0) {
            args.place.note_if_idle(sosw);
        }
        Ok(labourers)
    });
    let labourers = listed.await?;
    match args.json {
        true => print::json(&labourers),
        false => print::out(as_text(&labourers)),
    }
}

/// The table, then what there is to say about each labourer, which no column of a narrow terminal would hold.
fn as_text(labourers: &[LabourerStatus]) -> String {
    let remarks = labourers.iter().filter(|labourer| !labourer.remark.is_empty());
    let remarks = remarks
        .map(|status| format!("\n{}: {}", status.labourer_id, words::printable(&status.remark)));
    format!("{}{}", as_table(labourers), remarks.collect::<String>())
}

/// Of a labourer, in a column.
type Number = fn(&LabourerStatus) -> u64;

fn as_table(labourers: &[LabourerStatus]) -> comfy_table::Table {
    let all: [(&str, Number); 8] = [
        ("queued", |status| status.counts.queued),
        ("running", |status| status.counts.running),
        ("slots", |status| status.slots.into()),
        ("expired", |status| status.counts.expired),
        ("waiting\nto retry", |status| status.counts.parked),
        ("succeeded", |status| status.counts.succeeded),
        ("failed", |status| status.counts.exhausted),
        ("cancelled", |status| status.counts.ignored),
    ];
    // Attempts are expired for moments.
    let is_expired = labourers.iter().any(|status| status.counts.expired > 0);
    let shown: Vec<_> =
        all.into_iter().filter(|(name, _)| *name != "expired" || is_expired).collect();
    let names = shown.iter().map(|(name, _)| *name);
    let names: Vec<_> = std::iter::once("labourer").chain(names).collect();
    let mut table = print::table(&names, 1..names.len());
    for status in labourers {
        let name = status.labourer_id.to_string();
        let numbers = shown.iter().map(|(_, number)| number(status).to_string());
        table.add_row(std::iter::once(name).chain(numbers));
    }
    table
}

#[cfg(test)]
mod tests {
    use operator::{LabourerId, status::TaskCounts};

    use super::*;

    #[test]
    fn a_status_fits_into_80_columns() {
        let counts = TaskCounts { queued: 100_000, succeeded: 1_000_000, ..TaskCounts::default() };
        let labourer_id = LabourerId::new("resize_pictures").unwrap();
        let remark = "4 High: all is well".to_owned();
        let status = LabourerStatus { labourer_id, counts, slots: 100, remark, stopped: None };
        let text = as_text(&[status]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.ends_with("\nresize_pictures: 4 High: all is well"), "{text}");
        assert!(!text.contains("expired"), "{text}");
    }
}
