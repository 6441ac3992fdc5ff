//! Checks that ticks come. CloudWatch counts the invocations of every function, so that a disabled
//! schedule is found before any work has to wait.

use std::time::Duration;

use aws_sdk_cloudwatch::{
    Client,
    error::ProvideErrorMetadata,
    operation::get_metric_data::GetMetricDataOutput,
    types::{Dimension, Metric, MetricDataQuery, MetricStat},
};
use task_manager::time::Timestamp;

use super::Fault;

/// How far back invocations are counted: CloudWatch shows an invocation after some minutes.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// What is wrong with the ticks of these functions. Of a stack that is younger than the window,
/// `stack_since`, nothing can be said.
pub async fn examine(
    client: &Client,
    functions: &[String],
    stack_since: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Fault> {
    if stack_since.is_some_and(|since| since <= now && now.since(since) < WINDOW) {
        return Vec::new();
    }
    let queries = functions.iter().zip(0..).map(|(function, number)| query(function, number));
    let request = client
        .get_metric_data()
        .start_time(at(now - WINDOW))
        .end_time(at(now))
        .set_metric_data_queries(Some(queries.collect()));
    match request.send().await {
        Ok(answer) => judge(functions, &answer),
        Err(error) => {
            let why = error.code().unwrap_or("no answer").to_owned();
            vec![Fault::TicksUnknown(why)]
        }
    }
}

/// A function is silent when none of its minutes has an invocation.
fn judge(functions: &[String], answer: &GetMetricDataOutput) -> Vec<Fault> {
    let is_silent = |number: usize| {
        let mut results = answer.metric_data_results().iter();
        let counted = results.find(|result| result.id() == Some(id(number).as_str()));
        counted.is_none_or(|result| result.values().iter().sum::<f64>() <= 0.0)
    };
    let silent = functions.iter().enumerate().filter(|(number, _)| is_silent(*number));
    silent.map(|(_, function)| Fault::NoTicks(function.clone())).collect()
}

fn query(function: &str, number: usize) -> MetricDataQuery {
    let dimension = Dimension::builder().name("FunctionName").value(function).build();
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name("Invocations");
    let metric = metric.dimensions(dimension).build();
    let sums = MetricStat::builder().metric(metric).period(60).stat("Sum").build();
    MetricDataQuery::builder().id(id(number)).metric_stat(sums).build()
}

fn id(number: usize) -> String {
    format!("f{number}")
}

fn at(time: Timestamp) -> aws_sdk_cloudwatch::primitives::DateTime {
    aws_sdk_cloudwatch::primitives::DateTime::from_secs_f64(time.seconds())
}
