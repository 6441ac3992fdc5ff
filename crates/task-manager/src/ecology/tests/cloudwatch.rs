use std::{collections::BTreeMap, future::pending};

use aws_sdk_cloudwatch::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;

use super::{super::cloudwatch::fetch, *};
use crate::ids::LabourerId;

/// CloudWatch on a bad day.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Silent,
    Unreachable,
    Broken,
    Garbage,
}

impl HttpConnector for Trouble {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let answer = |status: u16, body: &'static str| {
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(status);
            Ok(HttpResponse::new(status.expect("a status"), SdkBody::from(body)))
        };
        match self {
            Self::Silent => HttpConnectorFuture::new(pending()),
            Self::Unreachable => {
                HttpConnectorFuture::ready(Err(ConnectorError::io("no route".into())))
            }
            Self::Broken => HttpConnectorFuture::ready(answer(500, "")),
            Self::Garbage => HttpConnectorFuture::ready(answer(200, "<html>")),
        }
    }
}

impl HttpClient for Trouble {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(*self)
    }
}

fn client(trouble: Trouble) -> Client {
    let config = aws_sdk_cloudwatch::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(trouble);
    Client::from_conf(config.build())
}

fn resize() -> LabourerId {
    LabourerId::new("resize").expect("a good name")
}

async fn reading(trouble: Trouble) -> Reading {
    let (id, metrics) = (resize(), [metric("cpu")]);
    let budget = Duration::from_millis(200);
    let mut readings = fetch(&client(trouble), [(&id, metrics.as_slice())], start(), budget).await;
    let readings: BTreeMap<_, _> = readings.remove(&id).expect("its readings");
    readings.into_values().next().expect("one reading")
}

#[rstest::rstest]
#[case(Trouble::Silent, "CloudWatch took more than 200ms")]
#[case(Trouble::Unreachable, "CloudWatch cannot be reached")]
#[case(Trouble::Broken, "CloudWatch answered 500")]
#[case(Trouble::Garbage, "CloudWatch answered 200")]
#[tokio::test]
async fn trouble_at_cloudwatch_is_missing_data_with_a_reason(
    #[case] trouble: Trouble,
    #[case] reason: &str,
) {
    let Reading::Missing(why) = reading(trouble).await else { panic!("a value") };
    assert_eq!(why, reason);
}

#[tokio::test]
async fn without_metrics_cloudwatch_is_not_asked() {
    let (id, metrics) = (resize(), []);
    let asked = [(&id, metrics.as_slice())];
    let readings = fetch(&client(Trouble::Silent), asked, start(), MINUTE).await;
    assert_eq!(readings.into_values().collect::<Vec<_>>(), [Readings::new()]);
}
