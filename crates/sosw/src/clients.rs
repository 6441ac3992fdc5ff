//! SDK clients for services of this machine. Nothing of the caller's AWS environment reaches them:
//! no profile, no credentials, no other endpoint.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use local::Account;
use operator::Clients;

/// Clients for DynamoDB and Lambda at these endpoints.
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
