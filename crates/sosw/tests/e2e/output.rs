//! What commands print: ids that stay whole, hints that can be pasted, JSON, and nothing that a terminal obeys.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::{Ended, Place, numbers, plain, script};

/// A directory whose name a shell would take apart.
const DATA: &str = "da'ta";

/// A place where a job has ended, one of its four tasks by an error full of control characters.
fn place() -> (Place, Ended, String) {
    let job = json!({
        "lambda_name": "plain", "isolate_dos": true, "dos": ["paint", "work", "idle", "rest"],
    });
    let place = Place::with_job(&plain(2), &job);
    let ended = sosw(&place, "local --config config.json --job job.json --until-idle");
    assert_eq!(ended.code(), Some(3), "{ended:?}");
    let jobs = json_of(&sosw(&place, "jobs list --json"));
    let id = jobs[0]["job_id"].as_str().unwrap().to_owned();
    (place, ended, id)
}

fn sosw(place: &Place, arguments: &str) -> Ended {
    place.sosw(&format!("{arguments} --data {DATA}"))
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

/// What a terminal of 80 columns is sent.
fn on_a_terminal(place: &Place, arguments: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new("python3");
    command.arg(script("terminal.py")).arg(env!("CARGO_BIN_EXE_sosw"));
    command.args(arguments.split_whitespace()).args(["--data", DATA]);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(variables.iter().copied()).current_dir(place.path(""));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn ids_stay_whole_on_a_terminal_of_80_columns() {
    let (place, _, job) = place();
    let tasks = json_of(&sosw(&place, "tasks list plain --json"));
    let ids = tasks.as_array().unwrap().iter().map(|task| task["task_id"].as_str().unwrap());
    let listed = on_a_terminal(&place, "tasks list plain", &[]);
    for id in ids {
        assert!(listed.lines().any(|line| line.starts_with(id)), "no {id} in {listed}");
    }
    let listed = on_a_terminal(&place, "jobs list", &[]);
    assert!(listed.lines().any(|line| line.starts_with(&job)), "{listed}");
    let status = on_a_terminal(&place, "status", &[]);
    assert!(status.lines().all(|line| line.chars().count() <= 80), "{status}");
    assert!(status.contains(" succeeded ") && status.contains("\nplain "), "{status}");
}

#[test]
fn states_are_coloured_on_a_terminal_and_nowhere_else() {
    let (place, ended, _) = place();
    let red = "\u{1b}[31mfailed\u{1b}[0m";
    assert!(on_a_terminal(&place, "jobs list", &[]).contains(red));
    assert!(!on_a_terminal(&place, "jobs list", &[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
    let forced = [("CLICOLOR_FORCE", "1".to_owned())];
    let forced = place.start_with(&format!("jobs list --data {DATA}"), &forced).end();
    assert!(forced.stdout.contains(red), "{forced:?}");
}

#[test]
fn nothing_of_a_labourer_reaches_the_terminal_raw() {
    let (place, ended, job) = place();
    let mut printed = vec![ended];
    for command in ["explain", "tasks show"] {
        printed.push(sosw(&place, &format!("{command} {job}#0")));
    }
    for command in ["tasks list --job", "jobs show", "jobs retry-failed --error none"] {
        printed.push(sosw(&place, &format!("{command} {job}")));
    }
    printed.push(sosw(&place, "tasks list plain"));
    for ended in printed {
        let text = format!("{}{}", ended.stdout, ended.stderr);
        assert!(text.contains(r"\u{1b}[31m"), "the error is shown: {text}");
        let is_raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(is_raw), "{text:?}");
    }
}

/// The commands that a text names on lines of their own.
fn commands(text: &str) -> Vec<&str> {
    let program = concat!(env!("CARGO_BIN_EXE_sosw"), " ");
    text.lines().map(str::trim).filter(|line| line.starts_with(program)).collect()
}

#[test]
fn commands_in_hints_can_be_pasted() {
    let (place, ended, job) = place();
    let shown = sosw(&place, &format!("jobs show {job}"));
    let explained = sosw(&place, &format!("explain {job}#0"));
    let unknown = sosw(&place, "jobs show nobody");
    let backticked =
        [&explained.stdout, &unknown.stderr].map(|text| text.split('`').nth(1).unwrap());
    let hints = [commands(&ended.stdout), commands(&shown.stdout), backticked.to_vec()].concat();
    assert_eq!(hints.len(), 6, "{hints:?}");
    for hint in hints {
        let shell = Command::new("sh").args(["-c", hint]).current_dir(place.path("")).output();
        let output = shell.unwrap();
        assert!(output.status.success(), "{hint}: {output:?}");
    }
}

#[test]
fn the_beginning_of_an_id_that_one_job_has_is_enough() {
    let (place, _, job) = place();
    let short = &job[..8];
    for command in [
        format!("jobs show {short}"),
        format!("tasks list --job {short}"),
        format!("tasks show {short}#3"),
        format!("explain {short}#3"),
        format!("jobs retry-failed {short}"),
        format!("jobs cancel {short}"),
    ] {
        let ended = sosw(&place, &command);
        assert_eq!(ended.code(), Some(0), "{command}: {ended:?}");
    }
}

#[test]
fn the_beginning_of_several_ids_names_the_candidates() {
    let place = Place::with_job(&plain(2), &numbers("plain", 1));
    sosw(&place, "local --config config.json --until-idle");
    let mut ids = Vec::new();
    // By the seventeenth, two of them begin with the same digit.
    while ids.len() < 17 {
        let submitted = json_of(&sosw(&place, "jobs submit job.json --json"));
        ids.push(submitted["job_id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    let (first, second) =
        ids.iter().zip(&ids[1..]).find(|(a, b)| a.as_bytes()[0] == b.as_bytes()[0]).unwrap();
    let ended = sosw(&place, &format!("jobs cancel {}", &first[..1]));
    assert_eq!(ended.code(), Some(1), "{ended:?}");
    for id in [first, second] {
        assert!(ended.stderr.contains(&format!("\n  {id}\n")), "{ended:?}");
    }
}

#[test]
fn every_command_prints_json() {
    let (place, _, job) = place();
    for command in [
        "status".to_owned(),
        "labourers".to_owned(),
        "resources".to_owned(),
        "pause plain --for 1h".to_owned(),
        "resume plain".to_owned(),
        format!("explain {job}#0"),
        "tasks list plain".to_owned(),
        format!("tasks list --job {job}"),
        format!("tasks show {job}#0"),
        "jobs list".to_owned(),
        "jobs preview job.json".to_owned(),
        format!("jobs show {job}"),
        format!("jobs retry-failed {job}"),
        "jobs submit job.json".to_owned(),
        format!("jobs cancel {job}"),
        "config push config.json".to_owned(),
        "config pull".to_owned(),
        "config show".to_owned(),
        "doctor".to_owned(),
        "adopt".to_owned(),
    ] {
        let ended = sosw(&place, &format!("{command} --json"));
        assert!(json_of(&ended).is_array() || json_of(&ended).is_object(), "{command}: {ended:?}");
        assert_eq!(ended.stdout.lines().count(), 1, "{command}: {ended:?}");
    }
    for command in ["config check config.json --json", "config schema --json"] {
        assert!(json_of(&place.sosw(command)).is_object(), "{command}");
    }
    place.write("bad.json", r#"{"labourers": {"a": {"duration": -1}}}"#);
    let bad = place.sosw("config check bad.json --json");
    assert_eq!(bad.code(), Some(2), "{bad:?}");
    assert!(json_of(&bad)["mistakes"][0].as_str().unwrap().contains("labourers.a.duration"));
}

#[test]
fn a_local_run_prints_its_summary_as_json_and_all_else_beside_it() {
    let place = Place::with_job(&plain(2), &numbers("plain", 3));
    let ended = place.sosw("local --config config.json --job job.json --until-idle --json");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    let summary = json_of(&ended);
    assert_eq!(summary["closed"], 3);
    assert_eq!(summary["jobs"][0]["state"], "succeeded");
    assert_eq!(summary["labourers"][0]["counts"]["succeeded"], 3);
    assert!(ended.stderr.contains("sosw local, tables in memory"), "{ended:?}");
}

#[test]
fn a_followed_job_prints_an_object_a_line_and_ends_as_show_does() {
    let (place, _, job) = place();
    let place_of_followed = place.sosw(&format!("jobs show {job} --follow --json --data {DATA}"));
    assert_eq!(place_of_followed.code(), Some(3), "{place_of_followed:?}");
    let lines: Vec<Value> =
        place_of_followed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = json_of(&sosw(&place, &format!("jobs show {job} --json")));
    assert_eq!(lines.last().unwrap(), &shown);
}

#[test]
fn a_list_that_is_cut_says_how_many_more_there_are() {
    let (place, _, job) = place();
    let more = |arguments: &str| {
        let ended = sosw(&place, arguments);
        ended.stdout.lines().last().unwrap().to_owned()
    };
    assert_eq!(more("tasks list plain --limit 1"), "and 3 more: use --limit or --state");
    let of_job = format!("tasks list --job {job} --limit 1");
    assert_eq!(more(&of_job), "and 3 more: use --limit or --state");
    assert_eq!(more(&format!("{of_job} --state succeeded")), "and 2 more: use --limit or --state");
    assert!(!more(&format!("{of_job} --state failed")).contains("more:"));
    assert_eq!(more("jobs list --limit 0"), "and 1 more that ended: use --limit");
    let json = sosw(&place, "tasks list plain --limit 1 --json");
    assert_eq!(json_of(&json).as_array().unwrap().len(), 1);
    assert!(json.stderr.contains("and 3 more"), "{json:?}");
}

#[test]
fn a_job_says_why_its_tasks_failed_each_task_of_a_block_counted() {
    let mut config = plain(2);
    config["labourers"]["plain"]["max_attempts"] = json!(1);
    let job = json!({
        "lambda_name": "plain", "isolate_dos": true, "isolate_ns": true,
        "dos": { "raise": { "ns": ["1", "2"] }, "work": { "ns": ["3"] } },
    });
    let place = Place::with_job(&config, &job);
    sosw(&place, "local --config config.json --job job.json --until-idle");
    let jobs = json_of(&sosw(&place, "jobs list --json"));
    let id = jobs[0]["job_id"].as_str().unwrap();
    let shown = json_of(&sosw(&place, &format!("jobs show {id} --json")));
    let errors = &shown["errors"];
    assert_eq!(errors["is_sample"], false, "{shown}");
    assert_eq!(errors["kinds"][0]["kind"], "Refused", "{shown}");
    assert_eq!(errors["kinds"][0]["failed"], 2, "{shown}");
    let shown = sosw(&place, &format!("jobs show {id}"));
    assert!(shown.stdout.contains("errors      2 failed: Refused: not this one\n"), "{shown:?}");
}

#[test]
fn every_command_is_explained_and_completed() {
    let place = Place::new(&plain(1));
    let help = place.sosw("help tasks list");
    assert_eq!(help.code(), Some(0), "{help:?}");
    assert!(help.stdout.contains("--state"), "{help:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.sosw(&format!("completion {shell}"));
        assert_eq!(script.code(), Some(0), "{script:?}");
        assert!(script.stdout.contains("retry-failed"), "{shell}");
    }
    let bash = place.sosw("completion bash").stdout;
    place.write("sosw.bash", &bash);
    let ask = "source sosw.bash && COMP_WORDS=(sosw jo) COMP_CWORD=1 && _sosw sosw jo sosw && echo ${COMPREPLY[@]}";
    if let Ok(output) = Command::new("bash").args(["-c", ask]).current_dir(place.path("")).output()
    {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "jobs\n", "{output:?}");
    }
}
