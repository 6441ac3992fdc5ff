//! The tables themselves: for the local mode and for tests. On AWS the stack makes them.

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        LocalSecondaryIndex, Projection, ProjectionType, ScalarAttributeType,
    },
};

use super::{Store, StoreError, engine::Engine};

/// A table: keys, and an index or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<'a> {
    pub name: &'a str,
    /// Partition key, and sort key if it has one.
    pub key: Vec<Key<'a>>,
    pub index: Option<Index<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    pub field: &'a str,
    /// Is it a number (else a string)?
    pub is_number: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index<'a> {
    pub name: &'a str,
    pub key: Vec<Key<'a>>,
    /// Is it local (else global)?
    pub is_local: bool,
    /// What it projects beside keys.
    pub projects: Vec<&'a str>,
}

impl Store {
    /// Every table that sosw keeps.
    pub fn tables(&self) -> Vec<Table<'_>> {
        let names = self.names();
        let field = |name| names.fields.get(name);
        let text = |name| Key { field: field(name), is_number: false };
        // Only the tables of tasks may have other names.
        let own = |name, is_number| Key { field: name, is_number };
        let number = |name| Key { field: field(name), is_number: true };
        let plain = |name, key| Table { name, key, index: None };
        let index = |name, key, is_local, projects| Some(Index { name, key, is_local, projects });
        let queue_key = vec![text("labourer_id"), number("greenfield")];
        let due_key = vec![text("labourer_id"), number("desired_launch_time")];
        let status_key = vec![text("labourer_id_task_status"), number("closed_at")];
        vec![
            Table {
                index: index(
                    &names.tasks_greenfield,
                    queue_key,
                    false,
                    vec![field("completed_at")],
                ),
                ..plain(&names.tasks, vec![text("task_id")])
            },
            Table {
                index: index(&names.retry_due, due_key, true, vec![]),
                ..plain(&names.retry, vec![text("labourer_id"), text("task_id")])
            },
            Table {
                index: index(&names.closed_status, status_key, false, vec![]),
                ..plain(&names.closed, vec![text("task_id")])
            },
            plain(&names.meta, vec![own("task_id", false), own("created_at", true)]),
            plain(&names.labourers, vec![own("labourer_id", false)]),
            plain(&names.jobs, vec![own("job_id", false), own("part", false)]),
            plain(&names.history, vec![own("series", false), own("minute", true)]),
        ]
    }

    /// Creates the tables that are not there yet.
    pub async fn create_tables(&self) -> Result<(), StoreError> {
        for table in self.tables() {
            self.engine.create(&table).await?;
        }
        Ok(())
    }
}

impl Engine {
    /// Creates a table, if it is not there.
    pub(super) async fn create(&self, table: &Table<'_>) -> Result<(), StoreError> {
        let failed = |e: BuildError| StoreError::unbuilt("CreateTable", table.name, e);
        let mut request = self
            .client
            .create_table()
            .table_name(table.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(&table.key).map_err(failed)?))
            .set_attribute_definitions(Some(definitions(table).map_err(failed)?));
        if let Some(index) = &table.index {
            let (keys, projection) = (key_schema(&index.key).map_err(failed)?, projection(index));
            request = if index.is_local {
                let local = LocalSecondaryIndex::builder().index_name(index.name);
                let local = local.set_key_schema(Some(keys)).projection(projection).build();
                request.local_secondary_indexes(local.map_err(failed)?)
            } else {
                let global = GlobalSecondaryIndex::builder().index_name(index.name);
                let global = global.set_key_schema(Some(keys)).projection(projection).build();
                request.global_secondary_indexes(global.map_err(failed)?)
            };
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(e) if e.code() == Some("ResourceInUseException") => Ok(()),
            Err(e) => Err(StoreError::of("CreateTable", table.name, e)),
        }
    }
}

fn key_schema(key: &[Key<'_>]) -> Result<Vec<KeySchemaElement>, BuildError> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let elements = key.iter().zip(kinds).map(|(key, kind)| {
        KeySchemaElement::builder().attribute_name(key.field).key_type(kind).build()
    });
    elements.collect()
}

fn definitions(table: &Table<'_>) -> Result<Vec<AttributeDefinition>, BuildError> {
    let mut keys: Vec<_> = table.key.iter().collect();
    for key in table.index.iter().flat_map(|index| &index.key) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let definitions = keys.into_iter().map(|key| {
        let kind = if key.is_number { ScalarAttributeType::N } else { ScalarAttributeType::S };
        AttributeDefinition::builder().attribute_name(key.field).attribute_type(kind).build()
    });
    definitions.collect()
}

fn projection(index: &Index<'_>) -> Projection {
    match index.projects.is_empty() {
        true => Projection::builder().projection_type(ProjectionType::KeysOnly).build(),
        false => Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(index.projects.iter().map(|f| (*f).to_owned()).collect()))
            .build(),
    }
}
