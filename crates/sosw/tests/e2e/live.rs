//! What `sosw local` shows while it works: each labourer and each open job, as they are.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::{Place, Running, numbers, plain, script};

const LOCAL: &str = "local --config config.json --data data";

/// The beginning of the id of the job that is submitted from this file.
fn submit(place: &Place, file: &str, job: &Value) -> String {
    place.write(file, &job.to_string());
    let ended = place.sosw(&format!("jobs submit {file} --data data --json"));
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    answer["job_id"].as_str().unwrap()[..8].to_owned()
}

fn sosw(place: &Place, arguments: &str) {
    let ended = place.sosw(&format!("{arguments} --data data"));
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

/// The lines about one of them.
fn lines(running: &Running, name: &str) -> Vec<String> {
    let name = format!("{name}: ");
    let stdout = running.stdout();
    stdout.lines().filter_map(|line| line.strip_prefix(&name)).map(str::to_owned).collect()
}

#[test]
fn a_job_is_shown_by_its_key_waiting_paused_and_failed_and_again_after_a_kill_9() {
    let place = Place::new(&plain(1));
    let mut running = place.start(LOCAL);
    running.await_word("sosw local");
    let later = with(numbers("plain", 3), json!({ "delay": "1h" }));
    let later = submit(&place, "later.json", &later);
    running.await_word(&format!("\n{later} plain: waiting until 20"));
    sosw(&place, "pause plain --reason deploy");
    let job = json!({ "lambda_name": "plain", "isolate_dos": true, "dos": ["raise", "work"] });
    let job = submit(&place, "job.json", &job);
    running
        .await_word(&format!("\n{job} plain: paused until it is resumed: deploy, 0 of 2 closed"));
    running
        .await_word("\nplain: 2 queued, 0/1 running, 0 closed, paused until it is resumed: deploy");
    sosw(&place, "resume plain");
    running.await_word(&format!("\n{job} plain: failed, 2 of 2 closed (1 failed)\n"));
    let waiting = lines(&running, &format!("{later} plain"));
    assert_eq!(waiting.len(), 1, "a line for what has changed: {waiting:?}");
    running.kill();
    running.end();

    let running = place.start(LOCAL);
    running.await_word(&format!("\n{later} plain: waiting until 20"));
    let shown = lines(&running, &format!("{job} plain"));
    assert!(shown.is_empty(), "it has ended: {shown:?}");
}

fn with(mut job: Value, fields: Value) -> Value {
    job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    job
}

#[test]
fn progress_of_many_tasks_is_shown_every_few_of_them_and_is_exact_at_the_end() {
    let place = Place::with_job(&plain(8), &numbers("plain", 300));
    let ended = place.sosw(&format!("{LOCAL} --job job.json --until-idle"));
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let closed: Vec<u64> = ended.stdout.lines().filter_map(of_300).collect();
    assert!(closed.is_sorted() && closed.last() == Some(&300), "{ended:?}");
    assert!(ended.stdout.contains(" plain: succeeded, 300 of 300 closed\n"), "{ended:?}");
    assert!(ended.stdout.contains("\n300 tasks closed in "), "{ended:?}");
}

/// How many are closed, of 300, by a line about their job.
fn of_300(line: &str) -> Option<u64> {
    let (_, closed) = line.split_once(" of 300 closed").and(line.split_once(", "))?;
    closed.split(' ').next()?.parse().ok()
}

#[test]
fn a_terminal_shows_a_bar_for_each_labourer_and_each_open_job() {
    let mut config = plain(1);
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.4" });
    let place = Place::with_job(&config, &numbers("plain", 12));
    let mut command = Command::new("python3");
    command.arg(script("terminal.py")).arg(env!("CARGO_BIN_EXE_sosw"));
    command.args(format!("{LOCAL} --job job.json --until-idle").split_whitespace());
    let output = command.env("TERM", "xterm").current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    let jobs = place.sosw("jobs list --data data --json");
    let jobs: Value = serde_json::from_str(&jobs.stdout).unwrap();
    let name = format!("{} plain", &jobs[0]["job_id"].as_str().unwrap()[..8]);
    let bars = |prefix: &str| shown.matches(prefix).count();
    assert!(bars(&format!("{name} \u{1b}[32m")) > 2, "{shown:?}");
    assert!(bars(&format!("{:<14} \u{1b}[32m", "plain")) > 2, "{shown:?}");
    assert!(shown.contains(" of 12 closed, "), "{shown:?}");
    assert!(shown.contains(&format!("{name}: succeeded, 12 of 12 closed")), "{shown:?}");
}

#[test]
fn jobs_show_says_when_a_job_is_done_and_what_bounds_it() {
    let place = Place::new(&plain(1));
    let running = place.start(LOCAL);
    running.await_word("sosw local");
    sosw(&place, "pause plain --reason deploy");
    let job = submit(&place, "job.json", &numbers("plain", 2));
    let shown = place.sosw(&format!("jobs show {job} --data data"));
    let line = "\nforecast    its end is unknown; paused until it is resumed: deploy\n";
    assert!(shown.stdout.contains(line), "{shown:?}");
    let following = place.start(&format!("jobs show {job} --follow --json --data data"));
    following.await_word("\n");
    let followed: Value = serde_json::from_str(following.stdout().lines().next().unwrap()).unwrap();
    assert_eq!(followed["forecast"]["bound"]["by"], "paused", "{followed}");
    sosw(&place, "resume plain");
    let ended = following.end();
    let last: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (ended.code(), &last["state"], last.get("forecast")),
        (Some(0), &json!("succeeded"), None)
    );
}
