//! Limits of permits and pauses that operators set while everything runs. What is set counts from now on; attempts that
//! are live stay.

use thiserror::Error;
use tracing::warn;

use super::{Resources, share::By};
use crate::{
    describe,
    ids::ResourceId,
    resource::ledger::{Ledger, Pause, Permits, SetLive},
    storage::{Contention, StoreError},
    transition::Write,
};

/// Tries to change a ledger that others change, too.
const TRIES: u32 = 8;

/// Why nothing was set.
#[derive(Debug, Error)]
pub enum LiveError {
    #[error("unknown resource {given}: the config has {known}")]
    Unknown { given: ResourceId, known: String },
    #[error("{resource} has no permits: its config gives it a rate only")]
    NoPermits { resource: ResourceId },
    #[error("{resource} has no rate: its config gives it permits only")]
    NoRate { resource: ResourceId },
    #[error("{resource}: {why}")]
    Refused { resource: ResourceId, why: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LiveError {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "UnknownResource",
            Self::NoPermits { .. } => "NoPermits",
            Self::NoRate { .. } => "NoRate",
            Self::Refused { .. } => "Refused",
            Self::Store(error) => error.name(),
        }
    }
}

impl Resources<'_> {
    /// Sets the permits of a resource, until another config is pushed.
    ///
    /// # Errors
    /// When the resource is unknown or has no permits, or DynamoDB does not answer.
    pub async fn set_permits(
        self,
        resource: &ResourceId,
        permits: u32,
        reason: Option<&str>,
    ) -> Result<Permits, LiveError> {
        let (at, by) = (self.manager.now(), self.manager.author.to_string());
        let set = SetLive { to: permits, at, by, reason: reason.map(str::to_owned) };
        self.change(resource, |permits| permits.set = Some(set.clone())).await
    }

    /// Pauses a resource with permits, or lets it go on.
    ///
    /// # Errors
    /// When the resource is unknown or has no permits, or DynamoDB does not answer.
    pub async fn pause_permits(
        self,
        resource: &ResourceId,
        pause: Option<&Pause>,
    ) -> Result<Permits, LiveError> {
        self.change(resource, |permits| permits.pause = pause.cloned()).await
    }

    /// Is it a resource of the config?
    ///
    /// # Errors
    /// When it is not: with those that are.
    pub fn known(self, resource: &ResourceId) -> Result<(), LiveError> {
        let resources = &self.manager.config.resources;
        if resources.contains_key(resource) {
            return Ok(());
        }
        let names: Vec<_> = resources.keys().map(ResourceId::as_str).collect();
        let known = if names.is_empty() { "no resources".to_owned() } else { names.join(", ") };
        Err(LiveError::Unknown { given: resource.clone(), known })
    }

    /// Changes the permits of a resource in the ledger, and shares them out anew.
    async fn change(
        self,
        resource: &ResourceId,
        edit: impl Fn(&mut Permits),
    ) -> Result<Permits, LiveError> {
        self.known(resource)?;
        for _ in 0..TRIES {
            let read = self.ledger().await?;
            let revision = read.revision;
            let mut ledger = self.under_config(read.clone(), None).unwrap_or(read);
            let Some(permits) = ledger.resources.get_mut(resource) else {
                return Err(LiveError::NoPermits { resource: resource.clone() });
            };
            edit(permits);
            let coefficients = &self.manager.config.coefficients;
            let changed = permits.clone().scaled(coefficients, self.manager.now());
            *permits = changed.clone();
            if self.put(revision, ledger).await? {
                // It counts: who cannot share it out now leaves that to the next tick.
                if let Err(error) = self.settle(None, By::Anybody).await {
                    let error = describe(&error);
                    warn!(
                        error,
                        "changed permits are not shared out; the orchestrator's next tick does"
                    );
                }
                return Ok(changed);
            }
        }
        Err(LiveError::Store(StoreError::Contended {
            operation: "change permits",
            resource: resource.to_string(),
            attempts: TRIES,
            contention: Contention::Conflict,
        }))
    }

    async fn put(self, read: u64, ledger: Ledger) -> Result<bool, StoreError> {
        let write = Write::Settle { read, ledger: Box::new(ledger) };
        Ok(self.manager.store.apply(&[write]).await?.is_applied())
    }
}
