//! Where tasks are: each in one item, its own or that of a block, found from the block that was made by
//! following the pieces.

use std::collections::{BTreeMap, BTreeSet};

use task_manager::{ids::TaskId, task::Task};

/// The item of each task.
pub struct Places<'a>(BTreeMap<TaskId, &'a Task>);

impl<'a> Places<'a> {
    /// The places of all tasks that there are in these items, and of those that were `known` before; they
    /// are known from now on.
    pub fn of(
        items: impl Iterator<Item = &'a Task>,
        known: &mut BTreeSet<TaskId>,
    ) -> Result<Self, String> {
        let items: BTreeMap<_, _> = items.map(|item| (&item.id, item)).collect();
        let mut places = BTreeMap::new();
        for item in items.values() {
            for task in tasks_of(item) {
                known.insert(task.clone());
                if let Some(other) = places.insert(task.clone(), *item) {
                    return Err(format!("18: {task} is in {} and in {}", other.id, item.id));
                }
            }
            is_found(item, &items)?;
        }
        let places = Self(places);
        known.iter().try_for_each(|task| places.item_of(task).map(drop))?;
        Ok(places)
    }

    pub fn item_of(&self, task: &TaskId) -> Result<&'a Task, String> {
        self.0.get(task).copied().ok_or_else(|| format!("18: {task} is in no item"))
    }
}

/// The tasks that an item stands for.
pub fn tasks_of(item: &Task) -> Vec<TaskId> {
    match (item.members(), &item.job_id) {
        (Some(members), Some(job)) => members.iter().map(|n| TaskId::of_job(job, n)).collect(),
        _ => vec![item.id.clone()],
    }
}

/// Each of its members leads to it, from the block that was made.
fn is_found(item: &Task, items: &BTreeMap<&TaskId, &Task>) -> Result<(), String> {
    let (Some(block), Some(job)) = (&item.block, &item.job_id) else { return Ok(()) };
    let Some(first) = block.origin.first() else {
        return Err(format!("2: {} was made of nothing", item.id));
    };
    for number in block.members.iter() {
        let mut at = TaskId::of_block(job, first);
        while at != item.id {
            let there = items.get(&at).and_then(|there| there.block.as_ref());
            let mut pieces = there.into_iter().flat_map(|block| &block.pieces);
            let Some((next, _)) = pieces.find(|(_, members)| members.contains(number)) else {
                return Err(format!(
                    "18: {number} is in {}, and {at} does not lead there",
                    item.id
                ));
            };
            at = next.clone();
        }
    }
    Ok(())
}
