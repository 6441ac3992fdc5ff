//! Tasks that kill the process that works on them, in blocks with others: they alone are exhausted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use guarantees::{
    blocks::{blocks, members},
    items::In,
    labourers::Observer,
    world::{World, labourer, with},
};
use local::lambda::FunctionError;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::index};
use serde_json::{Value, json};
use task_manager::{
    ids::{JobId, TaskId},
    labourer::{Labourer, backoff::Backoff},
    task::Status,
};

const LABOURERS: [&str; 2] = ["grinder", "sifter"];
const MAX_ATTEMPTS: u32 = 3;
/// A tick of the stack, in seconds.
const TICK: f64 = 60.0;

/// Jobs in blocks, and how many tasks of them are poisonous.
#[derive(Clone, Copy)]
struct Load {
    jobs: u32,
    /// Of each job.
    blocks: u32,
    /// Tasks of a block.
    size: u32,
    poisons: usize,
    /// Of each labourer.
    slots: u32,
}

impl Load {
    fn all_blocks(self) -> usize {
        (self.jobs * self.blocks) as usize
    }

    /// How often a block can be halved.
    fn halvings(self) -> u32 {
        self.size.next_power_of_two().ilog2()
    }
}

/// What labourers did.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    invocations: usize,
    /// By task.
    starts: BTreeMap<String, u32>,
    poison: BTreeSet<String>,
}

impl Diary {
    /// Works on a block, and dies of it if there is poison in it.
    fn work(&self, event: &Value) -> Result<Value, FunctionError> {
        let (mut entries, ids) = (self.0.lock().unwrap(), members(event));
        entries.invocations += 1;
        for id in &ids {
            *entries.starts.entry(id.clone()).or_default() += 1;
        }
        if ids.iter().any(|id| entries.poison.contains(id)) {
            // As Lambda says it of a process that ends.
            let message = "RequestId: 0 Error: Runtime exited with error: exit status 7";
            return Err(FunctionError::new("Runtime.ExitError", message));
        }
        let tasks = event["tasks"].as_array().unwrap().iter();
        let results =
            tasks.map(|task| (task["task_id"].as_str().unwrap().to_owned(), result(task)));
        Ok(json!({ "results": results.collect::<BTreeMap<_, _>>() }))
    }
}

/// What a task produces: no other task of its job has the same.
fn result(task: &Value) -> Value {
    json!({ "ground": task["date_list"][0] })
}

struct Mill {
    world: World,
    load: Load,
    diary: Diary,
    jobs: Vec<JobId>,
    /// Number of the job, number of the task.
    poison: BTreeSet<(usize, u64)>,
}

impl Mill {
    /// The jobs, accepted and under way.
    async fn start(load: Load, seed: u64) -> Self {
        let of = |name| Labourer {
            max_attempts: MAX_ATTEMPTS,
            max_simultaneous_invocations: load.slots,
            after_failure: Backoff::Linear { base: Duration::from_secs(10) },
            ..labourer(name)
        };
        let world = World::of(LABOURERS.map(of)).await;
        let (watch, diary) = (Observer::default(), Diary::default());
        world.deploy_assistant(&watch);
        for name in LABOURERS {
            let diary = diary.clone();
            world
                .deploy_labourer(name, &watch, move |event| std::future::ready(diary.work(&event)));
        }
        let mut draw = StdRng::seed_from_u64(seed);
        let spoilt = index::sample(&mut draw, load.all_blocks(), load.poisons);
        let poison: BTreeSet<_> = spoilt
            .into_iter()
            .map(|block| {
                let (job, block) = (block / load.blocks as usize, block % load.blocks as usize);
                let place = draw.random_range(0..u64::from(load.size));
                (job, block as u64 * u64::from(load.size) + place)
            })
            .collect();
        let mut mill = Self { world, load, diary, jobs: Vec::new(), poison };
        for number in 0..load.jobs as usize {
            mill.submit(number).await;
        }
        mill
    }

    async fn submit(&mut self, number: usize) {
        let name = LABOURERS[number % LABOURERS.len()];
        let key = format!("job {number}");
        let id = JobId::of_key(&key);
        let own = self.poison.range((number, 0)..(number + 1, 0));
        let own = own.map(|(_, task)| TaskId::of_job(&id, *task).to_string());
        self.diary.0.lock().unwrap().poison.extend(own);
        let count = self.load.blocks * self.load.size;
        let job = with(
            blocks(count, self.load.size.into()),
            json!({ "lambda_name": name, "idempotency_key": key }),
        );
        assert_eq!(self.world.fill(&job).await, id);
        self.jobs.push(id);
    }

