//! Tokens of rates: who starts tasks takes them first, and who gets none remembers when to ask again.
//!
//! Any number of processes take tokens at the same time; each taking is one conditional update. What was last known of
//! a rate decides which update is tried, and whether any is: a rate whose tokens are used up is not asked again before
//! the next ones are there, unless that takes so long that somebody may have changed it meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::Resources;
use crate::{
    ids::ResourceId,
    labourer::Labourer,
    resource::{
        Rate,
        rate::{RateState, RateWait},
        tokens::{self, Next, RateUse},
    },
    storage::{StoreError, labourers::Taken},
    time::Timestamp,
};

/// What is known of a rate that nobody may use is read again after so long: it may have been raised, or resumed.
pub const REMEMBERED: Duration = Duration::from_secs(10);
/// How often tokens are tried to take of what others take, too.
const TRIES: u32 = 4;
/// The pause of one who lost all of these races.
const LOST: Duration = Duration::from_millis(100);

/// What this process last knew of rates. Shared by all copies of a manager.
#[derive(Clone, Debug, Default)]
pub(in crate::manager) struct KnownRates(Arc<Mutex<HashMap<ResourceId, Known>>>);

#[derive(Clone, Debug)]
struct Known {
    state: RateState,
    at: Timestamp,
}

impl KnownRates {
    /// What is known of a rate, unless it is too old to be waited for.
    fn get(&self, resource: &ResourceId, now: Timestamp) -> Option<RateState> {
        let known = self.rates().get(resource).cloned()?;
        let state = known.state;
        let is_open =
            state.paused_until(now).is_none() && state.rate().available(state.tat, now) > 0;
        (is_open || now.since(known.at) <= REMEMBERED).then_some(state)
    }

    /// What was heard of a rate in the last seconds.
    pub(super) fn recent(&self, resource: &ResourceId, now: Timestamp) -> Option<RateState> {
        let known = self.rates().get(resource).cloned()?;
        (now.since(known.at) <= REMEMBERED).then_some(known.state)
    }

    /// Answers come in any order: the newest is kept.
    pub(super) fn remember(&self, resource: &ResourceId, state: &RateState, now: Timestamp) {
        let mut rates = self.rates();
        let is_older = |old: &Known| {
            (old.state.revision, old.state.tat, old.state.turn)
                > (state.revision, state.tat, state.turn)
        };
        if !rates.get(resource).is_some_and(is_older) {
            rates.insert(resource.clone(), Known { state: state.clone(), at: now });
        }
    }

    fn rates(&self) -> MutexGuard<'_, HashMap<ResourceId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether tasks may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manager) enum Licence {
    /// The first so many of them, and where there is a rate not later than that.
    Start {
        tasks: usize,
        start_by: Option<Timestamp>,
    },
    Wait(RateWait),
}

