//! CloudWatch in trouble: a value that it does not return is missing, and stops no labourer.

use std::{future::pending, time::Duration};

use aws_sdk_cloudwatch::config::SharedHttpClient;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use orchestrator::HealthSource;
use serde_json::json;

use super::{Surrounded, client, less_is_better, tick, worker};

/// What a CloudWatch in trouble does with a request.
#[derive(Clone, Copy, Debug)]
enum Ill {
    Throttles,
    Fails,
    Refuses,
    IsGone,
    Hangs,
    TakesTenSeconds,
    SaysNothing,
}

impl Ill {
    fn network(self) -> SharedHttpClient {
        http_client_fn(move |_: &HttpConnectorSettings, _| SharedHttpConnector::new(self))
    }

    async fn answer(self) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Throttles => Ok(error(400, "Throttling")),
            Self::Fails => Ok(error(500, "InternalServiceFault")),
            Self::Refuses => Ok(error(403, "AccessDenied")),
            Self::IsGone => Err(ConnectorError::io("nobody listens".into())),
            Self::Hangs => pending().await,
            Self::TakesTenSeconds => {
                tokio::time::sleep(Duration::from_secs(10)).await;
                Ok(cbor(200, &[0xa0]))
            }
            Self::SaysNothing => Ok(cbor(200, &[0xa0])),
        }
    }
}

impl HttpConnector for Ill {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.answer())
    }
}

fn cbor(status: u16, body: &[u8]) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap();
    let mut answer = HttpResponse::new(status, SdkBody::from(body));
    answer.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
    answer.headers_mut().insert("content-type", "application/cbor");
    answer
}

/// `{"__type": kind}`, for kinds of less than 24 letters.
fn error(status: u16, kind: &str) -> HttpResponse {
    let text = |text: &str| [&[0x60 + text.len() as u8], text.as_bytes()].concat();
    cbor(status, &[vec![0xa1], text("__type"), text(kind)].concat())
}

/// A tick of a labourer of eight slots with work, in which CloudWatch is ill: the tally, whose
/// health was High a minute before.
async fn tick_when(ill: Ill) -> serde_json::Value {
    let nature =
        Surrounded::of(worker(json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } })))
            .await;
    nature.tick_with("CPU", 20.0).await;
    nature.world.create_numbered(20).await;
    nature.world.pass(60.0);
    let health_source = HealthSource::from_client(client("http://cloudwatch", Some(ill.network())))
        .with_patience(Duration::from_secs(2));
    tick(&nature.world.manager, &health_source).await["labourers"]["worker"].clone()
}

async fn is_held_because(ill: Ill, why: &str) {
    let tally = tick_when(ill).await;
    assert_eq!(tally["invoked"], 8, "{ill:?}: the last value holds");
    let missing = tally["missing"]["DbCpu"].as_str().unwrap();
    assert!(missing.starts_with(why), "{ill:?}: {missing}");
    let health = tally["health"].as_str().unwrap();
    assert_eq!(health, format!("4 High: DbCpu 20 <= 25, 1m ago: {missing}"));
}

#[tokio::test]
async fn a_cloudwatch_that_throttles_leaves_the_last_value() {
    is_held_because(Ill::Throttles, "CloudWatch: Throttling").await;
}

#[tokio::test]
async fn a_cloudwatch_that_fails_leaves_the_last_value() {
    is_held_because(Ill::Fails, "CloudWatch: InternalServiceFault").await;
}

#[tokio::test]
async fn a_cloudwatch_that_may_not_be_asked_leaves_the_last_value() {
    is_held_because(Ill::Refuses, "CloudWatch: AccessDenied").await;
}

#[tokio::test]
async fn a_cloudwatch_that_is_not_reached_leaves_the_last_value() {
    is_held_because(Ill::IsGone, "CloudWatch cannot be reached").await;
}

#[tokio::test]
async fn a_cloudwatch_that_hangs_leaves_the_last_value() {
    is_held_because(Ill::Hangs, "CloudWatch took more than 2s").await;
}

#[tokio::test]
async fn a_cloudwatch_that_says_nothing_leaves_the_last_value() {
    is_held_because(Ill::SaysNothing, "no data points in 1m").await;
}

#[tokio::test]
async fn an_answer_after_ten_seconds_is_not_waited_for() {
    let begun = std::time::Instant::now();
    is_held_because(Ill::TakesTenSeconds, "CloudWatch took more than 2s").await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(HealthSource::PATIENCE < Duration::from_secs(10), "nor by default");
}

#[tokio::test]
async fn without_a_value_for_a_quarter_of_an_hour_half_of_the_slots_are_used() {
    let nature =
        Surrounded::of(worker(json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } })))
            .await;
    nature.world.create_numbered(20).await;
    nature.tick_with("CPU", 20.0).await;
    for _ in 0..14 {
        nature.world.pass(60.0);
        assert_eq!(nature.tick().await["labourers"]["worker"]["slot_limit"], 8);
    }
    nature.world.pass(60.0);
    let tally = nature.tick().await["labourers"]["worker"].clone();
    assert_eq!(tally["slot_limit"], 4);
    assert_eq!(tally["health"], "2 Moderate: DbCpu is missing: no data points in 1m");
}
