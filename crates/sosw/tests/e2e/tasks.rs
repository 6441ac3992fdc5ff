//! A single task is retried or cancelled from the command line.

use serde_json::{Value, json};

use crate::world::{Ended, Place, plain};

/// A place where a job has ended, of whose two tasks the first failed; and the name of that one.
fn one_failed() -> (Place, String) {
    let job = json!({ "lambda_name": "plain", "isolate_dos": true, "dos": ["raise", "work"] });
    let place = Place::with_job(&plain(1), &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    let failed = place.tasks("plain").into_iter().find(|task| task["state"] == "exhausted");
    let job = failed.unwrap()["job_id"].as_str().unwrap().to_owned();
    (place, format!("{job}#0"))
}

fn json_of(ended: &Ended) -> Value {
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn a_failed_task_is_queued_again_once_then_cancelled_once() {
    let (place, task) = one_failed();
    let acted = |verb: &str| place.sosw(&format!("tasks {verb} {task} --data data"));
    let retried = acted("retry");
    assert_eq!(retried.code(), Some(0), "{retried:?}");
    assert!(retried.stdout.ends_with(": queued again\n"), "{retried:?}");
    assert!(retried.stderr.contains("no `sosw local` works on data"), "{retried:?}");
    let again = acted("retry");
    assert_eq!(again.code(), Some(0), "{again:?}");
    assert!(again.stdout.ends_with("nothing done, it is queued already\n"), "{again:?}");

    let cancelled = json_of(&place.sosw(&format!("tasks cancel {task} --json --data data")));
    assert_eq!((&cancelled["state"], &cancelled["is_new"]), (&json!("ignored"), &json!(true)));
    let again = json_of(&place.sosw(&format!("tasks cancel {task} --json --data data")));
    assert_eq!((&again["state"], &again["is_new"]), (&json!("ignored"), &json!(false)));
    let refused = acted("retry");
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    assert!(refused.stderr.contains("is cancelled: only a task that failed"), "{refused:?}");
}

#[test]
fn a_task_that_was_queued_again_is_worked_on() {
    let (place, task) = one_failed();
    place.sosw(&format!("tasks retry {task} --data data"));
    place.sosw("local --config config.json --data data --until-idle");
    let shown = json_of(&place.sosw(&format!("tasks show {task} --json --data data")));
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("exhausted"), &json!(1)));
    assert_eq!(shown["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn a_name_of_no_task_is_refused_with_a_hint() {
    let (place, _) = one_failed();
    for verb in ["retry", "cancel"] {
        let refused = place.sosw(&format!("tasks {verb} nobody --data data"));
        assert_eq!(refused.code(), Some(1), "{refused:?}");
        assert!(refused.stderr.contains("there is no task nobody"), "{refused:?}");
    }
}
