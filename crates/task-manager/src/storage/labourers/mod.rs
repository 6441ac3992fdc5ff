//! The labourers' rows: `running` changes only inside the transitions' transactions; what a tick and
//! operators write is everything else. What many attempts add to stands beside the row: the counters of
//! freed slots, and those of what did not go well.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use super::{Store, StoreError};
use crate::{
    attributes::{Item, n, number, s, text},
    ecology::Memory,
    ids::{LabourerId, ResourceId},
    labourer::{self, counts::Counts},
    resource::{ledger::Ledger, rate::RateState},
    time::Timestamp,
};

mod frees;
mod ledger;
mod names;
mod rates;
mod slots;
mod trouble;
mod upkeep;

pub use ledger::LedgerRead;
pub(crate) use rates::Taken;
pub use upkeep::{HeldSlots, Refresh};

/// Rows by the name of the labourer.
pub type Rows = HashMap<LabourerId, labourer::State>;

#[derive(Clone, Copy)]
pub struct LabourersTable<'a> {
    pub(super) store: &'a Store,
}

impl LabourersTable<'_> {
    /// A labourer's row with its counters, as they are now.
    pub async fn row(self, labourer: &LabourerId) -> Result<Option<labourer::State>, StoreError> {
        let Some(mut row) = self.row_alone(labourer).await? else { return Ok(None) };
        self.add_freed(std::iter::once(&mut row)).await?;
        Ok(Some(row))
    }

    /// A labourer's row without its counters, as it is now: for those who only give a slot back.
    pub(crate) async fn row_alone(
        self,
        labourer: &LabourerId,
    ) -> Result<Option<labourer::State>, StoreError> {
        let request = self.store.client().get_item().table_name(&self.store.names.labourers);
        let request = request.set_key(Some(row_key(labourer))).consistent_read(true);
        let answer = request.send().await;
        let answer =
            answer.map_err(|e| StoreError::of("GetItem", &self.store.names.labourers, e))?;
        Ok(answer.item.map(|item| read(labourer.clone(), &item)))
    }

    /// The rows of these labourers that there are, with their counters.
    pub async fn rows<'a>(
        self,
        labourers: impl IntoIterator<Item = &'a LabourerId>,
    ) -> Result<Rows, StoreError> {
        let keys: Vec<_> = labourers.into_iter().map(row_key).collect();
        let mut rows = rows_of(&self.items(&keys).await?);
        self.add_freed(rows.values_mut()).await?;
        Ok(rows)
    }

    /// The same without their counters: one read for a hundred labourers, however many slots they have. Of one
    /// that has counters, the slots in use are not known then.
    pub async fn rows_alone<'a>(
        self,
        labourers: impl IntoIterator<Item = &'a LabourerId>,
    ) -> Result<Rows, StoreError> {
        let keys: Vec<_> = labourers.into_iter().map(row_key).collect();
        Ok(rows_of(&self.items(&keys).await?))
    }

    /// The same with what they share, if that is asked for: in the same read.
    pub async fn rows_and_resources<'a>(
        self,
        labourers: impl IntoIterator<Item = &'a LabourerId>,
        with_ledger: bool,
        rates: impl IntoIterator<Item = &'a ResourceId>,
    ) -> Result<(Rows, Ledger, BTreeMap<ResourceId, RateState>), StoreError> {
        let keys = labourers.into_iter().map(row_key).chain(with_ledger.then(ledger::key));
        let keys: Vec<_> = keys.chain(rates.into_iter().map(rates::key)).collect();
        let items = self.items(&keys).await?;
        let is_ledger = |item: &&Item| item.get("labourer_id") == ledger::key().get("labourer_id");
        let ledger = items.iter().find(is_ledger).map(|item| self.ledger_of(item)).transpose()?;
        let ledger = ledger.unwrap_or_default().ledger;
        Ok((rows_of(&items), ledger, self.rates_of(&items)?))
    }

    /// Rows with their counters, and the names of all labourers that may have left something behind.
    pub(crate) async fn rows_and_names<'a>(
        self,
        labourers: impl IntoIterator<Item = &'a LabourerId>,
    ) -> Result<(Rows, BTreeSet<LabourerId>), StoreError> {
        let keys: Vec<_> = labourers.into_iter().map(row_key).chain([names::key()]).collect();
        let items = self.items(&keys).await?;
        let names = items.iter().find_map(names::read).unwrap_or_default();
        let mut rows = rows_of(&items);
        self.add_freed(rows.values_mut()).await?;
        Ok((rows, names))
    }

    async fn items(self, keys: &[Item]) -> Result<Vec<Item>, StoreError> {
        self.store.engine.batch_get(&self.store.names.labourers, keys).await
    }
}

