//! Which attributes of a job are chunked, and in which order.

use std::collections::BTreeMap;

use crate::json::Json;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// An attribute that jobs are chunked by: `section`, with its values under `sections` or `section`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Attribute {
    singular: String,
    plural: String,
}

impl Attribute {
    /// The attribute of this name, in the singular.
    pub fn new(singular: &str) -> Result<Self, Problem> {
        if singular.is_empty() {
            return Err(Problem::expected("the name of an attribute", &Json::from(singular)));
        }
        // Singular and plural differ by this letter alone.
        if singular.ends_with('s') {
            return Err(Problem::PluralAttribute(singular.to_owned()));
        }
        Ok(Self { singular: singular.to_owned(), plural: format!("{singular}s") })
    }

    /// `section`
    pub fn singular(&self) -> &str {
        &self.singular
    }

    /// `sections`: the field that a task's values are in.
    pub fn plural(&self) -> &str {
        &self.plural
    }

    /// Both names that a job may use, the plural first.
    pub fn names(&self) -> [&str; 2] {
        [&self.plural, &self.singular]
    }
}

impl TryFrom<String> for Attribute {
    type Error = Problem;
    fn try_from(singular: String) -> Result<Self, Problem> {
        Self::new(&singular)
    }
}

impl From<Attribute> for String {
    fn from(attribute: Attribute) -> String {
        attribute.singular
    }
}

/// The attributes of one kind of jobs, from the outermost level to the innermost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema(Vec<Attribute>);

impl Schema {
    /// A schema of these attributes, in the singular, outermost first.
    pub fn of<'a>(attributes: impl IntoIterator<Item = &'a str>) -> Result<Self, Problem> {
        attributes.into_iter().map(Attribute::new).collect::<Result<_, _>>().map(Self)
    }

    /// The attributes, outermost first.
    pub fn attributes(&self) -> &[Attribute] {
        &self.0
    }
}

impl FromIterator<Attribute> for Schema {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Self {
        Self(attributes.into_iter().collect())
    }
}

/// The schemas that jobs may name, and the one of those that name none: there always is one. Jobs of a
/// schema that has mistakes are refused, the others are not concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct JobSchemas(BTreeMap<String, Result<Schema, Problem>>);

impl JobSchemas {
    /// The schema of jobs that name none.
    pub const DEFAULT: &str = "default";

    /// One schema for every job that names none.
    pub fn single(schema: Schema) -> Self {
        Self(BTreeMap::from([(Self::DEFAULT.to_owned(), Ok(schema))]))
    }

    /// The schemas that jobs can have, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Schema)> {
        self.0.iter().filter_map(|(name, schema)| Some((name.as_str(), schema.as_ref().ok()?)))
    }

    /// Refuses jobs of this schema, which has a mistake.
    pub fn refuse(&mut self, name: &str, mistake: String) {
        self.0.insert(name.to_owned(), Err(Problem::MistakenSchema(mistake)));
    }

    /// The schema of a job with this `job_schema_name`.
    pub fn of(&self, name: Option<&Json>) -> Result<Schema, Problem> {
        match name {
            None | Some(Json::Null) => {
                self.0.get(Self::DEFAULT).cloned().unwrap_or_else(|| Ok(Schema::default()))
            }
            Some(Json::String(name)) if name.is_empty() || name == Self::DEFAULT => self.of(None),
            Some(Json::String(name)) => {
                let known = self.0.keys().map(String::as_str);
                let unknown = || Err(Problem::unknown("schema", name, known));
                self.0.get(name).cloned().unwrap_or_else(unknown)
            }
            Some(other) => Err(Problem::expected("the name of a schema", other)),
        }
    }
}

impl Default for JobSchemas {
    fn default() -> Self {
        Self::single(Schema::default())
    }
}

impl FromIterator<(String, Schema)> for JobSchemas {
    fn from_iter<I: IntoIterator<Item = (String, Schema)>>(schemas: I) -> Self {
        let mut all = Self::default();
        all.0.extend(schemas.into_iter().map(|(name, schema)| (name, Ok(schema))));
        all
    }
}
