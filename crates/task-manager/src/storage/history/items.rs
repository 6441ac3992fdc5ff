//! Records as items: short, so that a labourer's minute is one write unit. Attributes that a later version adds
//! are not read, those that an earlier one lacks are nothing.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    attributes::{Item, n, number, s, text},
    ecology::Health,
    history::{Brief, Bucket, Durations, Gauges, Numbers, Record, StackRecord, Totals},
    ids::LabourerId,
    time::Timestamp,
};

pub fn of(record: &Record) -> Item {
    let mut item = common(&record.gauges, record.numbers, &record.durations);
    item.extend(record.since.map(|since| ("since".to_owned(), n(since))));
    item.insert("until".into(), n(record.until));
    item.insert("totals".into(), list(record.totals.to_list()));
    item
}

pub fn of_stack(record: &StackRecord) -> Item {
    let mut item = common(&record.gauges, record.numbers, &record.durations);
    let briefs = record.labourers.iter().map(|(id, brief)| (id.to_string(), brief_of(brief)));
    item.insert("labourers".into(), AttributeValue::M(briefs.collect()));
    item
}

pub fn read(item: &Item) -> Option<Record> {
    let totals: Vec<u64> = numbers_in(item.get("totals")?);
    Some(Record {
        minute: time(item, "minute")?,
        since: time(item, "since"),
        until: time(item, "until")?,
        gauges: gauges(item),
        numbers: Numbers::from_list(&numbers_at(item, "numbers")),
        totals: Totals::from_list(&totals),
        durations: durations(item),
    })
}

pub fn read_stack(item: &Item) -> Option<StackRecord> {
    let briefs = item.get("labourers").and_then(|briefs| briefs.as_m().ok());
    let labourers = briefs.into_iter().flatten().filter_map(|(id, brief)| {
        Some((LabourerId::new(id).ok()?, read_brief(&numbers_in(brief))))
    });
    Some(StackRecord {
        minute: time(item, "minute")?,
        gauges: gauges(item),
        numbers: Numbers::from_list(&numbers_at(item, "numbers")),
        durations: durations(item),
        labourers: labourers.collect::<BTreeMap<_, _>>(),
    })
}

fn common(gauges: &Gauges, numbers: Numbers, durations: &Durations) -> Item {
    let Gauges { queued, oldest, running, slots, health, reason } = gauges;
    let buckets = durations.iter().flat_map(|(bucket, count)| [bucket.number().into(), count]);
    let fields = [
        ("queued", n(queued)),
        ("oldest", n(oldest.as_secs())),
        ("running", n(running)),
        ("slots", n(slots)),
        ("health", n(health.status())),
        ("reason", s(reason)),
        ("numbers", list(numbers.to_list())),
        ("durations", list(buckets)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn gauges(item: &Item) -> Gauges {
    let count = |field: &str| item.get(field).and_then(number).unwrap_or_default();
    Gauges {
        queued: count("queued") as u64,
        oldest: Duration::from_secs(count("oldest") as u64),
        running: count("running") as u32,
        slots: count("slots") as u32,
        health: health(count("health") as i64),
        reason: item.get("reason").and_then(text).unwrap_or_default().to_owned(),
    }
}

fn durations(item: &Item) -> Durations {
    let list: Vec<u64> = numbers_at(item, "durations");
    let mut durations = Durations::default();
    for pair in list.chunks_exact(2) {
        let [bucket, count] = pair else { continue };
        let bucket = u8::try_from(*bucket).ok().and_then(Bucket::from_number);
        bucket.into_iter().for_each(|bucket| durations.add(bucket, *count));
    }
    durations
}

fn brief_of(brief: &Brief) -> AttributeValue {
    let gauges = [
        i64::try_from(brief.queued).unwrap_or(i64::MAX),
        i64::try_from(brief.oldest).unwrap_or(i64::MAX),
        brief.running.into(),
        brief.slots.into(),
        brief.health.status().into(),
    ];
    list(gauges.into_iter().chain(brief.numbers.to_list()))
}

fn read_brief(list: &[i64]) -> Brief {
    let at = |place: usize| list.get(place).copied().unwrap_or_default();
    Brief {
        queued: at(0).unsigned_abs(),
        oldest: at(1).unsigned_abs(),
        running: u32::try_from(at(2)).unwrap_or_default(),
        slots: u32::try_from(at(3)).unwrap_or_default(),
        health: health(at(4)),
        numbers: Numbers::from_list(list.get(5..).unwrap_or_default()),
    }
}

fn health(status: i64) -> Health {
    u8::try_from(status).ok().and_then(|n| Health::try_from(n).ok()).unwrap_or_default()
}

fn time(item: &Item, field: &str) -> Option<Timestamp> {
    item.get(field).and_then(number).map(Timestamp::from_seconds)
}

fn list<N: ToString>(numbers: impl IntoIterator<Item = N>) -> AttributeValue {
    AttributeValue::L(numbers.into_iter().map(n).collect())
}

fn numbers_at<N: std::str::FromStr>(item: &Item, field: &str) -> Vec<N> {
    item.get(field).map(numbers_in).unwrap_or_default()
}

fn numbers_in<N: std::str::FromStr>(list: &AttributeValue) -> Vec<N> {
    let list = list.as_l().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|value| value.as_n().ok()?.parse().ok()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{attributes::bytes, history::Series};

    /// A record with all that fits into it.
    fn full() -> Record {
        let mut durations = Durations::default();
        (1..=48).for_each(|k| durations.add(Bucket::from_number(k * 4).unwrap(), 99_999));
        let most = [9_999_999_999; 8];
        Record {
            minute: Timestamp::from_seconds(1.8e9),
            since: Some(Timestamp::from_seconds(1.8e9 - 60.0)),
            until: Timestamp::from_seconds(1_799_999_995.123_456),
            gauges: Gauges {
                queued: 100_000,
                oldest: Duration::from_secs(9_999_999),
                running: 100_000,
                slots: 100_000,
                health: Health::Moderate,
                reason: "r".repeat(160),
            },
            numbers: Numbers::from_list(&[9_999_999; 6]),
            totals: Totals::from_list(&most),
            durations,
        }
    }

    fn stored(mut item: Item, record: &Record) -> Item {
        item.insert("minute".into(), n(record.minute));
        item
    }

    #[test]
    fn a_labourers_record_is_one_write_unit_however_much_happened() {
        let record = full();
        let longest = LabourerId::new("x".repeat(140)).unwrap();
        let mut item = stored(of(&record), &record);
        item.insert("series".into(), s(Series::Labourer(longest).to_string()));
        item.insert("expires_at".into(), n(record.minute));
        let size: usize = item.iter().map(|(name, value)| name.len() + bytes(value)).sum();
        assert!(size <= 1024, "{size} bytes");
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = full();
        assert_eq!(read(&stored(of(&record), &record)), Some(record));
        let record = full();
        let id = LabourerId::new("worker").unwrap();
        let sum = StackRecord::of(record.minute, &[(id, record.clone(), record.numbers)]).unwrap();
        assert_eq!(read_stack(&stored(of_stack(&sum), &record)), Some(sum));
    }
}
