//! What a tick and operators write to a labourer's row.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};

use super::{LabourersTable, row_key, to_item};
use crate::{
    attributes::{n, s},
    ecology::Memory,
    ids::LabourerId,
    labourer,
    storage::{
        RetryPolicy, StoreError,
        engine::expression::{bind, placeholders},
    },
    time::Timestamp,
};

/// A write met a transaction at its item.
const CONFLICT: &str = "TransactionConflictException";

/// What a tick has decided about a labourer.
#[derive(Clone, Debug, PartialEq)]
pub struct Refresh {
    /// Slots there are.
    pub slot_limit: u32,
    /// Must handovers look at the counters of freed slots?
    pub draining: bool,
    /// Health in words, with its reasons; nothing when the limit does not depend on it.
    pub health: Option<String>,
    /// What ecology remembers; nothing when the limit does not depend on it.
    pub ecology: Option<Memory>,
}

/// Attempts that hold a slot, as they were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldSlots {
    pub all: u32,
    /// Those without a claim of ours.
    pub unclaimed: u32,
}

impl LabourersTable<'_> {
    /// Puts a labourer's row, if it has none yet.
    pub async fn add(self, row: &labourer::State) -> Result<(), StoreError> {
        let condition = "attribute_not_exists(#labourer_id)";
        let request = self
            .store
            .client()
            .put_item()
            .table_name(&self.store.names.labourers)
            .set_item(Some(to_item(row)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &Default::default())));
        self.conditional("PutItem", || request.clone().send()).await.map(drop)
    }

    /// Confirms what a tick has decided.
    pub async fn refresh(
        self,
        labourer: &LabourerId,
        refresh: &Refresh,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let fields = vec![
            ("slot_limit", Some(n(refresh.slot_limit))),
            ("refreshed_at", Some(n(now))),
            ("draining", refresh.draining.then_some(AttributeValue::Bool(true))),
            ("health", refresh.health.as_ref().map(s)),
            ("ecology", refresh.ecology.as_ref().map(|memory| s(memory.to_text()))),
        ];
        self.set(labourer, fields).await.map(drop)
    }

    /// Remembers the time-out of a labourer's function, as Lambda was asked for it at that time. Returns
    /// whether the row is there and has no later answer: two functions may ask at once, and the time-out
    /// may change between them.
    pub async fn remember_timeout(
        self,
        labourer: &LabourerId,
        timeout: Duration,
        asked_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let fields = vec![
            ("function_timeout", Some(n(timeout.as_secs_f64()))),
            ("function_asked_at", Some(n(asked_at))),
        ];
        let condition = "attribute_exists(#labourer_id) AND \
            (attribute_not_exists(#function_asked_at) OR #function_asked_at <= :function_asked_at)";
        self.set_if(labourer, fields, condition).await
    }

    /// Remembers until when people were notified of a labourer's exhausted tasks.
    /// Returns whether it has a row.
    pub async fn mark_notified(
        self,
        labourer: &LabourerId,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.set(labourer, vec![("exhausted_told", Some(n(until)))]).await
    }

    /// Gives a labourer all its trials of halving blocks back.
    pub async fn restore_trials(self, labourer: &LabourerId) -> Result<(), StoreError> {
        self.set(labourer, vec![("trials", None)]).await.map(drop)
    }

    /// Pauses a labourer until then, or lets it go on. Answers whether it has a row.
    pub async fn pause(
        self,
        labourer: &LabourerId,
        until: Option<Timestamp>,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        let fields = vec![("paused_until", until.map(n)), ("paused_reason", reason.map(s))];
        self.set(labourer, fields).await
    }

    /// Sets the slots in use to what was counted, if nobody has taken one since the row was read: what is
    /// freed meanwhile is right either way. For repairs only.
    pub async fn reconcile(
        self,
        read: &labourer::State,
        counted: HeldSlots,
    ) -> Result<bool, StoreError> {
        let (update, condition) =
            ("SET #running = :counted, #unclaimed = :unclaimed", "#running = :read");
        let values = bind([
            ("counted", n(u64::from(counted.all) + read.freed)),
            ("unclaimed", n(counted.unclaimed)),
            ("read", n(read.taken)),
        ]);
        self.update_if(&read.labourer_id, update, condition, values).await
    }

    /// Sets fields of a row that exists, or removes those without a value.
    async fn set(
        self,
        labourer: &LabourerId,
        fields: Vec<(&str, Option<AttributeValue>)>,
    ) -> Result<bool, StoreError> {
        self.set_if(labourer, fields, "attribute_exists(#labourer_id)").await
    }

    /// The same under a condition, which may refer to the fields by `:name`.
    async fn set_if(
        self,
        labourer: &LabourerId,
        fields: Vec<(&str, Option<AttributeValue>)>,
        condition: &str,
    ) -> Result<bool, StoreError> {
        let (set, removed): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, v)| v.is_some());
        let terms: Vec<_> = set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let gone: Vec<_> = removed.iter().map(|(name, _)| format!("#{name}")).collect();
        let mut update = String::new();
        if !terms.is_empty() {
            update.push_str(&format!("SET {} ", terms.join(", ")));
        }
        if !gone.is_empty() {
            update.push_str(&format!("REMOVE {}", gone.join(", ")));
        }
        let values = set
            .into_iter()
            .filter_map(|(name, value)| Some((format!(":{name}"), value?)))
            .collect();
        self.update_if(labourer, &update, condition, values).await
    }

    /// Updates a row, if the condition holds. Answers whether it did.
    pub(super) async fn update_if(
        self,
        labourer: &LabourerId,
        update: &str,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Result<bool, StoreError> {
        let names = placeholders(&[update, condition], &Default::default());
        let request = self
            .store
            .client()
            .update_item()
            .table_name(&self.store.names.labourers)
            .set_key(Some(row_key(labourer)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values((!values.is_empty()).then_some(values));
        self.conditional("UpdateItem", || request.clone().send()).await
    }

    /// Was a conditional write applied? The row is in many transactions, and the SDK does not
    /// repeat a write that meets one.
    pub(super) async fn conditional<F, A, E, R>(
        self,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<bool, StoreError>
    where
        F: Future<Output = Result<A, SdkError<E, R>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let mut retries = self.store.retries(RetryPolicy::PATIENT);
        loop {
            let error = match send().await {
                Ok(_) => return Ok(true),
                Err(e) if e.code() == Some("ConditionalCheckFailedException") => return Ok(false),
                Err(error) => error,
            };
            if error.code() != Some(CONFLICT) || !retries.again().await {
                return Err(StoreError::of(operation, &self.store.names.labourers, error));
            }
        }
    }
}
