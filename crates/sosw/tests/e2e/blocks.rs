//! Tasks in blocks, by labourers in Rust and in Python, as processes: what fails is tried again without
//! what does not, and at the end exactly the tasks that cannot succeed are failed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::world::{Place, example, labourer, process, python, script};

const LOCAL: &str = "local --config config.json --job job.json --data data --until-idle";

/// A system of one labourer that this command starts, and that is given tasks in blocks.
fn config(size: u32, attempts: u32, process: Value) -> Value {
    let mut worker = labourer(1);
    worker["tasks_per_invocation"] = json!(size);
    worker["max_attempts"] = json!(attempts);
    json!({
        "labourers": { "worker": worker },
        "job_schema": { "chunkable_attrs": ["do", "n"] },
        "local": { "tick": 0.2, "labourers": { "worker": process } },
    })
}

/// A labourer in Rust, with the way in which it works on a block, and with destinations or without.
fn frail(way: &str, destinations: bool) -> Value {
    let mut process = process(&[&example("frail"), way]);
    process["destinations"] = json!(destinations);
    process
}

/// A task for each of these.
fn doing<'a>(what: impl IntoIterator<Item = &'a str>) -> Value {
    let what: Vec<_> = what.into_iter().collect();
    json!({ "lambda_name": "worker", "isolate_dos": true, "dos": what })
}

/// A job at its end.
struct Ended {
    place: Place,
    progress: Value,
    /// How its tasks ended, as they are in its blocks.
    succeeded: BTreeSet<u64>,
    exhausted: Vec<Value>,
    results: BTreeMap<u64, Value>,
}

impl Ended {
    fn of(config: &Value, job: &Value) -> Self {
        let place = Place::with_job(config, job);
        let ended = place.sosw(LOCAL);
        let jobs = place.sosw("jobs list --json --data data");
        let jobs: Value = serde_json::from_str(&jobs.stdout).unwrap();
        let tasks = place.tasks("worker");
        let (good, exhausted): (Vec<_>, _) =
            tasks.into_iter().partition(|task| task["state"] == "succeeded");
        let code = if exhausted.is_empty() { 0 } else { 3 };
        assert_eq!(ended.code(), Some(code), "{ended:?}");
        let results = good.iter().flat_map(|task| task["block"]["results"].as_object().unwrap());
        Self {
            progress: jobs[0]["progress"].clone(),
            succeeded: good.iter().flat_map(members).collect(),
            results: results.map(|(n, result)| (n.parse().unwrap(), result.clone())).collect(),
            exhausted,
            place,
        }
    }

    /// How often each task was started.
    fn starts(&self) -> BTreeMap<String, u32> {
        let mut starts = BTreeMap::new();
        for line in self.place.read("notes").lines() {
            *starts.entry(line.to_owned()).or_default() += 1;
        }
        starts
    }

    /// The numbers of the tasks that failed, and that is what their job counts.
    fn failed(&self) -> BTreeSet<u64> {
        let failed: BTreeSet<_> = self.exhausted.iter().flat_map(members).collect();
        assert_eq!(self.progress["succeeded"], self.succeeded.len(), "{}", self.progress);
        assert_eq!(self.progress["exhausted"], failed.len(), "{}", self.progress);
        assert!(self.succeeded.is_disjoint(&failed));
        failed
    }

    /// The last error of each that failed.
    fn errors(&self) -> BTreeSet<&str> {
        let last = |task: &'_ Value| task["errors"].as_array().unwrap().len() - 1;
        self.exhausted
            .iter()
            .map(|task| task["errors"][last(task)]["kind"].as_str().unwrap())
            .collect()
    }
}

/// The numbers in a block's ranges, as in `"3,5-9"`.
fn members(task: &Value) -> Vec<u64> {
    let ranges = task["block"]["members"].as_str().unwrap_or_else(|| panic!("no block: {task}"));
    let range = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        first.parse::<u64>().unwrap()..=last.parse().unwrap()
    };
    ranges.split(',').flat_map(range).collect()
}

/// Twelve tasks in three blocks; of the first a task fails, of the second one panics.
fn mixed() -> Vec<String> {
    let what = |n: u32| match n {
        1 => "raise",
        6 => "panic",
        _ => "work",
    };
    (0..12).map(|n| format!("{} {n}", what(n))).collect()
}

fn an_error_and_a_panic_stay_alone(destinations: bool) {
    let job = mixed();
    let ended = Ended::of(
        &config(4, 2, frail("each", destinations)),
        &doing(job.iter().map(String::as_str)),
    );
    assert_eq!(ended.failed(), BTreeSet::from([1, 6]));
    assert_eq!(ended.errors(), BTreeSet::from(["Panic", "Refused"]));
    for (n, what) in (0..).zip(&job) {
        let fails = ended.failed().contains(&n);
        assert_eq!(ended.starts()[what], if fails { 2 } else { 1 }, "{what}");
        assert_eq!(ended.results.get(&n), (!fails).then_some(&json!({ "did": what })));
    }
}

#[test]
fn of_a_block_a_task_that_fails_and_one_that_panics_are_tried_again_without_the_others() {
    an_error_and_a_panic_stay_alone(false);
}

#[test]
fn destinations_carry_the_failures_of_single_tasks_too() {
    an_error_and_a_panic_stay_alone(true);
}

