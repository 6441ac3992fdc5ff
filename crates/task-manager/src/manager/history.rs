//! The records of each minute: made by the orchestrator's tick, of labourers with activity.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};

use super::TaskManager;
use crate::{
    history::{
        Gauges, Numbers, OfResource, Reading, Record, Series, StackRecord, Successes, minute_of,
    },
    ids::LabourerId,
    labourer::{self, counts::Counts},
    storage::{StoreError, closed::LAG},
    time::Timestamp,
};

/// Labourers whose records are made concurrently.
const AT_ONCE: usize = 16;
/// Pages of the index that are read of one labourer: some 700,000 successes. The next record goes on there.
const PAGES: u32 = 100;
/// A tick that was killed leaves records of labourers without one of the stack: so many are looked for.
const MOST_UNSUMMED: u32 = 1000;
/// How long before a minute something may have happened that only its record counts.
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub struct History<'a> {
    pub(super) manager: &'a TaskManager,
}

/// A labourer's record, and what of its numbers no record of the stack has.
type Recorded = (LabourerId, Record, Numbers);

impl History<'_> {
    /// Makes the records of this minute, if it has none: of each labourer with activity, then of the stack. Rows
    /// are those of all who may have had any. Answers whether the minute has its records.
    ///
    /// # Errors
    /// When DynamoDB does not answer. What was written stays; the next tick counts on from there.
    pub async fn record(
        self,
        mut rows: BTreeMap<LabourerId, labourer::State>,
        mut gauges: BTreeMap<LabourerId, Gauges>,
    ) -> Result<bool, StoreError> {
        let table = self.manager.store.history();
        let minute = minute_of(self.manager.now());
        let last = table.latest_of_stack().await?;
        if last.as_ref().is_some_and(|last| last.minute >= minute) {
            return Ok(true);
        }
        // Whoever left the config is forgotten once it is idle, which may be before its last minute is recorded.
        let listed = last.iter().flat_map(|last| last.labourers.keys());
        let unread: Vec<_> = listed.filter(|id| !rows.contains_key(*id)).collect();
        if !unread.is_empty() {
            rows.extend(self.manager.store.labourers().rows(unread).await?);
        }
        rows.retain(|id, row| {
            let has_work = gauges.get(id).is_some_and(|gauges| !gauges.is_idle());
            has_work || self.may_be_active(row, last.as_ref(), minute)
        });
        self.manager.store.labourers().add_counted(rows.values_mut()).await?;
        let summed = last.map(|last| last.minute);
        let records = rows.into_values().map(|row| {
            let gauges = gauges.remove(&row.labourer_id).unwrap_or_else(|| gauges_by_row(&row));
            self.record_of(row, gauges, minute, summed)
        });
        // Boxed, or the types of all that a tick awaits would nest too deep.
        let records = stream::iter(records.map(Box::pin)).buffer_unordered(AT_ONCE);
        let mut records: Vec<Recorded> =
            records.try_filter_map(async |made| Ok(made)).try_collect().await?;
        records.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        match StackRecord::of(minute, &records) {
            Some(sum) => table.put_stack(&sum, self.expiry(minute)).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn record_of(
        self,
        row: labourer::State,
        gauges: Gauges,
        minute: Timestamp,
        summed: Option<Timestamp>,
    ) -> Result<Option<Recorded>, StoreError> {
        let (id, table) = (&row.labourer_id, self.manager.store.history());
        let series = Series::Labourer(id.clone());
        let before = table.before(&series, minute, 1).await?.pop();
        let end = minute - LAG;
        let oldest_kept = minute - self.manager.config.keep_history;
        let is_new = row.counted_since.is_some_and(|since| since > oldest_kept);
        let from = match &before {
            Some(before) => before.until,
            None => row.counted_since.filter(|_| is_new).unwrap_or(end - MINUTE),
        };
        let closed = self.manager.store.closed();
        let (found, until) = closed.successes(id, from, end, PAGES).await?;
        let mut successes = Successes::default();
        found.into_iter().for_each(|success| successes.add(success));
        let reading = Reading { gauges, counts: row.counts, is_new, successes, until };
        let Some(record) = Record::next(before.as_ref(), minute, reading) else {
            return Ok(None);
        };
        table.put(&series, &record, self.expiry(minute)).await?;
        let mut numbers = record.numbers;
        let is_unsummed = |record: &Record| summed.is_none_or(|summed| record.minute > summed);
        if before.as_ref().is_some_and(is_unsummed) {
            let unsummed = table.before(&series, minute, MOST_UNSUMMED).await?;
            let unsummed = unsummed.into_iter().take_while(is_unsummed);
            unsummed.for_each(|record| numbers += record.numbers);
        }
        Ok(Some((row.labourer_id, record, numbers)))
    }

    /// Makes the records of this minute of resources that were used: what is held is `running`, what is in force
    /// `slots`, who waits `queued`, and tokens that were taken are `started`.
    ///
    /// # Errors
    /// When DynamoDB does not answer. The next tick counts on from there.
    pub async fn record_resources(self, standings: &[OfResource]) -> Result<(), StoreError> {
        let (table, minute) = (self.manager.store.history(), minute_of(self.manager.now()));
        for OfResource { id, gauges, tokens } in standings {
            let series = Series::Resource(id.clone());
            let before = table.before(&series, minute, 1).await?.pop();
            let reading = Reading {
                gauges: gauges.clone(),
                counts: Counts { claimed: *tokens, ..Counts::default() },
                is_new: false,
                successes: Successes::default(),
                until: minute,
            };
            if let Some(record) = Record::next(before.as_ref(), minute, reading) {
                table.put(&series, &record, self.expiry(minute)).await?;
            }
        }
        Ok(())
    }

    fn expiry(self, minute: Timestamp) -> Timestamp {
        minute + self.manager.config.keep_history
    }

    /// May there be something to record of a labourer that has nothing to do now? It had something when the
    /// stack's record was made, or has begun an attempt since; what came of it may still be on its way into the
    /// index.
    fn may_be_active(
        self,
        row: &labourer::State,
        last: Option<&StackRecord>,
        minute: Timestamp,
    ) -> bool {
        let begin = match last {
            Some(last) => last.minute - MINUTE - LAG,
            None => minute - self.manager.config.keep_history,
        };
        let was_listed = last.is_some_and(|last| last.labourers.contains_key(&row.labourer_id));
        was_listed || row.running() > 0 || row.claimed_at.is_some_and(|at| at >= begin)
    }
}

/// Of a labourer whose queue could not be read.
fn gauges_by_row(row: &labourer::State) -> Gauges {
    Gauges {
        running: row.running(),
        slots: row.slot_limit,
        reason: row.health.clone().unwrap_or_default(),
        ..Gauges::default()
    }
}
