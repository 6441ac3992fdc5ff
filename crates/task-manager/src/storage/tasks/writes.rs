//! What is written to the tasks table: the condition lives here, with the verb.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    attributes::{Item, list, n, s},
    greenfield::Greenfield,
    ids::{ClaimToken, TaskId},
    storage::{
        engine::expression::bind,
        engine::statement::{Built, Target, Values},
        task_tables::{and_members, claimed, same_history},
        tasks::TasksTable,
    },
    task::Task,
    transition::Expected,
};

/// The condition that no success was recorded.
const NOT_SUCCEEDED: &str =
    "attribute_not_exists(#accepted_at) AND attribute_not_exists(#completed_at)";

/// The condition that a task is as it was read, and its values.
///
/// Place and claim distinguish one state of a task from every other: each claim is new, and a task
/// without one moves whenever it is queued again. Only the success of an older attempt comes
/// without a change of either; a decision that was taken before it must not be applied after it.
fn as_expected(expected: &Expected) -> (String, Values) {
    // Python's numbers may have more digits than a double: it is one of its neighbours then.
    let Greenfield(was) = expected.greenfield;
    let mut values = bind([("least", n(just_below(was))), ("most", n(-just_below(-was)))]);
    let claim = claimed(expected.claim.as_ref(), &mut values);
    let members = and_members(expected.members.as_ref().map(|(all, _)| all), &mut values);
    let unchanged = format!("#greenfield BETWEEN :least AND :most AND {claim}{members}");
    let accepted = expected.members.as_ref().map(|(_, accepted)| accepted);
    let condition = match (expected.has_succeeded, accepted) {
        (true, _) => unchanged,
        (false, Some(accepted)) if !accepted.is_empty() => {
            values.extend(bind([("accepted", s(accepted.to_string()))]));
            format!("{unchanged} AND #accepted = :accepted AND attribute_not_exists(#completed_at)")
        }
        (false, _) => format!("{unchanged} AND {NOT_SUCCEEDED}"),
    };
    (condition, values)
}

/// The next smaller number that DynamoDB takes: what is closer to 0 than 1e-130 it refuses.
fn just_below(number: f64) -> f64 {
    const SMALLEST: f64 = 1e-130;
    match number.next_down() {
        below if below.abs() >= SMALLEST => below,
        below if below < 0.0 => -SMALLEST,
        _ => 0.0,
    }
}

impl<'a> TasksTable<'a> {
    fn task_of(self, id: &TaskId) -> Target<'a> {
        self.store.task_item(&self.store.names.tasks, self.store.task_key(id))
    }

    pub(in crate::storage) fn queue(self, task: &Task) -> Built {
        self.store.put_task(&self.store.names.tasks, task)
    }

    pub(in crate::storage) fn dequeue(self, expected: &Expected) -> Built {
        let (condition, values) = as_expected(expected);
        self.task_of(&expected.id).delete(&condition, values)
    }

    pub(in crate::storage) fn claim(
        self,
        expected: &Expected,
        to: Greenfield,
        (token, lease): (&ClaimToken, Duration),
        note: &str,
    ) -> Built {
        let (condition, mut values) = as_expected(expected);
        values.extend(bind([
            ("to", n(to)),
            ("token", s(token.as_str())),
            ("lease", n(lease.as_secs_f64())),
            ("note", list(&[note])),
            ("none", AttributeValue::L(Vec::new())),
            ("zero", n(0)),
            ("one", n(1)),
        ]));
        let update = "SET #greenfield = :to, #claim = :token, #claim_lease = :lease, \
            #attempts = if_not_exists(#attempts, :zero) + :one, \
            #history = list_append(if_not_exists(#history, :none), :note)";
        self.task_of(&expected.id).update(update, &condition, values)
    }

    pub(in crate::storage) fn unclaim(
        self,
        id: &TaskId,
        token: &ClaimToken,
        to: Greenfield,
        history: &[String],
    ) -> Built {
        let update = "SET #greenfield = :to, #attempts = #attempts - :one, \
            #history = :history REMOVE #claim, #claim_lease";
        let values = bind([
            ("to", n(to)),
            ("token", s(token.as_str())),
            ("history", list(history)),
            ("one", n(1)),
        ]);
        let condition = format!("#claim = :token AND {NOT_SUCCEEDED}");
        self.task_of(id).update(update, &condition, values)
    }

    /// As a put: the expression of an update has 4 KB, too few for hundreds of fields.
    pub(in crate::storage) fn accept(self, expected: &Expected, task: &Task) -> Built {
        let (condition, values) = as_expected(expected);
        self.store.put_task_over(&self.store.names.tasks, task, &condition, values)
    }

    pub(in crate::storage) fn add_result(
        self,
        expected: &Expected,
        history: &[String],
        task: &Task,
    ) -> Built {
        let (condition, mut values) = as_expected(expected);
        let history = same_history(history, &mut values);
        let condition = format!("{condition} AND {history}");
        self.store.put_task_over(&self.store.names.tasks, task, &condition, values)
    }

    /// A phantom's id need not be one that ours could have.
    pub(in crate::storage) fn delete_phantom(self, id: &str) -> Built {
        let key = Item::from([(self.store.names.fields.get("task_id").to_owned(), s(id))]);
        let condition = "attribute_not_exists(#labourer_id) OR attribute_not_exists(#greenfield)";
        self.store.task_item(&self.store.names.tasks, key).delete(condition, Values::new())
    }
}
