//! Exit codes: what a script learns about a job, and about what it asked for.

use serde_json::{Value, json};

use crate::world::{Ended, Place, numbers, plain};

const LOCAL: &str = "local --config config.json --job job.json --data data --until-idle";

/// A job of tasks that do this.
fn doing(what: &[&str]) -> Value {
    json!({ "lambda_name": "plain", "isolate_dos": true, "dos": what })
}

/// The only job, and how that command ended.
fn job_of(place: &Place) -> String {
    let jobs: Value =
        serde_json::from_str(&place.sosw("jobs list --json --data data").stdout).unwrap();
    jobs[0]["job_id"].as_str().unwrap().to_owned()
}

fn state(shown: &Ended) -> String {
    let state = shown.stdout.lines().find_map(|line| line.strip_prefix("state ")).unwrap();
    state.trim().to_owned()
}

#[test]
fn a_job_that_failed_ends_what_waited_for_it_with_3_and_nothing_that_shows_it() {
    let place = Place::with_job(&plain(2), &doing(&["raise", "work"]));
    let ended = place.sosw(LOCAL);
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    let job = job_of(&place);
    let error = format!("error: job {job} failed: 1 of 2 tasks\n");
    assert!(ended.stderr.ends_with(&error), "{ended:?}");

    let followed = place.sosw(&format!("jobs show {job} --follow --data data"));
    assert_eq!((followed.code(), followed.stderr), (Some(3), error));
    for command in ["jobs show", "jobs show --json", "tasks list --job", "jobs retry-failed"] {
        let shown = place.sosw(&format!("{command} {job} --data data"));
        assert_eq!(shown.code(), Some(0), "{shown:?}");
    }
}

#[test]
fn a_job_that_failed_in_an_earlier_run_is_still_a_failed_job() {
    let mut job = doing(&["raise"]);
    job["idempotency_key"] = json!("the one");
    let place = Place::with_job(&plain(1), &job);
    for _ in 0..2 {
        let ended = place.sosw(LOCAL);
        assert_eq!(ended.code(), Some(3), "{ended:?}");
        assert!(ended.stdout.contains("failed, 0 of 1 succeeded, 1 failed"), "{ended:?}");
    }
}

#[test]
fn failures_that_a_job_tolerates_are_no_failure_of_it() {
    let mut job = doing(&["raise", "work"]);
    job["max_failed_percent"] = json!(50);
    let place = Place::with_job(&plain(2), &job);
    let ended = place.sosw(LOCAL);
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

#[test]
fn a_job_that_was_cancelled_ends_what_follows_it_with_3() {
    let mut slow = plain(1);
    slow["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "1" });
    let place = Place::with_job(&slow, &numbers("plain", 20));
    let running = place.start("local --config config.json --job job.json --data data");
    running.await_word("job ");
    let job = job_of(&place);
    let following = place.start(&format!("jobs show {job} --follow --data data"));
    following.await_warning("of 20 closed");
    let cancelled = place.sosw(&format!("jobs cancel {job} --data data"));
    assert_eq!(cancelled.code(), Some(0), "{cancelled:?}");
    let ended = following.end();
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    assert_eq!(state(&ended), "cancelled");
    assert!(ended.stderr.contains(&format!("error: job {job} cancelled")), "{ended:?}");
}

#[test]
fn a_job_is_followed_to_the_state_that_show_gives_though_its_sosw_local_ends_with_it() {
    let mut slow = plain(1);
    slow["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.5" });
    let place = Place::with_job(&slow, &numbers("plain", 6));
    let running = place.start(LOCAL);
    running.await_word("job ");
    let job = job_of(&place);
    let following = place.start(&format!("jobs show {job} --follow --data data"));
    assert_eq!(running.end().code(), Some(0));
    let followed = following.end();
    assert_eq!(followed.code(), Some(0), "{followed:?}");
    let shown = place.sosw(&format!("jobs show {job} --data data"));
    assert_eq!(state(&followed), "succeeded");
    assert_eq!(followed.stdout, shown.stdout);
}

#[test]
fn a_job_that_nothing_works_on_is_not_followed_for_ever() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let early = place.sosw(LOCAL);
    assert_eq!(early.code(), Some(0), "{early:?}");
    let submitted = place.sosw("jobs submit job.json --json --data data");
    let submitted: Value = serde_json::from_str(&submitted.stdout).unwrap();
    let job = submitted["job_id"].as_str().unwrap();
    let followed = place.sosw(&format!("jobs show {job} --follow --data data"));
    assert_eq!(followed.code(), Some(1), "{followed:?}");
    assert!(followed.stderr.contains("start `sosw local --data data`"), "{followed:?}");
}

#[test]
fn an_unknown_id_ends_every_command_with_1_and_a_malformed_one_with_2() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    place.sosw(LOCAL);
    let job = job_of(&place);
    let unknown = [
        "tasks show nobody",
        "explain nobody",
        "tasks show nobody#0",
        "explain nobody#0",
        "tasks list --job nobody",
        "jobs show nobody",
        "jobs show nobody --follow",
        "jobs cancel nobody",
        "jobs retry-failed nobody",
        "tasks list nobody",
        "pause nobody",
        "resume nobody",
    ];
    let numbers = [format!("explain {job}#9"), format!("tasks show {job}#9")];
    for command in unknown.into_iter().chain(numbers.iter().map(String::as_str)) {
        let ended = place.sosw(&format!("{command} --data data"));
        assert_eq!((ended.code(), ended.stdout.as_str()), (Some(1), ""), "{command}: {ended:?}");
        assert!(ended.stderr.starts_with("error: "), "{command}: {ended:?}");
    }
    let malformed = place.sosw(&format!("jobs show {} --data data", "x".repeat(256)));
    assert_eq!(malformed.code(), Some(2), "{malformed:?}");
}
