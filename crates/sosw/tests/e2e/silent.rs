//! Labourers that end without a report are named at once, and those that report are not.

use serde_json::{Value, json};

use crate::world::{Place, example, numbers, plain, process};

fn with_destinations(destinations: Value) -> Value {
    let mut config = plain(1);
    config["local"]["labourers"]["plain"]["destinations"] = destinations;
    config
}

/// Waits for that warning while `plain`, of such destinations, does one task.
fn warns(destinations: Value, kind: &str, warning: &str) {
    let job = json!({ "lambda_name": "plain", "dos": [kind] });
    let place = Place::with_job(&with_destinations(destinations), &job);
    let running = place.start("local --config config.json --job job.json --data data");
    running.await_warning(warning);
    running.await_warning("waits until its lease of 15");
    running.await_warning("Remove local.labourers.plain.destinations from the config");
    running.signal("TERM");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn a_return_without_destinations_is_reported_with_a_remedy() {
    warns(json!(false), "work", "labourer plain returned without a report: its task");
}

#[test]
fn an_error_without_destinations_is_reported_with_a_remedy() {
    warns(json!(false), "raise", "labourer plain failed without a report: its task");
}

#[test]
fn a_crash_without_destinations_is_reported_with_a_remedy() {
    warns(json!(false), "crash", "labourer plain crashed: its task");
}

#[test]
fn a_return_with_a_destination_of_failures_alone_is_reported_with_a_remedy() {
    warns(json!("on_failure"), "work", "labourer plain returned without a report: its task");
}

#[test]
fn blocks_that_wait_for_a_sign_that_their_labourer_works_are_named() {
    let mut config = plain(4);
    config["labourers"]["plain"]["tasks_per_invocation"] = json!(4);
    config["local"]["labourers"]["plain"]["env"] = json!({ "ILL": "." });
    let place = Place::with_job(&config, &numbers("plain", 40));
    let running = place.start("local --config config.json --job job.json --data data");
    running
        .await_warning("it waits, a few times, for one that does; does its handler read `tasks`?");
    running.signal("TERM");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn the_first_attempt_of_a_labourer_has_the_lease_of_its_time_out() {
    let mut config = plain(1);
    config["labourers"]["plain"] = json!({ "cooldown": "10s" });
    let place = Place::with_job(&config, &json!({ "lambda_name": "plain", "dos": ["lease"] }));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    // Its process may work for 30 s; if that were unknown, for 900 s.
    let lease = place.tasks("plain")[0]["result"]["lease"].as_f64().unwrap();
    assert!((40.0..600.0).contains(&lease), "{lease}");
}

#[test]
fn a_destination_of_failures_alone_closes_those_that_failed() {
    let job = json!({ "lambda_name": "plain", "dos": ["crash"] });
    let place = Place::with_job(&with_destinations(json!("on_failure")), &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert!(!ended.stderr.contains("lease"), "{ended:?}");
    assert_eq!(place.tasks("plain")[0]["state"], "exhausted");
}

#[test]
fn labourers_that_report_before_they_return_raise_no_alarm() {
    let mut config = plain(4);
    config["local"]["labourers"]["plain"] = process(&[&example("frail"), "each"]);
    config["local"]["labourers"]["plain"]["destinations"] = json!(false);
    let kinds: Vec<_> = (0..40).map(|n| format!("work {n}")).collect();
    let job = json!({ "lambda_name": "plain", "isolate_dos": true, "dos": kinds });
    let place = Place::with_job(&config, &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("without a report"), "{ended:?}");
    assert_eq!(place.counts("plain").unwrap()["succeeded"], 40);
}
