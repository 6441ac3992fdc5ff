//! Jobs from the command line to their end.

use serde_json::json;

use crate::world::{Place, example, labourer, numbers, plain};

#[test]
fn a_job_of_a_labourer_without_a_word_of_sosw_runs_to_its_end() {
    let place = Place::with_job(&plain(3), &numbers("plain", 12));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("12 tasks closed"), "{ended:?}");
    assert!(ended.stdout.contains("succeeded, 12 of 12 succeeded"), "{ended:?}");
    assert_eq!(ended.complaints(), "", "quiet when all is well");

    let tasks = place.tasks("plain");
    assert_eq!(tasks.len(), 12);
    for task in &tasks {
        assert_eq!(task["state"], "succeeded");
        assert_eq!(task["attempts"], 1);
        assert_eq!(task["result"]["did"], task["payload"]["ns"]);
    }
    assert_eq!(place.notes().len(), 12);
}

#[test]
fn without_data_nothing_is_left_behind() {
    let place = Place::with_job(&plain(2), &numbers("plain", 2));
    let ended = place.sosw("local --config config.json --job job.json --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("tables in memory"), "{ended:?}");
    assert!(!place.path("data").exists());
}

#[test]
fn a_hundred_slots_are_handed_over_in_a_row_with_recursion_detection_on() {
    let words = example("words");
    let config = json!({
        "labourers": { "words": labourer(1) },
        "job_schema": { "chunkable_attrs": ["n"] },
        // Nothing but reports starts tasks.
        "local": { "tick": 3600, "labourers": { "words": { "command": [words] } } },
    });
    let mut job = numbers("words", 101);
    job["words"] = json!(["lease"]);
    job["corpus"] = json!("corpus");
    job["results"] = json!("results");
    let place = Place::with_job(&config, &job);
    std::fs::create_dir(place.path("corpus")).unwrap();
    place.write("corpus/a.md", "a lease");
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let tasks = place.tasks("words");
    assert_eq!(tasks.len(), 101);
    assert!(tasks.iter().all(|task| task["state"] == "succeeded" && task["attempts"] == 1));
}

#[test]
fn the_status_of_a_running_system_is_read_from_outside() {
    let place = Place::with_job(&plain(1), &numbers("plain", 3));
    let running = place.start("local --config config.json --job job.json --data data");
    running.await_word("job ");
    place.await_succeeded("plain", 3);
    let table = place.sosw("status --data data");
    assert!(table.stdout.contains("plain"), "{table:?}");
    running.signal("TERM");
    assert_eq!(running.end().code(), Some(0));
}
