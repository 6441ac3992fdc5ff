//! What labourers depend on, observed and controlled from the command line while they work.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{Place, Running, numbers, plain};

const LOCAL: &str = "local --config config.json --job job.json --data data";
const CPU: &str = "AWS/RDS CPUUtilization DBInstanceIdentifier=orders";
const PATIENCE: Duration = Duration::from_secs(120);

/// `plain` with four slots, one of these settings, and more work than any test waits for.
fn at_work(setting: &str, value: Value) -> (Place, Running) {
    let mut config = plain(4);
    config["labourers"]["plain"]["max_attempts"] = json!(1000);
    config["labourers"]["plain"][setting] = value;
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.2", "ILL": "ill" });
    let place = Place::with_job(&config, &numbers("plain", 3000));
    let running = place.start(LOCAL);
    running.await_word("job ");
    (place, running)
}

/// The same with a database whose values count for five seconds.
fn with_database() -> (Place, Running) {
    let metrics = json!({ "DbCpu": {
        "details": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/RDS",
            "Dimensions": [{ "Name": "DBInstanceIdentifier", "Value": "orders" }],
            "Period": 1,
            "MetricAggregationTimeSlice": 5,
        },
        "feelings": { "4": 25, "3": 50, "2": 75 },
    } });
    at_work("health_metrics", metrics)
}

