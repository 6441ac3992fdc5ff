//! The slots of a labourer, taken and freed inside the transitions' transactions.

use super::{LabourersTable, row_key};
use crate::{
    attributes::n,
    ids::LabourerId,
    storage::{
        engine::expression::bind,
        engine::statement::{Built, Target},
    },
    time::Timestamp,
};

impl<'a> LabourersTable<'a> {
    fn labourer_item(self, labourer: &LabourerId) -> Target<'a> {
        Target { table: &self.store.names.labourers, key: row_key(labourer), fields: None }
    }

    /// A limit that is decided now is written with the claim. One that was read holds only as long
    /// as the row has it: else a stale reader would claim more than a tick has allowed meanwhile.
    pub(in crate::storage) fn take_slots(
        self,
        labourer: &LabourerId,
        count: u32,
        limit: u32,
        now: Timestamp,
        confirm: bool,
    ) -> Built {
        let free = "#running <= :most AND \
            (attribute_not_exists(#paused_until) OR #paused_until <= :now)";
        // Each value is in one of the expressions, as DynamoDB requires.
        let values = bind([
            ("most", n(i64::from(limit) - i64::from(count))),
            ("count", n(count)),
            ("limit", n(limit)),
            ("now", n(now)),
        ]);
        let row = self.labourer_item(labourer);
        if confirm {
            let update =
                "SET #running = #running + :count, #slot_limit = :limit, #refreshed_at = :now";
            return row.update(update, free, values);
        }
        let condition = format!("#slot_limit = :limit AND {free}");
        row.update("SET #running = #running + :count", &condition, values)
    }

    pub(in crate::storage) fn free_slots(self, labourer: &LabourerId, count: u32) -> Built {
        let values = bind([("count", n(count))]);
        let (update, condition) = ("SET #running = #running - :count", "#running >= :count");
        self.labourer_item(labourer).update(update, condition, values)
    }
}