fn a_panic_of_all_is_narrowed_down(destinations: bool) {
    let job = mixed();
    let ended = Ended::of(
        &config(4, 2, frail("together", destinations)),
        &doing(job.iter().map(String::as_str)),
    );
    assert_eq!(ended.failed(), BTreeSet::from([1, 6]));
    assert_eq!(ended.errors(), BTreeSet::from(["Panic", "Refused"]));
    let starts = ended.starts();
    // Twice whole, then once more for each time that it is halved.
    assert_eq!((starts["raise 1"], starts["panic 6"]), (2, 4), "{starts:?}");
    let others = job.iter().enumerate().filter(|(n, _)| ![1, 6].contains(n));
    for (n, what) in others {
        assert_eq!(ended.results[&(n as u64)], json!({ "did": what }));
    }
}

#[test]
fn a_block_whose_work_panics_as_a_whole_is_halved_until_the_task_that_does_it_is_alone() {
    a_panic_of_all_is_narrowed_down(false);
}

#[test]
fn a_block_whose_work_panics_as_a_whole_is_halved_by_its_destinations_as_well() {
    a_panic_of_all_is_narrowed_down(true);
}

/// So many tasks in a block, one of which ends the process: it is halved until that one is alone.
fn a_process_that_ends_is_narrowed_down(config: &Value, tasks: u64) {
    let bad = tasks / 2;
    let job = (0..tasks).map(|n| format!("{} {n}", if n == bad { "abort" } else { "work" }));
    let job: Vec<_> = job.collect();
    let ended = Ended::of(config, &doing(job.iter().map(String::as_str)));
    assert_eq!(ended.failed(), BTreeSet::from([bad]));
    assert_eq!(ended.results.len() as u64, tasks - 1, "{:?}", ended.results);
    let halvings = u64::from(tasks.ilog2());
    let most = config["labourers"]["worker"]["max_attempts"].as_u64().unwrap() + halvings;
    assert_eq!(u64::from(ended.starts()[&format!("abort {bad}")]), most);
    assert!(ended.starts().values().all(|starts| u64::from(*starts) <= most));
}

#[test]
fn a_task_that_ends_the_process_of_its_block_ends_alone() {
    a_process_that_ends_is_narrowed_down(&config(8, 2, frail("each", true)), 8);
}

#[test]
fn a_task_that_silences_its_block_ends_alone_when_the_leases_have_passed() {
    let mut config = config(2, 1, frail("each", false));
    // Long enough for a process to start on a busy machine.
    config["local"]["labourers"]["worker"]["timeout"] = json!(4);
    for (setting, seconds) in [("duration", 4), ("cooldown", 4)] {
        config["labourers"]["worker"][setting] = json!(seconds);
    }
    a_process_that_ends_is_narrowed_down(&config, 2);
}

/// A handler of Python's runtime for Lambda, in a module beside the tests.
fn handler(python: &str, module: &str) -> Value {
    let mut process = process(&[python, "-m", "awslambdaric", &format!("{module}.lambda_handler")]);
    process["directory"] = json!(std::path::Path::new(&script("plain.py")).parent());
    process["env"] = json!({ "PYTHONDONTWRITEBYTECODE": "1" });
    process
}

/// Of three blocks of five, in the first a record fails once and one always, in the second each
/// fails once, in the third none.
#[test]
fn a_handler_of_powertools_for_batches_of_sqs_gets_what_failed_again_and_nothing_else() {
    let Some(python) = python("a handler of Powertools") else { return };
    let mut config = config(5, 3, handler(&python, "sqs_batch"));
    config["labourers"]["worker"]["event_format"] = json!("sqs");
    let once = ["1", "5", "6", "7", "8", "9"];
    let job = json!({
        "lambda_name": "worker", "isolate_ns": true,
        "ns": (0..15).map(|n| n.to_string()).collect::<Vec<_>>(),
        "fail_once": once, "fail_always": ["3"],
    });
    let ended = Ended::of(&config, &job);
    assert_eq!(ended.failed(), BTreeSet::from([3]));
    assert_eq!(ended.exhausted.len(), 1);
    let mut deliveries = BTreeMap::<String, Vec<u32>>::new();
    for line in ended.place.read("notes").lines() {
        let (item, delivery): (String, u32) = serde_json::from_str(line).unwrap();
        deliveries.entry(item).or_default().push(delivery);
    }
    for n in 0..15 {
        let item = n.to_string();
        let expected: &[u32] = match item.as_str() {
            "3" => &[1, 2, 3],
            item if once.contains(&item) => &[1, 2],
            _ => &[1],
        };
        assert_eq!(deliveries[&item], expected, "{item}");
    }
    // That each record failed is an error of the function, and not a crash.
    assert_eq!(ended.progress["retried"], 1 + 2 + 5, "{}", ended.progress);
}

#[test]
fn a_handler_in_python_answers_with_failures_and_results_of_single_tasks() {
    let Some(python) = python("a plain handler") else { return };
    let ns = ["0", "1", "two", "3", "4", "5"];
    let job = json!({ "lambda_name": "worker", "isolate_ns": true, "ns": ns });
    let ended = Ended::of(&config(3, 2, handler(&python, "squares")), &job);
    assert_eq!(ended.failed(), BTreeSet::from([2]));
    assert_eq!(ended.errors(), BTreeSet::from(["NotANumber"]));
    let squares = [0, 1, 3, 4, 5].map(|n: u64| (n, json!({ "square": n * n })));
    assert_eq!(ended.results, BTreeMap::from(squares));
}
