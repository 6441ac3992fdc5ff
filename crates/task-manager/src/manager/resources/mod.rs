//! What labourers share.
//!
//! - [`share`]: permits are shared out, at every tick and whenever somebody can pass some on
//! - [`live`]: limits and pauses that operators set while everything runs
//! - [`rates`]: tokens, from who starts tasks
//! - [`rate_settings`]: the rates that they are taken of

use std::collections::BTreeMap;

use crate::{
    config::Config,
    history::{OfResource, held},
    ids::LabourerId,
    labourer::{self, Labourer},
    manager::TaskManager,
    resource::ledger::Ledger,
    storage::StoreError,
};

pub mod share;
pub mod live;
pub mod rates;
pub mod rate_settings;

/// The resources of the config, and what is written of them.
#[derive(Clone, Copy)]
pub struct Resources<'a> {
    pub(super) manager: &'a TaskManager,
}

impl<'a> Resources<'a> {
    /// The labourers of the config that use permits.
    pub fn users(self) -> impl Iterator<Item = &'a Labourer> {
        let config: &Config = &self.manager.config;
        config.labourers.values().filter(|labourer| !labourer.uses.permits.is_empty())
    }
    /// How each resource of the config stands, by the rows of all labourers. Nothing is read if there are none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn stand(
        self,
        rows: &BTreeMap<LabourerId, labourer::State>,
    ) -> Result<Vec<OfResource>, StoreError> {
        let (config, now) = (&self.manager.config, self.manager.now());
        let has_permits = config.resources.values().any(|resource| resource.permits.is_some());
        let ledger = if has_permits { self.ledger().await? } else { Ledger::default() };
        let rated = config.resources.values().filter(|resource| resource.rate.is_some());
        let rated: Vec<_> = rated.map(|resource| &resource.id).collect();
        let rates = match rated.is_empty() {
            true => BTreeMap::new(),
            false => self.manager.store.labourers().readable_rates(rated).await?,
        };
        let users = || {
            let uses = |row: &labourer::State| config.labourers.get(&row.labourer_id);
            rows.values().map(move |row| (row, uses(row).map(|labourer| &labourer.uses)))
        };
        let stand = |id| {
            let held = held(id, &ledger, users(), now);
            OfResource::of(id, held, &ledger, rates.get(id), now)
        };
        Ok(config.resources.keys().map(stand).collect())
    }
}
