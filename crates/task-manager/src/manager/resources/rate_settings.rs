//! Rates as the config and operators set them. What is set counts at once: who takes tokens requires that they know the
//! latest.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tracing::warn;

use super::{Resources, live::LiveError};
use crate::{
    ids::ResourceId,
    labourer::Labourer,
    limits::cut,
    resource::{
        Rate,
        ledger::{Pause, SetLive},
        rate::RateState,
    },
    storage::{Contention, RetryPolicy, StoreError},
    time::Timestamp,
};

/// A rate that an operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRate {
    pub limit: u32,
    /// The window, if it changes.
    pub per: Option<Duration>,
    /// If it changes. Where it would be more than the limit, it is the limit.
    pub burst: Option<u32>,
}

impl Resources<'_> {
    /// The rates of the config as they are now; one that was never used as it is configured.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or one of them cannot be read.
    pub async fn rate_states(self) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        self.rate_states_of(|_| true).await
    }

    /// The same of some of them.
    ///
    /// # Errors
    /// As those of the other.
    pub async fn rate_states_of(
        self,
        is_asked_for: impl Fn(&ResourceId) -> bool,
    ) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        let ids = self.configured_rates().map(|(id, _)| id).filter(|id| is_asked_for(id));
        let ids: Vec<_> = ids.collect();
        let states = self.manager.store.labourers().rates(ids.iter().copied()).await?;
        Ok(self.with_unused(states, ids))
    }

    /// The same for who goes on whatever can be read: what cannot is as it is configured.
    pub(super) async fn rates_of(
        self,
        labourers: impl Iterator<Item = &Labourer>,
    ) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        let ids: BTreeSet<_> = labourers.flat_map(|labourer| labourer.uses.rates.keys()).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let states = self.manager.store.labourers().readable_rates(ids.iter().copied()).await?;
        Ok(self.with_unused(states, ids))
    }

    fn with_unused<'i>(
        self,
        mut states: BTreeMap<ResourceId, RateState>,
        ids: impl IntoIterator<Item = &'i ResourceId>,
    ) -> BTreeMap<ResourceId, RateState> {
        let (now, pushed) = (self.manager.now(), self.manager.config.pushed);
        for id in ids {
            let Some(rate) = self.configured(id) else { continue };
            let unused = || RateState { revision: 0, ..RateState::new(rate, pushed, now) };
            states.entry(id.clone()).or_insert_with(unused);
        }
        states
    }

    fn configured_rates(&self) -> impl Iterator<Item = (&ResourceId, Rate)> {
        let resources = self.manager.config.resources.values();
        resources.filter_map(|resource| Some((&resource.id, resource.rate?)))
    }

    /// Brings the config of today into the rates that are in use, and can be read: of the others nothing starts. Nothing
    /// is read if there are none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn adopt_rates(self) -> Result<(), StoreError> {
        let ids: Vec<_> = self.configured_rates().map(|(id, _)| id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for (resource, state) in self.manager.store.labourers().readable_rates(ids).await? {
            let now = self.manager.now();
            self.manager.rates.remember(&resource, &state, now);
            let (new, remark) = self.under_rate_config(&resource, state.clone());
            let is_changed = new != state;
            if is_changed && self.put_rate(&resource, &state, new).await?.is_none() {
                // Others take tokens all the time: it is tried until none was taken in between.
                drop(self.change_rate(&resource, Ok).await?);
            }
            if let Some(remark) = remark {
                warn!(%resource, remark, "the config replaces what was set by hand");
            }
        }
        Ok(())
    }

    fn under_rate_config(
        self,
        resource: &ResourceId,
        state: RateState,
    ) -> (RateState, Option<String>) {
        match self.configured(resource) {
            Some(rate) => state.under(rate, self.manager.config.pushed, self.manager.now()),
            None => (state, None),
        }
    }

    /// Sets the rate of a resource, until another config is pushed. It counts at once.
    ///
    /// # Errors
    /// When the resource is unknown or has no rate, the new one cannot be, or DynamoDB does not answer.
    pub async fn set_rate(
        self,
        resource: &ResourceId,
        new: NewRate,
        reason: Option<&str>,
    ) -> Result<RateState, LiveError> {
        self.has_rate(resource)?;
        let (at, by) = (self.manager.now(), self.manager.author.to_string());
        let reason = reason.map(brief);
        let changed = self.change_rate(resource, |state| {
            let to = new.over(state.rate())?;
            let set = SetLive { to, at, by: by.clone(), reason: reason.clone() };
            Ok(state.with_set(set, at))
        });
        match changed.await? {
            Ok(state) => Ok(state),
            Err(why) => Err(LiveError::Refused { resource: resource.clone(), why }),
        }
    }

    /// Lets nothing start that takes tokens of a rate, or lets it go on.
    ///
    /// # Errors
    /// When the resource is unknown or has no rate, or DynamoDB does not answer.
    pub async fn pause_rate(
        self,
        resource: &ResourceId,
        pause: Option<&Pause>,
    ) -> Result<RateState, LiveError> {
        self.has_rate(resource)?;
        let pause =
            pause.map(|pause| Pause { reason: pause.reason.as_deref().map(brief), ..*pause });
        let changed =
            self.change_rate(resource, |state| Ok(RateState { pause: pause.clone(), ..state }));
        match changed.await? {
            Ok(state) => Ok(state),
            Err(why) => Err(LiveError::Refused { resource: resource.clone(), why }),
        }
    }

    fn has_rate(self, resource: &ResourceId) -> Result<(), LiveError> {
        self.known(resource)?;
        match self.configured(resource) {
            Some(_) => Ok(()),
            None => Err(LiveError::NoRate { resource: resource.clone() }),
        }
    }

    /// Changes a rate's settings as they are by the config of today; while others take its tokens, again and again.
    async fn change_rate(
        self,
        resource: &ResourceId,
        edit: impl Fn(RateState) -> Result<RateState, String>,
    ) -> Result<Result<RateState, String>, StoreError> {
        let mut retries = self.manager.store.retries(RetryPolicy::PATIENT);
        loop {
            let Some(read) = self.reread(resource).await? else {
                return Ok(Err("its item cannot be read".to_owned()));
            };
            let (state, _) = self.under_rate_config(resource, read.clone());
            let new = match edit(state) {
                Ok(new) => new,
                Err(why) => return Ok(Err(why)),
            };
            if let Some(put) = self.put_rate(resource, &read, new).await? {
                return Ok(Ok(put));
            }
            if !retries.again().await {
                return Err(StoreError::Contended {
                    operation: "change a rate",
                    resource: resource.to_string(),
                    attempts: retries.failed_tries(),
                    contention: Contention::Conflict,
                });
            }
        }
    }

    /// Writes settings, if nobody else did so or took tokens meanwhile.
    async fn put_rate(
        self,
        resource: &ResourceId,
        read: &RateState,
        new: RateState,
    ) -> Result<Option<RateState>, StoreError> {
        if !self.manager.store.labourers().change_rate(resource, read, &new).await? {
            return Ok(None);
        }
        let state = RateState { revision: read.revision + 1, ..new };
        self.manager.rates.remember(resource, &state, self.manager.now());
        Ok(Some(state))
    }

    /// A tick looks after those who wait for a rate from now on, unless a newer one does. Answers whether it does.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn sign_turn(
        self,
        resource: &ResourceId,
        turn: Timestamp,
    ) -> Result<bool, StoreError> {
        self.manager.store.labourers().sign_turn(resource, turn).await
    }

    /// Does a newer tick look after those who wait for a rate? Whoever takes tokens hears of it; where that is some
    /// time ago, it is asked for.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn is_newer_turn(
        self,
        resource: &ResourceId,
        turn: Timestamp,
    ) -> Result<bool, StoreError> {
        let state = match self.manager.rates.recent(resource, self.manager.now()) {
            Some(known) => Some(known),
            None => self.reread(resource).await?,
        };
        Ok(state.and_then(|state| state.turn).is_some_and(|newest| newest > turn))
    }
}

/// Each taking of tokens pays for all that the item holds.
fn brief(reason: &str) -> String {
    cut(reason, 200)
}

impl NewRate {
    /// Limits beyond that are refused.
    const MOST: u32 = 1_000_000;

    /// The rate that it makes of another.
    fn over(self, old: Rate) -> Result<Rate, String> {
        let (limit, per) = (self.limit, self.per.unwrap_or(old.per));
        if !(1..=Self::MOST).contains(&limit) {
            return Err(format!("got a limit of {limit}, expected 1 to {}", Self::MOST));
        }
        if per.is_zero() {
            return Err("got no time for the limit, expected some seconds".to_owned());
        }
        match self.burst {
            Some(burst) if !(1..=limit).contains(&burst) => {
                Err(format!("got a burst of {burst}, expected 1 to the limit, which is {limit}"))
            }
            burst => Ok(Rate { limit, per, burst: burst.unwrap_or(old.burst.min(limit)) }),
        }
    }
}
