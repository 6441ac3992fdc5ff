#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{cell::RefCell, future::pending};

use aws_sdk_cloudwatch::{
    operation::get_metric_data::{GetMetricDataOutput, builders::GetMetricDataInputBuilder},
    primitives::DateTime,
    types::{MetricDataQuery, MetricDataResult, StatusCode},
};
use rstest::rstest;

use super::*;
use crate::ecology::metric::{Series, Source, Statistic};

const BUDGET: Duration = Duration::from_secs(5);

fn now() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000.0)
}

fn series(name: &str) -> Series {
    Series {
        namespace: "AWS/RDS".into(),
        name: name.into(),
        dimensions: vec![("DBInstanceIdentifier".into(), "orders".into())],
        unit: None,
    }
}

fn query(name: &str) -> Query {
    let source = Source::Series(series(name));
    Query { source, statistic: Statistic::Average, period: 60, slice: 300 }
}

/// The name of the metric that a query of a call asks for.
fn asked(query: &MetricDataQuery) -> String {
    let stat = query.metric_stat().and_then(|stat| stat.metric());
    stat.and_then(|metric| metric.metric_name()).unwrap_or_default().into()
}

fn result(id: Option<&str>, points: &[(f64, f64)]) -> MetricDataResult {
    let at = |ago: &f64| DateTime::from_secs_f64(now().seconds() - ago);
    MetricDataResult::builder()
        .set_id(id.map(Into::into))
        .status_code(StatusCode::Complete)
        .set_timestamps(Some(points.iter().map(|(ago, _)| at(ago)).collect()))
        .set_values(Some(points.iter().map(|(_, value)| *value).collect()))
        .build()
}

/// CloudWatch, answering by the name of the metric; keeps the calls.
#[derive(Default)]
struct CloudWatch {
    calls: RefCell<Vec<GetMetricDataInputBuilder>>,
}

impl CloudWatch {
    async fn readings<'q>(
        &self,
        queries: impl IntoIterator<Item = &'q Query>,
        answer: impl Fn(&GetMetricDataInputBuilder) -> Result<GetMetricDataOutput, ReadFailure>,
    ) -> BTreeMap<Query, Reading> {
        let queries = queries.into_iter().collect();
        let send = async |input: GetMetricDataInputBuilder| {
            let output = answer(&input);
            self.calls.borrow_mut().push(input);
            output
        };
        ask::within(BUDGET, &queries, now(), send).await
    }

    fn sizes(&self) -> Vec<usize> {
        self.calls.borrow().iter().map(|call| queries(call).len()).collect()
    }
}

fn queries(input: &GetMetricDataInputBuilder) -> Vec<MetricDataQuery> {
    input.get_metric_data_queries().clone().unwrap_or_default()
}

/// Answers every query with one point of this value.
fn all(
    value: f64,
) -> impl Fn(&GetMetricDataInputBuilder) -> Result<GetMetricDataOutput, ReadFailure> {
    move |input| {
        let results =
            queries(input).iter().map(|query| result(query.id(), &[(60.0, value)])).collect();
        Ok(GetMetricDataOutput::builder().set_metric_data_results(Some(results)).build())
    }
}

#[tokio::test]
async fn all_metrics_are_asked_in_one_call_and_beyond_500_in_the_next() {
    let many: Vec<_> = (0..1001).map(|n| query(&format!("m{n}"))).collect();
    let cloudwatch = CloudWatch::default();
    let readings = cloudwatch.readings(&many, all(7.0)).await;
    let mut sizes = cloudwatch.sizes();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 500, 500]);
    assert!(many.iter().all(|query| readings[query] == Reading::Value(7.0)));
}