fn rows_of(items: &[Item]) -> Rows {
    let rows = items.iter().filter_map(|item| {
        let id = LabourerId::new(text(item.get("labourer_id")?)?).ok()?;
        Some((id.clone(), read(id, item)))
    });
    rows.collect()
}

pub(super) fn row_key(labourer: &LabourerId) -> Item {
    HashMap::from([("labourer_id".to_owned(), s(labourer.as_str()))])
}

pub(super) fn read(labourer_id: LabourerId, item: &Item) -> labourer::State {
    let number = |field: &str| item.get(field).and_then(number);
    let text = |field: &str| item.get(field).and_then(text).map(str::to_owned);
    labourer::State {
        labourer_id,
        taken: number("running").unwrap_or_default() as u64,
        counters: number("free_counters").unwrap_or_default() as u32,
        freed: 0,
        unclaimed: number("unclaimed").map(|count| count as u32),
        draining: item.get("draining").is_some(),
        slot_limit: number("slot_limit").unwrap_or_default() as u32,
        share: number("share").map(|share| share as u32),
        refreshed_at: number("refreshed_at").map(Timestamp::from_seconds),
        paused_until: number("paused_until").map(Timestamp::from_seconds),
        paused_reason: text("paused_reason"),
        function_timeout: number("function_timeout")
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        function_asked_at: number("function_asked_at").map(Timestamp::from_seconds),
        health: text("health"),
        ecology: text("ecology").and_then(|memory| Memory::from_text(&memory)),
        trials: number("trials").unwrap_or_default() as u32,
        notified_until: number("exhausted_told").map(Timestamp::from_seconds),
        counts: counts(item),
        claimed_at: number("claimed_at").map(Timestamp::from_seconds),
        counted_since: number("counted_since").map(Timestamp::from_seconds),
    }
}

/// What is counted at a row or at a counter beside it.
fn counts(item: &Item) -> Counts {
    Counts::read(|field| item.get(field).and_then(number).unwrap_or_default() as u64)
}

fn to_item(row: &labourer::State) -> Item {
    let fields = [
        ("labourer_id", Some(s(row.labourer_id.as_str()))),
        ("running", Some(n(row.taken))),
        ("unclaimed", row.unclaimed.map(n)),
        ("free_counters", Some(row.counters).filter(|counters| *counters > 0).map(n)),
        ("slot_limit", Some(n(row.slot_limit))),
        ("share", row.share.map(n)),
        ("refreshed_at", row.refreshed_at.map(n)),
        ("paused_until", row.paused_until.map(n)),
        ("paused_reason", row.paused_reason.as_ref().map(s)),
        ("function_timeout", row.function_timeout.map(|t| n(t.as_secs_f64()))),
        ("function_asked_at", row.function_asked_at.map(n)),
        ("health", row.health.as_ref().map(s)),
        ("ecology", row.ecology.as_ref().map(|memory| s(memory.to_text()))),
        ("trials", Some(row.trials).filter(|trials| *trials > 0).map(n)),
        ("exhausted_told", row.notified_until.map(n)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
