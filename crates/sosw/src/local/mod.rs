//! `sosw local`: tables, the four functions and the labourers on this machine.
//!
//! - [`plan`]: config and job, read and checked before anything is started
//! - [`machine`]: everything started, and stopped; [`deploy`]: what runs as which function
//! - [`files`]: how many files may be open; [`page`]: the page that is served
//! - [`recover`]: what an earlier run left unfinished
//! - [`work`]: submits the job, and watches progress until the end
//! - [`watch`]: reads and counts; [`counted`]: what is counted, [`progress`]: how far each labourer and job is by both,
//!   [`speed`]: how fast
//! - [`screen`]: prints lines and progress, as [`bars`] or [`lines`], in the words of [`message`]; [`logs`]: which of
//!   the many lines are shown, [`output`]: how those of labourers are kept
//! - [`silent`]: labourers that fail without a report
//! - [`summary`]: printed at the end
//! - [`metric`]: a value put into the CloudWatch of a running `sosw local`

use std::path::PathBuf;

use clap::Subcommand;

use crate::{data::Data, error::Error, print, stop::StopRequest};

mod deploy;
mod files;
mod logs;
mod machine;
mod metric;
mod output;
mod page;
mod plan;
mod screen;
mod silent;
mod summary;
mod recover;
mod counted;
mod progress;
mod speed;
mod message;
mod bars;
mod lines;
mod watch;
mod work;

use self::{machine::Machine, plan::RunPlan, screen::Screen, summary::Summary, work::End};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Command {
    #[command(subcommand)]
    within: Option<Within>,
    #[command(flatten)]
    run: Option<Args>,
}

#[derive(Debug, Subcommand)]
enum Within {
    /// Put a value of a metric into the CloudWatch of a running `sosw local`
    Metric(metric::Args),
}

/// Runs the system, or does something to a running one.
pub async fn command(command: Command) -> Result<(), Error> {
    match (command.within, command.run) {
        (Some(Within::Metric(args)), _) => metric::run(args).await,
        (None, Some(args)) => run(args).await,
        // clap refuses a command line with neither.
        (None, None) => Ok(()),
    }
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Config file; `local.labourers.NAME.command` starts each labourer
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// JSON file with the job to run
    #[arg(long, value_name = "FILE")]
    job: Option<PathBuf>,
    /// Keep the tables in this directory: a restart continues where it stopped, even after a kill
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    data: Option<PathBuf>,
    /// Keep the tables in memory (the default)
    #[arg(long)]
    memory: bool,
    /// Stop when every task is closed, instead of serving until Ctrl-C
    #[arg(long)]
    until_idle: bool,
    /// Port for DynamoDB on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port for Lambda on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    lambda_port: u16,
    /// Port for the page on 127.0.0.1; 0 picks a free one. Default 8420, or a free one if that is taken
    #[arg(long, value_name = "PORT", conflicts_with = "no_page")]
    page_port: Option<u16>,
    /// Serve no page
    #[arg(long)]
    no_page: bool,
    /// Show every line that functions and labourers print
    #[arg(long, short)]
    verbose: bool,
    /// Print the summary at the end as JSON, and everything else to standard error
    #[arg(long)]
    json: bool,
}

/// Runs until every task is closed, or until it is stopped.
async fn run(args: Args) -> Result<(), Error> {
    let plan = RunPlan::read(&args)?;
    let mut stop = StopRequest::listen()?;
    let screen = Screen::new(args.json);
    logs::init(&screen, args.verbose);
    plan.warn(&screen);
    let data = match &args.data {
        Some(directory) => Some(Data::take(directory).await?),
        None => None,
    };
    let machine = Machine::start(&plan, &args, data, &screen).await?;
    machine.introduce(&plan, &screen);
    let worked = work::work(&machine, &plan, &args, &screen, &mut stop).await;
    screen.finish();
    let job = match &worked {
        Ok(End::Idle { job }) => job.as_ref(),
        _ => None,
    };
    let summary = Summary::read(&machine, job).await;
    machine.stop().await;
    // The summary is printed even if the work failed; the error follows.
    let printed = summary.and_then(|summary| {
        match args.json {
            true => print::json(&summary)?,
            false => summary.print(args.data.is_some(), worked.is_ok())?,
        }
        Ok(summary)
    });
    let (end, summary) = (worked?, printed?);
    match args.until_idle {
        true => verdict(&end, &summary, args.data.is_some()),
        false => Ok(()),
    }
}

/// What a run that was to work until nothing is left ends with.
fn verdict(end: &End, summary: &Summary, kept: bool) -> Result<(), Error> {
    match (end, summary.stuck(), summary.lost()) {
        (End::Stopped { open }, ..) if *open > 0 => Err(Error::Interrupted { open: *open, kept }),
        (_, stuck, _) if stuck > 0 => Err(Error::Stuck(stuck)),
        (.., lost) if !lost.is_empty() => Err(Error::JobsEnded(lost)),
        _ => Ok(()),
    }
}
