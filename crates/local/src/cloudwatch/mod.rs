//! CloudWatch: metrics put, kept in memory, and read back as statistics.
//!
//! * `api` speaks the protocols of SDKs: rpc-v2-cbor, and its older sibling in JSON; `wire` is what they carry.
//! * `store` keeps the values; `statistic` computes Average, Minimum, Maximum, Sum, SampleCount and pNN.
//! * `query` answers `GetMetricData`; `math` computes expressions of + - * / over ids and numbers.
//!
//! No other operation exists here, nor any other function of metric math: they are refused by name.

mod api;
mod math;
mod query;
mod statistic;
mod store;
mod wire;

use crate::server::{BindError, Server};

pub use self::store::Metrics;

/// A running CloudWatch endpoint.
pub struct CloudWatch {
    metrics: Metrics,
    server: Server,
}

impl CloudWatch {
    /// Serves on a port of 127.0.0.1; 0 takes any free one.
    pub async fn start(port: u16) -> Result<Self, BindError> {
        let metrics = Metrics::default();
        let server = Server::start("CloudWatch", port, api::router(metrics.clone())).await?;
        Ok(Self { metrics, server })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_CLOUDWATCH`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }
}
