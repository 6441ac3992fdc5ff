//! kill -9, at random, of everything there is: the four functions, labourers, and the whole
//! program with the engine in it. What was accepted is closed, once, with its result.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::world::{Place, Running, plain};

/// Tasks of a block, where there are blocks.
const BLOCK: u32 = 5;
/// Tasks of a job, and how many open ones there always are.
const TASKS: u32 = 60;
const LOAD: u64 = 40;
/// The longest pause between two kills.
const PAUSE: Duration = Duration::from_millis(400);
const LOCAL: &str = "local --config config.json --data data";

/// What is killed, by what its command line has.
const VICTIMS: [(&str, &str); 6] = [
    ("orchestrator", "function\0orchestrator"),
    ("scavenger", "function\0scavenger"),
    ("assistant", "function\0worker-assistant"),
    ("scheduler", "function\0scheduler"),
    ("labourer", "plain.py"),
    ("sosw local", ""),
];

/// A few kills; `make kills N=…` does more.
#[test]
fn whatever_is_killed_what_was_accepted_is_closed_once_with_its_result() {
    kill(8, 1, 1);
}

#[test]
fn whatever_is_killed_what_was_accepted_in_blocks_is_closed_once_with_its_result() {
    kill(8, 1, BLOCK);
}

#[test]
#[ignore = "takes minutes: make kills"]
fn whatever_is_killed_many_times_what_was_accepted_is_closed_once_with_its_result() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    for size in [1, BLOCK] {
        kill(number("N").unwrap_or(50), number("SEED").unwrap_or(1), size);
    }
}

/// A place under load.
struct Loaded {
    place: Place,
    running: Running,
    /// Tasks of a block.
    size: u32,
    jobs: u32,
    killed: BTreeMap<&'static str, u64>,
}

fn kill(times: u64, seed: u64, size: u32) {
    let (began, mut draw) = (Instant::now(), StdRng::seed_from_u64(seed));
    let (mut loaded, mut round) = (Loaded::start(size), Vec::new());
    while loaded.killed.values().sum::<u64>() < times {
        loaded.keep_busy();
        std::thread::sleep(PAUSE.mul_f64(draw.random()));
        if round.is_empty() {
            round = VICTIMS.to_vec();
        }
        let victim = round.swap_remove(draw.random_range(0..round.len()));
        loaded.kill_one(victim, &mut draw);
    }
    let Loaded { place, mut running, jobs, killed, .. } = loaded;
    running.kill();
    running.end();
    let ended = place.sosw(&format!("{LOCAL} --until-idle"));
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let items = place.tasks("plain");
    let tasks: Vec<_> = items.iter().flat_map(done).collect();
    let mut violations = violations(&tasks, jobs);
    violations.extend(miscounted(&place, jobs));
    violations.iter().for_each(|violation| println!("{violation}"));
    println!(
        "kills: {times} ({killed:?}) with seed {seed}, blocks of {size}, {} tasks of {jobs} jobs accepted, {} closed, {} attempts begun, {} violations, in {:.0?}",
        jobs * TASKS,
        tasks.len(),
        place.notes().len(),
        violations.len(),
        began.elapsed(),
    );
    assert!(violations.is_empty());
}

impl Loaded {
    fn start(size: u32) -> Self {
        let mut config = plain(4);
        let worker = &mut config["labourers"]["plain"];
        // Silence is noticed within seconds, and nothing is given up.
        for (setting, value) in [("duration", 3), ("cooldown", 2), ("max_attempts", 50)] {
            worker[setting] = json!(value);
        }
        let process = &mut config["local"]["labourers"]["plain"];
        process["timeout"] = json!(3);
        process["env"] = json!({ "SECONDS": "0.05" });
        let place = Place::new(&config);
        let running = place.start(LOCAL);
        running.await_word("sosw local");
        Self { place, running, size, jobs: 0, killed: BTreeMap::new() }
    }

