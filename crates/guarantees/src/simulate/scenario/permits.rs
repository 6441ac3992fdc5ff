//! Six labourers whose demand changes all the time share 50 permits: none may be idle while somebody waits, and nobody
//! may wait much longer than what is fair.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::value::RawValue;
use task_manager::{
    TaskManager,
    ecology::Steps,
    ids::{LabourerId, ResourceId},
    labourer::Labourer,
    resource::{Resource, Uses, Weights},
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Finding, Parameters, ScenarioError, Size,
    demand::{User, Waits, fair_starts},
    job, worker,
};
use crate::simulate::{
    chance::Chance,
    cloud::Cloud,
    stack::{ORCHESTRATOR, SCHEDULER, Stack, Work},
};

const PERMITS: u32 = 50;
const RESOURCE: &str = "orders-db";
/// Slots of each labourer: some can use all permits, others not.
const SLOTS: [u32; 6] = [50, 50, 40, 30, 50, 20];
/// What an attempt of each holds, where they differ.
const WEIGHTS: [u32; 6] = [1, 1, 2, 2, 3, 3];
/// How often it is looked at who waits.
const SAMPLE: Duration = Duration::from_millis(200);
/// A task that has just come is not taken for one that waits: it is created, shown by the index, claimed, and invoked.
const ON_THE_WAY: Duration = Duration::from_secs(1);
/// After the last task came, nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(900);

/// When the attempts of a labourer started, since the beginning.
type Starts = Arc<Mutex<VecDeque<Duration>>>;

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let time = Duration::from_secs(if size == Size::Bounded { 100 } else { 600 });
    let weighted = run_with(parameters.clone(), seed, time, WEIGHTS, ", weights of 1 to 3").await?;
    if size == Size::Bounded {
        return Ok(weighted.into());
    }
    let equal = run_with(parameters, seed, time, [1; 6], "").await?;
    Ok(equal.into_iter().chain(weighted).collect())
}

async fn run_with(
    parameters: Parameters,
    seed: u64,
    time: Duration,
    weights: [u32; 6],
    what: &str,
) -> Result<[Finding; 4], ScenarioError> {
    // Attempts are counted by their starts: an event that comes twice would be two.
    let parameters = Parameters { twice: f64::INFINITY, ..parameters };
    let resource = ResourceId::new(RESOURCE)?;
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let chance = Chance::new(seed);
    let users = weights.into_iter().zip(SLOTS).map(|(weight, slots)| {
        User::drawn(&chance, Weights::from([(resource.clone(), weight)]), slots, time)
    });
    let users: Vec<_> = users.collect();
    let starts: Vec<Starts> = users.iter().map(|_| Starts::default()).collect();
    let began = Instant::now() + Duration::from_secs(5);
    let labourers = users.iter().enumerate().map(|(n, user)| {
        let work = working(user, starts.get(n).cloned().unwrap_or_default(), began);
        Ok((labourer(n, user)?, work))
    });
    let labourers = labourers.collect::<Result<Vec<_>, ScenarioError>>()?;
    let mut stack = Stack::deploy_sharing(&cloud, inbox, [shared(&resource)], labourers).await?;
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    sleep_until(began).await;
    cloud.tables.usage();
    let ids = (0..users.len()).map(|n| LabourerId::new(name(n))).collect::<Result<_, _>>()?;
    let watch = Watch {
        observer: stack.observer(),
        users: &users,
        ids,
        resource: &resource,
        starts: &starts,
        began,
    };
    let (submitted, seen) = futures::join!(submit(&cloud, &users, began), watch.watch());
    submitted?;
    let fair = fair_starts(&BTreeMap::from([(resource.clone(), PERMITS)]), &users);
    let waits = users.iter().zip(&fair).zip(&starts).map(|((user, fair), starts)| {
        Waits::of(user, fair, &starts.lock().unwrap_or_else(PoisonError::into_inner))
    });
    Ok(judged(&users, &seen?, &waits.collect::<Vec<_>>(), &cloud, what))
}

fn shared(resource: &ResourceId) -> Resource {
    Resource {
        id: resource.clone(),
        permits: Some(PERMITS),
        rate: None,
        metrics: Vec::new(),
        steps: Steps::default(),
    }
}

fn name(n: usize) -> String {
    format!("worker{n}")
}

fn labourer(n: usize, user: &User) -> Result<Labourer, ScenarioError> {
    let uses = Uses { permits: user.weights.clone(), rates: Weights::new() };
    let (id, function) = (LabourerId::new(name(n))?, name(n));
    Ok(Labourer { id, function, uses, ..worker(user.slots, 30)? })
}

/// Attempts take as long as was drawn for them, in the order in which they start.
fn working(user: &User, starts: Starts, began: Instant) -> Work {
    let works = user.works.clone();
    Arc::new(move || {
        let mut starts = starts.lock().unwrap_or_else(PoisonError::into_inner);
        starts.push_back(began.elapsed());
        works.get(starts.len() - 1).copied().unwrap_or_default()
    })
}

