//! The examples in JSON, read by what reads configs and jobs.

use operator::{Json, Timestamp, config::Config, jobs::Message};
use serde_json::Value;

use super::document::{Block, Document};

/// What an example is an example of.
#[derive(Debug, PartialEq)]
enum Kind {
    /// A config, or a part of one.
    Config,
    Job,
    /// Anything of AWS, or an event.
    Other,
}

/// Reads each example of the page. What is no `config.json` itself is read over the one that stands above it.
pub fn check(page: &Document) {
    let mut config_file = Value::Object(serde_json::Map::new());
    for block in page.blocks().iter().filter(|block| block.language == "json") {
        let at = format!("{}, line {}", page.name, block.line);
        let value = parse(block).unwrap_or_else(|error| panic!("{at}: {error}"));
        match kind(&value).unwrap_or_else(|| panic!("{at}: neither a config nor a job")) {
            Kind::Config => {
                let layers = match block.file {
                    Some(_) => vec![value.clone()],
                    None => vec![config_file.clone(), value.clone()],
                };
                let (_, warnings) = read_config(layers, &at);
                assert!(warnings.is_empty(), "{at}: {warnings:?}");
                if block.file.is_some() {
                    config_file = value;
                }
            }
            Kind::Job => {
                let (config, _) = read_config(vec![config_file.clone()], &at);
                let (job, rules) = (Json::from(value), config.job_rules());
                match Message::read(&job, &rules, Timestamp::from_seconds(1.8e9)) {
                    Ok(Message::Submit(job)) => {
                        assert!(job.warnings.is_empty(), "{at}: {:?}", job.warnings)
                    }
                    other => panic!("{at}: {other:?}"),
                }
            }
            Kind::Other => {}
        }
    }
}

fn read_config(layers: Vec<Value>, at: &str) -> (Config, operator::config::Warnings) {
    Config::from_layers(layers).unwrap_or_else(|mistakes| panic!("{at}: {mistakes}"))
}

/// An example may leave out the braces around it.
fn parse(block: &Block) -> serde_json::Result<Value> {
    match block.text.starts_with('"') {
        true => serde_json::from_str(&format!("{{{}}}", block.text)),
        false => serde_json::from_str(&block.text),
    }
}

fn kind(example: &Value) -> Option<Kind> {
    let Some(fields) = example.as_object() else { return Some(Kind::Other) };
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    if has(&["lambda_name", "job"]) {
        Some(Kind::Job)
    } else if has(&[
        "labourers",
        "task_config",
        "local",
        "job_schema",
        "job_schema_variants",
        "calendar",
    ]) {
        Some(Kind::Config)
    } else {
        has(&["task_id", "Statement", "failures"]).then_some(Kind::Other)
    }
}
