//! Bugs seeded into transactions on their way to the tables: storms must find each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    script::{BLOCKS_FROM, SHARING_FROM, Script},
    storm::weathered,
    threads,
};

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
    LeavesPiecesForLater,
    ForgetsWherePiecesAre,
    CountsBlocksAsTasks,
    PiecesTakeAllMembers,
    ClaimsByAnyShare,
    SettlesWhateverWasWritten,
}

impl Bug {
    /// Every bug, in words.
    const ALL: [(Self, &str); 14] = [
        (Self::PutsOverWhatIsThere, "an item is put though one is there"),
        (Self::DeletesWhateverIsThere, "an item is deleted though it has changed"),
        (Self::UpdatesWhateverIsThere, "a task is claimed though it has changed"),
        (Self::TakesSlotsBeyondTheLimit, "slots are taken without looking at the limit"),
        (Self::ForgetsSlots, "slots are neither taken nor given back"),
        (Self::ForgetsCounters, "a job does not count its tasks"),
        (Self::ForgetsToDelete, "a move leaves the old item behind"),
        (Self::CreatesWhatHasMovedOn, "a task is created though it has moved on"),
        (Self::LeavesPiecesForLater, "pieces are put by a second transaction, which never comes"),
        (Self::ForgetsWherePiecesAre, "a block does not list the pieces that left it"),
        (Self::CountsBlocksAsTasks, "a job counts a block as one task"),
        (Self::PiecesTakeAllMembers, "a piece takes all tasks of its block with it"),
        (Self::ClaimsByAnyShare, "slots are taken by a share that has changed"),
        (Self::SettlesWhateverWasWritten, "the ledger is replaced though it has changed"),
    ];

    /// The first seed of the storms in which it can show.
    fn first_seed(self) -> u64 {
        match self {
            Self::LeavesPiecesForLater
            | Self::ForgetsWherePiecesAre
            | Self::CountsBlocksAsTasks
            | Self::PiecesTakeAllMembers => BLOCKS_FROM,
            Self::ClaimsByAnyShare | Self::SettlesWhateverWasWritten => SHARING_FROM,
            _ => 0,
        }
    }

    /// A transaction as it is with the bug.
    pub fn spoil(self, body: &[u8]) -> Vec<u8> {
        let mut body: Value = serde_json::from_slice(body).unwrap();
        let items = body["TransactItems"].as_array_mut().unwrap();
        items.iter_mut().for_each(|item| self.spoil_item(item));
        let pieces = new_pieces(items);
        let is_piece = |item: &Value| id_put(item).is_some_and(|id| pieces.contains(id));
        match self {
            Self::LeavesPiecesForLater => items.retain(|item| !is_piece(item)),
            Self::PiecesTakeAllMembers => {
                items.iter_mut().filter(|item| is_piece(item)).for_each(take_all_members);
            }
            _ => {}
        }
        if items.len() > 1 {
            let whole = items.clone();
            items.retain(|item| !self.forgets(item));
            if items.is_empty() {
                *items = whole;
            }
        }
        serde_json::to_vec(&body).unwrap()
    }

    fn spoil_item(self, item: &mut Value) {
        match self {
            Self::ForgetsWherePiecesAre => forget_pieces(item),
            Self::CountsBlocksAsTasks if is_counter(item) => count_one(item),
            _ => self.spoil_condition(item),
        }
    }

    /// Lets the condition hold whatever there is.
    fn spoil_condition(self, item: &mut Value) {
        let is_of_labourer = item["Update"]["Key"].get("task_id").is_none();
        let is_ledger = item["Update"]["Key"]["labourer_id"]["S"] == "all permits";
        let has_value =
            |name: &str| item["Update"]["ExpressionAttributeValues"].get(name).is_some();
        let kind = match self {
            Self::ClaimsByAnyShare if has_value(":share") && has_value(":count") => "Update",
            Self::SettlesWhateverWasWritten if is_ledger => "Update",
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
        match self {
            Self::ForgetsSlots => item["Update"]["Key"].get("labourer_id").is_some(),
            Self::ForgetsCounters => is_counter(item),
            Self::ForgetsToDelete => item.get("Delete").is_some(),
            Self::CreatesWhatHasMovedOn => item.get("ConditionCheck").is_some(),
            _ => false,
        }
    }
}

fn is_counter(item: &Value) -> bool {
    let part = item["Update"]["Key"]["part"]["S"].as_str();
    part.is_some_and(|part| part.starts_with("count"))
}

fn id_put(item: &Value) -> Option<&str> {
    item["Put"]["Item"]["task_id"]["S"].as_str()
}

/// The pieces that a transaction makes.
fn new_pieces(items: &[Value]) -> BTreeSet<String> {
    let listed = items.iter().filter_map(|item| item["Put"]["Item"]["pieces"]["M"].as_object());
    let moved: Vec<_> =
        items.iter().filter_map(|item| item["Delete"]["Key"]["task_id"]["S"].as_str()).collect();
    let listed = listed.flat_map(|pieces| pieces.keys());
    listed.filter(|id| !moved.contains(&id.as_str())).cloned().collect()
}

fn forget_pieces(item: &mut Value) {
    if let Some(Value::Object(attributes)) = item["Put"].get_mut("Item") {
        attributes.remove("pieces");
    }
}

fn take_all_members(piece: &mut Value) {
    let attributes = &mut piece["Put"]["Item"];
    if let Some(origin) = attributes.get("origin").cloned() {
        attributes["members"] = origin;
    }
}

/// Whatever is counted, it counts one.
fn count_one(item: &mut Value) {
    let Some(Value::Object(values)) = item["Update"].get_mut("ExpressionAttributeValues") else {
        return;
    };
    for name in ["succeeded", "exhausted", "ignored"] {
        if let Some(value) = values.get_mut(&format!(":{name}")) {
            *value = json!({ "N": "1" });
        }
    }
}

/// Storms, until one finds a bug.
const MOST: u64 = 30;

/// `make seeded-bugs` shows the table.
#[test]
fn every_bug_seeded_into_transactions_is_found_by_a_storm() {
    println!("{:<50} caught by", "seeded bug");
    let escaped = threads::each(&Bug::ALL, |(bug, words)| {
        let first = bug.first_seed();
        let mut storms = (first..first + MOST).map(Script::of);
        match storms.find_map(|script| Some((script.seed, weathered(&script, Some(*bug)).err()?))) {
            Some((seed, why)) => {
                println!("{words:<50} storm {seed}: {why}");
                None
            }
            None => Some(*words),
        }
    });
    let escaped: Vec<_> = escaped.into_iter().flatten().collect();
    assert!(escaped.is_empty(), "not caught: {escaped:?}");
}
