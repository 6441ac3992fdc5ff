#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::*;
use crate::jobs::schema::Attribute;

mod examples;
mod meaning;
mod mistakes;
mod precedence;
mod resources;
mod round_trip;
mod schema;
mod sosw;

/// The config, which must be right.
fn good(json: Value) -> Config {
    read(json).0
}

/// The config, which must be right, and its warnings as lines.
fn read(json: Value) -> (Config, Vec<String>) {
    match Config::from_json(json) {
        Ok((config, warnings)) => (config, warnings.iter().map(Remark::to_string).collect()),
        Err(mistakes) => panic!("refused:\n{mistakes}"),
    }
}

/// The lines that refuse the config.
fn refused(json: Value) -> Vec<String> {
    match Config::from_json(json) {
        Ok((config, _)) => panic!("accepted: {config:?}"),
        Err(mistakes) => mistakes.to_string().lines().map(str::to_owned).collect(),
    }
}

/// A config of one labourer with these settings.
fn with_labourer(settings: Value) -> Value {
    json!({ "labourers": { "resize": settings } })
}

/// The only labourer of a config.
fn labourer(settings: Value) -> Labourer {
    let config = good(with_labourer(settings));
    config.labourers.into_values().next().expect("one labourer")
}

/// The attributes of a job schema, outermost first.
fn attributes<'a>(config: &'a Config, schema: &str) -> Vec<&'a str> {
    let schema = config.job_schemas.iter().find(|(name, _)| *name == schema);
    schema.expect("is there").1.attributes().iter().map(Attribute::singular).collect()
}
