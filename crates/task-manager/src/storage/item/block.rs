//! What makes the item of a task that of a block. The attributes are ours alone: an item of sosw 0.7 that
//! has some of the same names is no block, and keeps them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use protocol::members::Members;
use serde_json::value::RawValue;

use crate::{
    attributes::{Item, n, number, s, text},
    ids::TaskId,
    task::{block::Block, digest::Digest},
};

const MEMBERS: &str = "members";
const ACCEPTED: &str = "accepted";
const ORIGIN: &str = "origin";
const DIGEST: &str = "digest";
const SPLITS: &str = "splits";
const LOOKS: &str = "looks";
const PIECES: &str = "pieces";
const RESULTS: &str = "results";

/// The attributes of a block; what follows from the others, or is empty, is absent.
pub(super) fn of(block: &Block) -> Item {
    let members = |members: &Members| s(members.to_string());
    let attributes = [
        (MEMBERS, Some(members(&block.members))),
        (DIGEST, Some(s(block.digest.as_str()))),
        (ACCEPTED, (!block.accepted.is_empty()).then(|| members(&block.accepted))),
        (ORIGIN, (block.origin != block.members).then(|| members(&block.origin))),
        (SPLITS, (block.splits > 0).then(|| n(block.splits))),
        (LOOKS, (block.looks > 0).then(|| n(block.looks))),
        (PIECES, pieces(&block.pieces)),
        (RESULTS, results(&block.results)),
    ];
    let present = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
    present.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn pieces(pieces: &BTreeMap<TaskId, Members>) -> Option<AttributeValue> {
    let each = pieces.iter().map(|(id, members)| (id.to_string(), s(members.to_string())));
    let each: HashMap<_, _> = each.collect();
    (!each.is_empty()).then_some(AttributeValue::M(each))
}

fn results(results: &BTreeMap<u64, String>) -> Option<AttributeValue> {
    let each = results
        .iter()
        .filter_map(|(number, json)| Some((number, serde_json::from_str::<&RawValue>(json).ok()?)));
    let each: BTreeMap<_, _> = each.collect();
    (!each.is_empty()).then(|| serde_json::to_string(&each).ok().map(s)).flatten()
}

/// Takes the attributes of a block out of an item that is one.
pub(super) fn take(item: &mut Item) -> Option<Block> {
    let members = |item: &Item, name: &str| text(item.get(name)?)?.parse::<Members>().ok();
    let own = members(item, MEMBERS)?;
    let digest = Digest::from_text(text(item.get(DIGEST)?)?);
    let block = Block {
        accepted: members(item, ACCEPTED).unwrap_or_default(),
        origin: members(item, ORIGIN).unwrap_or_else(|| own.clone()),
        splits: item.get(SPLITS).and_then(number).unwrap_or_default() as u32,
        looks: item.get(LOOKS).and_then(number).unwrap_or_default() as u32,
        pieces: item.get(PIECES).and_then(read_pieces).unwrap_or_default(),
        results: item.get(RESULTS).and_then(read_results).unwrap_or_default(),
        members: own,
        digest,
    };
    for name in [MEMBERS, ACCEPTED, ORIGIN, DIGEST, SPLITS, LOOKS, PIECES, RESULTS] {
        item.remove(name);
    }
    Some(block)
}

fn read_pieces(value: &AttributeValue) -> Option<BTreeMap<TaskId, Members>> {
    let piece = |(id, members): (&String, &AttributeValue)| {
        Some((TaskId::new(id).ok()?, text(members)?.parse().ok()?))
    };
    value.as_m().ok()?.iter().map(piece).collect()
}

fn read_results(value: &AttributeValue) -> Option<BTreeMap<u64, String>> {
    let each: BTreeMap<u64, &RawValue> = serde_json::from_str(text(value)?).ok()?;
    Some(each.into_iter().map(|(number, json)| (number, json.get().to_owned())).collect())
}
