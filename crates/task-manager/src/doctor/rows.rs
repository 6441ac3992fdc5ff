//! Rows of the config table that sosw's own functions read, and those of a stack with another prefix
//! do not.

use aws_sdk_dynamodb::Client;
use futures::future::try_join_all;

use super::Fault;
use crate::config::{ConfigTable, TableError};

/// What sosw's functions are called, and ours behind their prefix.
const FUNCTIONS: [&str; 4] = ["orchestrator", "scavenger", "worker_assistant", "scheduler"];
/// The prefix of sosw's.
const SOSW: &str = "sosw";

/// Rows that were not taken along to this stack.
///
/// # Errors
/// When the table does not answer, or a row is not JSON.
pub async fn examine(
    table: &ConfigTable,
    client: &Client,
    stack: &str,
) -> Result<Vec<Fault>, TableError> {
    if stack == SOSW {
        return Ok(Vec::new());
    }
    let row = |prefix: &str, function: &str| format!("{prefix}_{function}_config");
    let looks = FUNCTIONS.map(async |function| {
        let (left, wanted) = (row(SOSW, function), row(stack, function));
        let is_left = table.read(client, &left).await?.is_some();
        let is_left = is_left && table.read(client, &wanted).await?.is_none();
        Ok::<_, TableError>(is_left.then_some(Fault::RowLeft { row: left, wanted }))
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}
