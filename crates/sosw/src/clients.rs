//! SDK clients: for services of this machine, and for the AWS account of whoever types a command.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, default_provider::credentials::DefaultCredentialsChain,
    default_provider::region::DefaultRegionChain, imds, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use local::Account;
use operator::Clients;

/// How long the metadata service of an EC2 instance is waited for, once for the region and once for the
/// credentials. Where it is, it answers within milliseconds; most machines are no instance.
const METADATA: Duration = Duration::from_secs(1);

/// Clients for DynamoDB and Lambda at these endpoints. Nothing of the caller's AWS environment reaches them: no
/// profile, no credentials, no other endpoint, no proxy.
pub fn of(dynamodb: &str, lambda: &str) -> Clients {
    let credentials = Credentials::new("local", "local", None, None, "sosw local");
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(30))
        .build();
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(Account::default().region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(timeouts)
        .build();
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).endpoint_url(dynamodb).build();
    let lambda = aws_sdk_lambda::config::Builder::from(&shared).endpoint_url(lambda).build();
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        lambda: aws_sdk_lambda::Client::from_conf(lambda),
        shared,
    }
}

/// Clients by the standard AWS environment. Without any credentials the first call fails soon, not after
/// all time-outs of a metadata service that is not there.
pub async fn of_environment() -> Clients {
    let chain = DefaultRegionChain::builder().build();
    let region = tokio::time::timeout(METADATA, chain.region()).await.ok().flatten();
    let metadata = imds::Client::builder()
        .max_attempts(1)
        .connect_timeout(METADATA)
        .read_timeout(METADATA)
        .operation_timeout(METADATA);
    let credentials = DefaultCredentialsChain::builder()
        .region(region.clone())
        .imds_client(metadata.build())
        .build()
        .await;
    Clients::from_env_but(|environment| {
        environment.region(region).credentials_provider(credentials)
    })
    .await
}
