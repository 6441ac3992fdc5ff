//! `sosw jobs show`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use task_manager::{
    TaskManager,
    ids::JobId,
    jobs::record::{Account, Whereabouts},
    time::Timestamp,
};

use super::list;
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

/// Between two looks at a job that is followed.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the job
    id: String,
    /// Show progress until it is done
    #[arg(long, conflicts_with = "json")]
    follow: bool,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let id = JobId::new(&args.id)?;
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let mut account = manager.job(&id).await?;
    if args.follow {
        account = follow(manager, account).await?;
    }
    let (whereabouts, now) = (manager.whereabouts(&account).await?, manager.now());
    connected.close().await;
    if args.json {
        let mut json = list::as_json(&account, now);
        if let Some(fields) = json.as_object_mut() {
            fields.insert("open".to_owned(), serde_json::json!(whereabouts));
        }
        return print::out(json);
    }
    print::out(as_text(&account, whereabouts, now))
}

/// Shows progress until every task is closed.
async fn follow(manager: &TaskManager, mut account: Account) -> Result<Account, Error> {
    let bar = ProgressBar::new(account.progress.total);
    let style = "{bar:40} {pos} of {len} closed, {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()));
    loop {
        let progress = account.progress;
        bar.set_message(in_a_line(&account, manager.now()));
        bar.set_length(progress.total);
        bar.set_position(progress.closed());
        if progress.is_done() || !account.job.state.is_open() {
            bar.finish_and_clear();
            return Ok(account);
        }
        tokio::time::sleep(PAUSE).await;
        account = manager.job(&account.job.id).await?;
    }
}

fn in_a_line(account: &Account, now: Timestamp) -> String {
    let progress = account.progress;
    let mut parts = vec![account.stage(now).to_owned()];
    parts.extend((progress.exhausted > 0).then(|| format!("{} exhausted", progress.exhausted)));
    parts.extend(progress.eta(now).map(|eta| format!("ETA {}", print::duration(eta))));
    parts.join(", ")
}

fn as_text(account: &Account, whereabouts: Whereabouts, now: Timestamp) -> String {
    let (job, progress) = (&account.job, account.progress);
    let time = |at: Option<Timestamp>| at.map_or("not yet".to_owned(), print::time);
    let Whereabouts { queued, running, parked } = whereabouts;
    let mut lines = vec![
        line("job", &job.id),
        line("labourer", &job.labourer_id),
        line("state", account.stage(now)),
        line("tasks", format_args!("{}, {} made", progress.total, progress.made)),
        line("open", format_args!("{queued} queued, {running} running, {parked} parked")),
        line(
            "closed",
            format_args!(
                "{} succeeded, {} exhausted, {} ignored",
                progress.succeeded, progress.exhausted, progress.ignored
            ),
        ),
        line("parked", format_args!("{} retries, {} snoozes", progress.retried, progress.snoozed)),
        line("accepted", print::time(job.created_at)),
    ];
    lines.extend(job.options.start.map(|start| line("not before", print::time(start))));
    lines.extend([
        line("started", time(progress.started)),
        line("ended", time(job.ended_at.or(progress.ended()))),
        line("duration", print::duration(progress.duration(now))),
        line("content", print::short(&job.text, 400)),
    ]);
    lines.join("\n")
}

fn line(name: &str, text: impl std::fmt::Display) -> String {
    format!("{name:<12}{text}")
}
