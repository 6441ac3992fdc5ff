//! Python beside sosw: labourers written for sosw 0.7, and boto3. `infra/python-venv.sh` makes what
//! they need; `SOSW_TEST_PYTHON` names the interpreter, and without it these tests say so and pass.

use std::process::Command;

use serde_json::{Value, json};

use crate::world::{Place, labourer, numbers, plain, python, script};

#[test]
fn an_unmodified_worker_of_sosw_0_7_closes_its_tasks_by_its_own_reports() {
    a_worker_of_sosw_0_7_closes_its_tasks(json!(false));
}

#[test]
fn a_worker_of_sosw_0_7_and_destinations_may_both_report_its_tasks() {
    a_worker_of_sosw_0_7_closes_its_tasks(json!(true));
}

#[test]
fn a_worker_of_sosw_0_7_may_leave_its_failures_to_a_destination() {
    a_worker_of_sosw_0_7_closes_its_tasks(json!("on_failure"));
}

fn a_worker_of_sosw_0_7_closes_its_tasks(destinations: Value) {
    let Some(python) = python("an unmodified worker") else { return };
    let config = json!({
        "labourers": { "doubler": labourer(2) },
        "job_schema": { "chunkable_attrs": ["n"] },
        "local": { "tick": 0.2, "labourers": { "doubler": {
            "command": [python, "-m", "awslambdaric", "sosw_worker.lambda_handler"],
            "directory": std::path::Path::new(&script("sosw_worker.py")).parent(),
            "env": { "PYTHONDONTWRITEBYTECODE": "1" },
            "destinations": destinations,
        } } },
    });
    let place = Place::with_job(&config, &numbers("doubler", 4));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    // sosw 0.7 itself warns of what it does not find.
    let complaints = ended.complaints();
    let odd = complaints.lines().find(|line| !line.starts_with("doubler: "));
    assert_eq!(odd, None, "{ended:?}");
    let tasks = place.tasks("doubler");
    assert_eq!(tasks.len(), 4);
    for task in &tasks {
        let n: u64 = task["payload"]["ns"][0].as_str().unwrap().parse().unwrap();
        assert_eq!(task["state"], "succeeded", "{task}");
        assert_eq!(task["result"]["doubled"], json!([2 * n]));
        assert_eq!(task["stats"]["numbers"], 1);
    }
}

#[test]
fn the_default_config_of_each_function_of_sosw_0_7_is_accepted_as_it_is() {
    let Some(python) = python("the default configs") else { return };
    let place = Place::new(&plain(1));
    for (module, class) in [
        ("orchestrator", "Orchestrator"),
        ("scavenger", "Scavenger"),
        ("scheduler", "Scheduler"),
        ("worker_assistant", "WorkerAssistant"),
    ] {
        let config = format!("from sosw.{module} import {class}; config = {class}.DEFAULT_CONFIG");
        let output = Command::new(&python)
            .args(["-c", &format!("{config}\nimport json; print(json.dumps(config))")])
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // Where Powertools is installed, sosw logs to the same stream.
        let printed = String::from_utf8(output.stdout).unwrap();
        place.write("default.json", printed.lines().last().unwrap());
        let checked = place.sosw("config check default.json");
        assert_eq!(checked.code(), Some(0), "{module}: {checked:?}");
        assert!(checked.stdout.starts_with("default.json: ok, 0 labourers"), "{checked:?}");
    }
}

#[test]
fn boto3_sends_jobs_and_reads_tables_by_the_exported_environment() {
    let Some(python) = python("boto3") else { return };
    let place = Place::new(&plain(2));
    let running = place.start("local --config config.json --data data");
    let names = [
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_LAMBDA",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let environment = names.map(|name| (name, running.exported(name)));
    let output = Command::new(python)
        .arg(script("boto.py"))
        .envs(environment)
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let config: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(config["timeout"], 30);
    assert_eq!(place.counts("plain").unwrap()["succeeded"], 3);
}