#[tokio::test]
async fn an_expression_stays_together_with_its_metrics() {
    let parts = ["errors", "calls"].map(|name| (name.to_owned(), (series(name), Statistic::Sum)));
    let source = Source::Math { expression: "100*errors/calls".into(), parts: parts.into() };
    let math = Query { source, statistic: Statistic::Maximum, period: 60, slice: 300 };
    let many: Vec<_> = (0..499).map(|n| query(&format!("m{n}"))).chain([math]).collect();
    let cloudwatch = CloudWatch::default();
    cloudwatch.readings(&many, all(1.0)).await;
    let calls = cloudwatch.calls.borrow();
    let call = calls.iter().map(queries).find(|call| call.iter().any(|q| q.expression().is_some()));
    let call = call.expect("a call with the expression");
    let asked: Vec<_> =
        call.iter().map(|q| (q.id().unwrap_or_default(), q.return_data())).collect();
    assert_eq!(asked, [("q0", Some(true)), ("q0_calls", Some(false)), ("q0_errors", Some(false))]);
    assert_eq!(call.first().and_then(|q| q.expression()), Some("100*q0_errors/q0_calls"));
}

#[tokio::test]
async fn a_call_looks_back_over_the_longest_slice() {
    let long = Query { slice: 3600, ..query("long") };
    let cloudwatch = CloudWatch::default();
    cloudwatch.readings([&query("short"), &long], all(1.0)).await;
    let calls = cloudwatch.calls.borrow();
    let call = calls.first().expect("a call");
    let (from, to) =
        (call.get_start_time().expect("a start"), call.get_end_time().expect("an end"));
    assert_eq!(to.as_secs_f64() - from.as_secs_f64(), 3600.0);
    assert_eq!(to.as_secs_f64(), now().seconds());
}

#[tokio::test]
async fn a_metric_is_read_over_its_own_slice() {
    let short = Query { slice: 120, ..query("m") };
    let long = Query { slice: 600, ..query("m") };
    let readings = CloudWatch::default()
        .readings([&short, &long], |input| {
            let points = [(60.0, 10.0), (120.0, 20.0), (240.0, 60.0)];
            let results = queries(input).iter().map(|query| result(query.id(), &points)).collect();
            Ok(GetMetricDataOutput::builder().set_metric_data_results(Some(results)).build())
        })
        .await;
    assert_eq!(
        (&readings[&short], &readings[&long]),
        (&Reading::Value(15.0), &Reading::Value(30.0))
    );
}

#[tokio::test]
async fn every_page_is_read() {
    let readings = CloudWatch::default()
        .readings([&query("m")], |input| {
            let page: u32 =
                input.get_next_token().as_deref().unwrap_or("0").parse().expect("a page");
            Ok(GetMetricDataOutput::builder()
                .metric_data_results(result(Some("q0"), &[(60.0, f64::from(page))]))
                .set_next_token((page < 4).then(|| (page + 1).to_string()))
                .build())
        })
        .await;
    assert_eq!(readings[&query("m")], Reading::Value(2.0));
}

#[tokio::test]
async fn pages_without_end_do_not_keep_a_tick() {
    let cloudwatch = CloudWatch::default();
    let endless = |_: &_| Ok(GetMetricDataOutput::builder().next_token("more").build());
    let readings = cloudwatch.readings([&query("m")], endless).await;
    assert_eq!(
        readings[&query("m")],
        Reading::Missing("CloudWatch has more than 100 pages".into())
    );
}

#[tokio::test]
async fn one_refused_metric_of_a_hundred_leaves_99_as_they_are() {
    let many: Vec<_> = (0..100).map(|n| query(&format!("m{n}"))).collect();
    let cloudwatch = CloudWatch::default();
    let readings = cloudwatch
        .readings(&many, |input| match queries(input).iter().any(|query| asked(query) == "m37") {
            true => Err(ReadFailure::Refused("CloudWatch: ValidationError: no".into())),
            false => all(7.0)(input),
        })
        .await;
    let missing = Reading::Missing("CloudWatch: ValidationError: no".into());
    for query in &many {
        let expected = if *query == self::query("m37") { &missing } else { &Reading::Value(7.0) };
        assert_eq!(&readings[query], expected);
    }
    assert!(cloudwatch.calls.borrow().len() <= 15);
}

