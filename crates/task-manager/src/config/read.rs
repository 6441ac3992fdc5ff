//! From JSON to a [`Config`], or to all of its mistakes.

use std::sync::LazyLock;

use serde_json::Value;

use super::{
    Config, Mistakes, Warnings, check::Checker, findings::Findings, layers, raw::RawConfig,
    resolve::resolve,
};
use crate::mistakes::{Path, json};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(RawConfig).to_value());

impl Config {
    /// The config that `json` describes, with warnings; or every mistake in it.
    pub fn from_json(json: Value) -> Result<(Self, Warnings), Mistakes> {
        Self::from_layers([json])
    }

    /// The config that `text`, which is JSON, describes.
    pub fn from_text(text: &str) -> Result<(Self, Warnings), Mistakes> {
        Self::from_json(Self::parse(text)?)
    }

    /// The JSON in `text`, whatever it describes: a layer for [`Config::from_layers`]. A key that
    /// stands twice is refused.
    pub fn parse(text: &str) -> Result<Value, Mistakes> {
        json::parse_strictly(text, "config")
    }

    /// The config that results when each layer is laid over the ones before it: objects are
    /// merged key by key, anything else is replaced, and `null` brings back the default.
    pub fn from_layers(
        layers: impl IntoIterator<Item = Value>,
    ) -> Result<(Self, Warnings), Mistakes> {
        read(layers).map(|(config, _, warnings)| (config, warnings))
    }

    /// The same config, every default written out, as JSON that means the same.
    pub fn complete(
        layers: impl IntoIterator<Item = Value>,
    ) -> Result<(Value, Warnings), Mistakes> {
        let (_, root, warnings) = read(layers)?;
        let mut json = serde_json::to_value(root).unwrap_or_default();
        layers::without_nulls(&mut json);
        Ok((json, warnings))
    }

    pub fn schema() -> &'static Value {
        &SCHEMA
    }
}

fn read(
    layers: impl IntoIterator<Item = Value>,
) -> Result<(Config, RawConfig, Warnings), Mistakes> {
    let mut findings = Findings::default();
    let mut root = accepted(&layers::merged(layers), &mut findings);
    let config = resolve(&mut root, &mut findings);
    match findings.mistakes.is_empty() {
        true => Ok((config, root, findings.warnings)),
        false => Err(findings.mistakes),
    }
}

/// What is right of a config, as it is written.
fn accepted(json: &Value, findings: &mut Findings) -> RawConfig {
    let top = Path::root();
    let accepted = Checker { schema: &SCHEMA, findings }.check(&SCHEMA, json, &top);
    let accepted = accepted.unwrap_or(Value::Null);
    if accepted.is_null() {
        return RawConfig::default();
    }
    serde_path_to_error::deserialize(accepted).unwrap_or_else(|error| {
        findings.mistake(&top.key(&error.path().to_string()), error.inner());
        RawConfig::default()
    })
}
