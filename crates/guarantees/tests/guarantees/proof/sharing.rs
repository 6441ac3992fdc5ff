//! Six labourers that share the permits of two resources, while limits and weights change and labourers come and go; and
//! the books of what they hold.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use guarantees::world::id;
use task_manager::{
    config::Config,
    ecology::Steps,
    greenfield::Greenfield,
    ids::{ClaimToken, LabourerId, ResourceId},
    labourer::Labourer,
    resource::{Resource, Uses, Weights, ledger::Ledger, shares::Room},
};

use super::{
    life::{Life, Step},
    parts::{ATTEMPTS, End, LEASE, Part, worker},
    stage::Stage,
};

/// Slots of each labourer: permits are what is scarce.
pub const SLOTS: u32 = 60;
/// Clocks differ by as much, in seconds: how long an older weight counts is a matter of clocks.
pub const SKEW: f64 = 2.0;

/// After so many writes all that is promised of tasks is looked at, too.
pub const WRITES: u64 = 40;

const RESOURCES: [(&str, u32); 2] = [("orders-db", 50), ("stripe", 20)];
/// What an attempt of each labourer holds of them.
const WEIGHTS: [[u32; 2]; 6] = [[1, 0], [1, 1], [2, 0], [2, 1], [3, 0], [3, 2]];

/// What somebody changes in the config. Whoever is at work goes on by the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    Permits {
        resource: usize,
        to: u32,
    },
    /// Of the first resource.
    Weight {
        labourer: usize,
        to: u32,
    },
    Leaves(usize),
    Returns(usize),
}

pub fn name(labourer: usize) -> String {
    format!("w{}", labourer % WEIGHTS.len())
}

pub fn resource(nth: usize) -> ResourceId {
    ResourceId::new(RESOURCES[nth % RESOURCES.len()].0).unwrap()
}

fn user(nth: usize) -> Labourer {
    let weights = WEIGHTS[nth % WEIGHTS.len()].into_iter().enumerate();
    let permits: Weights = weights
        .filter(|(_, weight)| *weight > 0)
        .map(|(n, weight)| (resource(n), weight))
        .collect();
    Labourer {
        id: id(&name(nth)),
        function: name(nth),
        max_simultaneous_invocations: SLOTS,
        uses: Uses { permits, rates: Weights::new() },
        ..worker()
    }
}

/// The config that everything begins and ends with.
pub fn config() -> Config {
    let resources = (0..RESOURCES.len()).map(|nth| {
        let (id, permits) = (resource(nth), Some(RESOURCES[nth].1));
        let one =
            Resource { id, permits, rate: None, metrics: Vec::new(), steps: Steps::default() };
        (one.id.clone(), one)
    });
    let labourers = (0..WEIGHTS.len()).map(user);
    Config { resources: resources.collect(), pushed: 1, ..Config::of(labourers) }
}

impl Change {
    /// Pushes the config with this change.
    pub fn push(self, stage: &mut Stage) {
        stage.configure(|config| match self {
            Self::Permits { resource: nth, to } => {
                if let Some(resource) = config.resources.get_mut(&resource(nth)) {
                    resource.permits = Some(to);
                }
            }
            Self::Weight { labourer, to } => {
                if let Some(labourer) = config.labourers.get_mut(&id(&name(labourer))) {
                    labourer.uses.permits.insert(resource(0), to);
                }
            }
            Self::Leaves(nth) => drop(config.labourers.remove(&id(&name(nth)))),
            Self::Returns(nth) => drop(config.labourers.insert(id(&name(nth)), user(nth))),
        });
    }
}

/// What is held, as far as it was seen.
#[derive(Default)]
pub struct HeldBooks {
    /// What each attempt has held since it was claimed.
    claims: HashMap<ClaimToken, Weights>,
    /// What the live attempts held of each resource when it was last looked.
    used: Room,
    /// Writes that were looked at.
    seen: u64,
}

impl HeldBooks {
    /// Holds the tables against what is promised of permits.
    pub fn check(&mut self, stage: &Stage) -> Result<(), String> {
        let writes = stage.aws.writes();
        if std::mem::replace(&mut self.seen, writes) == writes {
            return Ok(());
        }
        let standing = Standing::read(stage);
        for (labourer, claims) in &standing.claims {
            let (holder, live) = (standing.ledger.holders.get(labourer), claims.len() as u32);
            let held = holder.map_or(0, |holder| holder.held);
            let share = standing.shares.get(labourer).copied().unwrap_or_default();
            if held < share.max(live) {
                return Err(format!(
                    "17: {labourer} holds {held} attempts, with a share of {share} and {live} live"
                ));
            }
        }
        let used = self.used(&standing, stage);
        for (resource, permits) in standing.ledger.in_force() {
            let [now, before] = [&used, &self.used].map(|used| used.get(&resource).copied());
            if now.unwrap_or(0) > permits.max(before.unwrap_or(0)) {
                return Err(format!(
                    "17: {now:?} permits of {resource} are in use, {before:?} were before, there are {permits}"
                ));
            }
        }
        self.used = used;
        Ok(())
    }

