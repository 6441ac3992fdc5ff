//! Checks of the items of open tasks.

use std::collections::BTreeMap;

use task_manager::{ids::LabourerId, labourer::Labourer};

use super::Fault;

/// What was read of an item of the tables of open tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFacts {
    pub id: String,
    pub labourer: Option<String>,
    /// Has it a place in the queue?
    pub has_place: bool,
    /// The tables that have it.
    pub tables: Vec<&'static str>,
}

/// What is wrong with these items.
pub fn judge(items: &[ItemFacts], labourers: &BTreeMap<LabourerId, Labourer>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut orphans = BTreeMap::<&str, u64>::new();
    for item in items {
        let id = || item.id.clone();
        let Some(labourer) = &item.labourer else {
            faults.push(Fault::Phantom { id: id(), lacks: "labourer_id" });
            continue;
        };
        if !item.has_place {
            faults.push(Fault::Phantom { id: id(), lacks: "greenfield" });
            continue;
        }
        if let [one, other, ..] = item.tables.as_slice() {
            faults.push(Fault::InTwoTables { id: id(), tables: [one, other] });
        }
        if !labourers.keys().any(|known| known.as_str() == labourer) {
            *orphans.entry(labourer).or_default() += 1;
        }
    }
    let orphans = orphans.into_iter();
    faults.extend(
        orphans.map(|(labourer, tasks)| Fault::Orphans { labourer: labourer.to_owned(), tasks }),
    );
    faults
}
