//! Each write of a transition as DynamoDB takes it: the condition lives here, with the verb.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem, Update,
    },
};

use super::{
    Store,
    attributes::{bind, list, n, placeholders, s},
    item,
    jobs::{range_part, shard_part},
};
use crate::{
    greenfield::Greenfield,
    ids::{ClaimToken, TaskId},
    task::{Item, Task},
    transition::{Expected, Tally, Write},
};

/// The parts of an update.
struct Change {
    update: String,
    condition: String,
    values: HashMap<String, AttributeValue>,
}

impl Store {
    /// The item of a transaction for `write`.
    pub(super) fn compile(&self, write: &Write) -> Result<TransactWriteItem, BuildError> {
        match write {
            Write::Queue(task) => self.put(&self.names.tasks, task),
            Write::Park(task) => self.put(&self.names.retry, task),
            Write::Close(task) => self.put(&self.names.closed, task),
            Write::NotParked { labourer_id, id } => {
                self.absent(&self.names.retry, self.retry_key(labourer_id, id))
            }
            Write::NotClosed(id) => self.absent(&self.names.closed, self.task_key(id)),
            Write::Dequeue(expected) => self.dequeue(expected),
            Write::Unpark { labourer_id, id, attempts, claim } => {
                let key = self.retry_key(labourer_id, id);
                let mut values = bind([("was", n(attempts))]);
                let attempts = match attempts {
                    0 => "(attribute_not_exists(#attempts) OR #attempts = :was)",
                    _ => "#attempts = :was",
                };
                let claim = claimed(claim.as_ref(), &mut values);
                let condition = format!("attribute_exists(#task_id) AND {attempts} AND {claim}");
                self.delete(&self.names.retry, key, &condition, values)
            }
            Write::Claim { .. } | Write::Unclaim { .. } | Write::Accept { .. } => {
                self.update_task(write)
            }
            Write::TakeSlots { labourer_id, .. } | Write::FreeSlots { labourer_id, .. } => {
                let key = HashMap::from([("labourer_id".to_owned(), s(labourer_id.as_str()))]);
                self.update(&self.names.labourers, key, slots(write))
            }
            Write::Count { job_id, part, tally, at } => {
                let key = self.job_key(job_id.as_str(), &shard_part(*part));
                self.update(&self.names.jobs, key, count(*tally, *at))
            }
            Write::Reopen { id, key } => {
                let condition = "#labourer_id_task_status = :key";
                let (table, values) = (&self.names.closed, bind([("key", s(key))]));
                self.delete(table, self.task_key(id), condition, values)
            }
            Write::Advance { job_id, range, from, to, at } => {
                let key = self.job_key(job_id.as_str(), &range_part(*range));
                let update = "SET #cursor = :to, #updated_at = :at, \
                    #started_at = if_not_exists(#started_at, :at)";
                let change = Change {
                    update: update.into(),
                    condition: "#cursor = :from AND #to >= :to".into(),
                    values: bind([("from", n(from)), ("to", n(to)), ("at", n(at))]),
                };
                self.update(&self.names.jobs, key, change)
            }
            Write::CountReopened { job_id } => self.count_reopened(job_id),
        }
    }