#[tokio::test]
async fn when_everything_is_refused_the_search_ends() {
    let many: Vec<_> = (0..500).map(|n| query(&format!("m{n}"))).collect();
    let cloudwatch = CloudWatch::default();
    let refusal = |_: &_| Err(ReadFailure::Refused("CloudWatch: ValidationError: no".into()));
    let readings = cloudwatch.readings(&many, refusal).await;
    assert!(cloudwatch.calls.borrow().len() <= 101);
    let missing = Reading::Missing("CloudWatch: ValidationError: no".into());
    assert!(readings.values().all(|reading| *reading == missing));
}

#[tokio::test]
async fn a_failure_is_not_asked_again_and_concerns_its_call_only() {
    let many: Vec<_> = (0..501).map(|n| query(&format!("m{n:03}"))).collect();
    let cloudwatch = CloudWatch::default();
    let readings = cloudwatch
        .readings(&many, |input| match queries(input).len() {
            500 => Err(ReadFailure::Failed("CloudWatch: Throttling: slow down".into())),
            _ => all(7.0)(input),
        })
        .await;
    assert_eq!(cloudwatch.calls.borrow().len(), 2);
    let values = readings.values().filter(|reading| **reading == Reading::Value(7.0));
    assert_eq!(values.count(), 1);
}

#[tokio::test]
async fn what_was_answered_within_the_budget_is_kept() {
    let many: Vec<_> = (0..501).map(|n| query(&format!("m{n:03}"))).collect();
    let send = async |input: GetMetricDataInputBuilder| {
        if queries(&input).len() == 500 {
            pending::<()>().await;
        }
        all(7.0)(&input)
    };
    let budget = Duration::from_millis(100);
    let readings = ask::within(budget, &many.iter().collect(), now(), send).await;
    let late = Reading::Missing("CloudWatch took more than 100ms".into());
    assert_eq!(readings.values().filter(|reading| **reading == Reading::Value(7.0)).count(), 1);
    assert_eq!(readings.values().filter(|reading| **reading == late).count(), 500);
}

#[rstest]
#[case(Statistic::Average, 20.0)]
#[case(Statistic::Minimum, 10.0)]
#[case(Statistic::Maximum, 30.0)]
#[case(Statistic::Sum, 60.0)]
#[case(Statistic::SampleCount, 60.0)]
#[case(Statistic::Extended("p99".into()), 20.0)]
#[tokio::test]
async fn the_periods_of_a_slice_become_one_value(#[case] statistic: Statistic, #[case] value: f64) {
    let asked = statistic.to_string();
    let query = Query { statistic, ..query("m") };
    let cloudwatch = CloudWatch::default();
    let readings = cloudwatch
        .readings([&query], |_| {
            let points = [(60.0, 10.0), (120.0, 20.0), (180.0, 30.0), (240.0, f64::NAN)];
            let result = result(Some("q0"), &points);
            Ok(GetMetricDataOutput::builder().metric_data_results(result).build())
        })
        .await;
    assert_eq!(readings[&query], Reading::Value(value));
    let calls = cloudwatch.calls.borrow();
    let sent = calls.first().map(queries).and_then(|queries| queries.into_iter().next());
    let stat = sent.as_ref().and_then(|query| query.metric_stat());
    assert_eq!(stat.and_then(|stat| stat.stat()), Some(asked.as_str()));
}

#[rstest]
#[case::none(result(Some("q0"), &[]), "no data points in 5m")]
#[case::old(result(Some("q0"), &[(500.0, 1.0)]), "no data points in 5m")]
#[case::of_another(result(Some("q1"), &[(60.0, 1.0)]), "no data points in 5m")]
#[case::forbidden(
    MetricDataResult::builder().id("q0").status_code(StatusCode::Forbidden).build(),
    "CloudWatch: Forbidden"
)]
#[tokio::test]
async fn an_answer_without_data_points_says_why(
    #[case] result: MetricDataResult,
    #[case] why: &str,
) {
    let readings = CloudWatch::default()
        .readings([&query("m")], |_| {
            Ok(GetMetricDataOutput::builder().metric_data_results(result.clone()).build())
        })
        .await;
    assert_eq!(readings[&query("m")], Reading::Missing(why.into()));
}
