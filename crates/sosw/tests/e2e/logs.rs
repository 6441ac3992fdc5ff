//! `sosw logs`: what the labourer of a task printed.

use serde_json::{Value, json};

use crate::world::{Place, numbers, plain};

const RUN: &str = "local --config config.json --job job.json --data data --until-idle";

/// `plain` does these, with two attempts for each.
fn printing(kinds: &[&str], slots: u32) -> Place {
    let mut config = plain(slots);
    config["labourers"]["plain"]["max_attempts"] = json!(2);
    let job = json!({ "lambda_name": "plain", "isolate_dos": true, "dos": kinds });
    Place::with_job(&config, &job)
}

fn job_id(place: &Place) -> String {
    let jobs: Value =
        serde_json::from_str(&place.sosw("jobs list --json --data data").stdout).unwrap();
    jobs[0]["job_id"].as_str().unwrap().to_owned()
}

#[test]
fn each_attempt_has_its_own_output_and_it_outlives_the_run() {
    let kinds: Vec<_> = (0..8).map(|n| format!("print {n}")).collect();
    let place = printing(&kinds.iter().map(String::as_str).collect::<Vec<_>>(), 1);
    assert_eq!(place.sosw(RUN).code(), Some(0));
    let job = job_id(&place);
    for (n, kind) in kinds.iter().enumerate() {
        let task: Value = serde_json::from_str(
            &place.sosw(&format!("tasks show {job}#{n} --json --data data")).stdout,
        )
        .unwrap();
        let request = |attempt: usize| task["requests"][attempt]["id"].as_str().unwrap();
        let logs = place.sosw(&format!("logs {job}#{n} --data data"));
        let mut lines = logs.stdout.lines();
        for attempt in [1, 2] {
            let heading = lines.next().unwrap();
            assert!(heading.starts_with(&format!("--- attempt {attempt} at ")), "{heading}");
            assert!(
                heading.ends_with(&format!("request {} ---", request(attempt - 1))),
                "{heading}"
            );
            let printed = [lines.next().unwrap(), lines.next().unwrap()];
            assert!(printed.contains(&format!("{kind}: attempt {attempt}").as_str()), "{logs:?}");
            assert!(printed.contains(&r"\u{1b}[2J no end of line"), "{logs:?}");
        }
        assert_eq!(lines.next(), None, "{logs:?}");
        let id = task["task_id"].as_str().unwrap();
        assert_eq!(place.sosw(&format!("logs {id} --data data")).stdout, logs.stdout);
    }
    let json = place.sosw(&format!("logs {job}#3 --json --data data"));
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let attempt = &json["attempts"][1];
    assert_eq!((&attempt["attempt"], &attempt["too_many"]), (&json!(2), &json!(0)));
    let lines = attempt["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["stream"] == "stderr").unwrap();
    assert_eq!(line["text"], "\u{1b}[2J no end of line");
}

#[test]
fn output_is_followed_from_another_terminal_until_the_task_is_closed() {
    let mut config = plain(1);
    config["labourers"]["plain"]["max_attempts"] = json!(2);
    config["labourers"]["plain"]["after_failure"] = json!({ "growth": "linear", "base": 3 });
    let job = json!({ "lambda_name": "plain", "dos": ["print"] });
    let place = Place::with_job(&config, &job);
    let local = place.start("local --config config.json --job job.json --data data");
    local.await_word("job ");
    let job = job_id(&place);
    let logs = place.start(&format!("logs {job}#0 --follow --data data"));
    logs.await_word("print: attempt 1");
    let json = place.start(&format!("logs {job}#0 --follow --json --data data"));
    let (logs, json) = (logs.end(), json.end());
    assert_eq!((logs.code(), json.code()), (Some(0), Some(0)), "{logs:?} {json:?}");
    assert!(logs.stdout.contains("print: attempt 2"), "{logs:?}");
    let attempts = json.stdout.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["attempt"].as_u64().unwrap()
    });
    assert_eq!(attempts.collect::<Vec<_>>(), [1, 1, 2, 2]);
    local.signal("TERM");
    assert_eq!(local.end().code(), Some(0));
}

