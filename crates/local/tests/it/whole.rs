//! All of it together: its variables, its end.

use std::time::Duration;

use local::Embedded;
use serde_json::json;

use crate::world::{
    call, doing, labourer, lambda, lives, logged, numbers, send, start, until, with,
};

#[tokio::test]
async fn the_environment_leads_to_every_service() {
    let aws = with([]).await;
    let environment = aws.environment();
    for (name, url) in [
        ("AWS_ENDPOINT_URL_DYNAMODB", aws.dynamodb().url()),
        ("AWS_ENDPOINT_URL_LAMBDA", aws.lambda().url()),
        ("AWS_ENDPOINT_URL_SNS", aws.sns().url()),
        ("AWS_ENDPOINT_URL_CLOUDWATCH", aws.cloudwatch().url()),
    ] {
        assert_eq!(environment[name], url);
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    }
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert!(environment.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_shutdown_ends_every_process_idle_busy_or_deaf_to_sigterm() {
    let (builder, lines) = logged(Embedded::builder());
    let builder = builder.function(labourer("idle", "stubborn")).function(labourer("busy", "work"));
    let aws = start(builder).await;
    let client = lambda(&aws);
    call(&client, "idle", json!({})).await.unwrap();
    send(&client, "busy", doing("hang")).await;
    until("busy works", || numbers(&lines, "pid").len() == 2).await;
    let pids = [numbers(&lines, "pid"), numbers(&lines, "started")].concat();
    assert_eq!(pids.len(), 4, "{pids:?}");
    assert!(pids.iter().all(|pid| lives(*pid)));
    let url = aws.lambda().url();
    let ended = tokio::time::timeout(Duration::from_secs(5), aws.shutdown()).await;
    assert!(ended.is_ok(), "shutdown takes too long");
    until("all ended", || pids.iter().all(|pid| !lives(*pid))).await;
    assert!(std::net::TcpStream::connect(url.trim_start_matches("http://")).is_err());
}

#[tokio::test]
async fn dropping_it_ends_its_processes_as_well() {
    let (builder, lines) = logged(Embedded::builder());
    let aws = start(builder.function(labourer("worker", "stubborn"))).await;
    let client = lambda(&aws);
    send(&client, "worker", doing("hang")).await;
    until("it works", || numbers(&lines, "pid").len() == 2).await;
    drop(aws);
    let pids = numbers(&lines, "pid");
    until("both ended", || pids.iter().all(|pid| !lives(*pid))).await;
}

#[tokio::test]
async fn a_taken_port_stops_the_start_and_leaves_nothing_behind() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (service, builder) in [
        ("DynamoDB", Embedded::builder().dynamodb_port(port)),
        ("Lambda", Embedded::builder().lambda_port(port)),
        ("SNS", Embedded::builder().sns_port(port)),
        ("CloudWatch", Embedded::builder().cloudwatch_port(port)),
    ] {
        let error = builder.start().await.err().unwrap().to_string();
        assert!(error.contains(&format!("port {port}")) && error.contains(service), "{error}");
    }
}

#[tokio::test]
async fn after_a_shutdown_nothing_is_accepted() {
    let aws = with([]).await;
    let handle = aws.lambda().clone();
    aws.shutdown().await;
    assert!(handle.send("late", &json!({})).unwrap_err().to_string().contains("shut down"));
    assert!(handle.deploy(labourer("late", "work")).unwrap_err().to_string().contains("shut down"));
}

#[tokio::test]
async fn a_shutdown_catches_processes_that_are_just_starting() {
    let (builder, lines) = logged(Embedded::builder());
    let aws = start(builder.function(labourer("worker", "work").concurrency(8))).await;
    for n in 0..8 {
        aws.lambda().send("worker", &json!({ "n": n })).unwrap();
    }
    until("they start", || aws.lambda().stats_of("worker").unwrap().environments > 2).await;
    aws.shutdown().await;
    let pids = numbers(&lines, "started");
    until("all ended", || pids.iter().all(|pid| !lives(*pid))).await;
}
