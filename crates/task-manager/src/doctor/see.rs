//! Seeing what the judgements are told.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_lambda::error::ProvideErrorMetadata;

use super::{functions, items, queues};
use crate::{ids::TaskId, labourer::Labourer, manager::TaskManager, storage::StoreError};

/// How often slots are counted until nothing moves meanwhile.
const COUNTS: u32 = 5;

/// How many parked tasks are looked at.
const PARKED: u32 = 20;

/// What the tables are called in findings.
const TASKS: &str = "tasks";
const RETRY: &str = "retry";
const CLOSED: &str = "closed";

impl TaskManager {
    pub(super) async fn see_function(&self, labourer: &Labourer) -> functions::Seen {
        let (function, events) =
            futures::join!(self.ask_function(labourer), self.ask_events(labourer));
        functions::Seen { function, events }
    }

    async fn ask_events(&self, labourer: &Labourer) -> Result<functions::Events, String> {
        let request = self.lambda().get_function_event_invoke_config();
        let standard = functions::Events::default();
        match request.function_name(&labourer.function).send().await {
            Ok(told) => Ok(functions::Events {
                retries: told
                    .maximum_retry_attempts
                    .map_or(standard.retries, |retries| retries.unsigned_abs()),
                age: told
                    .maximum_event_age_in_seconds
                    .map_or(standard.age, |age| Duration::from_secs(age.unsigned_abs().into())),
            }),
            // Nothing was set: Lambda's own rules are in force.
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(standard),
            Err(error) => Err(error.code().unwrap_or("no answer").to_owned()),
        }
    }

    pub(super) async fn see_queue(&self, labourer: &Labourer) -> Result<queues::Seen, StoreError> {
        let (store, id) = (self.store(), &labourer.id);
        let mut row = store.row(id).await?;
        let mut attempts = None;
        for _ in 0..COUNTS {
            let counted = self.count_attempts(labourer).await?;
            let after = store.row(id).await?;
            let at_rest = row.as_ref().map(|row| row.running) == after.as_ref().map(|r| r.running);
            row = after;
            if at_rest {
                attempts = Some(counted);
                break;
            }
        }
        let now = self.now();
        let lease = labourer.lease(row.as_ref().and_then(|row| row.function_timeout));
        let heads = self.next_for_labourer(id, 1).await?;
        let expired = self.expired(labourer, row.as_ref(), 1).await?;
        let delta = self.config().scale.delta;
        let claimed = expired.first().map(|task| task.greenfield.0 - delta);
        let due = store.due(id, now, 1).await?;
        // Refused ones are parked for longer than others.
        let parked = store.latest_parked(id, PARKED).await?;
        Ok(queues::Seen {
            row,
            attempts,
            waits: !heads.is_empty(),
            expired_at: claimed.map(|at| crate::time::Timestamp::from_seconds(at) + lease),
            due_at: due.first().and_then(|task| task.due_at),
            refusal: parked.iter().find_map(queues::refusal).cloned(),
        })
    }

    /// Every open task, and the closed ones among them.
    pub(super) async fn see_items(&self) -> Result<Vec<items::Seen>, StoreError> {
        let (store, names) = (self.store(), &self.config().names);
        let mut seen = BTreeMap::<String, items::Seen>::new();
        for (table, name) in [(&names.tasks, TASKS), (&names.retry, RETRY)] {
            let note = |item: crate::task::Item| {
                let Some(id) = store.field(&item, "task_id").map(str::to_owned) else { return };
                let found = seen.entry(id.clone()).or_insert(items::Seen {
                    id,
                    labourer: store.field(&item, "labourer_id").map(str::to_owned),
                    has_place: name != TASKS || item.contains_key(names.fields.get("greenfield")),
                    tables: Vec::new(),
                });
                found.tables.push(name);
            };
            store.scan(table, note).await?;
        }
        let ids: Vec<_> = seen.keys().filter_map(|id| TaskId::new(id.as_str()).ok()).collect();
        for task in store.all_closed(&ids).await? {
            if let Some(found) = seen.get_mut(task.id.as_str()) {
                found.tables.push(CLOSED);
            }
        }
        Ok(seen.into_values().collect())
    }
}