    /// Submits another job when there is little left to do.
    fn keep_busy(&mut self) {
        let counts = self.place.counts("plain").unwrap_or_default();
        let open: u64 = ["queued", "running", "expired", "parked"]
            .iter()
            .filter_map(|state| counts[state].as_u64())
            .sum();
        if open * u64::from(self.size) >= LOAD {
            return;
        }
        let first = self.jobs * TASKS;
        let numbers: Vec<_> = (first..first + TASKS).map(|n| n.to_string()).collect();
        let job = json!({
            "job": { "lambda_name": "plain", "isolate_ns": true, "ns": numbers, "tasks_per_invocation": self.size },
            "idempotency_key": format!("job {}", self.jobs),
        });
        self.place.write("job.json", &job.to_string());
        let began = Instant::now();
        while self.place.sosw("jobs submit job.json --data data").code() != Some(0) {
            assert!(began.elapsed() < Duration::from_secs(60), "no job is accepted");
        }
        self.jobs += 1;
    }

    /// Kills one of these, if one is there.
    fn kill_one(&mut self, (name, has): (&'static str, &str), draw: &mut StdRng) {
        if has.is_empty() {
            self.running.kill();
            let running = std::mem::replace(&mut self.running, self.place.start(LOCAL));
            running.end();
        } else {
            let there = self.running.children(has);
            if there.is_empty() {
                return;
            }
            let pid = there[draw.random_range(0..there.len())].to_string();
            // It may have ended by itself.
            let _ = Command::new("kill").args(["-9", &pid]).status();
        }
        *self.killed.entry(name).or_default() += 1;
    }
}

impl Running {
    /// The processes that it started whose command lines have this.
    fn children(&self, has: &str) -> Vec<u32> {
        let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_child = |pid: &u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // After the name, which may have anything in it: the state, then the parent.
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1));
            parent == Some(&self.id().to_string())
        };
        let has_it = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(has)
        };
        pids.filter(is_child).filter(has_it).collect()
    }
}

/// A task at its end: what it was to do, its state, and what it did.
struct Done {
    wanted: String,
    state: Value,
    did: Value,
}

/// The tasks that an item stands for.
fn done(item: &Value) -> Vec<Done> {
    let state = &item["state"];
    let Some(results) = item["block"]["results"].as_object() else {
        let wanted = item["payload"]["ns"][0].as_str().unwrap_or_default().to_owned();
        return vec![Done { wanted, state: state.clone(), did: item["result"]["did"].clone() }];
    };
    let each = results.values().map(|result| Done {
        wanted: result["did"][0].as_str().unwrap_or_default().to_owned(),
        state: state.clone(),
        did: result["did"].clone(),
    });
    each.collect()
}

/// Jobs whose counters do not say that all of their tasks have succeeded.
fn miscounted(place: &Place, jobs: u32) -> Vec<String> {
    let listed = place.sosw("jobs list --json --data data");
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let is_whole = |job: &&Value| job["progress"]["succeeded"] == TASKS;
    let whole = listed.iter().filter(is_whole).count();
    let wrong = listed.iter().filter(|job| !is_whole(job));
    let mut violations: Vec<_> = wrong.map(|job| format!("miscounted: {job}")).collect();
    if whole != jobs as usize {
        violations.push(format!("{whole} of {jobs} jobs have counted all of their tasks"));
    }
    violations
}

/// What is not as it must be with the tasks of all jobs that were accepted.
fn violations(tasks: &[Done], jobs: u32) -> Vec<String> {
    let mut violations = Vec::new();
    let accepted: BTreeSet<_> = (0..jobs * TASKS).map(|n| n.to_string()).collect();
    let there: BTreeSet<_> = tasks.iter().map(|task| task.wanted.clone()).collect();
    violations.extend(accepted.difference(&there).map(|n| format!("{n} is lost")));
    violations.extend(there.difference(&accepted).map(|n| format!("{n} came from nowhere")));
    if tasks.len() > there.len() {
        violations.push(format!("{} tasks are there twice", tasks.len() - there.len()));
    }
    for Done { wanted, state, did } in tasks {
        if state != "succeeded" || *did != json!([wanted]) {
            violations.push(format!("not as it must be: {wanted}, {state}, {did}"));
        }
    }
    violations
}
