//! Labourers: their rows, and what Lambda tells of their functions.

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata;

use super::{TaskManager, create::CreateError};
use crate::{
    greenfield::KeyRange,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::{StoreError, labourers::Refresh},
};

/// What Lambda says of a labourer's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// It is there, with this time-out.
    Known(Duration),
    /// It is not there.
    Missing,
    /// Lambda does not tell, for this reason.
    Untold(String),
}

impl TaskManager {
    /// The labourers of the config.
    #[doc(alias = "get_labourers")]
    pub fn labourers(&self) -> impl Iterator<Item = &Labourer> {
        self.config.labourers.values()
    }

    /// The labourer of this name.
    #[doc(alias = "get_labourer")]
    pub fn labourer(&self, id: &LabourerId) -> Result<&Labourer, CreateError> {
        self.config.labourers.get(id).ok_or_else(|| {
            let known: Vec<_> = self.config.labourers.keys().map(LabourerId::as_str).collect();
            let known = match known.is_empty() {
                true => "no labourers".to_owned(),
                false => known.join(", "),
            };
            CreateError::UnknownLabourer { given: id.clone(), known }
        })
    }

    /// The labourer of this text, which may be no name at all.
    pub fn labourer_named(&self, name: &str) -> Result<&Labourer, CreateError> {
        self.labourer(&LabourerId::new(name)?)
    }

    /// The labourer's row. A missing one starts with the attempts that are at work: those of sosw's
    /// orchestrator are counted, too.
    #[doc(alias = "register_labourers")]
    pub async fn register(&self, labourer: &Labourer) -> Result<labourer::State, StoreError> {
        if let Some(row) = self.store.row(&labourer.id).await? {
            return Ok(row);
        }
        let running = self.count_attempts(labourer).await?;
        let row = labourer::State::new(
            labourer.id.clone(),
            running,
            labourer.max_simultaneous_invocations,
        );
        self.store.add_row(&row).await?;
        // Somebody else may have been first; their row is the one that counts.
        Ok(self.store.row(&labourer.id).await?.unwrap_or(row))
    }

    /// How many attempts no report has ended. A task that waits in the future is none. Reads every
    /// such task: the index does not say which were attempted.
    pub async fn count_attempts(&self, labourer: &Labourer) -> Result<u32, StoreError> {
        let invoked = KeyRange::invoked(self.now());
        let found = self.store.candidates(&labourer.id, invoked, u32::MAX, false).await?;
        let mut attempts = 0;
        for some in found.chunks(25) {
            let tasks = self.store.tasks(some.iter().map(|candidate| &candidate.id)).await?;
            attempts += tasks.iter().filter(|task| !task.is_untouched()).count();
        }
        Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
    }

    /// Asks Lambda for the time-out of a labourer's function.
    pub async fn ask_function(&self, labourer: &Labourer) -> Function {
        let request = self.lambda.get_function_configuration().function_name(&labourer.function);
        match request.send().await {
            Ok(function) => match function.timeout().and_then(|s| u64::try_from(s).ok()) {
                Some(seconds) => Function::Known(Duration::from_secs(seconds)),
                None => Function::Untold("no time-out in the answer".to_owned()),
            },
            Err(error) if error.code() == Some("ResourceNotFoundException") => Function::Missing,
            Err(error) => Function::Untold(error.code().unwrap_or("no answer").to_owned()),
        }
    }

    /// Confirms what a tick has decided about a labourer.
    pub async fn refresh(&self, labourer: &Labourer, refresh: &Refresh) -> Result<(), StoreError> {
        self.store.refresh(&labourer.id, refresh, self.now()).await
    }
}
