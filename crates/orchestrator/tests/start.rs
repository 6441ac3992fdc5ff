//! The program as Lambda starts it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::process::{Command, Output};

use serde_json::Value;

/// The function, run to its end with nothing in its environment but this config.
fn run(config: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orchestrator"));
    let ours = |name: &str| name.starts_with("AWS_") || name.starts_with("SOSW_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name) || name == "RUST_LOG") {
        command.env_remove(name);
    }
    command.env("SOSW_CONFIG", config).env("AWS_REGION", "us-east-1").output().unwrap()
}

#[test]
fn a_start_that_fails_is_one_line_of_the_log_with_the_reason_and_the_remedy() {
    for (config, reason) in [
        (r#"{"labourers": 5, "max_attempts": []}"#, "labourers: got 5"),
        (r#"{"labourers": "#, "SOSW_CONFIG: "),
    ] {
        let ended = run(config);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
        let log = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(log.lines().count(), 1, "{log}");
        let line: Value = serde_json::from_str(&log).unwrap();
        assert_eq!(
            (&line["level"], &line["message"]),
            (&"ERROR".into(), &"the function cannot start".into())
        );
        let error = line["error"].as_str().unwrap();
        assert!(error.starts_with("sosw_orchestrator cannot start: "), "{error}");
        assert!(error.contains(reason), "{error}");
        let remedy = line["remedy"].as_str().unwrap();
        assert!(remedy.starts_with("correct SOSW_CONFIG: `sosw config check FILE`"), "{remedy}");
    }
}