impl Resources<'_> {
    /// Until when nothing of a labourer may start, as far as this process knows.
    pub(in crate::manager) fn known_wait(self, labourer: &Labourer) -> Option<RateWait> {
        let now = self.manager.now();
        let known = labourer.uses.rates.iter().filter_map(|(resource, weight)| {
            let state = self.manager.rates.get(resource, now)?;
            let rate = RateUse { resource, weight: *weight, state: &state, held: 0 };
            let awaited = state.rate().awaited() / (*weight).max(1);
            match tokens::next(&[rate], &vec![1; awaited.max(1) as usize], now) {
                Next::Wait(wait) => Some(wait),
                Next::Start(_) => None,
            }
        });
        known.max_by_key(|wait| wait.until)
    }

    /// Tasks that a batch of tokens is enough for, if none of them is a block.
    pub(in crate::manager) fn batch(self, labourer: &Labourer) -> u32 {
        let now = self.manager.now();
        let batches = labourer.uses.rates.iter().filter_map(|(resource, weight)| {
            let known = self.manager.rates.get(resource, now).map(|state| state.rate());
            Some(known.or(self.configured(resource))?.batch() / (*weight).max(1))
        });
        batches.min().unwrap_or(u32::MAX).max(1)
    }

    /// Takes tokens for the first of these tasks, of which each has so many members: for as many as may start now.
    /// What was taken and is not used is lost.
    pub(in crate::manager) async fn license(
        self,
        labourer: &Labourer,
        sizes: &[u64],
    ) -> Result<Licence, StoreError> {
        let mut takings = self.takings(labourer).await?;
        let now = self.manager.now();
        let start_by = takings.iter().map(|taking| now + taking.state.rate().lateness()).min();
        for _ in 0..TRIES {
            let uses: Vec<_> = takings.iter().map(Taking::rate).collect();
            let tasks = match tokens::next(&uses, sizes, now) {
                Next::Wait(wait) => return Ok(Licence::Wait(wait)),
                Next::Start(tasks) => tasks,
            };
            let sizes = sizes.get(..tasks).unwrap_or_default();
            if self.take_tokens(&mut takings, sizes, now).await? {
                return Ok(Licence::Start { tasks, start_by });
            }
        }
        let resource = takings.first().map(|taking| taking.resource.clone());
        Ok(match resource {
            Some(resource) => {
                Licence::Wait(RateWait { resource, until: now + LOST, paused: false })
            }
            None => Licence::Start { tasks: sizes.len(), start_by },
        })
    }

    /// What a labourer takes, the scarcest first: if there is nothing left of it, nothing of the others is lost.
    async fn takings(self, labourer: &Labourer) -> Result<Vec<Taking>, StoreError> {
        let mut takings = Vec::with_capacity(labourer.uses.rates.len());
        for (resource, weight) in &labourer.uses.rates {
            let unreadable = || self.manager.store.labourers().unreadable_rate(resource);
            let state = self.rate(resource).await?.ok_or_else(unreadable)?;
            takings.push(Taking { resource: resource.clone(), weight: *weight, state, held: 0 });
        }
        let now = self.manager.now();
        takings.sort_by_key(|taking| taking.state.rate().available(taking.state.tat, now));
        Ok(takings)
    }

    /// Takes what is still missing for these tasks. False if something was not as it was known: then it is known now.
    async fn take_tokens(
        self,
        takings: &mut [Taking],
        sizes: &[u64],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let table = self.manager.store.labourers();
        for taking in takings {
            let missing = taking.rate().tokens(sizes).saturating_sub(taking.held);
            if missing == 0 {
                continue;
            }
            let resource = &taking.resource;
            let (state, is_taken) =
                match table.take_tokens(resource, &taking.state, missing, now).await? {
                    Taken::Taken(state) => (state, true),
                    Taken::Refused(Some(state)) => (Some(state), false),
                    Taken::Refused(None) => (self.created(resource).await?, false),
                };
            if let Some(state) = state {
                self.manager.rates.remember(resource, &state, now);
                taking.state = state;
            }
            if !is_taken {
                return Ok(false);
            }
            taking.held += missing;
        }
        Ok(true)
    }

    /// A rate of the config as it was last known, else as it is now; its item is made if there is none.
    pub(super) async fn rate(self, resource: &ResourceId) -> Result<Option<RateState>, StoreError> {
        match self.manager.rates.get(resource, self.manager.now()) {
            Some(known) => Ok(Some(known)),
            None => self.reread(resource).await,
        }
    }

    pub(super) async fn reread(
        self,
        resource: &ResourceId,
    ) -> Result<Option<RateState>, StoreError> {
        let state = match self.manager.store.labourers().rate(resource).await? {
            Some(state) => Some(state),
            None => self.created(resource).await?,
        };
        if let Some(state) = &state {
            self.manager.rates.remember(resource, state, self.manager.now());
        }
        Ok(state)
    }

    /// Makes the item of a rate, by the config; somebody else may be faster.
    async fn created(self, resource: &ResourceId) -> Result<Option<RateState>, StoreError> {
        let Some(rate) = self.configured(resource) else { return Ok(None) };
        let state = RateState::new(rate, self.manager.config.pushed, self.manager.now());
        let table = self.manager.store.labourers();
        if table.add_rate(resource, &state).await? {
            return Ok(Some(state));
        }
        table.rate(resource).await
    }

    pub(super) fn configured(self, resource: &ResourceId) -> Option<Rate> {
        self.manager.config.resources.get(resource)?.rate
    }
}

/// What a labourer takes of a rate.
struct Taking {
    resource: ResourceId,
    weight: u32,
    state: RateState,
    held: u32,
}

impl Taking {
    fn rate(&self) -> RateUse<'_> {
        let Self { resource, weight, state, held } = self;
        RateUse { resource, weight: *weight, state, held: *held }
    }
}
