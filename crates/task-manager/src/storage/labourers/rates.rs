//! Rates of resources: one item each, beside the labourers' rows.
//!
//! It is in no transaction. Plain updates of an item queue, and do not cancel one another; so any number of processes
//! may take tokens at once, for a write unit each time.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::LabourersTable;
use crate::{
    attributes::{Item, n, number, s, text},
    ids::ResourceId,
    resource::{ledger::Pause, rate::RateState},
    storage::{
        StoreError,
        engine::{
            expression::{bind, placeholders},
            statement::Values,
        },
    },
    time::Timestamp,
};

/// No labourer has such a key: names have no white space.
const SUFFIX: &str = " rate";
/// Nothing is taken while it is paused, or under settings that are not the latest.
const GUARD: &str =
    "#revision = :revision AND (attribute_not_exists(#paused_until) OR #paused_until <= :now)";

pub(super) fn key(resource: &ResourceId) -> Item {
    Item::from([("labourer_id".to_owned(), s(format!("{resource}{SUFFIX}")))])
}

/// What became of an attempt to take tokens, with the item as it is now; nothing, if there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Taken {
    Taken(Option<RateState>),
    Refused(Option<RateState>),
}

impl LabourersTable<'_> {
    /// The rate of a resource, if it was ever used.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn rate(self, resource: &ResourceId) -> Result<Option<RateState>, StoreError> {
        let table = &self.store.names.labourers;
        let request = self.store.client().get_item().table_name(table).set_key(Some(key(resource)));
        let answer = request.consistent_read(true).send().await;
        let item = answer.map_err(|e| StoreError::of("GetItem", table, e))?.item;
        Ok(item.and_then(|item| read(&item)))
    }

    /// The rates of these resources that were ever used and can be read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn readable_rates<'a>(
        self,
        resources: impl IntoIterator<Item = &'a ResourceId>,
    ) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        let keys: Vec<_> = resources.into_iter().map(key).collect();
        let items = self.items(&keys).await?;
        Ok(of_items(&items).filter_map(|(id, state)| Some((id, state?))).collect())
    }

    /// The rates of these resources that were ever used.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or one of them cannot be read.
    pub async fn rates<'a>(
        self,
        resources: impl IntoIterator<Item = &'a ResourceId>,
    ) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        let keys: Vec<_> = resources.into_iter().map(key).collect();
        self.rates_of(&self.items(&keys).await?)
    }

    pub(super) fn rates_of(
        self,
        items: &[Item],
    ) -> Result<BTreeMap<ResourceId, RateState>, StoreError> {
        let read = |(id, state): (ResourceId, Option<RateState>)| {
            let state = state.ok_or_else(|| self.unreadable_rate(&id))?;
            Ok((id, state))
        };
        of_items(items).map(read).collect()
    }

    /// What another version has written is never written over.
    pub(crate) fn unreadable_rate(self, resource: &ResourceId) -> StoreError {
        let why = format!(
            "another version has written the rate of {resource}: nothing that uses it starts; use that version"
        );
        StoreError::Unreadable { resource: self.store.names.labourers.clone(), why }
    }

    /// Puts the rate of a resource. Answers whether there was none.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn add_rate(
        self,
        resource: &ResourceId,
        rate: &RateState,
    ) -> Result<bool, StoreError> {
        self.put_settings(resource, None, rate).await
    }

    /// Changes limit or pause. Answers whether nobody had changed them, or taken tokens, since they were read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn change_rate(
        self,
        resource: &ResourceId,
        read: &RateState,
        rate: &RateState,
    ) -> Result<bool, StoreError> {
        self.put_settings(resource, Some(read), rate).await
    }

    async fn put_settings(
        self,
        resource: &ResourceId,
        read: Option<&RateState>,
        rate: &RateState,
    ) -> Result<bool, StoreError> {
        let pause = rate.pause.as_ref();
        let fields = [
            ("rate", Some(s(serde_json::to_string(rate).unwrap_or_default()))),
            ("revision", Some(n(read.map_or(0, |read| read.revision) + 1))),
            ("tat", rate.tat.map(n)),
            ("paused_until", pause.map(|pause| n(pause.until))),
            ("paused_reason", pause.and_then(|pause| pause.reason.as_ref()).map(s)),
        ];
        let (mut values, mut set, mut removed) = (Values::new(), Vec::new(), Vec::new());
        for (name, value) in fields {
            match value {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    values.insert(format!(":{name}"), value);
                }
                None => removed.push(format!("#{name}")),
            }
        }
        let mut update = format!("SET {}", set.join(", "));
        if !removed.is_empty() {
            update.push_str(&format!(" REMOVE {}", removed.join(", ")));
        }
        let condition = as_read(read, &mut values);
        let request = self.update(resource, &update, &condition, values);
        self.conditional("UpdateItem", || request.clone().send()).await
    }

    /// Takes tokens of a rate that is believed to be so: one update, which requires that they are there, that
    /// the settings are known and that the rate is not paused.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn take_tokens(
        self,
        resource: &ResourceId,
        known: &RateState,
        count: u32,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let rate = known.rate();
        let mut values =
            bind([("revision", n(known.revision)), ("now", n(now)), ("count", n(count))]);
        // Which of the two applies is seen in what was last known of it; if that is old, the item as it is says so.
        let (update, room) = match known.tat {
            Some(tat) if tat >= now => {
                let moves = rate.intervals(count);
                values.extend(bind([
                    ("last", n(rate.latest(now, count))),
                    ("moves", n(moves.as_secs_f64())),
                ]));
                ("SET #tat = #tat + :moves", "#tat BETWEEN :now AND :last")
            }
            _ => {
                values.extend(bind([("to", n(rate.after(None, now, count)))]));
                ("SET #tat = :to", "(attribute_not_exists(#tat) OR #tat < :now)")
            }
        };
        let (update, condition) =
            (format!("{update} ADD #taken :count"), format!("{room} AND {GUARD}"));
        let request = self.update(resource, &update, &condition, values);
        let request = request
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(answer) => return Ok(Taken::Taken(answer.attributes.as_ref().and_then(read))),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                let state = refused.item.as_ref().and_then(read);
                Ok(Taken::Refused(state))
            }
            _ => Err(StoreError::of("UpdateItem", &self.store.names.labourers, error)),
        }
    }

    /// A tick looks after those who wait from now on, unless a newer one does. Answers whether it does.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub(crate) async fn sign_turn(
        self,
        resource: &ResourceId,
        turn: Timestamp,
    ) -> Result<bool, StoreError> {
        let condition =
            "attribute_exists(#revision) AND (attribute_not_exists(#turn) OR #turn < :turn)";
        let request =
            self.update(resource, "SET #turn = :turn", condition, bind([("turn", n(turn))]));
        self.conditional("UpdateItem", || request.clone().send()).await
    }

    fn update(
        self,
        resource: &ResourceId,
        update: &str,
        condition: &str,
        values: Values,
    ) -> UpdateItemFluentBuilder {
        let names = placeholders(&[update, condition], &Default::default());
        let request = self.store.client().update_item().table_name(&self.store.names.labourers);
        request
            .set_key(Some(key(resource)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
    }
}

/// The condition that limit and pause are as they were read, and that no token was taken since.
fn as_read(read: Option<&RateState>, values: &mut Values) -> String {
    let Some(read) = read else { return "attribute_not_exists(#revision)".to_owned() };
    values.insert(":read".to_owned(), n(read.revision));
    match read.tat {
        Some(tat) => {
            values.insert(":read_tat".to_owned(), n(tat));
            "#revision = :read AND #tat = :read_tat".to_owned()
        }
        None => "#revision = :read AND attribute_not_exists(#tat)".to_owned(),
    }
}

/// The rates among these items; `None` for one that cannot be read.
fn of_items(items: &[Item]) -> impl Iterator<Item = (ResourceId, Option<RateState>)> {
    items.iter().filter_map(|item| Some((named(item)?, read(item))))
}

fn named(item: &Item) -> Option<ResourceId> {
    ResourceId::new(item.get("labourer_id").and_then(text)?.strip_suffix(SUFFIX)?).ok()
}

/// What cannot be read is as if it were not there: it is never written over.
fn read(item: &Item) -> Option<RateState> {
    let number = |field: &str| item.get(field).and_then(number);
    let state: RateState = serde_json::from_str(item.get("rate").and_then(text)?).ok()?;
    let reason = item.get("paused_reason").and_then(text).map(str::to_owned);
    let until = number("paused_until").map(Timestamp::from_seconds);
    Some(RateState {
        revision: number("revision").unwrap_or_default() as u64,
        pause: until.map(|until| Pause { until, reason }),
        tat: number("tat").map(Timestamp::from_seconds),
        turn: number("turn").map(Timestamp::from_seconds),
        taken: number("taken").unwrap_or_default() as u64,
        ..state
    })
}
