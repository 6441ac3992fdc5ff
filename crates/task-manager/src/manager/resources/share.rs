//! Permits are shared out: at every tick; when somebody gets work and has no share left for it; and when an attempt
//! ends whose slot nobody of its labourer takes, while others wait. In between ticks one process at a time does it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use tracing::{info, warn};

use super::Resources;
use crate::{
    describe,
    ecology::{Readings, Tick},
    greenfield::KeyRange,
    ids::{LabourerId, ResourceId},
    labourer::{self, Labourer},
    limits::MAX_FUNCTION_TIMEOUT,
    manager::attempts::{fill::SlotsFilled, start::Started},
    resource::{
        Weights,
        ledger::{ConfigAge, Ledger, User},
        rate::RateState,
        tokens::{RateUse, most_live},
    },
    sharing::{self, Party, Step},
    storage::{Contention, StoreError},
    time::Timestamp,
};

/// Queues that are read concurrently.
const AT_ONCE: usize = 16;
/// Steps of a pass: to lower shares and to settle what is held, each once more for whoever was faster.
const STEPS: u32 = 8;
/// Passes of one who passes permits on: what is freed meanwhile is passed on, too.
const PASSES: u32 = 4;
/// How long one who passes permits on keeps others from it, if it crashes.
const PASSING: Duration = Duration::from_millis(500);
/// For so long the same is first among equals.
const TURN: Duration = Duration::from_secs(60);

/// What shares of resources are decided by at a tick.
#[derive(Clone, Copy, Debug)]
pub struct Health<'a> {
    pub readings: &'a BTreeMap<ResourceId, Readings>,
}

/// Why somebody would pass permits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion<'a> {
    /// An attempt has ended, and nobody took its slot.
    Freed,
    /// This labourer has work and no share left for it.
    Work(&'a LabourerId),
}

/// What became of a labourer that had work and no share left for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOn {
    /// Of its tasks.
    pub started: Started,
    /// Is it known to wait? Then it gets permits as soon as some are freed.
    pub waits: bool,
}

/// What came of sharing permits out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// Whose share has risen.
    raised: Vec<LabourerId>,
    /// Who has work, and did not use all of their share: two attempts that end at once, while the share falls, may both
    /// give back their slot where one had to.
    idle: Vec<LabourerId>,
    /// Were others kept from passing permits on meanwhile?
    kept_others: bool,
}

/// What became of a step.
enum Taken {
    Whole {
        /// Whose share has risen.
        raised: Vec<LabourerId>,
    },
    /// More is to be done.
    Part { raised: Vec<LabourerId> },
    /// It is read again, and decided again.
    Again,
}

/// Who may write while permits are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Whoever is faster: ticks, and operators.
    Anybody,
    /// Whoever begins to pass them on, while nobody else does.
    OneAtATime,
}

