//! What happened in each minute, on one machine.

use serde_json::{Value, json};

use crate::world::{Place, plain};

#[test]
fn a_system_on_one_machine_has_a_history_and_what_is_not_there_is_said_in_words() {
    let mut config = plain(1);
    // Each of two tasks takes a second, and there are five ticks in it: some find work.
    config["local"]["labourers"]["plain"]["timeout"] = json!(1);
    let job =
        json!({ "lambda_name": "plain", "isolate_dos": true, "dos": ["hang", "work", "hang"] });
    let place = Place::with_job(&config, &job);
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(3), "{ended:?}");

    for series in ["plain", "stack"] {
        let shown = place.sosw(&format!("history {series} --every 1m --data data"));
        assert_eq!(shown.code(), Some(0), "{shown:?}");
        for word in ["1m from", "queued", "started", "95 %"] {
            assert!(shown.stdout.contains(word), "no {word:?} in {shown:?}");
        }
        let shown = place.sosw(&format!("history {series} --json --data data"));
        let history: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!(history["every"], 60);
        // A minute ends at any time: the tasks may be in the next one.
        let points = history["points"].as_array().unwrap();
        assert!(points.iter().any(|point| point["slots"] == 1), "{history}");
        // The first tick of a minute makes its record, before or after the tasks begin.
        let counts = |point: &Value| ["queued", "started"].map(|name| point[name].as_u64());
        let work: u64 = points.iter().flat_map(counts).flatten().sum();
        assert!(work > 0, "{history}");
    }
    let year = "--from 2020-01-01T00:00:00Z --to 2021-01-01T00:00:00Z";
    let none = place.sosw(&format!("history plain {year} --data data"));
    assert_eq!(none.code(), Some(0));
    assert!(
        none.stdout.starts_with("no activity of plain is recorded from 2020-01-01"),
        "{none:?}"
    );
    assert!(none.stdout.contains("kept for 30 days (history_days)"), "{none:?}");
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_what_can() {
    let place = Place::with_job(&plain(1), &json!({ "lambda_name": "plain", "dos": ["work"] }));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    for (arguments, code, word) in [
        ("history plane", 1, "unknown labourer plane: the config has plain"),
        ("history plain --from soon", 2, "expected a time that has passed, as 2h, 3 days"),
        ("history plain --every 5s", 2, "expected at least a minute"),
        ("history plain --from 1h --to 2h", 2, "before --from"),
    ] {
        let refused = place.sosw(&format!("{arguments} --data data"));
        assert_eq!(refused.code(), Some(code), "{refused:?}");
        assert!(refused.stderr.contains(word), "no {word:?} in {refused:?}");
    }
}