    /// Ticks until nothing is open; answers after how many.
    async fn grind(&self) -> u32 {
        for tick in 0..1000 {
            self.world.lambda.idle().await;
            let open =
                self.world.all(In::Tasks).await.len() + self.world.all(In::Retry).await.len();
            if open == 0 {
                return tick;
            }
            self.world.pass(TICK);
            self.world.scavenge().await;
            self.world.orchestrate().await;
        }
        panic!("something never ends");
    }

    /// The poisonous tasks are exhausted, and every other one has succeeded with its own result.
    async fn assert_ground(&self) {
        for (number, job) in self.jobs.iter().enumerate() {
            let count = u64::from(self.load.blocks * self.load.size);
            let places = self.world.assert_partition(job, count).await;
            let ended = |status| {
                let alike = places.iter().filter(move |(_, place)| **place == Some(status));
                alike.map(|(task, _)| (number, *task)).collect::<BTreeSet<_>>()
            };
            let own: BTreeSet<_> =
                self.poison.iter().copied().filter(|(job, _)| *job == number).collect();
            assert_eq!(ended(Status::Exhausted), own, "exactly the poisonous ones are exhausted");
            assert_eq!(ended(Status::Succeeded).len() as u64, count - own.len() as u64);
            self.assert_results(job).await;
        }
    }

    async fn assert_results(&self, job: &JobId) {
        let plan = self.world.manager.jobs().plan(job).await.unwrap();
        let closed = self.world.all(In::Closed).await.into_iter();
        for task in closed.filter(|task| task.job_id.as_ref() == Some(job)) {
            let block = task.block.unwrap();
            let has_succeeded = task.closed.unwrap().status == Status::Succeeded;
            for number in block.members.iter().filter(|_| has_succeeded) {
                let payload: Value = serde_json::from_str(&plan.text(number).unwrap()).unwrap();
                let kept: Value = serde_json::from_str(&block.results[&number]).unwrap();
                assert_eq!(kept, result(&payload), "task {number} has its own result");
            }
        }
    }

    /// Returns the invocations, and the most starts of a task.
    fn assert_cheap(&self) -> (usize, u32) {
        let entries = self.diary.0.lock().unwrap();
        let most = entries.starts.values().copied().max().unwrap_or_default();
        assert!(most <= MAX_ATTEMPTS + self.load.halvings(), "{most} starts of a task");
        let harmless = self.load.all_blocks();
        let bound = harmless * 3 / 2 + 20 * self.load.poisons;
        assert!(entries.invocations <= bound, "{} invocations", entries.invocations);
        (entries.invocations, most)
    }
}

async fn grind(load: Load, seed: u64) {
    let began = Instant::now();
    let mill = Mill::start(load, seed).await;
    let ticks = mill.grind().await;
    mill.assert_ground().await;
    let (invocations, most) = mill.assert_cheap();
    println!(
        "poison: {} tasks in {} blocks, {} of them poisonous and exhausted, all others succeeded; {invocations} \
         invocations, at most {most} starts of a task, {ticks} ticks, in {:.0?}",
        load.jobs * load.blocks * load.size,
        load.all_blocks(),
        load.poisons,
        began.elapsed()
    );
}

#[tokio::test]
async fn of_thousands_of_tasks_in_blocks_exactly_the_poisonous_ones_are_exhausted() {
    grind(Load { jobs: 2, blocks: 25, size: 100, poisons: 5, slots: 10 }, 1).await;
}

#[tokio::test]
async fn if_every_block_has_poison_in_it_exactly_the_poisonous_tasks_are_exhausted() {
    // All of them crash at once, before anything shows that the labourers work.
    grind(Load { jobs: 2, blocks: 50, size: 4, poisons: 100, slots: 100 }, 2).await;
}

#[tokio::test]
async fn if_every_block_has_poison_in_it_and_there_are_few_slots_the_others_succeed_too() {
    grind(Load { jobs: 2, blocks: 10, size: 8, poisons: 20, slots: 2 }, 3).await;
}

#[tokio::test]
#[ignore = "takes minutes: make poison"]
async fn of_many_tasks_in_blocks_exactly_the_poisonous_ones_are_exhausted() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let jobs = number("TASKS").unwrap_or(100_000).div_ceil(2500);
    let poisons = number("POISONS").unwrap_or(100) as usize;
    grind(Load { jobs, blocks: 25, size: 100, poisons, slots: 50 }, 4).await;
}