/// Sends each job when its time has come.
async fn submit(cloud: &Cloud, users: &[User], began: Instant) -> Result<(), ScenarioError> {
    let jobs = users.iter().enumerate();
    let mut jobs: Vec<_> = jobs
        .flat_map(|(n, user)| user.jobs.iter().map(move |job| (job.at, n, job.tasks)))
        .collect();
    jobs.sort_unstable();
    for (number, (at, n, tasks)) in jobs.into_iter().enumerate() {
        sleep_until(began + at).await;
        cloud.lambda.accept(SCHEDULER, job(&name(n), tasks, number)?);
    }
    Ok(())
}

/// What was seen of the permits.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Those in use at once, at most.
    most: u32,
    /// How often it was looked while somebody waited, and those in use then, in all.
    waiting: u32,
    used: u64,
    /// The attempts that were begun.
    begun: usize,
}

/// Who looks on.
struct Watch<'a> {
    observer: TaskManager,
    users: &'a [User],
    ids: Vec<LabourerId>,
    resource: &'a ResourceId,
    starts: &'a [Starts],
    began: Instant,
}

impl Watch<'_> {
    /// Looks on until everything is begun.
    async fn watch(&self) -> Result<Seen, ScenarioError> {
        let mut seen = Seen::default();
        let last = self.users.iter().filter_map(|user| user.jobs.last()).map(|job| job.at).max();
        let wanted: usize = self.users.iter().map(|user| user.works.len()).sum();
        while seen.begun < wanted && self.began.elapsed() < last.unwrap_or_default() + PATIENCE {
            sleep(SAMPLE).await;
            let rows = self.observer.store().labourers().rows(&self.ids).await?;
            let (mut used, mut is_waiting) = (0, false);
            seen.begun = 0;
            for ((user, id), starts) in self.users.iter().zip(&self.ids).zip(self.starts) {
                let begun = starts.lock().unwrap_or_else(PoisonError::into_inner).len();
                let running = rows.get(id).map_or(0, |row| row.running());
                let weight = user.weights.get(self.resource).copied().unwrap_or_default();
                seen.begun += begun;
                used += weight * running;
                is_waiting |= running < user.slots && self.waits(user, id, begun).await?;
            }
            seen.most = seen.most.max(used);
            seen.waiting += u32::from(is_waiting);
            seen.used += if is_waiting { u64::from(used) } else { 0 };
        }
        Ok(seen)
    }

    /// Does a task wait that came before the last second? Until then it may be on its way to its start.
    async fn waits(
        &self,
        user: &User,
        id: &LabourerId,
        begun: usize,
    ) -> Result<bool, ScenarioError> {
        let now = self.began.elapsed();
        let came = |before| user.arrivals().take_while(|at| *at + before <= now).count();
        let [all, old] = [Duration::ZERO, ON_THE_WAY].map(came);
        if old <= begun {
            return Ok(false);
        }
        let new = all - old;
        let queued = self.observer.queue().heads(id, new as u32 + 1).await?.len();
        Ok(queued > new)
    }
}

fn judged(users: &[User], seen: &Seen, waits: &[Waits], cloud: &Cloud, what: &str) -> [Finding; 4] {
    let share = seen.used as f64 / f64::from(seen.waiting * PERMITS);
    let longest = waits.iter().map(|one| one.longest).fold(0.0, f64::max);
    let wanted: usize = users.iter().map(|user| user.works.len()).sum();
    let [real, fair] = [|one: &Waits| one.real, |one: &Waits| one.fair]
        .map(|of| waits.iter().map(of).sum::<f64>() / wanted as f64);
    let usage = cloud.tables.usage();
    [
        Finding {
            what: format!("permits in use while somebody waits{what}"),
            figure: format!(
                "{:.1} %, wanted 95 %; somebody waits for {:.0} s; {} conflicts",
                100.0 * share,
                f64::from(seen.waiting) * SAMPLE.as_secs_f64(),
                usage.conflicts
            ),
            is_met: share >= 0.95,
        },
        Finding {
            what: format!("permits in use at once{what}"),
            figure: format!("{}, wanted at most {PERMITS}", seen.most),
            is_met: seen.most <= PERMITS,
        },
        Finding {
            what: format!("the longest time of a task, of its fair one{what}"),
            figure: format!(
                "{longest:.2} times, wanted 2; mean wait {real:.2} s, a fair one {fair:.2} s"
            ),
            is_met: longest <= 2.0,
        },
        Finding {
            what: format!("tasks begun{what}"),
            figure: format!("{} of {wanted}", seen.begun),
            is_met: seen.begun == wanted,
        },
    ]
}
