//! `sosw local metric`: what a labourer depends on is made well or ill by hand.

use std::path::{Path, PathBuf};

use aws_sdk_cloudwatch::{
    Client,
    error::DisplayErrorContext,
    types::{Dimension, MetricDatum},
};
use task_manager::clients::Clients;

use super::{
    clients,
    data::{self, Reached},
};
use crate::{error::Error, print};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// For example AWS/RDS
    namespace: String,
    /// For example CPUUtilization
    name: String,
    /// Its value from now on
    #[arg(allow_negative_numbers = true)]
    value: f64,
    /// Which of the metrics of this name, for example DBInstanceIdentifier=orders
    #[arg(long, value_name = "K=V", value_parser = dimension)]
    dimension: Vec<(String, String)>,
    /// Directory of the `sosw local --data`; without it, AWS_ENDPOINT_URL_CLOUDWATCH
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let client = client(args.data.as_deref()).await?;
    let dimensions = args.dimension.iter();
    let dimensions = dimensions.map(|(k, v)| Dimension::builder().name(k).value(v).build());
    let datum = MetricDatum::builder()
        .metric_name(&args.name)
        .value(args.value)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let put = client.put_metric_data().namespace(&args.namespace).metric_data(datum);
    put.send().await.map_err(|error| Error::Metric(DisplayErrorContext(&error).to_string()))?;
    print::out(format_args!("{} {} = {}", args.namespace, args.name, args.value))
}

async fn client(data: Option<&Path>) -> Result<Client, Error> {
    let Some(directory) = data else {
        return Ok(Client::new(&Clients::from_env().await.shared));
    };
    if !data::holds_tables(directory) {
        return Err(Error::NoData(directory.to_owned()));
    }
    let Reached::Served(endpoints) = data::reach(directory).await? else {
        return Err(Error::NotRunning(directory.to_owned()));
    };
    let shared = clients::of(&endpoints.dynamodb, &endpoints.lambda).shared;
    let config = aws_sdk_cloudwatch::config::Builder::from(&shared);
    Ok(Client::from_conf(config.endpoint_url(endpoints.cloudwatch).build()))
}

fn dimension(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it has the form NAME=VALUE".into()),
    }
}
