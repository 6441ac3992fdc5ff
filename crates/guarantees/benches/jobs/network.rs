//! A client whose requests wait before they are sent.

use std::time::Duration;

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient as _, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
        SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::HttpRequest,
};

pub fn held_back(delay: Duration) -> SharedHttpClient {
    let real = aws_smithy_http_client::Builder::new().build_http();
    http_client_fn(move |settings: &HttpConnectorSettings, components| {
        let real = real.http_connector(settings, components);
        SharedHttpConnector::new(HeldBack { delay, real })
    })
}

#[derive(Clone, Debug)]
struct HeldBack {
    delay: Duration,
    real: SharedHttpConnector,
}

impl HttpConnector for HeldBack {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { delay, real } = self.clone();
        HttpConnectorFuture::new(async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            real.call(request).await
        })
    }
}
