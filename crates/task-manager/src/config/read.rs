//! From JSON to a [`Config`], or to all of its mistakes.

use std::sync::LazyLock;

use serde_json::Value;

use super::{
    Config, Mistakes, Remark, Warnings,
    check::Checker,
    findings::Findings,
    layers,
    raw::RawConfig,
    resolve::{resolve, resources},
};
use crate::{
    ids::LabourerId,
    labourer::Labourer,
    mistakes::{Concerns, Path, json},
};

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
        let (config, _, findings) = read(layers);
        findings.mistakes.or(Some((config, findings.warnings)))
    }

    /// The same for a function, which goes on with what can be used: a mistake in the section of one
    /// labourer, in one job schema or in `local` stops that alone, one in the section of a resource the
    /// labourers that use it. They are in [`Config::mistakes`].
    ///
    /// # Errors
    /// Every mistake, if one of them concerns everybody.
    pub fn usable_from_layers(
        layers: impl IntoIterator<Item = Value>,
    ) -> Result<(Self, Warnings), Mistakes> {
        let (config, root, Findings { mistakes, warnings }) = read(layers);
        if mistakes.iter().any(|mistake| mistake.concerns == Concerns::Everybody) {
            return Err(mistakes);
        }
        Ok((stopping_what(config, &root, mistakes), warnings))
    }

    /// The same config, every default written out, as JSON that means the same.
    pub fn complete(
        layers: impl IntoIterator<Item = Value>,
    ) -> Result<(Value, Warnings), Mistakes> {
        let (_, root, findings) = read(layers);
        let mut json = serde_json::to_value(root).unwrap_or_default();
        layers::without_nulls(&mut json);
        findings.mistakes.or(Some((json, findings.warnings)))
    }

    pub fn schema() -> &'static Value {
        &SCHEMA
    }
}

fn read(layers: impl IntoIterator<Item = Value>) -> (Config, RawConfig, Findings) {
    let mut findings = Findings::default();
    let mut root = accepted(&layers::merged(layers), &mut findings);
    let config = resolve(&mut root, &mut findings);
    (config, root, findings)
}

/// The config without what these mistakes concern. A labourer stays, for its tasks are looked after, with
/// what it uses, for its attempts hold that; but nothing is started for it.
fn stopping_what(mut config: Config, root: &RawConfig, mistakes: Mistakes) -> Config {
    for mistake in mistakes.iter() {
        match &mistake.concerns {
            Concerns::Everybody => {}
            Concerns::Labourer(name) => stop(&mut config, name, mistake),
            Concerns::Resource(name) => {
                let labourers = root.task_config.iter().flat_map(|task| &task.labourers).flatten();
                let users = labourers.filter(|(_, labourer)| resources::is_user(labourer, name));
                users.for_each(|(labourer, _)| stop(&mut config, labourer, mistake));
            }
            Concerns::JobSchema(name) => config.job_schemas.refuse(name, mistake.to_string()),
            Concerns::Local => config.local = None,
        }
    }
    Config { mistakes, ..config }
}

fn stop(config: &mut Config, name: &str, mistake: &Remark) {
    // Without a name that can be one there are no tasks.
    let Ok(id) = LabourerId::new(name) else { return };
    let labourer = config.labourers.entry(id.clone());
    let labourer = labourer.or_insert_with(|| Labourer::new(id));
    let others = labourer.stopped.take().map(|others| others + "; ");
    let why = others.unwrap_or_else(|| "its config is wrong: ".to_owned());
    labourer.stopped = Some(why + &mistake.to_string());
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
