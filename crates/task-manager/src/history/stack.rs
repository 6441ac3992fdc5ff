//! The stack's record of a minute: the sum, and in brief what each labourer adds to it, so that who shows all of
//! them reads one series.

use std::collections::BTreeMap;

use super::{Durations, Gauges, Numbers, Record};
use crate::{ecology::Health, ids::LabourerId, time::Timestamp};

/// So many labourers are named, those with the most to do: an item has 400 KB.
const MOST: usize = 1000;

/// A labourer's minute in brief.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    pub queued: u64,
    /// In seconds.
    pub oldest: u64,
    pub running: u32,
    pub slots: u32,
    pub health: Health,
    pub numbers: Numbers,
}

/// One minute of everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct StackRecord {
    pub minute: Timestamp,
    /// Sums; of ages the highest, of health the worst with its reason.
    pub gauges: Gauges,
    pub numbers: Numbers,
    pub durations: Durations,
    /// Of those with a record in this minute.
    pub labourers: BTreeMap<LabourerId, Brief>,
}

impl StackRecord {
    /// The sum of these records of one minute, each with numbers that no other record of the stack has; nothing
    /// if there are none.
    pub fn of(minute: Timestamp, records: &[(LabourerId, Record, Numbers)]) -> Option<Self> {
        let mut sum = Self {
            minute,
            gauges: Gauges::default(),
            numbers: Numbers::default(),
            durations: Durations::default(),
            labourers: BTreeMap::new(),
        };
        let worst = records.iter().min_by_key(|(_, record, _)| record.gauges.health);
        let (worst_id, worst, _) = worst?;
        for (_, record, numbers) in records {
            sum.gauges.queued += record.gauges.queued;
            sum.gauges.oldest = sum.gauges.oldest.max(record.gauges.oldest);
            sum.gauges.running += record.gauges.running;
            sum.gauges.slots += record.gauges.slots;
            sum.numbers += *numbers;
            sum.durations += &record.durations;
        }
        sum.gauges.health = worst.gauges.health;
        if worst.gauges.health < Health::High {
            sum.gauges.reason = format!("{worst_id}: {}", worst.gauges.reason);
        }
        sum.durations = sum.durations.compact();
        let mut busiest: Vec<_> = records.iter().collect();
        busiest.sort_by_key(|(_, record, _)| {
            std::cmp::Reverse(u64::from(record.gauges.running) + record.gauges.queued)
        });
        let briefs = busiest.into_iter().take(MOST);
        sum.labourers =
            briefs.map(|(id, record, numbers)| (id.clone(), brief(record, *numbers))).collect();
        Some(sum)
    }
}

fn brief(record: &Record, numbers: Numbers) -> Brief {
    let Gauges { queued, oldest, running, slots, health, .. } = record.gauges;
    Brief { queued, oldest: oldest.as_secs(), running, slots, health, numbers }
}
