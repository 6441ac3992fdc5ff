//! Which attributes of a job are chunked, and in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::mistakes::{Hint, Mistakes, Path};

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
            return Err(Problem::expected("the name of an attribute", &Value::from(singular)));
        }
        // Singular and plural are told apart by this letter alone.
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

    fn read(variant: &Value, path: &Path, mistakes: &mut Mistakes) -> Self {
        let Some(variant) = variant.as_object() else {
            let expected = "an object with `chunkable_attrs`";
            mistakes.push(path, Problem::expected(expected, variant));
            return Self::default();
        };
        Self::refuse_misspelt(variant, path, mistakes);
        let path = path.key(CHUNKABLE);
        let entries = match variant.get(CHUNKABLE) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(other) => {
                mistakes.push(&path, Problem::expected("a list of [attribute, {}]", other));
                return Self::default();
            }
        };
        let mut schema = Self::default();
        for (n, entry) in entries.iter().enumerate() {
            let result = Self::entry(entry).and_then(|attribute| schema.add(attribute));
            mistakes.check(&path.item(n), result);
        }
        schema
    }

    fn entry(entry: &Value) -> Result<Attribute, Problem> {
        let name = match entry {
            Value::Array(pair) => pair.first().unwrap_or(entry),
            plain => plain,
        };
        let expected = "[attribute, {}] or the attribute's name";
        Attribute::new(name.as_str().ok_or_else(|| Problem::expected(expected, name))?)
    }

    fn add(&mut self, attribute: Attribute) -> Result<(), Problem> {
        if self.0.contains(&attribute) {
            return Err(Problem::Beside(attribute.singular));
        }
        self.0.push(attribute);
        Ok(())
    }

    fn refuse_misspelt(variant: &Map<String, Value>, path: &Path, mistakes: &mut Mistakes) {
        for name in variant.keys().filter(|name| *name != CHUNKABLE) {
            // Fields of no meaning are sosw's custom; only a slip of the one that has is told.
            if let Hint::Near(_) = Hint::among(name, [CHUNKABLE]) {
                mistakes.push(&path.key(name), Problem::unknown("field", name, [CHUNKABLE]));
            }
        }
    }
}

const CHUNKABLE: &str = "chunkable_attrs";
const DEFAULT: &str = "default";

/// The schemas that jobs may name, and the one of those that name none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobSchemas(BTreeMap<String, Schema>);

impl JobSchemas {
    /// The schemas of a scheduler's config: `job_schema_variants`, and `job_schema` for jobs that
    /// name none when there is no variant `default`. Absent ones chunk nothing.
    pub fn parse(config: &Value) -> Result<Self, Mistakes> {
        let (mut schemas, mut mistakes) = (BTreeMap::new(), Mistakes::default());
        if let Some(single) = config.get("job_schema").filter(|single| !single.is_null()) {
            let path = Path::root().key("job_schema");
            schemas.insert(DEFAULT.to_owned(), Schema::read(single, &path, &mut mistakes));
        }
        let path = Path::root().key("job_schema_variants");
        match config.get("job_schema_variants") {
            None | Some(Value::Null) => {}
            Some(Value::Object(variants)) => {
                schemas.extend(variants.iter().map(|(name, variant)| {
                    (name.clone(), Schema::read(variant, &path.key(name), &mut mistakes))
                }))
            }
            Some(other) => mistakes.push(&path, Problem::expected("an object of schemas", other)),
        }
        mistakes.or(Some(Self(schemas)))
    }

    /// The schemas of a resolved config: attributes, outermost first, by the schema's name.
    pub fn named(schemas: &BTreeMap<String, Vec<String>>) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let variants = Path::root().key("job_schema_variants");
        let mut read = |(name, attributes): (&String, &Vec<String>)| {
            let (mut schema, path) = (Schema::default(), variants.key(name).key(CHUNKABLE));
            for (n, attribute) in attributes.iter().enumerate() {
                let result = Attribute::new(attribute).and_then(|attribute| schema.add(attribute));
                mistakes.check(&path.item(n), result);
            }
            (name.clone(), schema)
        };
        let schemas = schemas.iter().map(&mut read).collect();
        mistakes.or(Some(Self(schemas)))
    }

    /// One schema for every job that names none.
    pub fn single(schema: Schema) -> Self {
        Self(BTreeMap::from([(DEFAULT.to_owned(), schema)]))
    }

    /// The schema of a job with this `job_schema_name`.
    pub fn of(&self, name: Option<&Value>) -> Result<Schema, Problem> {
        match name {
            None | Some(Value::Null) => Ok(self.0.get(DEFAULT).cloned().unwrap_or_default()),
            Some(Value::String(name)) if name.is_empty() || name == DEFAULT => self.of(None),
            Some(Value::String(name)) => {
                self.0.get(name).cloned().ok_or_else(|| {
                    Problem::unknown("schema", name, self.0.keys().map(String::as_str))
                })
            }
            Some(other) => Err(Problem::expected("the name of a schema", other)),
        }
    }
}
