//! `sosw adopt`: prepares the tables of a running sosw 0.7.

use operator::{
    TaskManager,
    adopt::{self, Adopted, AdoptionChange, AdoptionPlan},
};
use serde::Serialize;

use crate::{connect::Where, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Apply the changes; without this they are only shown
    #[arg(long)]
    apply: bool,
    /// Print JSON, once all is done
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Adoption<'a> {
    #[serde(flatten)]
    plan: &'a AdoptionPlan,
    /// What became of the changes, if they were applied.
    adopted: Option<Adopted>,
}

/// Shows what must change, and changes it if asked to. sosw 0.7's own functions must not run meanwhile.
pub async fn run(args: Args) -> Result<(), Error> {
    let adopted = args.place.with(async |sosw| {
        let plan = adopt::plan(&sosw.manager).await?;
        let adopted = match args.apply {
            true => Some(apply(&sosw.manager, &plan, args.json).await?),
            false => None,
        };
        Ok((plan, adopted))
    });
    let (plan, adopted) = adopted.await?;
    if args.json {
        return print::json(&Adoption { plan: &plan, adopted });
    }
    if adopted.is_none() {
        plan.changes.iter().try_for_each(|change| print::out(shown(change)))?;
    }
    for id in &plan.unreadable {
        print::err(format_args!(
            "{id}: its closed payload is neither JSON nor Python; it is left as it is"
        ));
    }
    print::err(match (adopted, plan.changes.len() as u64) {
        (_, 0) => "nothing to change".to_owned(),
        (Some(Adopted { made, left_alone }), _) => {
            format!("{} applied, {left_alone} skipped", words::count(made, "change"))
        }
        (None, planned) => format!(
            "{} to apply: stop sosw's functions, then run this with --apply",
            words::count(planned, "change")
        ),
    });
    Ok(())
}

/// Makes the changes, and shows each as it is made, unless the result is to be JSON.
async fn apply(manager: &TaskManager, plan: &AdoptionPlan, json: bool) -> Result<Adopted, Error> {
    let mut printed = Ok(());
    let show = |change: &AdoptionChange, is_made: bool| {
        if printed.is_ok() && !json {
            let change = shown(change);
            printed = match is_made {
                true => print::out(change),
                false => print::out(format_args!("{change}: skipped, the item has changed")),
            };
        }
    };
    let adopted = adopt::apply_all(manager, plan, show).await?;
    printed.map(|()| adopted)
}

fn shown(change: &AdoptionChange) -> String {
    words::printable(&change.to_string()).into()
}
