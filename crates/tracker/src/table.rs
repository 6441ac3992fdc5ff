//! The tracker's table: its shape, and every expression there is.
//!
//! | | attributes | |
//! | --- | --- | --- |
//! | key | `scope` (S), `unit` (S) | what the unit belongs to, and its name there |
//! | index `scope_status` | `scope_status` (S), `updated_at` (N) | `{scope}#{status}`; carries `attempts`, `max_attempts`, `locked_until` |
//! | time to live | `expires_at` (N) | matters only if units are not kept for ever |
//!
//! On demand. `data` and `errors` are JSON text.

use aws_sdk_dynamodb::{
    Client,
    operation::{
        create_table::builders::CreateTableFluentBuilder, query::builders::QueryFluentBuilder,
        update_item::builders::UpdateItemFluentBuilder,
    },
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
        Update,
    },
};

use crate::{
    error::TrackerError,
    item::{self, text},
    unit::{Record, Status},
};

/// The index by status.
pub const INDEX: &str = "scope_status";

/// What a write expects of the record it replaces.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExpectedRecord<'a> {
    /// There is none.
    Absent,
    /// It is still as that change left it.
    Unchanged(&'a str),
}

/// The write of a whole record, conditional on `expected`; when refused, it returns the old record.
/// Attributes that others have added to the item stay.
pub(super) fn write(
    table: &str,
    record: &Record,
    expected: ExpectedRecord<'_>,
) -> Result<Update, TrackerError> {
    let mut update = Update::builder()
        .table_name(table)
        .set_key(Some(item::key(&record.scope, &record.unit)))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for (name, value) in item::attributes(record)? {
        update = update.expression_attribute_names(format!("#{name}"), name);
        match value {
            Some(value) => {
                set.push(format!("#{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
            None => remove.push(format!("#{name}")),
        }
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !remove.is_empty() {
        expression = format!("{expression} REMOVE {}", remove.join(", "));
    }
    let update = match expected {
        ExpectedRecord::Absent => update.condition_expression("attribute_not_exists(#change)"),
        ExpectedRecord::Unchanged(change) => update
            .expression_attribute_values(":expected", text(change))
            .condition_expression("#change = :expected"),
    };
    update.update_expression(expression).build().map_err(TrackerError::internal)
}

/// The same write on its own, outside a transaction.
pub(super) fn alone(client: &Client, update: Update) -> UpdateItemFluentBuilder {
    client
        .update_item()
        .table_name(update.table_name)
        .set_key(Some(update.key))
        .update_expression(update.update_expression)
        .set_condition_expression(update.condition_expression)
        .set_expression_attribute_names(update.expression_attribute_names)
        .set_expression_attribute_values(update.expression_attribute_values)
        .set_return_values_on_condition_check_failure(
            update.return_values_on_condition_check_failure,
        )
}

/// The units of a scope with this status, least recently changed first.
pub(super) fn with_status(
    query: QueryFluentBuilder,
    scope: &str,
    status: Status,
) -> QueryFluentBuilder {
    query
        .index_name(INDEX)
        .key_condition_expression("#scope_status = :scope_status")
        .expression_attribute_names("#scope_status", "scope_status")
        .expression_attribute_values(":scope_status", item::scope_status(scope, status))
}

/// All units of a scope, with no more than what counting needs.
pub(super) fn standings(query: QueryFluentBuilder, scope: &str) -> QueryFluentBuilder {
    query
        .key_condition_expression("#scope = :scope")
        .projection_expression("#status, #attempts")
        .expression_attribute_names("#scope", "scope")
        .expression_attribute_names("#status", "status")
        .expression_attribute_names("#attempts", "attempts")
        .expression_attribute_values(":scope", text(scope))
}

/// The table, for tests and for a single machine. On AWS the template creates it.
pub(super) fn create(
    client: &Client,
    table: &str,
) -> Result<CreateTableFluentBuilder, TrackerError> {
    let carried = ["attempts", "max_attempts", "locked_until"].map(str::to_owned).to_vec();
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(carried))
        .build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key_element("scope_status", KeyType::Hash)?)
        .key_schema(key_element("updated_at", KeyType::Range)?)
        .projection(projection);
    Ok(client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("scope", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("unit", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("scope_status", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("updated_at", ScalarAttributeType::N)?)
        .key_schema(key_element("scope", KeyType::Hash)?)
        .key_schema(key_element("unit", KeyType::Range)?)
        .global_secondary_indexes(index.build().map_err(TrackerError::internal)?))
}

fn attribute(name: &str, of: ScalarAttributeType) -> Result<AttributeDefinition, TrackerError> {
    let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(of);
    attribute.build().map_err(TrackerError::internal)
}

fn key_element(name: &str, key: KeyType) -> Result<KeySchemaElement, TrackerError> {
    let element = KeySchemaElement::builder().attribute_name(name).key_type(key);
    element.build().map_err(TrackerError::internal)
}
