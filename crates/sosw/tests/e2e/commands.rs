//! The small commands.

use serde_json::json;

use crate::world::{Place, numbers, plain};

#[test]
fn tasks_are_listed_by_state_and_shown_in_full() {
    let place = Place::with_job(&plain(2), &numbers("plain", 3));
    place.sosw("local --config config.json --job job.json --data data --until-idle");

    let listed = place.sosw("tasks list plain --state succeeded --limit 2 --data data");
    assert_eq!(listed.code(), Some(0), "{listed:?}");
    assert!(listed.stdout.ends_with("and 1 more: use --limit or --state\n"), "{listed:?}");
    let none = place.sosw("tasks list plain --state parked --data data");
    assert_eq!(none.stdout, "plain has no tasks in state `waiting`\n");

    let id = place.tasks("plain")[0]["task_id"].as_str().unwrap().to_owned();
    let shown = place.sosw(&format!("tasks show {id} --data data"));
    for word in [id.as_str(), "succeeded since", "attempts  1", "did", "history"] {
        assert!(shown.stdout.contains(word), "no {word:?} in {shown:?}");
    }
}

#[test]
fn a_task_in_a_block_is_shown_explained_and_listed_by_its_number() {
    let mut config = plain(1);
    config["labourers"]["plain"]["tasks_per_invocation"] = json!(2);
    let place = Place::with_job(&config, &numbers("plain", 3));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert!(ended.stdout.contains("3 of 3 succeeded, in blocks of 2"), "{ended:?}");

    let jobs: serde_json::Value =
        serde_json::from_str(&place.sosw("jobs list --json --data data").stdout).unwrap();
    let job = jobs[0]["job_id"].as_str().unwrap();
    assert_eq!(jobs[0]["block_size"], 2);
    let told = |command: &str| {
        let ended = place.sosw(&format!("{command} --data data"));
        assert_eq!(ended.code(), Some(0), "{ended:?}");
        ended.stdout
    };
    let shown = told(&format!("tasks show {job}#1"));
    for word in ["number 1 of its job", "succeeded since", r#""ns":["1"]"#, "2 tasks: 0-1"] {
        assert!(shown.contains(word), "no {word:?} in {shown}");
    }
    let explained = told(&format!("explain {job}#1"));
    assert!(explained.contains("one of 2 tasks in block"), "{explained}");
    let listed = told(&format!("tasks list --job {job}"));
    for word in ["2 tasks: 0-1", "task 2 of its job"] {
        assert!(listed.contains(word), "no {word:?} in {listed}");
    }
    assert!(told(&format!("jobs show {job}")).contains("3, 3 created, in blocks of 2"));
    let beyond = place.sosw(&format!("tasks show {job}#3 --data data"));
    assert_eq!(beyond.code(), Some(1));
    assert!(beyond.stderr.contains("has no task 3: its tasks are 0 to 2"), "{beyond:?}");
}

#[test]
fn what_does_not_exist_is_reported_with_what_does() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let early = place.sosw("status --data data");
    assert_eq!(early.code(), Some(1));
    assert!(early.stderr.contains("data holds no tables"), "{early:?}");

    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let labourer = place.sosw("tasks list plane --data data");
    assert_eq!(labourer.code(), Some(1));
    assert!(
        labourer.stderr.contains("unknown labourer plane: the config has plain"),
        "{labourer:?}"
    );
    let task = place.sosw("tasks show 0123 --data data");
    assert_eq!(task.code(), Some(1));
    assert!(task.stderr.contains("there is no task 0123"), "{task:?}");

    let jobs = place.sosw("jobs list --json --data data");
    let jobs: serde_json::Value = serde_json::from_str(&jobs.stdout).unwrap();
    let job = &jobs[0]["job_id"].as_str().unwrap()[..8];
    for command in ["tasks show", "explain", "logs"] {
        let ended = place.sosw(&format!("{command} {job} --data data"));
        assert_eq!(ended.code(), Some(1), "{ended:?}");
        let said = format!("{job} is a job: name one of its tasks, {job}#0");
        assert!(ended.stderr.contains(&said), "{ended:?}");
    }
}