fn stop(running: Running) {
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

/// What `sosw labourers` says of `plain`.
fn labourer(place: &Place) -> Value {
    let listed = place.sosw("labourers --json --data data");
    let all: Value = serde_json::from_str(&listed.stdout).unwrap_or_else(|_| panic!("{listed:?}"));
    all[0].clone()
}

/// Waits until `sosw labourers` says something of that kind of `plain`; does `meanwhile` each time
/// that it does not.
fn await_labourer(
    place: &Place,
    is_wanted: impl Fn(&Value) -> bool,
    meanwhile: impl Fn(),
) -> Value {
    let began = Instant::now();
    loop {
        let state = labourer(place);
        if is_wanted(&state) {
            return state;
        }
        assert!(began.elapsed() < PATIENCE, "{state}");
        meanwhile();
    }
}

/// The limit that the last tick has written with its reasons; `slot_limit` is written a moment before,
/// when the tick claims tasks.
fn limit(state: &Value) -> &Value {
    state["changes"]
        .as_array()
        .and_then(|changes| changes.last())
        .map_or(&Value::Null, |c| &c["limit"])
}

/// Makes the database so busy, again and again, until `plain` has that many slots.
fn busy_until(place: &Place, percent: u32, slots: u32) -> Value {
    let put = || {
        let put = format!(
            "local metric AWS/RDS CPUUtilization {percent} \
             --dimension DBInstanceIdentifier=orders --data data"
        );
        let put = place.sosw(&put);
        assert_eq!((put.stdout, put.stderr), (format!("{CPU} = {percent}\n"), String::new()));
    };
    put();
    await_labourer(place, |state| limit(state) == slots, put)
}

fn a_queued_task(place: &Place) -> String {
    let listed = place.sosw("tasks list plain --state queued --limit 1 --json --data data");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    listed[0]["task_id"].as_str().unwrap().to_owned()
}

fn explained(place: &Place, task: &str) -> String {
    let printed = place.sosw(&format!("explain {task} --data data"));
    assert_eq!(printed.code(), Some(0), "{printed:?}");
    printed.stdout
}

#[test]
fn a_metric_put_by_hand_takes_the_slots_away_and_gives_them_back() {
    let (place, running) = with_database();
    busy_until(&place, 10, 4);
    place.await_succeeded("plain", 5);

    let ill = busy_until(&place, 100, 0);
    let why = ill["health"].as_str().unwrap();
    assert!(why.starts_with("0 Bad: DbCpu ") && why.contains(" > 75"), "{why}");
    await_labourer(&place, |state| state["running"] == 0, || ());
    let table = place.sosw("labourers --data data").stdout;
    assert!(table.contains("0 Bad: DbCpu ") && table.contains(" ago: 0 Bad, 0 slots"), "{table}");
    let task = a_queued_task(&place);
    let printed = explained(&place, &task);
    assert!(printed.starts_with(&format!("{task} is queued, ")), "{printed}");
    assert!(printed.contains("  reason: no slot may be used: 0 Bad: DbCpu "), "{printed}");
    assert!(printed.contains("next step: its health must rise"), "{printed}");

    let done = place.counts("plain").unwrap()["succeeded"].as_u64().unwrap();
    let well = busy_until(&place, 10, 4);
    let limits: Vec<_> = well["changes"].as_array().unwrap().iter().map(|c| &c["limit"]).collect();
    assert!(limits.ends_with(&[&json!(2), &json!(3), &json!(4)]), "a step a tick: {limits:?}");
    place.await_succeeded("plain", done + 5);
    stop(running);
}

#[test]
fn a_labourer_that_fails_is_left_with_a_probe_and_recovers_by_itself() {
    let (place, running) = at_work("breaker", json!({}));
    place.await_succeeded("plain", 5);
    place.write("ill", "");
    let ill = await_labourer(&place, |state| limit(state) == 1, || ());
    assert_eq!(ill["health"], "4 High: no health metrics; its attempts fail, 1 of 4 slots");
    await_labourer(&place, |state| state["running"] == 1, || ());

    std::fs::remove_file(place.path("ill")).unwrap();
    let well = await_labourer(&place, |state| limit(state) == 4, || ());
    assert_eq!(well["health"], "4 High: no health metrics");
    let limits: Vec<_> = well["changes"].as_array().unwrap().iter().map(|c| &c["limit"]).collect();
    assert!(limits.ends_with(&[&json!(1), &json!(2), &json!(4)]), "doubled: {limits:?}");
    stop(running);
}

#[test]
fn a_metric_that_is_not_read_is_reported_with_those_that_are() {
    let (place, running) = with_database();
    let put = place.sosw("local metric AWS/RDS CPUUtilization 90 --data data");
    assert_eq!(put.stdout, "AWS/RDS CPUUtilization = 90\n");
    let warning =
        format!("warning: no labourer's health depends on this metric; they depend on {CPU}\n");
    assert_eq!(put.stderr, warning);
    stop(running);

    let late = place.sosw("local metric AWS/RDS CPUUtilization 90 --data data");
    assert_eq!(late.code(), Some(1));
    assert!(late.stderr.contains("no `sosw local --data data` is running"), "{late:?}");
    let nowhere = place.sosw("local metric AWS/RDS CPUUtilization 90");
    assert_eq!(nowhere.code(), Some(2), "never AWS's own CloudWatch: {nowhere:?}");
    let none = place.sosw("local metric AWS/RDS CPUUtilization NaN --data data");
    assert_eq!(none.code(), Some(2), "{none:?}");
}

#[test]
fn a_pause_holds_through_a_restart_until_it_is_resumed() {
    let (place, running) = with_database();
    place.await_succeeded("plain", 5);
    let paused = place.sosw("pause plain --for 2h --reason upgrade --data data");
    assert_eq!(paused.code(), Some(0), "{paused:?}");
    assert!(paused.stdout.starts_with("plain is paused until 2"), "{paused:?}");
    let state = await_labourer(&place, |state| state["running"] == 0, || ());
    let why = state["paused"].as_str().unwrap();
    assert!(why.starts_with("paused until 2") && why.ends_with("Z: upgrade"), "{why}");
    let task = a_queued_task(&place);
    assert!(explained(&place, &task).contains("/sosw resume plain --data data`"));
    let done = place.counts("plain").unwrap();
    stop(running);

    // The same from the tables alone.
    assert_eq!(labourer(&place)["paused"], why);
    assert_eq!(place.counts("plain").unwrap(), done);
    let running = place.start(LOCAL);
    running.await_word("resuming job");
    assert_eq!(place.counts("plain").unwrap()["running"], 0);
    let resumed = place.sosw("resume plain --data data");
    assert!(resumed.stdout.starts_with("plain is resumed"), "{resumed:?}");
    place.await_succeeded("plain", done["succeeded"].as_u64().unwrap() + 5);
    assert_eq!(place.sosw("resume plain --data data").stdout, "plain was not paused\n");
    stop(running);
}

#[test]
fn a_mistake_in_a_pause_command_is_explained() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let unknown = place.sosw("pause plane --data data");
    assert_eq!(unknown.code(), Some(1), "{unknown:?}");
    assert!(unknown.stderr.contains("unknown labourer plane: the config has plain"), "{unknown:?}");
    for (wrong, expected) in [
        ("pause plain --for soon", "invalid value 'soon' for '--for <TIME>'"),
        ("pause plain --for -2h", "expected a duration like 90s"),
        ("pause plain --until 2020-01-01T00:00:00Z", "the end must be in the future"),
        ("pause plain --for 1h --until 2999-01-01T00:00:00Z", "cannot be used with"),
    ] {
        let ended = place.sosw(&format!("{wrong} --data data"));
        assert_eq!(ended.code(), Some(2), "{ended:?}");
        assert!(ended.stderr.contains(expected), "{ended:?}");
    }
    assert_eq!(labourer(&place)["paused"], Value::Null);
    let idle = place.sosw("pause plain --data data").stdout;
    assert!(idle.starts_with("plain is paused until `"), "{idle}");
    assert!(
        idle.ends_with("/sosw resume plain --data data`; none of its tasks are running\n"),
        "{idle}"
    );
}