    /// What live attempts hold, each by the weight with which it was claimed. Who is silent has stopped long before its
    /// lease ends by some clock.
    fn used(&mut self, standing: &Standing, stage: &Stage) -> Room {
        let mut used = Room::new();
        let lease = worker().lease(None).as_secs_f64() - 2.0 * SKEW;
        for (labourer, claims) in &standing.claims {
            let weights = || -> Weights {
                let holder = standing.ledger.holders.get(labourer);
                let weights = holder.into_iter().flat_map(|holder| &holder.weights);
                weights.map(|(resource, weight)| (resource.clone(), weight.now)).collect()
            };
            for (claim, at) in claims {
                let weights = self.claims.entry(claim.clone()).or_insert_with(weights);
                if stage.now().seconds() - at > lease {
                    continue;
                }
                for (resource, weight) in weights {
                    *used.entry(resource.clone()).or_default() += i64::from(*weight);
                }
            }
        }
        used
    }
}

/// What the tables say at one moment.
struct Standing {
    ledger: Ledger,
    shares: BTreeMap<LabourerId, u32>,
    /// The attempts that were not ended yet, with the time of their claim.
    claims: BTreeMap<LabourerId, Vec<(ClaimToken, f64)>>,
}

impl Standing {
    fn read(stage: &Stage) -> Self {
        let config = stage.manager.config();
        let rows = stage.aws.items(&config.names.labourers);
        let texts = rows.iter().filter_map(|row| row.get("ledger")?.as_s().ok());
        let ledger = texts.map(|text| serde_json::from_str(text).unwrap()).next();
        let number = |value: &AttributeValue| value.as_n().ok()?.parse::<f64>().ok();
        let shares = rows.iter().filter_map(|row| {
            let id = LabourerId::new(row.get("labourer_id")?.as_s().ok()?.as_str()).ok()?;
            Some((id, number(row.get("share")?)? as u32))
        });
        let mut claims: BTreeMap<_, Vec<_>> =
            (0..WEIGHTS.len()).map(|n| (id(&name(n)), Vec::new())).collect();
        for task in stage.aws.items(&config.names.tasks) {
            let text = |field: &str| task.get(field)?.as_s().ok();
            let greenfield = task.get("greenfield").and_then(number).map(Greenfield);
            let at = greenfield.and_then(|place| place.invoked_at(stage.now(), config.scale));
            let claim = text("claim").map(|claim| ClaimToken::new(claim.as_str()).unwrap());
            if let (Some(at), Some(claim), Some(labourer)) = (at, claim, text("labourer_id")) {
                claims.entry(id(labourer)).or_default().push((claim, at.seconds()));
            }
        }
        Self { ledger: ledger.unwrap_or_default(), shares: shares.collect(), claims }
    }

    fn live(&self, labourer: &LabourerId) -> u32 {
        self.claims.get(labourer).map_or(0, |claims| claims.len() as u32)
    }
}

impl Life {
    /// Everything that was begun comes to its end; then nothing is held in vain: each resource can be used by one
    /// labourer alone, to the last permit.
    pub async fn recover_shared(&mut self) -> Result<(), String> {
        self.injector.arm(false);
        self.stage.wire.decide(|_| None);
        self.stage.configure(|of_today| *of_today = config());
        self.end_all().await?;
        for (user, nth) in [(0, 0), (1, 1)] {
            let (labourer, (of, permits)) = (id(&name(user)), RESOURCES[nth]);
            let manager = self.stage.manager.clone();
            Part::Fill { labourer: user, number: u32::MAX - nth as u32, tasks: permits as usize }
                .work(&manager)
                .await;
            self.step(Step::Pass(LEASE)).await?;
            self.step(Step::Orchestrate).await?;
            let standing = Standing::read(&self.stage);
            let (live, now) = (standing.live(&labourer), self.stage.now());
            let held = standing.ledger.held(&resource(nth), now);
            if live != permits || held != u64::from(permits) {
                return Err(format!(
                    "17: {labourer} has {live} live of {permits} permits of {of}, {held} are held: {:?}",
                    standing.ledger
                ));
            }
            self.end_all().await?;
        }
        Ok(())
    }

    async fn end_all(&mut self) -> Result<(), String> {
        for _ in 0..2 * ATTEMPTS + 6 {
            self.step(Step::Scavenge).await?;
            self.step(Step::Orchestrate).await?;
            while !self.attempts.is_empty() {
                self.step(Step::Finish(End::Succeed)).await?;
            }
            if self.books.open() == 0 {
                return Ok(());
            }
            self.step(Step::Pass(LEASE)).await?;
        }
        Err(format!("14: {} tasks are still open", self.books.open()))
    }
}
