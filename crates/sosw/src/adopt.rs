//! `sosw adopt`: the tables of a running sosw 0.7, put in order.

use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Make the changes; without it, they are shown only
    #[arg(long)]
    apply: bool,
}

/// Shows what must change, and changes it if asked to. sosw's own functions must not run meanwhile.
pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let plan = manager.plan_adoption().await?;
    let (mut made, mut moved) = (0, 0);
    for change in &plan.changes {
        if !args.apply {
            print::out(change)?;
        } else if manager.adopt(change).await? {
            print::out(change)?;
            made += 1;
        } else {
            print::out(format_args!("{change}: left alone, it is no longer so"))?;
            moved += 1;
        }
    }
    for id in &plan.unreadable {
        print::err(format_args!("{id}: its closed payload is neither JSON nor Python; it stays"));
    }
    let planned = plan.changes.len() as u64;
    connected.close().await;
    print::err(match (args.apply, planned) {
        (_, 0) => "nothing to change".to_owned(),
        (true, _) => format!("{} made, {moved} left alone", print::count(made, "change")),
        (false, _) => format!(
            "{} to make: stop sosw's functions, then do it with --apply",
            print::count(planned, "change")
        ),
    });
    Ok(())
}
