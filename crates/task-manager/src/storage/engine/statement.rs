//! The statements of a transaction, each with its condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};

use super::expression::placeholders;
use crate::{attributes::Item, config::FieldNames};

/// A statement, unless the SDK finds a part missing.
pub type Built = Result<TransactWriteItem, BuildError>;

/// The values of an expression, by their placeholders.
pub type Values = HashMap<String, AttributeValue>;

/// The item that a statement is about.
pub struct Target<'a> {
    pub table: &'a str,
    pub key: Item,
    /// The names of its fields, if users can rename them.
    pub fields: Option<&'a FieldNames>,
}

impl Target<'_> {
    /// Nothing, if the condition holds.
    pub fn check(self, condition: &str, values: Values) -> Built {
        let names = names(&[condition], self.fields);
        let check = ConditionCheck::builder()
            .table_name(self.table)
            .set_key(Some(self.key))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(some(values));
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
    }

    /// Deletes the item, if the condition holds.
    pub fn delete(self, condition: &str, values: Values) -> Built {
        let names = names(&[condition], self.fields);
        let delete = Delete::builder()
            .table_name(self.table)
            .set_key(Some(self.key))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(some(values));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    /// Deletes the item, if there is one.
    pub fn delete_any(self) -> Built {
        let delete = Delete::builder().table_name(self.table).set_key(Some(self.key));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    /// Updates the item, if the condition holds; an empty one always does.
    pub fn update(self, update: &str, condition: &str, values: Values) -> Built {
        let names = names(&[update, condition], self.fields);
        let condition = (!condition.is_empty()).then(|| condition.to_owned());
        let update = Update::builder()
            .table_name(self.table)
            .set_key(Some(self.key))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(some(values));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}

/// Puts `item`, if the condition holds.
pub fn put(table: &str, item: Item, condition: &str, fields: Option<&FieldNames>) -> Built {
    put_over(table, item, condition, Values::new(), fields)
}

/// Puts `item` in the place of the one for which the condition holds.
pub fn put_over(
    table: &str,
    item: Item,
    condition: &str,
    values: Values,
    fields: Option<&FieldNames>,
) -> Built {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(condition)
        .set_expression_attribute_names(Some(names(&[condition], fields)))
        .set_expression_attribute_values(some(values));
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

fn names(expressions: &[&str], fields: Option<&FieldNames>) -> HashMap<String, String> {
    match fields {
        Some(fields) => placeholders(expressions, fields),
        None => placeholders(expressions, &FieldNames::default()),
    }
}

/// DynamoDB refuses an empty map of values.
fn some(values: Values) -> Option<Values> {
    (!values.is_empty()).then_some(values)
}
