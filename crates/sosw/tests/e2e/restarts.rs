//! What is accepted is done, however a run ends.

use std::collections::BTreeSet;

use serde_json::json;

use crate::processes::{lives, until};
use crate::world::{Place, numbers, plain};

const LOCAL: &str = "local --config config.json --job job.json --data data";

fn slow_place(tasks: u32) -> Place {
    let mut config = plain(4);
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.05" });
    Place::with_job(&config, &numbers("plain", tasks))
}

#[test]
fn after_a_kill_9_a_restart_goes_on_and_everything_accepted_is_closed_once() {
    let place = slow_place(300);
    for closed in [10, 30] {
        let mut running = place.start(LOCAL);
        place.await_succeeded("plain", closed);
        running.kill();
        running.end();
    }
    let ended = place.sosw(&format!("{LOCAL} --until-idle"));
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("resuming job"), "{ended:?}");

    let tasks = place.tasks("plain");
    let numbers: BTreeSet<_> = tasks.iter().map(|task| task["payload"]["ns"].to_string()).collect();
    assert_eq!((tasks.len(), numbers.len()), (300, 300));
    assert!(tasks.iter().all(|task| task["state"] == "succeeded"), "{tasks:?}");
    // Work is repeated for attempts that were live at a kill, four at most, and for no others.
    assert!(place.notes().len() <= 300 + 2 * 4, "{}", place.notes().len());
}

#[test]
fn ctrl_c_stops_cleanly_and_leaves_no_process() {
    let place = slow_place(500);
    let running = place.start(LOCAL);
    place.await_succeeded("plain", 5);
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("stopping"), "{ended:?}");
    for (process, _, _) in place.notes() {
        until("it has ended", || !lives(process));
    }
    let dead = place.sosw("tasks list plain --state exhausted --json --data data");
    assert_eq!(dead.stdout, "[]\n", "a stop fails nothing");
}

#[test]
fn a_stop_before_the_end_says_how_to_go_on() {
    let place = slow_place(500);
    let running = place.start(&format!("{LOCAL} --until-idle"));
    place.await_succeeded("plain", 5);
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code(), Some(1), "{ended:?}");
    assert!(ended.stderr.contains("the same command continues with them"), "{ended:?}");
}

#[test]
fn a_directory_serves_one_at_a_time() {
    let place = slow_place(1);
    let running = place.start("local --config config.json --data data");
    running.await_word("sosw local");
    let second = place.sosw("local --config config.json --data data");
    assert_eq!(second.code(), Some(1));
    assert!(second.stderr.contains("data is in use by another `sosw local`"), "{second:?}");
}
