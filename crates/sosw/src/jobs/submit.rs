//! `sosw jobs submit`.

use std::path::PathBuf;

use super::{read, refused};
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON of the job
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

/// The tasks are queued from here: if that is cut short, the next tick goes on with them.
pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let submission = read(&args.file, manager)?;
    let account = manager.submit(&submission, None).await.map_err(refused(args.file))?;
    let known = account.progress.made;
    let account = manager.fill(account, || true, async || {}).await?;
    let (id, total) = (&account.job.id, account.progress.total);
    let tasks = print::count(total, "task");
    let told = match (account.stage(manager.now()), account.job.options.start) {
        ("waiting", Some(start)) => format!("{tasks}, from {} on", print::time(start)),
        (stage, _) if known == total => format!("{tasks}, known already, {stage}"),
        (stage, _) => format!("{tasks}, {stage}"),
    };
    print::out(format_args!("job {id}: {told}"))?;
    print::err(format_args!("sosw jobs show {id} --follow  tells how far it is"));
    connected.close().await;
    Ok(())
}
