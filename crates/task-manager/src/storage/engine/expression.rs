//! The names and values of expressions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::config::FieldNames;

/// The `#name` placeholders of expressions, each standing for the field of that name.
pub fn placeholders(expressions: &[&str], fields: &FieldNames) -> HashMap<String, String> {
    let parts = expressions.iter().flat_map(|expression| expression.split('#').skip(1));
    parts
        .map(|part| {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            part.get(..end.unwrap_or(part.len())).unwrap_or_default()
        })
        .map(|field| (format!("#{field}"), fields.get(field).to_owned()))
        .collect()
}

/// The `:name` values of expressions.
pub fn bind<const K: usize>(pairs: [(&str, AttributeValue); K]) -> HashMap<String, AttributeValue> {
    pairs.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect()
}
