//! What labourers share, from the command line: shown, set, paused, resumed, and a mistake in any of it explained.

use serde_json::{Value, json};

use crate::world::{Ended, Place, Running, numbers, plain};

const LOCAL: &str = "local --config config.json --job job.json --data data";

/// `plain` with four slots and more work than any test waits for, two connections to a database, and an API.
fn shared() -> Value {
    let mut config = plain(4);
    config["resources"] = json!({
        "orders-db": { "permits": 2 },
        "stripe": { "rate": { "limit": 9000, "per_seconds": 10, "burst": 40 } },
        "both": { "permits": 100, "rate": { "limit": 9000, "per_seconds": 10, "burst": 40 } },
    });
    config["labourers"]["plain"]["uses"] = json!({ "orders-db": 1, "stripe": 1, "both": 1 });
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.2" });
    config
}

/// A `sosw local` that works on them.
fn at_work() -> (Place, Running) {
    let place = Place::with_job(&shared(), &numbers("plain", 3000));
    let running = place.start(LOCAL);
    running.await_word("job ");
    place.await_succeeded("plain", 2);
    (place, running)
}

fn stop(running: Running) {
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

fn sosw(place: &Place, arguments: &str) -> Ended {
    place.sosw(&format!("{arguments} --data data"))
}

fn said(place: &Place, arguments: &str) -> String {
    let ended = sosw(place, arguments);
    assert_eq!(ended.code(), Some(0), "{arguments}: {ended:?}");
    ended.stdout
}

fn listed(place: &Place, resource: &str) -> Value {
    let all: Value = serde_json::from_str(&said(place, "resources --json")).unwrap();
    let mut all = all.as_array().unwrap().iter();
    all.find(|one| one["resource"] == resource).unwrap_or(&Value::Null).clone()
}

#[test]
fn permits_and_rates_are_listed_set_paused_and_resumed() {
    let (place, running) = at_work();
    let db = listed(&place, "orders-db");
    assert_eq!((&db["permits"]["configured"], &db["permits"]["in_force"]), (&json!(2), &json!(2)));
    assert_eq!(db["labourers"][0]["labourer_id"], "plain");
    assert!(db["permits"]["used"].as_u64().unwrap() <= 2, "{db}");
    let table = said(&place, "resources");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    for word in ["orders-db", "9000 in 10s", "plain: "] {
        assert!(table.contains(word), "{table}");
    }

    let set = said(&place, "resources set orders-db --permits 1 --reason swapping");
    let expected =
        "orders-db has 1 permit from now on, until another config is pushed (the config has 2)";
    assert!(set.starts_with(expected), "{set}");
    let db = listed(&place, "orders-db");
    assert_eq!(
        (&db["permits"]["in_force"], &db["permits"]["set"]["reason"]),
        (&json!(1), &json!("swapping"))
    );
    assert_eq!(
        said(&place, "resources set stripe --rate 450 --per 1s --burst 20"),
        "stripe lets 450 tasks start in 1s from now on, at most 20 at once, until another config is pushed (the \
         config has 9000 in 10s)\n"
    );
    let stripe = listed(&place, "stripe");
    assert_eq!(
        stripe["rate"]["in_force"],
        json!({ "limit": 450, "per_seconds": 1.0, "burst": 20 })
    );
    let table = said(&place, "resources");
    assert!(table.contains("1 of 2") && table.contains("450 in 1s"), "{table}");
    // The warnings of a push name what it ends.
    let pushed = sosw(&place, "config push config.json");
    assert_eq!(pushed.code(), Some(0), "{pushed:?}");
    for set in ["orders-db: ann has set 1: swapping", "stripe: ann has set 450 in 1s"] {
        let warning = format!("resources.{set}; that ends with this config\n");
        assert!(pushed.stderr.contains(&warning), "{pushed:?}");
    }

    let paused = said(&place, "pause resource:both --for 1h --reason upgrade");
    assert!(paused.starts_with("both is paused until 2"), "{paused}");
    let both = listed(&place, "both");
    let why = both["paused"].as_str().unwrap();
    assert!(why.starts_with("paused until 2") && why.ends_with("Z: upgrade"), "{why}");
    assert_eq!(both["permits"]["in_force"], 0);
    let resumed = said(&place, "resume resource:both");
    assert!(resumed.starts_with("both is resumed: "), "{resumed}");
    assert_eq!(said(&place, "resume resource:both"), "both was not paused\n");
    let succeeded = place.counts("plain").unwrap()["succeeded"].as_u64().unwrap();
    place.await_succeeded("plain", succeeded + 3);
    stop(running);
}

#[test]
fn what_is_set_and_paused_is_printed_as_json_too() {
    let (place, running) = at_work();
    stop(running);
    let json = |arguments: &str| -> Value {
        serde_json::from_str(&said(&place, &format!("{arguments} --json"))).unwrap()
    };
    let set = json("resources set orders-db --permits 1");
    assert_eq!((&set["resource"], &set["permits"]["set"]["to"]), (&json!("orders-db"), &json!(1)));
    let paused = json("pause resource:stripe");
    assert_eq!((&paused["resource"], &paused["until"]), (&json!("stripe"), &Value::Null));
    let text = said(&place, "pause resource:stripe");
    assert!(text.contains("/sosw resume resource:stripe --data data`; "), "{text}");
    assert_eq!(json("resume resource:stripe"), json!({ "resource": "stripe", "was_paused": true }));
}

#[test]
fn a_mistake_about_a_resource_is_explained() {
    let (place, running) = at_work();
    stop(running);
    let known = "unknown resource nothing: the config has both, orders-db, stripe";
    for (wrong, code, expected) in [
        ("resources set nothing --permits 3", 1, known),
        ("pause resource:nothing", 1, known),
        ("resume resource:nothing", 1, known),
        (
            "pause orders-db",
            1,
            "orders-db is a resource, and no labourer: name it resource:orders-db",
        ),
        (
            "resources set stripe --permits 3",
            2,
            "stripe has no permits: its config gives it a rate only",
        ),
        (
            "resources set orders-db --rate 3",
            2,
            "orders-db has no rate: its config gives it permits only",
        ),
        ("resources set orders-db --permits 0", 2, "got 0 permits, expected 1 to 1000000"),
        ("resources set orders-db --permits -1", 2, "--permits"),
        ("resources set stripe --rate 0", 2, "got a limit of 0, expected 1 to 1000000"),
        (
            "resources set stripe --rate 5 --burst 9",
            2,
            "got a burst of 9, expected 1 to the limit, which is 5",
        ),
        ("resources set stripe --rate 5 --per soon", 2, "expected a duration like 90s"),
        ("resources set stripe --rate 5 --permits 5", 2, "cannot be used with"),
        ("resources set stripe", 2, "--permits"),
        ("resources set orders-db --permits 5 --burst 2", 2, "cannot be used with"),
    ] {
        let ended = sosw(&place, wrong);
        assert_eq!(ended.code(), Some(code), "{wrong}: {ended:?}");
        assert!(ended.stderr.contains(expected), "{wrong}: {ended:?}");
    }
    let db = listed(&place, "orders-db");
    assert_eq!((&db["permits"]["set"], &db["paused"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_config_without_resources_has_none_to_show() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(said(&place, "resources"), "the config has no resources\n");
    assert_eq!(said(&place, "resources --json"), "[]\n");
    let ended = sosw(&place, "pause resource:orders-db");
    assert!(ended.stderr.contains("unknown resource orders-db: the config has no resources"));
}
