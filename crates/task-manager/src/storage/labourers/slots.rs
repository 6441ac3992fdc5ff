//! The slots of a labourer, taken and freed inside the transitions' transactions.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{LabourersTable, frees, row_key};
use crate::{
    attributes::n,
    ids::LabourerId,
    labourer::{counts::Counts, frees::FreedAt},
    storage::{
        engine::expression::bind,
        engine::statement::{Built, Target, Values},
    },
    time::Timestamp,
};

/// When it was last claimed tells the history which labourers to look at; since when it counts, whether its
/// counters are older than what is left of that.
const TAKE: &str = "#running = #running + :count, #claimed_at = :now, \
    #counted_since = if_not_exists(#counted_since, :now)";

const COUNT: &str = "ADD #claimed :tasks";

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
        (count, tasks): (u32, u64),
        (limit, share, freed): (u32, Option<u32>, u64),
        now: Timestamp,
        confirm: bool,
    ) -> Built {
        let (same_share, share_read) = share_as_read(share);
        let free = format!(
            "#running >= :freed AND #running <= :most AND {same_share} AND \
            (attribute_not_exists(#paused_until) OR #paused_until <= :now)"
        );
        let most = share.map_or(limit, |share| share.min(limit));
        // Each value is in one of the expressions, as DynamoDB requires.
        let mut values = bind([
            ("most", n(i128::from(most) - i128::from(count) + i128::from(freed))),
            ("freed", n(freed)),
            ("count", n(count)),
            ("limit", n(limit)),
            ("now", n(now)),
            ("tasks", n(tasks)),
        ]);
        values.extend(share_read);
        let row = self.labourer_item(labourer);
        if confirm {
            let update = format!(
                "SET #slot_limit = :limit, #refreshed_at = :now, {TAKE} REMOVE #draining {COUNT}"
            );
            return row.update(&update, &free, values);
        }
        let condition = format!("#slot_limit = :limit AND {free}");
        row.update(&format!("SET {TAKE} {COUNT}"), &condition, values)
    }

    pub(in crate::storage) fn lower_share(
        self,
        labourer: &LabourerId,
        (from, to): (Option<u32>, Option<u32>),
        draining: bool,
    ) -> Built {
        let (same_share, mut values) = share_as_read(from);
        let condition = format!("attribute_exists(#running) AND {same_share}");
        values.extend(to.map(|to| (":to".to_owned(), n(to))));
        let share = if to.is_some() { "SET #share = :to" } else { "REMOVE #share" };
        let update = match draining {
            true => {
                values.insert(":yes".to_owned(), AttributeValue::Bool(true));
                format!("{share}, #draining = :yes")
            }
            false => share.to_owned(),
        };
        self.labourer_item(labourer).update(&update, &condition, values)
    }

    pub(in crate::storage) fn hold(
        self,
        labourer: &LabourerId,
        (share, raised_to): (Option<u32>, Option<u32>),
        (freed, at_most): (u64, u32),
    ) -> Built {
        let (same_share, mut values) = share_as_read(share);
        let condition = format!("#running <= :most AND {same_share}");
        values.extend(bind([("most", n(u64::from(at_most) + freed))]));
        let row = self.labourer_item(labourer);
        match raised_to {
            Some(share) => {
                values.extend(bind([("to", n(share))]));
                row.update("SET #share = :to", &condition, values)
            }
            None => row.check(&condition, values),
        }
    }

    pub(in crate::storage) fn take_trial(self, labourer: &LabourerId, of: u32) -> Built {
        let update = "SET #trials = if_not_exists(#trials, :none) + :one";
        let condition =
            "attribute_exists(#running) AND (attribute_not_exists(#trials) OR #trials < :of)";
        let values = bind([("none", n(0)), ("one", n(1)), ("of", n(of))]);
        self.labourer_item(labourer).update(update, condition, values)
    }

    pub(in crate::storage) fn free_slot(
        self,
        labourer: &LabourerId,
        at: FreedAt,
        counts: Counts,
    ) -> Built {
        let (added, mut values) = additions(counts);
        values.extend(bind([("one", n(1))]));
        let row = self.labourer_item(labourer);
        let and_add = match added.as_str() {
            "" => String::new(),
            added => format!(" ADD {added}"),
        };
        match at {
            FreedAt::Row => {
                let update = format!("SET #running = #running - :one{and_add}");
                row.update(&update, "#running >= :one", values)
            }
            FreedAt::Unclaimed => {
                let update = "SET #running = #running - :one, #unclaimed = #unclaimed - :one";
                let condition = "#running >= :one AND #unclaimed >= :one";
                row.update(&format!("{update}{and_add}"), condition, values)
            }
            FreedAt::Counter(counter) => {
                let counter = Target { key: frees::key(labourer, counter), ..row };
                let comma = if added.is_empty() { "" } else { ", " };
                counter.update(&format!("ADD #freed :one{comma}{added}"), "", values)
            }
        }
    }

    pub(in crate::storage) fn count(
        self,
        labourer: &LabourerId,
        counter: u32,
        counts: Counts,
    ) -> Built {
        let (added, values) = additions(counts);
        let counter = Target { key: frees::key(labourer, counter), ..self.labourer_item(labourer) };
        counter.update(&format!("ADD {added}"), "", values)
    }
}

/// The condition that a row has the share that was read of it.
fn share_as_read(share: Option<u32>) -> (&'static str, Values) {
    match share {
        Some(share) => ("#share = :share", bind([("share", n(share))])),
        None => ("attribute_not_exists(#share)", Values::new()),
    }
}

/// What is counted, as terms of an ADD and their values.
fn additions(counts: Counts) -> (String, Values) {
    let counted = counts.fields().into_iter().filter(|(_, count)| *count > 0);
    let (terms, values): (Vec<_>, Values) = counted
        .map(|(name, count)| (format!("#{name} :{name}"), (format!(":{name}"), n(count))))
        .unzip();
    (terms.join(", "), values)
}
