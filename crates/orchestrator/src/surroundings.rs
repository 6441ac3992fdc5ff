//! What CloudWatch says about the surroundings of the labourers.

use std::{collections::BTreeMap, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use task_manager::{
    ecology::{Readings, cloudwatch},
    ids::LabourerId,
    labourer::Labourer,
    time::Timestamp,
};

/// How long a tick waits for CloudWatch. What is not told by then is missing.
const PATIENCE: Duration = Duration::from_secs(8);

/// Where metrics are read.
#[derive(Clone, Debug)]
pub struct Surroundings {
    client: Option<Client>,
}

impl Surroundings {
    /// CloudWatch.
    pub fn of(shared: &SdkConfig) -> Self {
        Self { client: Some(Client::new(shared)) }
    }

    /// A client of CloudWatch.
    pub fn from_client(client: Client) -> Self {
        Self { client: Some(client) }
    }

    /// Nowhere: every metric is missing.
    pub fn unknown() -> Self {
        Self { client: None }
    }

    /// The metrics of all labourers that have some, in as few calls as there can be.
    pub async fn read<'a>(
        &self,
        labourers: impl Iterator<Item = &'a Labourer>,
        now: Timestamp,
    ) -> BTreeMap<LabourerId, Readings> {
        let measured: Vec<_> = labourers.filter(|l| !l.health_metrics.is_empty()).collect();
        match &self.client {
            Some(client) if !measured.is_empty() => {
                cloudwatch::fetch(client, measured, now, PATIENCE).await
            }
            _ => BTreeMap::new(),
        }
    }
}
