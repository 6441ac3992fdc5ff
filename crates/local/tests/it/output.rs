//! What processes print, and to which invocation it belongs.

use std::sync::{Arc, Mutex};

use local::Embedded;
use local::lambda::LogLine;
use serde_json::{Value, json};

use crate::world::{idle, labourer, start};

#[tokio::test]
async fn a_line_names_the_invocation_that_printed_it_though_one_process_serves_all() {
    let lines = Arc::new(Mutex::new(Vec::<LogLine>::new()));
    let into = Arc::clone(&lines);
    let builder = Embedded::builder().function(labourer("worker", "work").concurrency(1));
    let aws = start(builder.on_log(move |line| into.lock().unwrap().push(line))).await;
    let event = |n: usize| json!({ "do": "print", "n": n });
    let requests: Vec<_> =
        (0..100).map(|n| aws.lambda().send("worker", &event(n)).unwrap()).collect();
    idle(aws.lambda()).await;
    aws.shutdown().await;

    let lines = lines.lock().unwrap();
    let of = |request: &String| {
        let lines = lines.iter().filter(|line| line.invocation.request_id == *request);
        let mut texts: Vec<_> = lines.map(|line| line.text.clone()).collect();
        texts.sort();
        texts
    };
    assert!(
        of(&requests[0]).iter().any(|text| text.starts_with("started")),
        "its start is its own"
    );
    for (n, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(of(request), [format!("end {n}"), format!("work {n}")]);
    }
    for line in lines.iter() {
        let payload: Value = serde_json::from_slice(&line.invocation.payload).unwrap();
        let n = requests.iter().position(|request| *request == line.invocation.request_id);
        assert_eq!(payload, event(n.unwrap()));
    }
}