impl Resources<'_> {
    /// Shares permits out, by the health of the resources. Nothing is written if everybody has what they may have.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or others are in the way again and again. The next tick goes on from there.
    pub async fn share(self, health: Health<'_>) -> Result<(), StoreError> {
        self.settle(Some(health), By::Anybody).await.map(drop)
    }

    /// The ledger as it is now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ledger(self) -> Result<Ledger, StoreError> {
        Ok(self.manager.store.labourers().ledger().await?.ledger)
    }

    /// Passes permits on that an attempt has left whose slot nobody took, and starts what they are for. Nothing is
    /// done if nobody waits, or if somebody else is at it. A failure is logged: the orchestrator's next tick shares
    /// them out.
    pub async fn pass_on_freed(self) {
        self.pass_on(Occasion::Freed).await;
    }

    /// Shares permits out anew for a labourer that has work and no share left for it, unless it is known to wait; in
    /// all else as the other.
    pub async fn pass_on_to(self, labourer: &LabourerId) -> PassedOn {
        self.pass_on(Occasion::Work(labourer)).await
    }

    async fn pass_on(self, occasion: Occasion<'_>) -> PassedOn {
        self.try_to_pass_on(occasion).await.unwrap_or_else(|error| {
            let error = describe(&error);
            warn!(error, "permits are not passed on; the orchestrator's next tick shares them out");
            PassedOn::default()
        })
    }

    async fn try_to_pass_on(self, occasion: Occasion<'_>) -> Result<PassedOn, StoreError> {
        let (mut passed, mut looked_at) = (PassedOn::default(), BTreeSet::new());
        for _ in 0..PASSES {
            let read = self.manager.store.labourers().ledger().await?;
            let is_busy = read.passing_until.is_some_and(|until| self.manager.now() < until);
            let is_called_for = match occasion {
                Occasion::Freed => !read.ledger.waiting.is_empty(),
                // Who is known to wait gets permits when some are freed.
                Occasion::Work(labourer) => !read.ledger.waiting.contains(labourer),
            };
            passed.waits = matches!(occasion, Occasion::Work(_)) && !is_called_for;
            if is_busy || !is_called_for {
                return Ok(passed);
            }
            let Settled { raised, mut idle, kept_others } =
                self.settle(None, By::OneAtATime).await?;
            idle.retain(|id| !raised.contains(id) && looked_at.insert(id.clone()));
            for (id, filled) in self.start(raised.iter().chain(&idle)).await {
                if occasion == Occasion::Work(&id) {
                    passed.started = std::mem::take(&mut passed.started).then(filled.started);
                }
            }
            // What was freed meanwhile was left to this process.
            if !kept_others {
                break;
            }
        }
        Ok(passed)
    }

    /// Starts tasks of these.
    async fn start(
        self,
        ready: impl Iterator<Item = &LabourerId>,
    ) -> Vec<(LabourerId, SlotsFilled)> {
        let labourers = ready.filter_map(|id| self.manager.config.labourers.get(id));
        let attempts = self.manager.attempts();
        let starts = labourers.map(|labourer| {
            let filled = attempts.fill_own_slots(labourer, || true);
            filled.map(|filled| (labourer.id.clone(), filled)).boxed()
        });
        // Collected, or the compiler does not see that it may move between threads.
        let starts: Vec<BoxFuture<'_, _>> = starts.collect();
        stream::iter(starts).buffer_unordered(AT_ONCE).collect().await
    }

    /// Steps until everybody has what they may have.
    pub(super) async fn settle(
        self,
        health: Option<Health<'_>>,
        by: By,
    ) -> Result<Settled, StoreError> {
        let (table, mut passing_until) = (self.manager.store.labourers(), None);
        let (mut steps, mut risen) = (0, Vec::new());
        while steps < STEPS {
            let read = self.ledger().await?;
            let Some(mut ledger) = self.under_config(read.clone(), health) else {
                return Ok(Settled::default());
            };
            let parties = self.parties(&ledger).await?;
            // Somebody has deleted the row of a labourer that left: nothing will ever say that it holds no more.
            let is_there = |id: &LabourerId| {
                self.manager.config.labourers.contains_key(id)
                    || parties.iter().any(|party| party.row.labourer_id == *id)
            };
            ledger.holders.retain(|id, _| is_there(id));
            let now = self.manager.now();
            let step = sharing::next(&read, &ledger, &parties, turn(now), now);
            let mut settled = Settled { idle: idle(&parties), ..Settled::default() };
            if step == Step::Nothing {
                if let Some(until) = passing_until {
                    settled.kept_others = table.end_to_pass(until).await?;
                }
                return Ok(Settled { raised: risen, ..settled });
            }
            if by == By::OneAtATime && passing_until.is_none() {
                let until = now + PASSING;
                // Whoever is at it looks once more when it is done.
                if !table.begin_to_pass(now, until).await? {
                    return Ok(Settled::default());
                }
                passing_until = Some(until);
            }
            match self.take(step).await? {
                Taken::Whole { raised } => {
                    risen.extend(raised);
                    return Ok(Settled {
                        raised: risen,
                        kept_others: passing_until.is_some(),
                        ..settled
                    });
                }
                // However many it takes: nobody was in the way.
                Taken::Part { raised } => risen.extend(raised),
                Taken::Again => steps += 1,
            }
        }
        Err(StoreError::Contended {
            operation: "share permits",
            resource: self.manager.store.names().labourers.clone(),
            attempts: STEPS,
            contention: Contention::Conflict,
        })
    }

    async fn take(self, step: Step) -> Result<Taken, StoreError> {
        match step {
            Step::Nothing => Ok(Taken::Whole { raised: Vec::new() }),
            Step::Part(writes) => {
                let is_applied = self.manager.store.apply(&writes).await?.is_applied();
                let raised = sharing::who_rises(&writes);
                Ok(if is_applied { Taken::Part { raised } } else { Taken::Again })
            }
            Step::Lower(writes) => {
                // Who was faster has changed the share: it is read again in any case.
                for write in writes {
                    self.manager.store.apply(std::slice::from_ref(&write)).await?;
                }
                Ok(Taken::Again)
            }
            Step::Settle(writes) => {
                if !self.manager.store.apply(&writes).await?.is_applied() {
                    return Ok(Taken::Again);
                }
                let raised = sharing::who_rises(&writes);
                info!(?raised, "permits are shared out");
                Ok(Taken::Whole { raised })
            }
        }
    }

    /// The ledger by the config of this process, and by the health if it was read; nothing if that config is older than
    /// the ledger's.
    pub(super) fn under_config(self, read: Ledger, health: Option<Health<'_>>) -> Option<Ledger> {
        let (config, now) = (&self.manager.config, self.manager.now());
        if ConfigAge::is_older(config.pushed, read.pushed) {
            return None;
        }
        let is_user = |labourer: &&Labourer| {
            !labourer.uses.permits.is_empty() || read.holders.contains_key(&labourer.id)
        };
        let users: Vec<_> = config.labourers.values().filter(is_user).map(user).collect();
        let (mut ledger, remarks) =
            read.clone().under(config.resources.values(), &users, config.pushed, now);
        for remark in remarks {
            warn!(remark, "the config replaces what was set by hand");
        }
        if let Some(Health { readings }) = health {
            self.assess(&mut ledger, readings, now);
        }
        for permits in ledger.resources.values_mut() {
            *permits = permits.clone().scaled(&config.coefficients, now);
        }
        Some(ledger)
    }

    /// Scales the permits of resources by their health.
    fn assess(
        self,
        ledger: &mut Ledger,
        readings: &BTreeMap<ResourceId, Readings>,
        now: Timestamp,
    ) {
        let config = &self.manager.config;
        let unread = Readings::new();
        for (id, permits) in &mut ledger.resources {
            let Some(resource) = config.resources.get(id) else { continue };
            let policy = resource.health_policy();
            let memory = policy.limits_slots().then(|| {
                let tick = Tick {
                    policy: &policy,
                    max: permits.permits(),
                    coefficients: &config.coefficients,
                    before: permits.health.as_ref(),
                    readings: readings.get(id).unwrap_or(&unread),
                    outcomes: Default::default(),
                    counted: None,
                    now,
                };
                tick.assess()
            });
            let is_news = match (&memory, &permits.health) {
                (Some(new), Some(old)) => !new.decides_as(old) || new.renews(old, &policy.metrics),
                (new, old) => new.is_some() != old.is_some(),
            };
            if is_news {
                permits.health = memory;
            }
        }
    }

    /// Everybody who uses permits, or holds some, with their rows and what they want. Rates are read if some of them use
    /// any.
    async fn parties(self, ledger: &Ledger) -> Result<Vec<Party>, StoreError> {
        let rates = self.rates_of(self.users()).await?;
        let users = self.users().map(|labourer| &labourer.id);
        let mut ids: Vec<_> = users.chain(ledger.holders.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut rows = self.manager.store.labourers().rows(ids.iter().copied()).await?;
        let rows = ids.into_iter().filter_map(|id| rows.remove(id));
        let parties: Vec<BoxFuture<'_, _>> =
            rows.map(|row| self.party(row, ledger, &rates).boxed()).collect();
        stream::iter(parties).buffered(AT_ONCE).try_collect().await
    }

    async fn party(
        self,
        row: labourer::State,
        ledger: &Ledger,
        rates: &BTreeMap<ResourceId, RateState>,
    ) -> Result<Party, StoreError> {
        let labourer = self.manager.labourers().get_or_left(&row.labourer_id);
        let (is_limited, running) = (!labourer.uses.permits.is_empty(), row.running());
        let slots = self.slots(&labourer, &row, rates);
        let mut wants = running.min(slots);
        if is_limited && slots > running {
            let (tasks, now) = (self.manager.store.tasks(), self.manager.now());
            // One more shows that it waits.
            let enough = ledger.most_attempts(&labourer.uses.permits).saturating_add(1);
            let most = (slots - running).min(enough);
            let queued = KeyRange::queued(now);
            let heads = tasks.candidates(&labourer.id, queued, most, false).await?;
            wants = running + u32::try_from(heads.len()).unwrap_or(most).min(most);
        }
        Ok(Party { row, is_limited, wants })
    }

    /// The slots that a labourer could use, if permits were no matter: of one that a rate allows fewer attempts, others may
    /// have the permits.
    fn slots(
        self,
        labourer: &Labourer,
        row: &labourer::State,
        rates: &BTreeMap<ResourceId, RateState>,
    ) -> u32 {
        let now = self.manager.now();
        let slots = match row.is_fresh(now) {
            _ if labourer.stopped.is_some() || row.is_paused(now) => 0,
            true => row.slot_limit,
            false if labourer.health.limits_slots() => row.slot_limit,
            false => labourer.max_simultaneous_invocations,
        };
        let members = labourer.tasks_per_invocation.least();
        let uses = labourer.uses.rates.iter().filter_map(|(resource, weight)| {
            let (state, weight) = (rates.get(resource)?, weight.saturating_mul(members));
            Some(RateUse { resource, weight, state, held: 0 })
        });
        let uses: Vec<_> = uses.collect();
        slots.min(most_live(&uses, labourer.longest(row.function_timeout), now))
    }
}

fn idle(parties: &[Party]) -> Vec<LabourerId> {
    let is_idle = |party: &&Party| {
        let share = party.row.share.filter(|_| party.is_limited).unwrap_or(0);
        party.row.running() < share.min(party.wants)
    };
    parties.iter().filter(is_idle).map(|party| party.row.labourer_id.clone()).collect()
}

fn user(labourer: &Labourer) -> User<'_> {
    let (id, weights): (_, &Weights) = (&labourer.id, &labourer.uses.permits);
    // The longest that an attempt may last, whatever function it is.
    User { id, weights, lease: labourer.lease(Some(MAX_FUNCTION_TIMEOUT)) }
}

fn turn(now: Timestamp) -> u64 {
    (now.seconds() / TURN.as_secs_f64()) as u64
}
