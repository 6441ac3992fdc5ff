//! CloudWatch.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, ScanBy, StatisticSet,
};
use local::Embedded;

use crate::world::{client, with};

/// The start of a minute, long past.
const T0: i64 = 1_700_000_040;

fn cloudwatch(aws: &Embedded) -> aws_sdk_cloudwatch::Client {
    client!(aws_sdk_cloudwatch, aws.cloudwatch().url())
}

fn db(name: &str) -> Dimension {
    Dimension::builder().name("DBInstanceIdentifier").value(name).build()
}

fn stat(id: &str, stat: &str) -> MetricDataQuery {
    let metric = Metric::builder()
        .namespace("AWS/RDS")
        .metric_name("CPUUtilization")
        .dimensions(db("orders"))
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(stat).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

fn math(id: &str, expression: &str) -> MetricDataQuery {
    MetricDataQuery::builder().id(id).expression(expression).build()
}

async fn put(client: &aws_sdk_cloudwatch::Client, at: i64, value: f64) {
    let datum = MetricDatum::builder().metric_name("CPUUtilization").dimensions(db("orders"));
    let datum = datum.timestamp(DateTime::from_secs(at)).value(value).build();
    client.put_metric_data().namespace("AWS/RDS").metric_data(datum).send().await.unwrap();
}

type Points = Vec<(i64, f64)>;

async fn get(
    client: &aws_sdk_cloudwatch::Client,
    queries: Vec<MetricDataQuery>,
) -> Result<Vec<(String, Points)>, String> {
    let get = client
        .get_metric_data()
        .set_metric_data_queries(Some(queries))
        .scan_by(ScanBy::TimestampAscending);
    let get = get.start_time(DateTime::from_secs(T0)).end_time(DateTime::from_secs(T0 + 300));
    let got = get.send().await.map_err(|error| {
        let error = error.into_service_error();
        format!(
            "{} {}",
            error.meta().code().unwrap_or_default(),
            error.meta().message().unwrap_or_default()
        )
    })?;
    let points = |result: &aws_sdk_cloudwatch::types::MetricDataResult| {
        let times = result.timestamps().iter().map(DateTime::secs);
        (result.id().unwrap().to_owned(), times.zip(result.values().iter().copied()).collect())
    };
    Ok(got.metric_data_results().iter().map(points).collect())
}

#[tokio::test]
async fn every_statistic_of_a_minute_is_read_back() {
    let aws = with([]).await;
    let client = cloudwatch(&aws);
    for (at, value) in
        [(T0, 10.0), (T0 + 30, 30.0), (T0 + 59, 20.0), (T0 + 60, 99.5), (T0 - 1, 7.0)]
    {
        put(&client, at, value).await;
    }
    for (name, first) in [
        ("Average", 20.0),
        ("Minimum", 10.0),
        ("Maximum", 30.0),
        ("Sum", 60.0),
        ("SampleCount", 3.0),
        ("p50", 20.0),
    ] {
        let got = get(&client, vec![stat("m1", name)]).await.unwrap();
        let second = if name == "SampleCount" { 1.0 } else { 99.5 };
        assert_eq!(got, [("m1".to_owned(), vec![(T0, first), (T0 + 60, second)])], "{name}");
    }
}

#[tokio::test]
async fn a_metric_without_values_is_an_empty_series() {
    let aws = with([]).await;
    assert_eq!(
        get(&cloudwatch(&aws), vec![stat("m1", "Average")]).await.unwrap(),
        [("m1".to_owned(), vec![])]
    );
}

#[tokio::test]
async fn dimensions_must_match_exactly() {
    let aws = with([]).await;
    let at = 1_700_000_040.0;
    aws.cloudwatch().metrics().put(
        "AWS/RDS",
        "CPUUtilization",
        &[("DBInstanceIdentifier", "orders")],
        at,
        1.0,
    );
    aws.cloudwatch().metrics().put("AWS/RDS", "CPUUtilization", &[], at, 2.0);
    let got = get(&cloudwatch(&aws), vec![stat("m1", "Sum")]).await.unwrap();
    assert_eq!(got, [("m1".to_owned(), vec![(T0, 1.0)])]);
}

#[tokio::test]
async fn arithmetic_of_metrics_is_computed_and_the_rest_of_metric_math_refused() {
    let aws = with([]).await;
    let client = cloudwatch(&aws);
    put(&client, T0, 6.0).await;
    put(&client, T0 + 1, 2.0).await;
    let hidden = |query: MetricDataQuery| {
        let mut query = query;
        query.return_data = Some(false);
        query
    };
    let queries = vec![
        math("e1", "100 * low / (high + 2)"),
        hidden(stat("high", "Maximum")),
        hidden(stat("low", "Minimum")),
    ];
    assert_eq!(get(&client, queries).await.unwrap(), [("e1".to_owned(), vec![(T0, 25.0)])]);
    let error = get(&client, vec![stat("m1", "Sum"), math("e1", "FILL(m1, 0)")]).await.unwrap_err();
    assert!(error.starts_with("InvalidParameterValue") && error.contains("FILL(m1, 0)"), "{error}");
    let error = get(&client, vec![stat("m1", "TM(10%:90%)")]).await.unwrap_err();
    assert!(error.contains("m1.Stat") && error.contains("TM(10%:90%)"), "{error}");
}

#[tokio::test]
async fn values_with_counts_and_statistic_sets_are_taken() {
    let aws = with([]).await;
    let client = cloudwatch(&aws);
    let datum = || {
        MetricDatum::builder()
            .metric_name("CPUUtilization")
            .dimensions(db("orders"))
            .timestamp(DateTime::from_secs(T0))
    };
    let counted = datum().values(1.0).counts(3.0).values(5.0).counts(1.0).build();
    let set = StatisticSet::builder().sample_count(2.0).sum(12.0).minimum(4.0).maximum(8.0).build();
    let put = client.put_metric_data().namespace("AWS/RDS").metric_data(counted);
    put.metric_data(datum().statistic_values(set).build()).send().await.unwrap();
    let got =
        get(&client, vec![stat("m1", "Average"), stat("m2", "SampleCount"), stat("m3", "Maximum")])
            .await
            .unwrap();
    let firsts: Vec<f64> = got.iter().map(|(_, points)| points[0].1).collect();
    assert_eq!(firsts, [20.0 / 6.0, 6.0, 8.0]);
}

#[tokio::test]
async fn a_large_request_that_the_sdk_compresses_is_read() {
    let aws = with([]).await;
    let client = cloudwatch(&aws);
    let datum = |n: i64| {
        let datum = MetricDatum::builder().metric_name("CPUUtilization").dimensions(db("orders"));
        datum.timestamp(DateTime::from_secs(T0 + n % 60)).value(1.0).build()
    };
    let data = (0..900).map(datum).collect();
    client.put_metric_data().namespace("AWS/RDS").set_metric_data(Some(data)).send().await.unwrap();
    assert_eq!(
        get(&client, vec![stat("m1", "Sum")]).await.unwrap(),
        [("m1".to_owned(), vec![(T0, 900.0)])]
    );
}
