//! Reads the health of what labourers depend on, from CloudWatch.

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use task_manager::{
    ecology::{Readings, cloudwatch},
    ids::LabourerId,
    labourer::Labourer,
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

    /// Reads the metrics of all labourers that have any, in as few calls as possible.
    pub async fn read<'a>(
        &self,
        labourers: impl Iterator<Item = &'a Labourer>,
        now: Timestamp,
    ) -> BTreeMap<LabourerId, Readings> {
        let measured = labourers.map(|labourer| (&labourer.id, &*labourer.health.metrics));
        let measured: Vec<_> = measured.filter(|(_, metrics)| !metrics.is_empty()).collect();
        if measured.is_empty() {
            return BTreeMap::new();
        }
        match self.client() {
            Some(client) => cloudwatch::fetch(client, measured, now, self.patience).await,
            None => BTreeMap::new(),
        }
    }
}
