//! The SDK's clients, built once, with the time-outs that the SDK leaves open.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient as _, SharedHttpClient, http_client_fn};

/// The clients that the functions share.
#[derive(Clone, Debug)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub lambda: aws_sdk_lambda::Client,
    /// What all clients are made from.
    pub shared: SdkConfig,
}

impl Clients {
    /// From the standard environment (`AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`, …).
    pub async fn from_env() -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .read_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(6))
            // Within the time that a function keeps for what it began.
            .operation_timeout(Duration::from_secs(9))
            .build();
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .load()
            .await;
        Self::of(shared)
    }

    pub fn of(shared: SdkConfig) -> Self {
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&shared),
            lambda: aws_sdk_lambda::Client::new(&shared),
            shared,
        }
    }
}

/// One for all clients: they share its connections. It is the SDK's own, but made when the first
/// call is: by itself, each of the SDK's clients reads all certificates as it is built, and once more
/// when it is used.
fn http_client() -> SharedHttpClient {
    let pool = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    });
    http_client_fn(move |settings, components| pool.http_connector(settings, components))
}
