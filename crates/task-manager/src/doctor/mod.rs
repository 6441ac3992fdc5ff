//! Is a stack healthy? What is wrong with its tables, functions, queues and items, and the way out.
//!
//! Judgements are pure: [`tables`], [`functions`], [`queues`] and [`items`] are told what was seen.
//! [`examine`] sees. [`ticks`] asks CloudWatch whether the stack's schedules are on, [`rows`] asks the
//! config table for what sosw left in it.

use crate::{labourer::Labourer, manager::TaskManager, storage::StoreError};

pub mod fault;
pub mod functions;
pub mod items;
pub mod queues;
pub mod rows;
mod see;
pub mod tables;
pub mod ticks;

pub use fault::Fault;

/// How closely to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Ask Lambda about the labourers' functions.
    pub at_functions: bool,
    /// Read every open task, too: costs as much as the tables are large.
    pub at_items: bool,
    /// Set the slots in use to what was counted.
    pub and_fix: bool,
}

/// Examines the stack of a manager: what is wrong, the foundations first.
///
/// # Errors
/// When DynamoDB does not answer. What Lambda does not tell is a fault.
pub async fn examine(manager: &TaskManager, look: Look) -> Result<Vec<Fault>, StoreError> {
    let mut faults = examine_tables(manager).await?;
    let usable = faults.is_empty();
    for labourer in manager.labourers().filter(|_| look.at_functions) {
        let seen = manager.see_function(labourer).await;
        faults.extend(functions::judge(labourer, &seen));
    }
    if !usable {
        // Whatever else is read from such tables would be told wrong.
        return Ok(faults);
    }
    for labourer in manager.labourers() {
        faults.extend(examine_queue(manager, labourer, look).await?);
    }
    faults.extend(queues::judge_jobs(&manager.look_at_jobs().await?, manager.now()));
    if look.at_items {
        let seen = manager.see_items().await?;
        faults.extend(items::judge(&seen, &manager.config().labourers));
    }
    Ok(faults)
}

async fn examine_tables(manager: &TaskManager) -> Result<Vec<Fault>, StoreError> {
    let (names, mut faults) = (&manager.config().names, Vec::new());
    for table in manager.store().tables() {
        let described = manager.store().describe(table.name).await?;
        let is_needed = table.name != names.meta || manager.config().write_meta;
        if described.is_some() || is_needed {
            faults.extend(tables::judge(&table, described.as_ref()));
        }
    }
    Ok(faults)
}

async fn examine_queue(
    manager: &TaskManager,
    labourer: &Labourer,
    look: Look,
) -> Result<Vec<Fault>, StoreError> {
    let seen = manager.see_queue(labourer).await?;
    let mut faults = queues::judge(labourer, &seen, manager.now());
    for fault in &mut faults {
        if let Fault::Slots { labourer, running, counted, fixed } = fault
            && look.and_fix
        {
            *fixed = manager.store().reconcile(labourer, *running, *counted).await?;
        }
    }
    Ok(faults)
}