    fn put(&self, table: &str, task: &Task) -> Result<TransactWriteItem, BuildError> {
        let condition = "attribute_not_exists(#task_id)";
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item::of(task, &self.names.fields)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &self.names.fields)));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn absent(&self, table: &str, key: Item) -> Result<TransactWriteItem, BuildError> {
        let condition = "attribute_not_exists(#task_id)";
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &self.names.fields)));
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
    }

    fn dequeue(&self, expected: &Expected) -> Result<TransactWriteItem, BuildError> {
        let (condition, values) = expected_state(expected);
        self.delete(&self.names.tasks, self.task_key(&expected.id), &condition, values)
    }

    fn delete(
        &self,
        table: &str,
        key: Item,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Result<TransactWriteItem, BuildError> {
        let delete = Delete::builder()
            .table_name(table)
            .set_key(Some(key))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &self.names.fields)))
            .set_expression_attribute_values(Some(values));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    fn update(
        &self,
        table: &str,
        key: Item,
        change: Change,
    ) -> Result<TransactWriteItem, BuildError> {
        let names = placeholders(&[&change.update, &change.condition], &self.names.fields);
        let condition = (!change.condition.is_empty()).then_some(change.condition);
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(change.update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(change.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    fn update_task(&self, write: &Write) -> Result<TransactWriteItem, BuildError> {
        let (id, change, extra) = match write {
            Write::Claim { expected, to, token, note } => {
                let (condition, mut values) = expected_state(expected);
                values.extend(bind([
                    ("to", n(to)),
                    ("token", s(token.as_str())),
                    ("note", list(&[note])),
                    ("none", AttributeValue::L(Vec::new())),
                    ("zero", n(0)),
                    ("one", n(1)),
                ]));
                let update = "SET #greenfield = :to, #claim = :token, \
                    #attempts = if_not_exists(#attempts, :zero) + :one, \
                    #history = list_append(if_not_exists(#history, :none), :note)";
                (&expected.id, Change { update: update.into(), condition, values: values }, None)
            }
            Write::Unclaim { id, token, to, history } => {
                let update = "SET #greenfield = :to, #attempts = #attempts - :one, \
                    #history = :history REMOVE #claim";
                let values = bind([
                    ("to", n(to)),
                    ("token", s(token.as_str())),
                    ("history", list(history)),
                    ("one", n(1)),
                ]);
                let condition = format!("#claim = :token AND {NOT_SUCCEEDED}");
                (id, Change { update: update.into(), condition, values: values }, None)
            }
            Write::Accept { expected, at, fields, gone, note } => {
                let (condition, mut values) = expected_state(expected);
                values.extend(bind([
                    ("at", n(at)),
                    ("note", list(&[note])),
                    ("none", AttributeValue::L(Vec::new())),
                ]));
                let update = "SET #accepted_at = :at, \
                    #history = list_append(if_not_exists(#history, :none), :note)";
                (
                    &expected.id,
                    Change { update: update.into(), condition, values: values },
                    Some((fields, gone)),
                )
            }
            _ => return Ok(TransactWriteItem::builder().build()),
        };
        let item = self.update(&self.names.tasks, self.task_key(id), change)?;
        Ok(match extra {
            Some((fields, gone)) => set_fields(item, fields, gone),
            None => item,
        })
    }

    /// The key of a task in the tasks table and in that of closed tasks.
    pub(super) fn task_key(&self, id: &TaskId) -> Item {
        HashMap::from([(self.names.fields.get("task_id").to_owned(), s(id.as_str()))])
    }

    /// The key of a task in the retry table.
    pub(super) fn retry_key(&self, labourer: &crate::ids::LabourerId, id: &TaskId) -> Item {
        let mut key = self.task_key(id);
        key.insert(self.names.fields.get("labourer_id").to_owned(), s(labourer.as_str()));
        key
    }

    /// The key of a part of a job.
    pub(super) fn job_key(&self, job_id: &str, part: &str) -> Item {
        HashMap::from([("job_id".to_owned(), s(job_id)), ("part".to_owned(), s(part))])
    }
}

/// The condition that nobody knows of a success.
const NOT_SUCCEEDED: &str =
    "attribute_not_exists(#accepted_at) AND attribute_not_exists(#completed_at)";

/// The condition that a task of the tasks table is as it was read.
fn expected_state(expected: &Expected) -> (String, HashMap<String, AttributeValue>) {
    // Python's numbers may have more digits than a double: it is one of its neighbours then.
    let Greenfield(was) = expected.greenfield;
    let mut values = bind([("least", n(was.next_down())), ("most", n(was.next_up()))]);
    let claim = claimed(expected.claim.as_ref(), &mut values);
    let news = match expected.has_succeeded {
        true => String::new(),
        false => format!(" AND {NOT_SUCCEEDED}"),
    };
    (format!("#greenfield BETWEEN :least AND :most AND {claim}{news}"), values)
}

/// The condition that an item has this claim, or none.
fn claimed(
    claim: Option<&ClaimToken>,
    values: &mut HashMap<String, AttributeValue>,
) -> &'static str {
    let Some(claim) = claim else { return "attribute_not_exists(#claim)" };
    values.insert(":claim".into(), s(claim.as_str()));
    "#claim = :claim"
}

fn slots(write: &Write) -> Change {
    match write {
        Write::TakeSlots { count, limit, now, confirm, .. } => {
            let free = "#running <= :most AND \
                (attribute_not_exists(#paused_until) OR #paused_until <= :now)";
            let mut values = bind([
                ("most", n(i64::from(*limit) - i64::from(*count))),
                ("count", n(count)),
                ("limit", n(limit)),
                ("now", n(now)),
            ]);
            let (update, condition) = match confirm {
                true => (
                    "SET #running = #running + :count, #slot_limit = :limit, #refreshed_at = :now",
                    free.to_owned(),
                ),
                false => {
                    ("SET #running = #running + :count", format!("#slot_limit = :limit AND {free}"))
                }
            };
            values.retain(|label, _| {
                update.contains(label.as_str()) || condition.contains(label.as_str())
            });
            Change { update: update.into(), condition, values }
        }
        Write::FreeSlots { count, .. } => Change {
            update: "SET #running = #running - :count".into(),
            condition: "#running >= :count".into(),
            values: bind([("count", n(count))]),
        },
        _ => Change { update: String::new(), condition: String::new(), values: HashMap::new() },
    }
}

fn count(tally: Tally, at: crate::time::Timestamp) -> Change {
    let counters = [
        ("succeeded", tally.succeeded),
        ("exhausted", tally.exhausted),
        ("ignored", tally.ignored),
        ("retried", tally.retried),
        ("snoozed", tally.snoozed),
    ];
    let counted = counters.into_iter().filter(|(_, count)| *count != 0);
    let (terms, mut values): (Vec<_>, HashMap<_, _>) = counted
        .map(|(name, count)| (format!("#{name} :{name}"), (format!(":{name}"), n(count))))
        .unzip();
    values.insert(":at".into(), n(at));
    let update = format!("SET #updated_at = :at ADD {}", terms.join(", "));
    Change { update, condition: String::new(), values: values }
}

/// Sets further fields and removes others, whose names need placeholders whatever characters they
/// have.
fn set_fields(item: TransactWriteItem, fields: &Item, gone: &[String]) -> TransactWriteItem {
    let Some(mut update) = item.update else { return item };
    let mut names = update.expression_attribute_names.unwrap_or_default();
    let mut values = update.expression_attribute_values.unwrap_or_default();
    for (i, (name, value)) in fields.iter().enumerate() {
        update.update_expression.push_str(&format!(", #f{i} = :f{i}"));
        names.insert(format!("#f{i}"), name.clone());
        values.insert(format!(":f{i}"), value.clone());
    }
    for (i, name) in gone.iter().enumerate() {
        let verb = if i == 0 { " REMOVE" } else { "," };
        update.update_expression.push_str(&format!("{verb} #g{i}"));
        names.insert(format!("#g{i}"), name.clone());
    }
    update.expression_attribute_names = Some(names);
    update.expression_attribute_values = Some(values);
    TransactWriteItem::builder().update(update).build()
}
