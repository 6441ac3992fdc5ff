//! Rows of the config table that sosw 0.7's own functions read, and those of a stack with another prefix
//! do not.

use aws_sdk_dynamodb::Client;
use task_manager::storage::config::{ConfigTable, TableError};

use super::Fault;

/// What sosw 0.7's functions are called, and ours behind their prefix.
const FUNCTIONS: [&str; 4] = ["orchestrator", "scavenger", "worker_assistant", "scheduler"];
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
    let pairs = FUNCTIONS.map(|function| (row(SOSW, function), row(stack, function)));
    let names: Vec<_> = pairs.iter().flat_map(|(left, wanted)| [&**left, &**wanted]).collect();
    let found = table.read_all(client, &names).await?;
    let is_left =
        |left: &str, wanted: &str| found.contains_key(left) && !found.contains_key(wanted);
    let left = pairs.into_iter().filter(|(left, wanted)| is_left(left, wanted));
    Ok(left.map(|(row, wanted)| Fault::RowLeft { row, wanted }).collect())
}
