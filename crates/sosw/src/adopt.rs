//! `sosw adopt`: the tables of a running sosw 0.7, put in order.

use operator::adopt::{Adopted, AdoptionChange};

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
    let plan = operator::adopt::plan(manager).await?;
    let mut printed = Ok(());
    let mut show = |change: &AdoptionChange, holds: bool| {
        if printed.is_ok() {
            printed = match holds {
                true => print::out(change),
                false => print::out(format_args!("{change}: left alone, it is no longer so")),
            };
        }
    };
    let adopted = match args.apply {
        true => operator::adopt::apply_all(manager, &plan, show).await?,
        false => {
            plan.changes.iter().for_each(|change| show(change, true));
            Adopted::default()
        }
    };
    printed?;
    for id in &plan.unreadable {
        print::err(format_args!("{id}: its closed payload is neither JSON nor Python; it stays"));
    }
    let planned = plan.changes.len() as u64;
    connected.close().await;
    print::err(match (args.apply, planned) {
        (_, 0) => "nothing to change".to_owned(),
        (true, _) => {
            let Adopted { made, left_alone } = adopted;
            format!("{} made, {left_alone} left alone", print::count(made, "change"))
        }
        (false, _) => format!(
            "{} to make: stop sosw's functions, then do it with --apply",
            print::count(planned, "change")
        ),
    });
    Ok(())
}
