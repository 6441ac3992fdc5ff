//! Labourers that fail in every way there is. None hides, none harms the others.

use serde_json::{Value, json};

use crate::processes::{lives, until};
use crate::world::{Ended, Place, labourer, numbers, plain, process, script};

/// Does one task of each kind with `plain`, whose leases are far too long to be waited for.
fn does(kinds: &[&str]) -> (Ended, Vec<Value>) {
    let mut config = plain(2);
    config["local"]["labourers"]["plain"]["timeout"] = json!(5);
    let job = json!({ "lambda_name": "plain", "isolate_dos": true, "dos": kinds });
    let place = Place::with_job(&config, &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    let tasks = place.tasks("plain");
    let has_failed = tasks.iter().any(|task| task["state"] == "exhausted");
    assert_eq!(ended.code(), Some(if has_failed { 3 } else { 0 }), "{ended:?}");
    assert_eq!(tasks.len(), kinds.len());
    (ended, tasks)
}

fn task_that<'a>(tasks: &'a [Value], kind: &str) -> &'a Value {
    tasks.iter().find(|task| task["payload"]["dos"][0] == kind).unwrap()
}

#[test]
fn an_error_a_crash_and_a_time_out_are_closed_at_once_with_the_reason() {
    let (ended, tasks) = does(&["raise", "crash", "hang", "work"]);
    let error = |kind| &task_that(&tasks, kind)["errors"][0];
    assert_eq!(error("raise")["kind"], "Refused");
    assert_eq!(error("raise")["message"], "not this one");
    assert!(error("crash")["message"].as_str().unwrap().contains("exit status 7"), "{tasks:?}");
    assert!(error("hang")["message"].as_str().unwrap().contains("timed out"), "{tasks:?}");
    for kind in ["raise", "crash", "hang"] {
        assert_eq!(task_that(&tasks, kind)["state"], "exhausted");
    }
    assert_eq!(task_that(&tasks, "work")["state"], "succeeded");
    assert!(ended.stderr.contains("plain: about to crash"), "{ended:?}");
    assert!(ended.stdout.contains("3 failed"), "{ended:?}");
    assert!(ended.stdout.contains("Refused: not this one"), "{ended:?}");
}

#[test]
fn a_failed_attempt_is_tried_again_until_its_attempts_are_spent() {
    let mut config = plain(1);
    config["labourers"]["plain"]["max_attempts"] = json!(3);
    let job = json!({ "lambda_name": "plain", "dos": ["raise"] });
    let place = Place::with_job(&config, &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    let tasks = place.tasks("plain");
    assert_eq!((tasks.len(), &tasks[0]["state"]), (1, &json!("exhausted")));
    assert_eq!(tasks[0]["errors"].as_array().unwrap().len(), 3);
    let attempts: Vec<_> = place.notes().into_iter().map(|(_, _, attempt)| attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

/// A system of one labourer in good order and one that this command starts; a task for each.
fn beside(command: &[&str]) -> (Place, Ended) {
    let mut config = plain(1);
    config["labourers"]["odd"] = labourer(1);
    config["local"]["labourers"]["odd"] = process(command);
    config["local"]["labourers"]["odd"]["timeout"] = json!(10);
    let place = Place::with_job(&config, &numbers("odd", 1));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    place.write("job.json", &numbers("plain", 2).to_string());
    let others = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(others.code(), Some(0), "{others:?}");
    assert_eq!(place.counts("plain").unwrap()["succeeded"], 2);
    (place, ended)
}

fn only_error(place: &Place) -> String {
    let tasks = place.tasks("odd");
    assert_eq!((tasks.len(), &tasks[0]["state"]), (1, &json!("exhausted")));
    tasks[0]["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_command_that_does_not_exist_is_named_and_its_tasks_say_so() {
    let (place, ended) = beside(&["./no-such-labourer"]);
    let warning = "warning: labourer odd: its command `./no-such-labourer` is not found";
    assert!(ended.stderr.contains(warning), "{ended:?}");
    assert!(only_error(&place).contains("cannot start the command of function odd"));
}

#[test]
fn a_command_that_exits_at_its_start_is_named_and_its_tasks_say_so() {
    let (place, ended) = beside(&["sh", "-c", "echo no such module >&2; exit 3"]);
    assert!(ended.stderr.contains("odd: no such module"), "{ended:?}");
    let error = only_error(&place);
    assert!(error.contains("exit status 3") && error.contains("function odd"), "{error}");
}

#[test]
fn a_command_that_only_prints_is_given_up_and_cut_short() {
    let (place, ended) = beside(&["sh", "-c", "while :; do echo garbage >&2; sleep 0.02; done"]);
    assert!(only_error(&place).contains("did not ask for work"));
    let lines = ended.stderr.lines().filter(|line| *line == "odd: garbage").count();
    assert!((1..=100).contains(&lines), "{lines} lines");
    assert!(ended.stderr.contains("more lines (--verbose shows all)"));
}

#[test]
fn an_answer_that_is_no_json_does_no_harm() {
    let (_, tasks) = does(&["garbage", "work"]);
    assert!(tasks.iter().all(|task| task["state"] == "succeeded"), "{tasks:?}");
}

#[test]
fn a_labourer_that_ignores_sigterm_is_ended_with_the_system() {
    let mut config = plain(1);
    config["local"]["labourers"]["plain"] = process(&["python3", &script("plain.py"), "stubborn"]);
    let place = Place::with_job(&config, &numbers("plain", 1));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    for (process, _, _) in place.notes() {
        until("it has ended", || !lives(process));
    }
}
