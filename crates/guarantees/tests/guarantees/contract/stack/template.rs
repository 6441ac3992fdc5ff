//! A CloudFormation template, its short functions written out (`!Ref A` is `{"Ref": "A"}`).

use std::{fs, path::Path};

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

pub struct Template(Value);

impl Template {
    /// The template at this path of the repository.
    pub fn read(path: &str) -> Self {
        Self(plain(serde_yaml_ng::from_str(&read(path)).unwrap()))
    }

    /// The resources of this type, by name.
    pub fn resources(&self, kind: &str) -> Vec<(&String, &Value)> {
        let all = self.0["Resources"].as_object().unwrap();
        all.iter().filter(|(_, resource)| resource["Type"] == kind).collect()
    }

    /// All of it, as JSON.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    pub fn parameter(&self, name: &str) -> &Value {
        &self.0["Parameters"][name]
    }

    pub fn properties(&self, resource: &str) -> &Value {
        &self.0["Resources"][resource]["Properties"]
    }
}

/// The text at this path of the repository.
pub fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap()
}

/// The names of a key schema, in order.
pub fn keys(schema: &Value) -> Vec<String> {
    let name = |key: &Value| key["AttributeName"].as_str().unwrap().to_owned();
    schema.as_array().unwrap().iter().map(name).collect()
}

fn plain(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let name = match name {
                "Ref" | "Condition" => name.to_owned(),
                _ => format!("Fn::{name}"),
            };
            json!({ name: plain(tagged.value) })
        }
        Yaml::Mapping(fields) => {
            let fields = fields.into_iter();
            let fields =
                fields.map(|(key, value)| (key.as_str().unwrap().to_owned(), plain(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Yaml::Sequence(values) => values.into_iter().map(plain).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}
