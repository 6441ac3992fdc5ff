//! Finds what is wrong with a stack's tables, functions, queues and items, with a remedy for each fault.
//!
//! The checks in [`tables`], [`functions`], [`queues`], [`claims`] and [`items`] are pure functions of what
//! [`examine`] reads. [`examine_stack`] checks what can be found by the name of the stack: [`ticks`]
//! asks CloudWatch whether its schedules are on, [`rows`] searches the config table for rows that sosw
//! left behind.

use std::{collections::BTreeMap, time::Duration};

use task_manager::{
    TaskManager,
    clients::Clients,
    sources::LoadError,
    storage::StoreError,
    storage::config::{ConfigTable, TableError},
};

pub mod claims;
pub mod fault;
pub mod functions;
pub mod items;
pub mod queues;
mod read;
pub mod rows;
pub mod slots;
pub mod tables;
pub mod ticks;

pub use fault::{Fault, Severity};

use queues::QueueFacts;
use tables::TaskUnits;

/// What to examine besides the cheap checks, which always run.
#[derive(Clone, Copy, Debug, Default)]
pub struct DoctorOptions {
    /// Ask Lambda about the labourers' functions.
    pub functions: bool,
    /// Also read every open task; the cost grows with the size of the tables.
    pub items: bool,
    /// Set a labourer's number of slots in use to what was counted, where two counts so far apart agree.
    pub fix: Option<Duration>,
}

/// What is wrong with a config that could not be loaded; nothing, if that is not the fault of the config.
pub fn judge_config(error: &LoadError) -> Vec<Fault> {
    match error {
        LoadError::Mistakes(mistakes) | LoadError::Table(TableError::NoJson(mistakes)) => {
            mistakes.iter().map(|mistake| Fault::ConfigRefused(mistake.to_string())).collect()
        }
        LoadError::Table(error @ TableError::NoText { .. }) => {
            vec![Fault::ConfigRefused(error.to_string())]
        }
        LoadError::Table(_) | LoadError::NoRows { .. } | LoadError::File { .. } => Vec::new(),
    }
}

/// Examines tables and labourers. Faults of the tables come first; with such a fault nothing else is
/// read. Remarks on what only costs more come after them, hints last.
///
/// # Errors
/// When DynamoDB does not answer. What Lambda does not answer is reported as a fault.
pub async fn examine(
    manager: &TaskManager,
    options: DoctorOptions,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = examine_all(manager, options).await?;
    faults.sort_by_key(Fault::severity);
    Ok(faults)
}

async fn examine_all(
    manager: &TaskManager,
    options: DoctorOptions,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = examine_tables(manager).await?;
    let usable = faults.iter().all(|fault| fault.severity() != Severity::Fault);
    let mistakes = manager.config().mistakes.iter();
    faults.extend(mistakes.map(|mistake| Fault::ConfigMistake(mistake.to_string())));
    for labourer in manager.labourers().all().filter(|_| options.functions) {
        let facts = read::function(manager, labourer, usable).await?;
        faults.extend(functions::judge(labourer, &facts));
    }
    if !usable {
        // Whatever else is read from such tables would be wrong.
        return Ok(faults);
    }
    let stack_since = read::stack_since(manager).await?;
    let mut counts = BTreeMap::new();
    for labourer in manager.labourers().all() {
        let facts = QueueFacts { stack_since, ..read::queue(manager, labourer).await? };
        faults.extend(queues::judge(labourer, &facts, manager.now()));
        counts.insert(labourer.id.clone(), facts.slots);
        if claims::is_worth_reading(labourer) {
            let latest = read::succeeded(manager, labourer, claims::LATEST).await?;
            faults.extend(claims::judge(labourer, &latest));
        }
    }
    if let Some(apart) = options.fix {
        slots::fix(manager, &counts, &mut faults, apart).await?;
    }
    faults.extend(queues::judge_jobs(&manager.jobs().all_due().await?, manager.now()));
    if options.items {
        let facts = read::items(manager).await?;
        faults.extend(items::judge(&facts, &manager.config().labourers));
    }
    Ok(faults)
}

/// Examines the rest of the stack of this name on AWS: the schedules of its functions, and, if its
/// config is in `table`, the rows there.
///
/// # Errors
/// When the config table does not answer, or a row of it is not JSON. What CloudWatch does not
/// answer is reported as a fault.
pub async fn examine_stack(
    manager: &TaskManager,
    clients: &Clients,
    stack: &str,
    table: Option<&ConfigTable>,
) -> Result<Vec<Fault>, TableError> {
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&clients.shared);
    let functions = ["orchestrator", "scavenger"].map(|name| format!("{stack}_{name}"));
    // Without the tables, which `examine` reports, the stack counts as old.
    let stack_since = read::stack_since(manager).await.unwrap_or_default();
    let mut faults = ticks::examine(&cloudwatch, &functions, stack_since, manager.now()).await;
    let tables = unprotected(manager).await;
    faults.extend((!tables.is_empty()).then_some(Fault::Unprotected { tables }));
    if let Some(table) = table {
        faults.extend(rows::examine(table, &clients.dynamodb, stack).await?);
    }
    Ok(faults)
}

/// The tables that are not protected from deletion. [`examine`] reports those that cannot be described.
async fn unprotected(manager: &TaskManager) -> Vec<String> {
    let mut names = Vec::new();
    for table in manager.store().tables() {
        let described = manager.store().describe(table.name).await;
        if described.is_ok_and(|described| described.is_some_and(|table| !table.is_protected)) {
            names.push(table.name.to_owned());
        }
    }
    names
}

async fn examine_tables(manager: &TaskManager) -> Result<Vec<Fault>, StoreError> {
    let (names, mut faults) = (&manager.config().names, Vec::new());
    let mut missing = Vec::new();
    for table in manager.store().tables() {
        match manager.store().describe(table.name).await? {
            Some(described) => {
                faults.extend(tables::judge(&table, &described));
                let units = TaskUnits::of(table.name, names);
                faults.extend(tables::judge_cost(&table, &described, units));
            }
            None if table.name == names.meta && !manager.config().write_meta => {}
            None => missing.push(table.name),
        }
    }
    if !missing.is_empty() {
        // Without the right to list tables, no name is proposed.
        let existing = manager.store().table_names().await.unwrap_or_default();
        faults.extend(missing.into_iter().map(|table| tables::missing(table, names, &existing)));
    }
    Ok(faults)
}
