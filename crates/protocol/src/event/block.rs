//! Several tasks of one job in one event.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser::SerializeMap};

use super::{is_own_field, without_own_fields};
use crate::{
    ids::TaskId,
    raw::{self, Object},
};

/// Bytes of a member beside its payload: `"task_id":"…",` with the 32 digits of a job's task, and the
/// comma behind the member.
pub(super) const MEMBER_FRAME: usize = 46;

/// One task of a block.
#[derive(Clone, Debug)]
pub struct Member {
    /// The id that the task would have alone.
    pub task_id: TaskId,
    /// What it asks for. As in the event of a single task, [`OWN_FIELDS`](super::OWN_FIELDS) of it do
    /// not arrive, unless it travels as a message of SQS.
    pub payload: Object,
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("task_id", &self.task_id)?;
        for (name, value) in self.payload.iter().filter(|(name, _)| !is_own_field(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Object::deserialize(deserializer)?;
        let task_id = fields.get("task_id").ok_or_else(|| D::Error::missing_field("task_id"))?;
        let task_id = serde_json::from_str(task_id.get()).map_err(D::Error::custom)?;
        Ok(Self { task_id, payload: without_own_fields(fields) })
    }
}

/// Does an event with these fields say which members it has? A payload cannot say so, as its field
/// `sosw` does not arrive.
pub(crate) fn names_members(event: &Object) -> bool {
    let sosw = raw::field(event, "sosw").and_then(raw::object).unwrap_or_default();
    raw::field(&sosw, "members").is_some_and(|members| members != "null")
}
