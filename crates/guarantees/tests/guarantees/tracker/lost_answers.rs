//! Writes whose first answer is lost, so that the SDK sends them again.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector, http_client_fn,
    },
    orchestrator::HttpRequest,
};
use serde_json::{Value, json};
use tracker::{Applied, Begin, Scope, Tracker, UpdateOutcome};

use super::world::{World, endpoint, started};

/// Sends every request twice and drops the first answer.
#[derive(Clone, Debug)]
struct Twice(SharedHttpConnector);

impl HttpConnector for Twice {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, again) = (self.0.clone(), request.try_clone().unwrap());
        HttpConnectorFuture::new(async move {
            wire.call(request).await?;
            wire.call(again).await
        })
    }
}

/// The world's units, accessed over such a wire.
async fn twice(world: &World) -> Scope {
    let real: SharedHttpClient = Builder::new().build_http();
    let client = http_client_fn(move |_: &HttpConnectorSettings, components| {
        let settings = HttpConnectorSettings::builder().build();
        SharedHttpConnector::new(Twice(real.http_connector(&settings, components)))
    });
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint())
        .http_client(client)
        .build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    Tracker::new(client, world.table.as_str()).scope("job 1").unwrap()
}

#[tokio::test]
async fn a_worker_does_not_take_itself_for_a_rival() {
    let world = World::new().await;
    let scope = twice(&world).await;
    let mut unit = started(&scope, "a").await;
    assert_eq!(unit.attempt(), 1);
    assert_eq!(unit.save(json!(1)).await.unwrap(), UpdateOutcome::Applied);
    assert_eq!(unit.succeed(json!(2)).await.unwrap(), UpdateOutcome::Applied);
    let Begin::Done(record) = scope.begin("a").await.unwrap() else { panic!("begun again") };
    assert_eq!((record.attempts, record.data), (1, json!(2)));
}

#[tokio::test]
async fn changes_that_are_sent_twice_apply_once_and_say_so() {
    let world = World::new().await;
    let scope = twice(&world).await;
    let mut unit = started(&scope, "a").await;
    let together = scope.together().succeed(&mut unit, Value::Null).add("b", Value::Null).unwrap();
    assert_eq!(together.apply().await.unwrap(), Applied::All);
    assert!(!scope.add("b").await.unwrap());
}
