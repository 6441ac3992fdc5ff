//! Labourers: what the config says of them, their rows, and their functions.
//!
//! - [`timeout`]: the time-out of a labourer's function, on which its leases rest
//! - [`outcomes`]: what became of a labourer's latest attempts: its health from within
//! - [`exhausted`]: exhausted tasks that people were not notified of yet
//! - [`left`]: labourers that left the config, and what they left behind

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata;
use thiserror::Error;

use crate::{
    ids::{InvalidId, LabourerId},
    labourer::{self, Labourer, frees::counters_wanted},
    manager::{TaskManager, attempts::open::held},
    metrics::Ages,
    storage::{StoreError, labourers::Refresh},
    time::Timestamp,
};

pub mod timeout;
pub mod outcomes;
pub mod exhausted;
pub mod left;

/// The labourers of the config.
#[derive(Clone, Copy)]
pub struct Labourers<'a> {
    pub(super) manager: &'a TaskManager,
}

/// A name that the config does not know, or that cannot be one.
#[derive(Debug, Error)]
pub enum UnknownLabourer {
    #[error("unknown labourer {given}: the config has {known}")]
    Unknown { given: LabourerId, known: String },
    #[error(transparent)]
    Id(#[from] InvalidId),
}

impl UnknownLabourer {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        "UnknownLabourer"
    }
}

/// What Lambda answers about a labourer's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionStatus {
    /// It exists, with this time-out.
    Known(Duration),
    Missing,
    /// Lambda did not answer, for this reason.
    Unavailable(String),
}

impl<'a> Labourers<'a> {
    /// Gives a labourer all its trials of halving blocks back. Written only if some are taken: attempts meet at
    /// its row.
    pub(in crate::manager) async fn restore_trials(
        self,
        labourer: &LabourerId,
    ) -> Result<(), StoreError> {
        let labourers = self.manager.store.labourers();
        match labourers.row_alone(labourer).await? {
            Some(row) if row.trials > 0 => labourers.restore_trials(labourer).await,
            _ => Ok(()),
        }
    }

    /// The labourers of the config.
    #[doc(alias = "get_labourers")]
    pub fn all(self) -> impl Iterator<Item = &'a Labourer> {
        self.manager.config.labourers.values()
    }

    /// The labourer of this name.
    #[doc(alias = "get_labourer")]
    pub fn get(self, id: &LabourerId) -> Result<&'a Labourer, UnknownLabourer> {
        self.manager.config.labourers.get(id).ok_or_else(|| {
            let known: Vec<_> =
                self.manager.config.labourers.keys().map(LabourerId::as_str).collect();
            let known = match known.is_empty() {
                true => "no labourers".to_owned(),
                false => known.join(", "),
            };
            UnknownLabourer::Unknown { given: id.clone(), known }
        })
    }

    /// The labourer of this name, also when the config does not know it (any more).
    pub fn get_or_left(self, id: &LabourerId) -> Labourer {
        let known = self.manager.config.labourers.get(id).cloned();
        known.unwrap_or_else(|| Labourer::left(id.clone()))
    }

    /// The labourer of this text, which may be no name at all.
    pub fn named(self, name: &str) -> Result<&'a Labourer, UnknownLabourer> {
        self.get(&LabourerId::new(name)?)
    }

    /// The labourer's row. A missing one starts with the attempts that are at work: those of sosw's
    /// orchestrator are counted, too.
    #[doc(alias = "register_labourers")]
    pub async fn register(self, labourer: &Labourer) -> Result<labourer::State, StoreError> {
        if let Some(row) = self.manager.store.labourers().row(&labourer.id).await? {
            return Ok(row);
        }
        let held = held(&self.manager.attempts().claims(labourer).await?);
        let slots = labourer.max_simultaneous_invocations;
        let row = labourer::State {
            unclaimed: Some(held.unclaimed),
            ..labourer::State::new(labourer.id.clone(), held.all, slots)
        };
        self.manager.store.labourers().add(&row).await?;
        // Somebody else may have been first; their row is the one that counts.
        Ok(self.manager.store.labourers().row(&labourer.id).await?.unwrap_or(row))
    }

    /// The row with as many counters of freed slots as the labourer must have: of one that has many slots
    /// only since its row was made, or since an earlier version made it.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn with_counters(
        self,
        labourer: &Labourer,
        row: labourer::State,
    ) -> Result<labourer::State, StoreError> {
        let wanted = counters_wanted(labourer);
        if row.counters >= wanted {
            return Ok(row);
        }
        let raised = self.manager.store.labourers().raise_counters(&labourer.id, wanted).await?;
        Ok(raised.unwrap_or(row))
    }

    /// Asks Lambda for the time-out of a labourer's function.
    pub async fn function(self, labourer: &Labourer) -> FunctionStatus {
        let request =
            self.manager.lambda.get_function_configuration().function_name(&labourer.function);
        match request.send().await {
            Ok(function) => match function.timeout().and_then(|s| u64::try_from(s).ok()) {
                Some(seconds) => FunctionStatus::Known(Duration::from_secs(seconds)),
                None => FunctionStatus::Unavailable("no time-out in the answer".to_owned()),
            },
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                FunctionStatus::Missing
            }
            Err(error) => {
                FunctionStatus::Unavailable(error.code().unwrap_or("no answer").to_owned())
            }
        }
    }

    /// Confirms what a tick has decided about a labourer.
    pub async fn refresh(self, labourer: &Labourer, refresh: &Refresh) -> Result<(), StoreError> {
        self.manager.store.labourers().refresh(&labourer.id, refresh, self.manager.now()).await
    }

    /// How long the first queued task and the first silent attempt have waited to be served.
    pub async fn ages(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Ages, StoreError> {
        let now = self.manager.now();
        let head = self.manager.queue().first(&labourer.id).await?;
        let created = head.and_then(|task| task.created_at);
        let expired = self.manager.attempts().expired(labourer, row, 1).await?;
        let lease = labourer.lease_by(row);
        let passed = expired.first().and_then(|task| {
            task.greenfield.expired_at(now, task.lease(lease), self.manager.config.scale)
        });
        let since = |at: Option<Timestamp>| at.map(|at| now.since(at));
        Ok(Ages {
            queued: since(created).unwrap_or_default(),
            expired: since(passed).unwrap_or_default(),
        })
    }
}