#[test]
fn whoever_leaves_work_in_tables_that_nobody_serves_is_told_what_to_start() {
    let place = Place::with_job(&plain(1), &numbers("plain", 2));
    place.sosw("local --config config.json --data data --until-idle");
    let start =
        "no `sosw local` works on data: start it with `sosw local --config … --data data`\n";
    assert_eq!(place.sosw("status --data data").stderr, "", "nothing waits");
    let submitted = place.sosw("jobs submit job.json --data data");
    assert!(submitted.stderr.ends_with(start), "{submitted:?}");
    assert_eq!(place.sosw("status --data data").stderr, start);
    let jobs = place.sosw("jobs list --json --data data");
    let jobs: serde_json::Value = serde_json::from_str(&jobs.stdout).unwrap();
    let job = jobs[0]["job_id"].as_str().unwrap();
    assert_eq!(place.sosw(&format!("explain {job}#0 --data data")).stderr, start);
    assert!(place.sosw("resume plain --data data").stderr.ends_with(start));

    let listed = place.sosw(&format!("tasks list --job {job} --data data"));
    assert!(listed.stdout.starts_with(&format!("{job}#0  queued")), "{listed:?}");
    assert!(listed.stdout.contains(&format!("\n{job}#1  queued")), "{listed:?}");
    place.sosw(&format!("jobs cancel {job} --data data"));
    let cancelled = place.sosw(&format!("explain {job}#1 --data data"));
    assert!(cancelled.stdout.contains("submit its job again"), "{cancelled:?}");
    assert_eq!(cancelled.stderr, "", "nothing waits");
}

#[test]
fn a_config_is_checked_without_running_anything() {
    let place = Place::new(&plain(1));
    let good = place.sosw("config check config.json");
    assert_eq!((good.code(), good.stdout.trim()), (Some(0), "config.json: ok, 1 labourer"));
    place.write("bad.json", r#"{"labourers": {"a": {"duration": -1}}, "sns_confg": {}}"#);
    let bad = place.sosw("config check bad.json");
    assert_eq!(bad.code(), Some(2));
    assert!(bad.stderr.contains("labourers.a.duration"), "{bad:?}");
    assert!(bad.stderr.contains("did you mean sns_config?"), "{bad:?}");
}

#[test]
fn wrong_usage_exits_with_2_and_no_command_shows_the_help() {
    let place = Place::new(&plain(1));
    let whose = place.sosw("tasks list --data data");
    assert_eq!(whose.code(), Some(2));
    assert!(whose.stderr.contains("<LABOURER|--job <JOB>>"), "{whose:?}");
    assert_eq!(place.sosw("local --config config.json --memory --data data").code(), Some(2));
    let help = place.sosw("--help");
    assert!(help.stdout.contains("Exit codes"), "{help:?}");
    assert!(!help.stdout.contains("  function "), "the hidden command stays hidden");
}

#[test]
fn the_doctor_says_why_a_config_cannot_be_used() {
    let place = Place::with_job(&plain(2), &numbers("plain", 1));
    place.write("broken.json", r#"{"labourers": 5}"#);
    let found = place.sosw("doctor --config broken.json --json");
    assert_eq!(found.code(), Some(1), "{found:?}");
    let faults: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(faults[0]["fault"], "config_refused", "{found:?}");
    assert!(faults[0]["text"].as_str().unwrap().contains("labourers: got 5"), "{found:?}");
}

#[test]
fn the_doctor_finds_no_fault_of_a_healthy_machine() {
    for (duration, cooldown, timeout) in [(600, 300, 30), (5, 3, 5)] {
        let mut config = plain(2);
        config["labourers"]["plain"]["duration"] = json!(duration);
        config["labourers"]["plain"]["cooldown"] = json!(cooldown);
        config["local"]["labourers"]["plain"]["timeout"] = json!(timeout);
        let place = Place::with_job(&config, &numbers("plain", 3));
        let _running = place.start("local --config config.json --job job.json --data data");
        place.await_succeeded("plain", 3);
        let found = place.sosw("doctor --items --data data");
        let printed = (found.code(), found.stdout.as_str());
        assert_eq!(printed, (Some(0), "no faults found\n"), "{found:?}");
    }
}
