//! Is a stack healthy? What is wrong with its tables, functions, queues and items, and the way out.
//!
//! Judgements are pure: [`tables`], [`functions`], [`queues`] and [`items`] are told what was seen.
//! [`examine`] sees.

use std::sync::Arc;

use crate::{
    clients::Clients,
    config::{Config, LoadError, Warnings},
    labourer::Labourer,
    manager::{Clock, TaskManager},
    storage::StoreError,
};

pub mod fault;
pub mod functions;
pub mod items;
pub mod queues;
mod see;
pub mod tables;

pub use fault::Fault;

/// What was found out about a stack.
#[derive(Debug, Default)]
pub struct Report {
    /// What is wrong, the foundations first.
    pub faults: Vec<Fault>,
    /// What of the config has no effect, or looks doubtful.
    pub warnings: Warnings,
}

/// How closely to look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Read every open task, too: costs as much as the tables are large.
    pub at_items: bool,
    /// Set the slots in use to what was counted.
    pub and_fix: bool,
}

/// Examines the stack that these clients lead to, with the config that was found for it.
///
/// # Errors
/// When DynamoDB does not answer. What Lambda does not tell is a fault.
pub async fn examine(
    clients: &Clients,
    loaded: Result<(Config, Warnings), LoadError>,
    clock: Clock,
    look: Look,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let config = match loaded {
        Ok((config, warnings)) => {
            report.warnings = warnings;
            config
        }
        Err(error) => {
            report.faults.push(Fault::Config(error.to_string()));
            Config::of([])
        }
    };
    let manager = TaskManager::new(clients, Arc::new(config), "doctor").with_clock(clock);
    let expected = manager.store().tables();
    let optional = (!manager.config().write_meta).then_some(&manager.config().names.meta);
    let mut usable = true;
    for table in &expected {
        let described = manager.store().describe(table.name).await?;
        if described.is_none() && optional.is_some_and(|optional| optional == table.name) {
            continue;
        }
        let faults = tables::judge(table, described.as_ref());
        usable &= faults.is_empty();
        report.faults.extend(faults);
    }
    for labourer in manager.labourers() {
        let seen = manager.see_function(labourer).await;
        report.faults.extend(functions::judge(labourer, &seen));
    }
    if !usable {
        // Whatever else is read from them would be told wrong.
        return Ok(report);
    }
    for labourer in manager.labourers() {
        report.faults.extend(examine_queue(&manager, labourer, look).await?);
    }
    report.faults.extend(queues::judge_jobs(&manager.look_at_jobs().await?, manager.now()));
    if look.at_items {
        let seen = manager.see_items().await?;
        report.faults.extend(items::judge(&seen, &manager.config().labourers));
    }
    Ok(report)
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
