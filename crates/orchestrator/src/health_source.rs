//! Reads the health of what labourers depend on, from CloudWatch.

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use task_manager::{
    config::Config,
    ecology::{Readings, cloudwatch},
    ids::{LabourerId, ResourceId},
    time::Timestamp,
};

#[derive(Clone, Debug)]
pub struct HealthSource {
    /// The client is created at the first read, so that it does not delay the start of the function.
    shared: Option<SdkConfig>,
    client: OnceLock<Client>,
    patience: Duration,
}

impl HealthSource {
    /// How long a tick waits for CloudWatch. A metric without an answer by then counts as missing.
    pub const PATIENCE: Duration = Duration::from_secs(8);

    pub fn of(shared: &SdkConfig) -> Self {
        Self { shared: Some(shared.clone()), ..Self::unknown() }
    }

    pub fn from_client(client: Client) -> Self {
        Self { client: OnceLock::from(client), ..Self::unknown() }
    }

    /// The same with another time-out.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// No source: every metric is missing.
    pub fn unknown() -> Self {
        Self { shared: None, client: OnceLock::new(), patience: Self::PATIENCE }
    }

    fn client(&self) -> Option<&Client> {
        match &self.shared {
            Some(shared) => Some(self.client.get_or_init(|| Client::new(shared))),
            None => self.client.get(),
        }
    }

    /// Reads the metrics of all labourers and resources that have any, in as few calls as possible.
    pub async fn read(&self, config: &Config, now: Timestamp) -> AllReadings {
        let labourers = config.labourers.values();
        let labourers = labourers.map(|one| (Whose::Labourer(&one.id), &*one.health.metrics));
        let resources = config.resources.values();
        let resources = resources.map(|one| (Whose::Resource(&one.id), &*one.metrics));
        let measured = labourers.chain(resources).filter(|(_, metrics)| !metrics.is_empty());
        let measured: Vec<_> = measured.collect();
        let mut all = AllReadings::default();
        let Some(client) = self.client().filter(|_| !measured.is_empty()) else { return all };
        for (whose, readings) in cloudwatch::fetch(client, measured, now, self.patience).await {
            match whose {
                Whose::Labourer(id) => drop(all.labourers.insert(id.clone(), readings)),
                Whose::Resource(id) => drop(all.resources.insert(id.clone(), readings)),
            }
        }
        all
    }
}

/// Whose metrics they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose<'a> {
    Labourer(&'a LabourerId),
    Resource(&'a ResourceId),
}

/// What was read, of those that have metrics.
#[derive(Clone, Debug, Default)]
pub struct AllReadings {
    pub labourers: BTreeMap<LabourerId, Readings>,
    pub resources: BTreeMap<ResourceId, Readings>,
}
