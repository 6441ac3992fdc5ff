//! Labourers that left the config. Their attempts may still be running, their tasks may be parked, and
//! people may want to see both: so the names of all labourers are kept until nothing is left of them.

use super::Labourers;
use crate::{
    greenfield::KeyRange,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::StoreError,
};

/// A labourer with its row, if it has one.
pub type Visit = (Labourer, Option<labourer::State>);

/// Everybody who may have open tasks.
#[derive(Clone, Debug)]
pub struct Everybody {
    /// The labourers of the config, then those that left it.
    pub visits: Vec<Visit>,
    /// Names of the config that are not among the kept ones.
    new: Vec<LabourerId>,
}

impl Labourers<'_> {
    /// Everybody who may have open tasks.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn everybody(self) -> Result<Everybody, StoreError> {
        let table = self.manager.store.labourers();
        let known = &self.manager.config.labourers;
        let (mut rows, names) = table.rows_and_names(known.keys()).await?;
        let new = known.keys().filter(|name| !names.contains(name)).cloned().collect();
        let left: Vec<_> = names.into_iter().filter(|name| !known.contains_key(name)).collect();
        if !left.is_empty() {
            rows.extend(table.rows(&left).await?);
        }
        let all = known.values().cloned().chain(left.into_iter().map(Labourer::left));
        let visit = |labourer: Labourer| {
            let row = rows.remove(&labourer.id);
            (labourer, row)
        };
        Ok(Everybody { visits: all.map(visit).collect(), new })
    }

    /// Keeps the names of the config for the time when one is no longer there.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn remember(self, everybody: &Everybody) -> Result<(), StoreError> {
        match everybody.new.is_empty() {
            true => Ok(()),
            false => self.manager.store.labourers().remember(&everybody.new).await,
        }
    }

    /// The names of those that left the config.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn left(self) -> Result<Vec<LabourerId>, StoreError> {
        let (_, names) = self.manager.store.labourers().rows_and_names([]).await?;
        let known = &self.manager.config.labourers;
        Ok(names.into_iter().filter(|name| !known.contains_key(name)).collect())
    }

    /// Forgets a labourer that left the config, if none of its tasks is open. Its row stays: should it
    /// come back, it is still paused, and nobody is notified twice.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget_if_idle(self, labourer: &Labourer) -> Result<(), StoreError> {
        let (store, now) = (&self.manager.store, self.manager.now());
        for open in [KeyRange::queued(now), KeyRange::invoked(now)] {
            if !store.tasks().candidates(&labourer.id, open, 1, false).await?.is_empty() {
                return Ok(());
            }
        }
        match store.retry().latest(&labourer.id, 1).await?.is_empty() {
            true => store.labourers().forget(&labourer.id).await,
            false => Ok(()),
        }
    }
}
