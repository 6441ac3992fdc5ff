//! Checks of the items of open tasks.

use std::collections::BTreeMap;

use task_manager::{
    ids::{LabourerId, TaskId},
    labourer::Labourer,
};

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
    let mut unreadable = BTreeMap::<(&'static str, String), u64>::new();
    for item in items {
        let id = || item.id.clone();
        if let Some(why) = invalid_id(item) {
            for table in &item.tables {
                *unreadable.entry((table, why.clone())).or_default() += 1;
            }
            continue;
        }
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
    let unreadable = unreadable.into_iter();
    faults.extend(unreadable.map(|((table, why), items)| Fault::InvalidId { table, why, items }));
    let orphans = orphans.into_iter();
    faults.extend(
        orphans.map(|(labourer, tasks)| Fault::Orphans { labourer: labourer.to_owned(), tasks }),
    );
    faults
}

/// Why nothing that reads tasks accepts the ids of this item.
fn invalid_id(item: &ItemFacts) -> Option<String> {
    let task = TaskId::new(item.id.as_str()).err();
    let labourer = || item.labourer.as_deref().and_then(|name| LabourerId::new(name).err());
    task.or_else(labourer).map(|invalid| invalid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, labourer: &str, table: &'static str) -> ItemFacts {
        let (id, labourer) = (id.to_owned(), Some(labourer.to_owned()));
        ItemFacts { id, labourer, has_place: true, tables: vec![table] }
    }

    #[test]
    fn an_item_with_an_id_that_nothing_accepts_is_named_once_with_its_table_and_the_reason() {
        let name = LabourerId::new("worker").unwrap();
        let labourers = BTreeMap::from([(name.clone(), Labourer::new(name))]);
        let (odd, lost) = ("a b", "x".repeat(141));
        let items = [
            item(odd, "worker", "tasks"),
            item("one", &lost, "retry"),
            item("two", &lost, "retry"),
            item("sound", "worker", "tasks"),
        ];
        let faults = judge(&items, &labourers);
        let texts: Vec<_> = faults.iter().map(Fault::to_string).collect();
        let of_labourer = format!(
            "2 items of the retry table can never be started: labourer_id \"{lost}\" is refused: \
             it is too long"
        );
        let of_task = "1 item of the tasks table can never be started: task_id \"a b\" is \
             refused: it contains white space or control characters";
        assert_eq!(texts, [of_labourer.as_str(), of_task]);
    }
}
