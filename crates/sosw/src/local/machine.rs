//! Everything that runs: the embedded AWS with the functions and labourers, and a manager to read the
//! tables.

use std::{sync::Arc, time::Duration};

use local::{
    Embedded,
    lambda::Lambda,
    ticker::{Schedule, Ticker},
};
use operator::{
    TaskManager, Timestamp,
    config::{ConfigTable, Sources},
};

use super::{Args, deploy, logs, output::Output, page::Served, plan::RunPlan, screen::Screen};
use crate::{
    clients,
    data::{Data, Endpoints},
    error::Error,
    function::SoswFunction,
    words,
};

/// How often expired records of trackers are removed.
const SWEEP: Duration = Duration::from_secs(60);

/// The running system.
pub struct Machine {
    pub manager: TaskManager,
    pub started: std::time::Instant,
    aws: Embedded,
    output: Option<Output>,
    page: Option<Served>,
    data: Option<Data>,
}

impl Machine {
    /// Starts everything but the ticks.
    pub async fn start(
        plan: &RunPlan,
        args: &Args,
        data: Option<Data>,
        screen: &Screen,
    ) -> Result<Self, Error> {
        let output = Output::keep(plan, data.as_ref(), screen);
        let recorder = output.as_ref().map(Output::recorder);
        let mut builder = Embedded::builder()
            .dynamodb_port(args.port)
            .lambda_port(args.lambda_port)
            .sweep_every(SWEEP)
            .close_connections(plan.files.are_few(plan.processes()))
            .on_log(logs::sink(screen, args.verbose, recorder));
        if let Some(data) = &data {
            builder = builder.tables_in(data.tables());
        }
        for function in deploy::functions(plan, args)? {
            builder = builder.function(function);
        }
        let aws = builder.start().await?;
        let endpoints = Endpoints {
            dynamodb: aws.dynamodb().url(),
            lambda: aws.lambda().url(),
            cloudwatch: aws.cloudwatch().url(),
        };
        let clients = clients::of(&endpoints.dynamodb, &endpoints.lambda);
        let manager =
            TaskManager::new(&clients, Arc::new(plan.config.clone()), "sosw local").unpaced();
        manager.store().create_tables().await?;
        keep_config(plan, &clients.dynamodb).await?;
        learn_time_outs(&manager).await?;
        if let Some(output) = &output {
            output.announce(&clients).await?;
        }
        if let Some(data) = &data {
            data.announce(&endpoints)?;
        }
        let page = Served::start(args, clients, &plan.config, output.as_ref()).await?;
        Ok(Self { manager, started: std::time::Instant::now(), aws, output, page, data })
    }

    /// The Lambda service.
    pub fn lambda(&self) -> &Lambda {
        self.aws.lambda()
    }

    /// Starts the ticks of orchestrator and scavenger; the first ones come at once.
    pub fn tick(&self, every: Duration) -> Vec<Ticker> {
        let start = |name: SoswFunction| {
            let schedule = Schedule::new(name.function(), every);
            let ticker = Ticker::start(self.aws.lambda(), self.aws.account(), schedule);
            if let Err(error) = ticker.now() {
                tracing::warn!(%error, function = ticker.function(), "the first tick was refused");
            }
            ticker
        };
        vec![start(SoswFunction::Scavenger), start(SoswFunction::Orchestrator)]
    }

    /// Prints what runs, and how to connect to it.
    pub fn introduce(&self, plan: &RunPlan, screen: &Screen) {
        let place = match &self.data {
            Some(data) => data.tables().display().to_string(),
            None => "memory".to_owned(),
        };
        screen.print(format_args!("sosw local, tables in {place}"));
        for (labourer, process) in plan.labourers() {
            let slots = words::count(labourer.max_simultaneous_invocations.into(), "slot");
            screen.print(format_args!("  {}: {slots}, {}", labourer.id, process.command.join(" ")));
        }
        let environment = self.aws.environment();
        let set = |names: &[&str]| {
            let pairs = names.iter().filter_map(|name| environment.get_key_value(*name));
            pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        if let Some(page) = &self.page {
            page.introduce(screen);
        }
        screen.print("From another terminal (sosw status, aws, boto3):");
        let endpoints =
            ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_CLOUDWATCH"];
        screen.print(format_args!("  export {}", set(&endpoints)));
        let account =
            ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        screen.print(format_args!("  export {}", set(&account)));
    }

    /// Ends functions and labourers, then closes the tables.
    pub async fn stop(self) {
        if let Some(page) = self.page {
            page.stop().await;
        }
        self.aws.shutdown().await;
        drop(self.output);
        drop(self.data);
    }
}

/// Leases rest on the time-outs of the functions. Until a tick of the orchestrator has asked for them, a lease is as
/// long as the longest time-out of Lambda, and the first job would get such leases if its scheduler were faster.
async fn learn_time_outs(manager: &TaskManager) -> Result<(), Error> {
    for labourer in manager.config().labourers.values() {
        let mut row = manager.labourers().register(labourer).await?;
        manager.labourers().renew_timeout(labourer, &mut row).await?;
    }
    Ok(())
}

/// Stores the config where other commands find it, as on AWS.
async fn keep_config(plan: &RunPlan, client: &aws_sdk_dynamodb::Client) -> Result<(), Error> {
    let table = ConfigTable { name: ConfigTable::NAME.into(), env: ConfigTable::PRODUCTION.into() };
    let config = serde_json::from_str(&plan.text).unwrap_or_default();
    table.create(client).await?;
    table.write(client, Sources::ESSENTIAL, &config, Timestamp::now()).await?;
    Ok(())
}
