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
    kill(8, 1);
}

#[test]
#[ignore = "takes minutes: make kills"]
fn whatever_is_killed_many_times_what_was_accepted_is_closed_once_with_its_result() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    kill(number("N").unwrap_or(50), number("SEED").unwrap_or(1));
}

/// A place under load.
struct Loaded {
    place: Place,
    running: Running,
    jobs: u32,
    killed: BTreeMap<&'static str, u64>,
}

fn kill(times: u64, seed: u64) {
    let (began, mut draw) = (Instant::now(), StdRng::seed_from_u64(seed));
    let (mut loaded, mut round) = (Loaded::start(), Vec::new());
    while loaded.killed.values().sum::<u64>() < times {
        loaded.keep_busy();
        std::thread::sleep(PAUSE.mul_f64(draw.random()));
        if round.is_empty() {
            round = VICTIMS.to_vec();
        }
        let victim = round.swap_remove(draw.random_range(0..round.len()));
        loaded.kill_one(victim, &mut draw);
    }
    let Loaded { place, mut running, jobs, killed } = loaded;
    running.kill();
    running.end();
    let ended = place.sosw(&format!("{LOCAL} --until-idle"));
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let tasks = place.tasks("plain");
    let violations = violations(&tasks, jobs);
    violations.iter().for_each(|violation| println!("{violation}"));
    println!(
        "kills: {times} ({killed:?}) with seed {seed}, {} tasks of {jobs} jobs accepted, {} closed, {} attempts begun, {} violations, in {:.0?}",
        jobs * TASKS,
        tasks.len(),
        place.notes().len(),
        violations.len(),
        began.elapsed(),
    );
    assert!(violations.is_empty());
}

impl Loaded {
    fn start() -> Self {
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
        Self { place, running, jobs: 0, killed: BTreeMap::new() }
    }

    /// Submits another job when there is little left to do.
    fn keep_busy(&mut self) {
        let counts = self.place.counts("plain").unwrap_or_default();
        let open: u64 = ["queued", "running", "expired", "parked"]
            .iter()
            .filter_map(|state| counts[state].as_u64())
            .sum();
        if open >= LOAD {
            return;
        }
        let first = self.jobs * TASKS;
        let numbers: Vec<_> = (first..first + TASKS).map(|n| n.to_string()).collect();
        let job = json!({
            "job": { "lambda_name": "plain", "isolate_ns": true, "ns": numbers },
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

/// What is not as it must be with the tasks of all jobs that were accepted.
fn violations(tasks: &[Value], jobs: u32) -> Vec<String> {
    let mut violations = Vec::new();
    let accepted: BTreeSet<_> = (0..jobs * TASKS).map(|n| n.to_string()).collect();
    let of = |task: &Value| task["payload"]["ns"][0].as_str().unwrap_or_default().to_owned();
    let there: BTreeSet<_> = tasks.iter().map(of).collect();
    violations.extend(accepted.difference(&there).map(|n| format!("{n} is lost")));
    violations.extend(there.difference(&accepted).map(|n| format!("{n} came from nowhere")));
    if tasks.len() > there.len() {
        violations.push(format!("{} tasks are there twice", tasks.len() - there.len()));
    }
    for task in tasks {
        if task["state"] != "succeeded" || task["result"]["did"] != task["payload"]["ns"] {
            violations.push(format!("not as it must be: {task}"));
        }
    }
    violations
}
