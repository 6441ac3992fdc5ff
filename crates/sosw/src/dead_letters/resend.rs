//! `sosw dead-letters resend`.

use operator::dead_letters::{
    Content, DeadLetter, DeadLetterQueue, HandledLetter, Outcome, Resent, list, resend,
};
use serde::Serialize;

use super::{Place, subject};
use crate::{clients, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
}

/// With `--dry-run`, what would become of a message.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    handled: &'a HandledLetter,
    dry_run: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let aws = clients::of_environment().await;
    let (mut all, mut is_cut, mut trouble) = (Vec::new(), false, None);
    for queue in args.place.queues() {
        let resent = match args.dry_run {
            true => plan(&aws, &queue, args.place.limit).await?,
            false => resend(&aws, &queue, args.place.limit).await,
        };
        is_cut |= resent.handled.len() as u32 >= args.place.limit;
        all.extend(resent.handled);
        trouble = resent.trouble;
        if trouble.is_some() {
            break;
        }
    }
    match args.place.json {
        true => {
            let shown = |handled| Shown { handled, dry_run: args.dry_run };
            print::json(&all.iter().map(shown).collect::<Vec<_>>())?;
        }
        false => report(&all, args.dry_run)?,
    }
    if is_cut {
        print::rest(args.place.json, "There may be more: use --limit")?;
    }
    if let Some(trouble) = trouble {
        return Err(trouble.into());
    }
    match all.iter().filter(|handled| stays(handled) && !args.dry_run).count() {
        0 => Ok(()),
        kept => Err(Error::DeadLettersKept(kept as u64)),
    }
}

fn stays(handled: &HandledLetter) -> bool {
    matches!(handled.outcome, Outcome::Kept { .. } | Outcome::NotDeleted { .. })
}

/// What `resend` would do if nothing failed.
async fn plan(
    clients: &operator::Clients,
    queue: &DeadLetterQueue,
    limit: u32,
) -> Result<Resent, Error> {
    let planned = |letter: DeadLetter| {
        let outcome = match (&letter.content, queue.function()) {
            (Content::Unreadable { why }, _) => Outcome::Kept { why: why.to_string() },
            (Content::Event(_), Some(function)) => Outcome::Sent { function },
            (Content::Event(_), None) => Outcome::Dropped,
        };
        HandledLetter { letter, outcome }
    };
    let handled = list(clients, queue, limit).await?.into_iter().map(planned).collect();
    Ok(Resent { handled, trouble: None })
}

fn report(all: &[HandledLetter], dry_run: bool) -> Result<(), Error> {
    if all.is_empty() {
        return print::out("there are no dead letters: nothing was sent");
    }
    let would = if dry_run { "would be " } else { "" };
    for HandledLetter { letter, outcome } in all {
        let what = match outcome {
            Outcome::Sent { function } => format!("{would}sent to {function}"),
            Outcome::Dropped => {
                format!("{would}deleted and not sent, as the next tick does its work")
            }
            Outcome::Kept { why } => format!("stays in the queue: {why}"),
            Outcome::NotDeleted { why } => format!("sent, but stays in the queue: {why}"),
        };
        let about = match &letter.content {
            Content::Event(_) => subject(letter),
            Content::Unreadable { .. } => format!("message {}", letter.message_id),
        };
        let line = format!("{}: {about}: {what}", letter.queue.name());
        print::out(words::printable(&line))?;
    }
    Ok(())
}
