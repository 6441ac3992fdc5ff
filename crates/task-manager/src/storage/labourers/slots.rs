//! The slots of a labourer, taken and freed inside the transitions' transactions.

use super::{LabourersTable, frees, row_key};
use crate::{
    attributes::n,
    ids::LabourerId,
    labourer::frees::FreedAt,
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
    /// as the row has it: else a stale reader would claim more than a tick has allowed meanwhile. A row
    /// that counts less than the counters contradicts them (somebody has set it by hand): nothing is
    /// claimed by it.
    pub(in crate::storage) fn take_slots(
        self,
        labourer: &LabourerId,
        (count, limit, freed): (u32, u32, u64),
        now: Timestamp,
        confirm: bool,
    ) -> Built {
        let free = "#running >= :freed AND #running <= :most AND \
            (attribute_not_exists(#paused_until) OR #paused_until <= :now)";
        // Each value is in one of the expressions, as DynamoDB requires.
        let values = bind([
            ("most", n(i128::from(limit) - i128::from(count) + i128::from(freed))),
            ("freed", n(freed)),
            ("count", n(count)),
            ("limit", n(limit)),
            ("now", n(now)),
        ]);
        let row = self.labourer_item(labourer);
        if confirm {
            let update = "SET #running = #running + :count, #slot_limit = :limit, #refreshed_at = :now \
                 REMOVE #draining";
            return row.update(update, free, values);
        }
        let condition = format!("#slot_limit = :limit AND {free}");
        row.update("SET #running = #running + :count", &condition, values)
    }

    pub(in crate::storage) fn take_trial(self, labourer: &LabourerId, of: u32) -> Built {
        let update = "SET #trials = if_not_exists(#trials, :none) + :one";
        let condition =
            "attribute_exists(#running) AND (attribute_not_exists(#trials) OR #trials < :of)";
        let values = bind([("none", n(0)), ("one", n(1)), ("of", n(of))]);
        self.labourer_item(labourer).update(update, condition, values)
    }

    pub(in crate::storage) fn free_slot(self, labourer: &LabourerId, at: FreedAt) -> Built {
        let one = bind([("one", n(1))]);
        let row = self.labourer_item(labourer);
        match at {
            FreedAt::Row => row.update("SET #running = #running - :one", "#running >= :one", one),
            FreedAt::Unclaimed => {
                let update = "SET #running = #running - :one, #unclaimed = #unclaimed - :one";
                row.update(update, "#running >= :one AND #unclaimed >= :one", one)
            }
            FreedAt::Counter(counter) => {
                let counter = Target { key: frees::key(labourer, counter), ..row };
                counter.update("ADD #freed :one", "", one)
            }
        }
    }
}
