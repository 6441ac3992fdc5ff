//! `sosw resources`: what labourers share, who uses how much of it, and limits that are set while everything runs.

use std::time::Duration;

use clap::Subcommand;
use operator::{
    ResourceId, Timestamp,
    resources::{
        LabourerUse, NewRate, PermitsSnapshot, RateSnapshot, ResourceSnapshot, SetLive, list,
        set_permits, set_rate,
    },
};

use crate::{
    connect::{Connected, Where},
    error::Error,
    pause::duration,
    print, words,
};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set permits or rate from now on, until another config is pushed
    Set(Set),
}

#[derive(Debug, clap::Args)]
struct Set {
    /// The resource
    name: String,
    /// What live attempts may hold together; those that are live may end
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with = "rate",
        required_unless_present = "rate"
    )]
    permits: Option<u32>,
    /// How many tasks may start in the time of --per
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rate: Option<u32>,
    /// The time of the rate: 10s, 1m. Without it, as it is
    #[arg(long, value_name = "TIME", requires = "rate", conflicts_with = "permits", value_parser = duration)]
    per: Option<Duration>,
    /// How many of them may start at once. Without it, as it is
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        requires = "rate",
        conflicts_with = "permits"
    )]
    burst: Option<u32>,
    /// Shown wherever the limit is shown
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let Args { command, place, json } = args;
    if let Some(Command::Set(set)) = command {
        return set_live(set).await;
    }
    let (resources, now) =
        place.with(async |sosw| Ok((list(&sosw.manager).await?, sosw.manager.now()))).await?;
    match (json, resources.is_empty()) {
        (true, _) => print::json(&resources),
        (false, true) => print::out("the config has no resources"),
        (false, false) => print::out(as_table(&resources, now)),
    }
}

async fn set_live(args: Set) -> Result<(), Error> {
    let set = args.place.with(async |Connected { manager, .. }| {
        let (resource, reason) = (ResourceId::new(args.name.as_str())?, args.reason.as_deref());
        let rate = args.rate.map(|limit| NewRate { limit, per: args.per, burst: args.burst });
        Ok(match (args.permits, rate) {
            (Some(permits), _) => set_permits(manager, &resource, permits, reason).await?,
            (None, Some(rate)) => set_rate(manager, &resource, rate, reason).await?,
            // One of them is required.
            (None, None) => operator::resources::show(manager, &resource).await?,
        })
    });
    let resource = set.await?;
    if args.json {
        return print::json(&resource);
    }
    let set = if args.permits.is_some() { resource.permits_set() } else { resource.rate_set() };
    set.map_or(Ok(()), print::out)
}

fn as_table(resources: &[ResourceSnapshot], now: Timestamp) -> comfy_table::Table {
    let columns = ["resource", "permits", "used", "rate", "tokens", "used by", "remark"];
    let mut table = print::table(&columns, 1..5);
    for resource in resources {
        let permits = resource.permits.as_ref();
        let rate = resource.rate.as_ref();
        let labourers = resource.labourers.iter().map(of_labourer);
        table.add_row([
            resource.resource.to_string(),
            permits.map(permits_in_force).unwrap_or_default(),
            permits.map(|permits| permits.used.to_string()).unwrap_or_default(),
            rate.map(RateSnapshot::in_words).unwrap_or_default(),
            rate.map(tokens).unwrap_or_default(),
            labourers.collect::<Vec<_>>().join("\n"),
            words::printable(&remark(resource, now)).into_owned(),
        ]);
    }
    table
}

/// `20 of 50`; `50` if all may be used.
fn permits_in_force(permits: &PermitsSnapshot) -> String {
    let configured = permits.configured;
    match permits.in_force {
        Some(number) if number != configured => format!("{number} of {configured}"),
        _ => configured.to_string(),
    }
}

/// Those that are there, or when the next one is.
fn tokens(rate: &RateSnapshot) -> String {
    match rate.next_in.is_zero() {
        true => rate.available.to_string(),
        false => format!("in {}", print::fine_duration(rate.next_in)),
    }
}

/// `resize: 3 of 4, waits`: attempts that are live, of those that its share allows.
fn of_labourer(one: &LabourerUse) -> String {
    let LabourerUse { labourer_id, running, share, waits, .. } = one;
    let of = share.map(|share| format!(" of {share}")).unwrap_or_default();
    format!("{labourer_id}: {running}{of}{}", if *waits { ", waits" } else { "" })
}

/// What is out of the ordinary, and how long ago it was set.
fn remark(resource: &ResourceSnapshot, now: Timestamp) -> String {
    let ago = |at: Timestamp| format!("{} ago", print::duration(now.since(at)));
    let of_permits = resource.permits.as_ref().and_then(|permits| permits.set.as_ref());
    let of_rate = resource.rate.as_ref().and_then(|rate| rate.set.as_ref());
    let times = of_permits.map(|SetLive { at, .. }| *at).into_iter();
    let latest = times.chain(of_rate.map(|SetLive { at, .. }| *at)).max();
    match latest {
        Some(at) => format!("{} ({})", resource.remark(), ago(at)),
        None => resource.remark(),
    }
}
