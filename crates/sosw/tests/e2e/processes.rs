//! What becomes of labourers when `sosw local` ends, whatever ends it; and what they inherit.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::world::{Place, Running, labourer, numbers, plain, script};

const LOCAL: &str = "local --config config.json --job job.json --data data";

/// A labourer that works on for ten minutes, with a child that does, and minds no gentle signal.
fn stubborn() -> Place {
    let mut config = plain(2);
    let process = &mut config["local"]["labourers"]["plain"];
    process["command"] = json!(["python3", script("stubborn.py")]);
    Place::with_job(&config, &numbers("plain", 2))
}

/// The processes that the labourers have noted: each itself, and its child.
fn noted(place: &Place) -> Vec<u32> {
    let all: Vec<u32> = place.read("notes").split_whitespace().flat_map(str::parse).collect();
    all
}

pub fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X"))
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "not so: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn working() -> (Place, Running, Vec<u32>) {
    let place = stubborn();
    let running = place.start(LOCAL);
    until("two labourers work, each with a child", || noted(&place).len() >= 4);
    let pids = noted(&place);
    assert_eq!(pids.len(), 4, "{}", place.read("notes"));
    assert!(pids.iter().all(|pid| lives(*pid)), "{pids:?}");
    (place, running, pids)
}

#[test]
fn after_a_kill_9_no_labourer_works_on_nor_its_children() {
    let (_place, mut running, pids) = working();
    running.kill();
    running.end();
    until("all are gone", || !pids.iter().any(|pid| lives(*pid)));
}

#[test]
fn every_signal_that_ends_programs_stops_it_as_ctrl_c_does() {
    for signal in ["HUP", "QUIT", "TERM", "INT"] {
        let (_place, running, pids) = working();
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.code(), Some(0), "{signal}: {ended:?}");
        assert!(ended.stdout.contains("stopping"), "{signal}: {ended:?}");
        until("all are gone", || !pids.iter().any(|pid| lives(*pid)));
    }
}

#[test]
fn the_hangup_that_nohup_ignores_stops_nothing() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let running = place.start_after("trap '' HUP", LOCAL);
    running.await_word("sosw local");
    running.signal("HUP");
    place.await_succeeded("plain", 1);
    running.signal("TERM");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn a_labourer_that_is_killed_takes_its_children_with_it() {
    let (_place, running, pids) = working();
    let killed = Command::new("kill").args(["-9", &pids[0].to_string()]).status().unwrap();
    assert!(killed.success());
    until("its child is gone", || !lives(pids[1]));
    drop(running);
}

/// A port where nobody listens: what is sent there fails.
const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn proxies_and_aws_files_of_the_user_never_reach_the_services_of_this_machine() {
    let place = Place::with_job(&plain(2), &numbers("plain", 4));
    place.write("aws", &format!("[default]\nregion = mars-1\nendpoint_url = {NOBODY}\nservices = s\nignore_configured_endpoint_urls = true\n[services s]\ndynamodb =\n  endpoint_url = {NOBODY}\nlambda =\n  endpoint_url = {NOBODY}\n"));
    let mut variables: Vec<_> =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
            .map(|name| (name, NOBODY.to_owned()))
            .into();
    for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        variables.push((file, place.path("aws").display().to_string()));
    }
    let ended = place.start_with(&format!("{LOCAL} --until-idle"), &variables).end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let status = place.start_with("status --json --data data", &variables).end();
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status[0]["counts"]["succeeded"], 4);
}

#[test]
fn a_command_that_is_led_to_this_machine_by_variables_asks_no_proxy() {
    let place = Place::new(&plain(2));
    let running = place.start("local --config config.json");
    let mut variables: Vec<(&str, String)> =
        ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            .map(|name| (name, running.exported(name)))
            .into();
    variables.extend(["HTTP_PROXY", "ALL_PROXY"].map(|name| (name, NOBODY.to_owned())));
    let status = place.start_with("status --json", &variables).end();
    assert_eq!(status.code(), Some(0), "{status:?}");
}

#[test]
fn thirty_slots_work_with_256_open_files() {
    let mut config = plain(30);
    config["labourers"]["plain"] = labourer(30);
    config["local"]["labourers"]["plain"]["env"] = json!({ "SECONDS": "0.2" });
    let place = Place::with_job(&config, &numbers("plain", 150));
    let ended = place.start_after("ulimit -n 256", &format!("{LOCAL} --until-idle")).end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let tasks = place.tasks("plain");
    assert_eq!(tasks.len(), 150);
    assert!(tasks.iter().all(|task| task["state"] == "succeeded"), "{tasks:?}");
    assert_eq!(ended.complaints(), "", "nothing was short");
}
