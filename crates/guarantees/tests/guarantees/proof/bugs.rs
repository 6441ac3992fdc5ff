//! Bugs seeded into transactions on their way to the tables: storms must find each.

use serde_json::Value;

use super::{script::Script, storm::weathered};

/// Something that transactions forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    PutsOverWhatIsThere,
    DeletesWhateverIsThere,
    UpdatesWhateverIsThere,
    TakesSlotsBeyondTheLimit,
    ForgetsSlots,
    ForgetsCounters,
    ForgetsToDelete,
    CreatesWhatHasMovedOn,
}

impl Bug {
    /// Every bug, in words.
    const ALL: [(Self, &str); 8] = [
        (Self::PutsOverWhatIsThere, "an item is put though one is there"),
        (Self::DeletesWhateverIsThere, "an item is deleted though it has changed"),
        (Self::UpdatesWhateverIsThere, "a task is claimed though it has changed"),
        (Self::TakesSlotsBeyondTheLimit, "slots are taken without looking at the limit"),
        (Self::ForgetsSlots, "slots are neither taken nor given back"),
        (Self::ForgetsCounters, "a job does not count its tasks"),
        (Self::ForgetsToDelete, "a move leaves the old item behind"),
        (Self::CreatesWhatHasMovedOn, "a task is created though it has moved on"),
    ];

    /// A transaction as it is with the bug.
    pub fn spoil(self, body: &[u8]) -> Vec<u8> {
        let mut body: Value = serde_json::from_slice(body).unwrap();
        let items = body["TransactItems"].as_array_mut().unwrap();
        items.iter_mut().for_each(|item| self.spoil_item(item));
        if items.len() > 1 {
            let whole = items.clone();
            items.retain(|item| !self.forgets(item));
            if items.is_empty() {
                *items = whole;
            }
        }
        serde_json::to_vec(&body).unwrap()
    }

    /// Lets the condition hold whatever there is.
    fn spoil_item(self, item: &mut Value) {
        let is_of_labourer = item["Update"]["Key"].get("task_id").is_none();
        let kind = match self {
            Self::PutsOverWhatIsThere => "Put",
            Self::DeletesWhateverIsThere => "Delete",
            Self::UpdatesWhateverIsThere if !is_of_labourer => "Update",
            Self::TakesSlotsBeyondTheLimit if is_of_labourer => "Update",
            _ => return,
        };
        if let Some(Value::String(condition)) = item[kind].get_mut("ConditionExpression") {
            // What it names must be used.
            *condition = format!("({condition}) OR attribute_exists(a) OR attribute_not_exists(a)");
        }
    }

    fn forgets(self, item: &Value) -> bool {
        let key = &item["Update"]["Key"];
        let is_counter = key["part"]["S"].as_str().is_some_and(|part| part.starts_with("count"));
        match self {
            Self::ForgetsSlots => key.get("labourer_id").is_some(),
            Self::ForgetsCounters => is_counter,
            Self::ForgetsToDelete => item.get("Delete").is_some(),
            Self::CreatesWhatHasMovedOn => item.get("ConditionCheck").is_some(),
            _ => false,
        }
    }
}

/// Storms, until one finds a bug.
const MOST: u64 = 30;

/// `make seeded-bugs` shows the table.
#[test]
fn every_bug_seeded_into_transactions_is_found_by_a_storm() {
    let mut escaped = Vec::new();
    println!("{:<50} caught by", "seeded bug");
    for (bug, words) in Bug::ALL {
        let found = (0..MOST)
            .find_map(|seed| weathered(&Script::of(seed), Some(bug)).err().map(|why| (seed, why)));
        match found {
            Some((seed, why)) => println!("{words:<50} storm {seed}: {why}"),
            None => escaped.push(words),
        }
    }
    assert!(escaped.is_empty(), "not caught: {escaped:?}");
}
