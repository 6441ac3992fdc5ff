//! Where a task is: all its tables at one moment.
//!
//! Read one after the other, the tables can hide a task that moves in between: parked when the
//! queue is read, queued when the retry table is. A report of its success would be lost.

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata},
    types::{Get, TransactGetItem},
};

use super::{Contention, RetryPolicy, Store, StoreError, item};
use crate::{
    attempt::closing::Found,
    attributes::Item,
    ids::{LabourerId, TaskId},
    task::Task,
};

/// Items of one transaction, without the two that are asked for in each.
const LABOURERS_MOST: usize = 98;
const OPERATION: &str = "TransactGetItems";

impl Store {
    /// Finds a task wherever it is; in the retry table, if it is of one of `labourers`.
    pub async fn find<'a>(
        &self,
        id: &TaskId,
        labourers: impl IntoIterator<Item = &'a LabourerId>,
    ) -> Result<Found, StoreError> {
        let parked: Vec<_> = labourers.into_iter().map(|of| self.retry().key(of, id)).collect();
        let mut parts = parked.chunks(LABOURERS_MOST);
        // Each part reads all tables: the one with the task's labourer cannot miss it.
        let mut part = parts.next().unwrap_or_default();
        loop {
            let found = self.find_among(id, part).await?;
            match parts.next() {
                Some(next) if found == Found::Nowhere => part = next,
                _ => return Ok(found),
            }
        }
    }

    async fn find_among(&self, id: &TaskId, parked: &[Item]) -> Result<Found, StoreError> {
        let tables = [&self.names.tasks, &self.names.closed];
        let keys = tables.into_iter().map(|table| (table, self.task_key(id)));
        let keys = keys.chain(parked.iter().map(|key| (&self.names.retry, key.clone())));
        let (tables, keys): (Vec<_>, Vec<_>) = keys.unzip();
        let items = self.get_at_once(&tables, keys).await?;
        for (place, (table, item)) in tables.into_iter().zip(items).enumerate() {
            let Some(item) = item else { continue };
            let task: Box<Task> = Box::new(item::to(item, table, &self.names.fields)?);
            return Ok(match place {
                0 => Found::InTasks(task),
                1 => Found::Closed(task),
                _ => Found::Parked(task),
            });
        }
        Ok(Found::Nowhere)
    }

    async fn get_at_once(
        &self,
        tables: &[&String],
        keys: Vec<Item>,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        let gets = tables.iter().zip(keys).map(|(table, key)| {
            let get = Get::builder().table_name(*table).set_key(Some(key)).build()?;
            Ok(TransactGetItem::builder().get(get).build())
        });
        let gets: Result<Vec<_>, BuildError> = gets.collect();
        let gets = gets.map_err(|e| StoreError::unbuilt(OPERATION, &self.names.tasks, e))?;
        let mut retries = self.retries(RetryPolicy::PATIENT);
        loop {
            let request = self.client().transact_get_items().set_transact_items(Some(gets.clone()));
            match request.send().await {
                Ok(answer) => {
                    let answers = answer.responses.unwrap_or_default();
                    return Ok(answers.into_iter().map(|answer| answer.item).collect());
                }
                // Another transaction is writing one of these items.
                Err(e) if e.code() == Some("TransactionCanceledException") => {}
                Err(e) => return Err(StoreError::of(OPERATION, &self.names.tasks, e)),
            }
            if !retries.again().await {
                return Err(StoreError::Contended {
                    operation: OPERATION,
                    resource: self.names.tasks.clone(),
                    attempts: retries.failed_tries(),
                    contention: Contention::Conflict,
                });
            }
        }
    }
}
