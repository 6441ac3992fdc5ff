//! The SDK's clients, built once, with the time-outs that the SDK leaves open.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient as _, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
        http_client_fn,
    },
    orchestrator::HttpRequest,
};

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
        Self::from_env_but(|environment| environment).await
    }

    /// The same, with what `change` sets instead.
    pub async fn from_env_but(change: impl FnOnce(ConfigLoader) -> ConfigLoader) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .read_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(6))
            // Within the time that a function keeps for what it began.
            .operation_timeout(Duration::from_secs(9))
            .build();
        let environment = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        Self::of(change(environment).load().await)
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
/// when it is used. Proxies of the environment stand before AWS, never before this machine.
fn http_client() -> SharedHttpClient {
    let direct = Builder::new().build_http();
    let pool = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    });
    http_client_fn(move |settings, components| {
        SharedHttpConnector::new(ByHost {
            here: direct.http_connector(settings, components),
            elsewhere: pool.http_connector(settings, components),
        })
    })
}

/// Two ways to send a request: to this machine, and to others.
#[derive(Debug)]
struct ByHost {
    here: SharedHttpConnector,
    elsewhere: SharedHttpConnector,
}

impl HttpConnector for ByHost {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match is_this_machine(request.uri()) {
            true => self.here.call(request),
            false => self.elsewhere.call(request),
        }
    }
}

/// Without TLS: who has certificates for a loopback address has a reason of their own.
fn is_this_machine(uri: &str) -> bool {
    const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let authority = uri.strip_prefix("http://").and_then(|rest| rest.split(['/', '?']).next());
    authority.is_some_and(|authority| {
        LOOPBACK.into_iter().any(|host| {
            let port = authority.strip_prefix(host);
            port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_loopback_is_this_machine() {
        for here in ["http://127.0.0.1:8000/", "http://localhost", "http://[::1]:1/x?y=z"] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in [
            "https://127.0.0.1:8000/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "127.0.0.1",
        ] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
