//! Reads what the checks need.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_lambda::error::ProvideErrorMetadata;
use task_manager::{
    TaskManager,
    ids::TaskId,
    labourer::{self, Labourer},
    storage::{StoreError, inspect::ScannedItem},
    task::{Status, Task},
    time::Timestamp,
};

use super::{
    functions::{Events, FunctionFacts},
    items::ItemFacts,
    queues::{self, QueueFacts},
    slots,
};

/// How many parked tasks are searched for a refusal.
const PARKED: u32 = 20;

/// What the tables are called in findings.
const TASKS: &str = "tasks";
const RETRY: &str = "retry";
const CLOSED: &str = "closed";

/// What Lambda says of a function; of its labourer's row only if the tables can be read.
pub(super) async fn function(
    manager: &TaskManager,
    labourer: &Labourer,
    reads_tables: bool,
) -> Result<FunctionFacts, StoreError> {
    let (function, events) =
        futures::join!(manager.labourers().function(labourer), events(manager, labourer));
    let row = match reads_tables {
        true => manager.store().labourers().row(&labourer.id).await?,
        false => None,
    };
    let good_for = |row: &labourer::State| row.timeout_is_good_for(manager.now());
    let remembered = row.and_then(|row| Some((row.function_timeout?, good_for(&row))));
    Ok(FunctionFacts { function, events, remembered })
}

/// The latest succeeded tasks of a labourer, at most this many.
pub(super) async fn succeeded(
    manager: &TaskManager,
    labourer: &Labourer,
    most: u32,
) -> Result<Vec<Task>, StoreError> {
    let closed = manager.store().closed();
    closed.get_all(&closed.latest(&labourer.id, Status::Succeeded, most).await?).await
}

async fn events(manager: &TaskManager, labourer: &Labourer) -> Result<Events, String> {
    let request = manager.lambda().get_function_event_invoke_config();
    let standard = Events::default();
    match request.function_name(&labourer.function).send().await {
        Ok(config) => Ok(Events {
            retries: config
                .maximum_retry_attempts
                .map_or(standard.retries, |retries| retries.unsigned_abs()),
            age: config
                .maximum_event_age_in_seconds
                .map_or(standard.age, |age| Duration::from_secs(age.unsigned_abs().into())),
        }),
        // Nothing was set: Lambda's own rules are in force.
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(standard),
        Err(error) => Err(error.code().unwrap_or("no answer").to_owned()),
    }
}

/// When the stack was deployed. Its tables of tasks may be older, adopted from another one; that of
/// labourers is its own.
pub(super) async fn stack_since(manager: &TaskManager) -> Result<Option<Timestamp>, StoreError> {
    let labourers = manager.store().describe(&manager.config().names.labourers).await?;
    Ok(labourers.and_then(|table| table.created_at))
}

pub(super) async fn queue(
    manager: &TaskManager,
    labourer: &Labourer,
) -> Result<QueueFacts, StoreError> {
    let (store, id) = (manager.store(), &labourer.id);
    let slots = slots::count(manager, labourer).await?;
    let row = slots.row.as_ref();
    let now = manager.now();
    let lease = labourer.lease_by(row);
    let heads = manager.queue().heads(id, 1).await?;
    let first = match heads.first() {
        Some(head) => manager.queue().task(&head.id).await?,
        None => None,
    };
    let expired = manager.attempts().expired(labourer, row, 1).await?;
    let scale = manager.config().scale;
    let expired_at =
        expired.first().and_then(|task| task.greenfield.expired_at(now, task.lease(lease), scale));
    let due = store.retry().due(id, now, 1).await?;
    // Refused ones are parked for longer than others.
    let parked = store.retry().latest(id, PARKED).await?;
    Ok(QueueFacts {
        waits: !heads.is_empty(),
        waiting_since: first.and_then(|task| task.created_at),
        expired_at,
        due_at: due.first().and_then(|task| task.due_at),
        refusal: parked.iter().find_map(queues::refusal).cloned(),
        stack_since: None,
        slots,
    })
}

/// Every open task, and the closed ones among them.
pub(super) async fn items(manager: &TaskManager) -> Result<Vec<ItemFacts>, StoreError> {
    let store = manager.store();
    let mut found = BTreeMap::<String, ItemFacts>::new();
    let mut note = |item: ScannedItem, table: &'static str, has_place: bool| {
        let ScannedItem { id, labourer, .. } = item;
        let new = || ItemFacts { id: id.clone(), labourer, has_place, tables: Vec::new() };
        found.entry(id.clone()).or_insert_with(new).tables.push(table);
    };
    let in_tasks = |item: ScannedItem| {
        let has_place = item.has_greenfield;
        note(item, TASKS, has_place);
    };
    store.scan_tasks(in_tasks).await?;
    store.scan_parked(|item| note(item, RETRY, true)).await?;
    let ids: Vec<_> = found.keys().filter_map(|id| TaskId::new(id.as_str()).ok()).collect();
    for task in store.closed().get_all(&ids).await? {
        if let Some(found) = found.get_mut(task.id.as_str()) {
            found.tables.push(CLOSED);
        }
    }
    Ok(found.into_values().collect())
}