#[test]
fn a_run_in_memory_keeps_output_that_others_find_by_its_tables() {
    let place = printing(&["print"], 1);
    let local = place.start("local --config config.json --job job.json");
    let variables = [
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_LAMBDA",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let variables = variables.map(|name| (name, local.exported(name)));
    local.await_word(": 1 task");
    let jobs = place.start_with("jobs list --json", &variables).end();
    let jobs: Value = serde_json::from_str(&jobs.stdout).unwrap();
    let job = jobs[0]["job_id"].as_str().unwrap();
    let logs = place.start_with(&format!("logs {job}#0 --follow"), &variables).end();
    assert!(logs.stdout.contains("print: attempt 2"), "{logs:?}");
    local.signal("TERM");
    assert_eq!(local.end().code(), Some(0));
}

#[test]
fn what_a_block_printed_is_found_by_each_of_its_tasks() {
    let mut config = plain(1);
    config["labourers"]["plain"]["tasks_per_invocation"] = json!(4);
    let place = Place::with_job(&config, &numbers("plain", 6));
    assert_eq!(place.sosw(RUN).code(), Some(0));
    let job = job_id(&place);
    for (number, size, members) in [(0, 4, "0-3"), (3, 4, "0-3"), (5, 2, "4-5")] {
        let logs = place.sosw(&format!("logs {job}#{number} --data data"));
        assert!(logs.stdout.contains(&format!("with the tasks {members} at ")), "{logs:?}");
        assert!(logs.stdout.ends_with(&format!("---\nblock of {size}\n")), "{logs:?}");
    }
}

#[test]
fn a_flood_is_cut_and_it_says_so() {
    // A process each: what one has printed is not taken for the other's.
    let place = printing(&["flood", "work"], 2);
    assert_eq!(place.sosw(RUN).code(), Some(0));
    let job = job_id(&place);
    let logs = place.sosw(&format!("logs {job}#0 --data data"));
    assert!(logs.stdout.contains("\nline 0\nline 1\n"), "from its beginning");
    assert!(logs.stdout.ends_with("[more was printed: of a task, 1 MB is kept]\n"));
    assert!(!logs.stdout.contains("line 39999\n"));
    let quiet = place.sosw(&format!("logs {job}#1 --data data"));
    assert_eq!(quiet.stdout, "It has printed nothing\n");
    let unknown = place.sosw(&format!("logs {job}#2 --data data"));
    assert_eq!((unknown.code(), unknown.stdout.as_str()), (Some(1), ""), "{unknown:?}");
}

#[test]
fn a_damaged_file_of_output_costs_the_output_and_nothing_else() {
    let place = printing(&["work"], 1);
    std::fs::create_dir(place.path("data")).unwrap();
    place.write("data/output.db", &"no database at all".repeat(100));
    let ended = place.sosw(RUN);
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("warning: what labourers print is not kept"), "{ended:?}");
    let logs = place.sosw(&format!("logs {}#0 --data data", job_id(&place)));
    assert_eq!(logs.code(), Some(1), "{logs:?}");
    assert!(logs.stderr.contains("remove output.db"), "{logs:?}");
}

#[test]
fn what_was_printed_before_a_kill_is_still_there() {
    let mut config = plain(1);
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "600" });
    let job = json!({ "lambda_name": "plain", "dos": ["print"] });
    config["labourers"]["plain"]["max_attempts"] = json!(2);
    let place = Place::with_job(&config, &job);
    let mut local = place.start("local --config config.json --job job.json --data data");
    local.await_word(": 1 task");
    let job = job_id(&place);
    let logs = place.start(&format!("logs {job}#0 --follow --data data"));
    logs.await_word("print: attempt 2");
    local.kill();
    local.end();
    let logs = place.sosw(&format!("logs {job}#0 --data data"));
    assert!(logs.stdout.contains("print: attempt 2"), "{logs:?}");
    let followed = place.sosw(&format!("logs {job}#0 --follow --data data"));
    assert_eq!(followed.code(), Some(1), "{followed:?}");
    assert!(followed.stderr.contains("nothing works on it"), "{followed:?}");
}
