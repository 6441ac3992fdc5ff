//! `sosw local metric`: sets a metric by hand, to try out how labourers react.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    path::PathBuf,
};

use aws_sdk_cloudwatch::{
    Client,
    types::{Dimension, MetricDatum},
};
use clap::builder::NonEmptyStringValueParser;
use operator::{config::Sources, describe, health};
use serde_json::{Value, json};

use crate::{
    clients, connect,
    data::{self, Endpoints, Reached},
    error::Error,
    print,
};

const STATISTICS: &str = "\
Of the values within a health metric's MetricAggregationTimeSlice (300 s by default) its statistic is
taken, as by CloudWatch: with Average, a value that was put a minute ago still counts. Afterwards the
last one is held for a while (`missing`). For quick trials: \"Period\": 1, \"MetricAggregationTimeSlice\": 5.";

#[derive(Debug, clap::Args)]
#[command(after_help = STATISTICS)]
pub struct Args {
    /// For example AWS/RDS
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    namespace: String,
    /// For example CPUUtilization
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// Its value at this moment
    #[arg(allow_negative_numbers = true, value_parser = number)]
    value: f64,
    /// Which of the metrics of this name, for example DBInstanceIdentifier=orders
    #[arg(long, value_name = "K=V", value_parser = dimension)]
    dimension: Vec<(String, String)>,
    /// Directory of the `sosw local --data`; without it, AWS_ENDPOINT_URL_CLOUDWATCH
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What makes a metric: namespace, name, and exactly these dimensions.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Identity<'a>(&'a str, &'a str, BTreeSet<&'a (String, String)>);

pub async fn run(args: Args) -> Result<(), Error> {
    let endpoints = match &args.data {
        Some(directory) => Some(endpoints(directory).await?),
        None => None,
    };
    put(&args, endpoints.as_ref()).await?;
    let metric = args.identity();
    match args.json {
        true => print::json(&args.as_json())?,
        false => print::out(format_args!("{metric} = {}", args.value))?,
    }
    match endpoints {
        Some(endpoints) => warn_if_unread(&metric, &endpoints).await,
        None => Ok(()),
    }
}

async fn put(args: &Args, endpoints: Option<&Endpoints>) -> Result<(), Error> {
    let dimensions = args.dimension.iter();
    let dimensions = dimensions.map(|(k, v)| Dimension::builder().name(k).value(v).build());
    let datum = MetricDatum::builder()
        .metric_name(&args.name)
        .value(args.value)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let client = client(endpoints).await?;
    let put = client.put_metric_data().namespace(&args.namespace).metric_data(datum);
    put.send().await.map(drop).map_err(|error| Error::Metric(describe(&error)))
}

async fn client(endpoints: Option<&Endpoints>) -> Result<Client, Error> {
    let Some(endpoints) = endpoints else {
        // Never write to the real CloudWatch by mistake.
        std::env::var_os("AWS_ENDPOINT_URL_CLOUDWATCH").ok_or(Error::NoCloudWatch)?;
        return Ok(Client::new(&clients::of_environment().await.shared));
    };
    let shared = clients::of(&endpoints.dynamodb, &endpoints.lambda).shared;
    let config = aws_sdk_cloudwatch::config::Builder::from(&shared);
    Ok(Client::from_conf(config.endpoint_url(&endpoints.cloudwatch).build()))
}

async fn endpoints(directory: &Path) -> Result<Endpoints, Error> {
    if !data::holds_tables(directory) {
        return Err(Error::NoData(directory.to_owned()));
    }
    match data::reach(directory).await? {
        Reached::Served(endpoints) => Ok(endpoints),
        Reached::Free(_) => Err(Error::NotRunning(directory.to_owned())),
    }
}

/// A forgotten dimension is a different metric, which no labourer reads.
async fn warn_if_unread(metric: &Identity<'_>, endpoints: &Endpoints) -> Result<(), Error> {
    let clients = clients::of(&endpoints.dynamodb, &endpoints.lambda);
    let (config, _) = connect::config(&Sources::from_environment(|_| None), &clients).await?;
    let read: BTreeSet<_> = health::series(&config)
        .map(|series| Identity(&series.namespace, &series.name, series.dimensions.iter().collect()))
        .collect();
    if !read.contains(metric) {
        let known: Vec<_> = read.iter().map(Identity::to_string).collect();
        let known = if known.is_empty() { "no metric".to_owned() } else { known.join(", ") };
        print::err(format_args!(
            "warning: no labourer's health depends on this metric; they depend on {known}"
        ));
    }
    Ok(())
}

impl Args {
    fn as_json(&self) -> Value {
        let dimensions: BTreeMap<_, _> = self.dimension.iter().cloned().collect();
        let Self { namespace, name, value, .. } = self;
        json!({ "namespace": namespace, "name": name, "dimensions": dimensions, "value": value })
    }

    fn identity(&self) -> Identity<'_> {
        Identity(&self.namespace, &self.name, self.dimension.iter().collect())
    }
}

/// `AWS/RDS CPUUtilization DBInstanceIdentifier=orders`.
impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(namespace, name, dimensions) = self;
        write!(f, "{namespace} {name}")?;
        dimensions.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "a number is expected".into())
}

fn dimension(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it has the form NAME=VALUE".into()),
    }
}
