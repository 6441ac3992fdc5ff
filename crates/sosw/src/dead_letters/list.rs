//! `sosw dead-letters list`.

use operator::{
    Json, Timestamp,
    dead_letters::{Content, DeadLetter, list},
};
use serde::Serialize;

use super::{Place, subject};
use crate::{clients, error::Error, print, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Also print the events, with the payloads and results in them
    #[arg(long)]
    payload: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    letter: &'a DeadLetter,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a Json>,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let aws = clients::of_environment().await;
    let (mut letters, mut is_cut) = (Vec::new(), false);
    for queue in args.place.queues() {
        let listed = list(&aws, &queue, args.place.limit).await?;
        is_cut |= listed.len() as u32 >= args.place.limit;
        letters.extend(listed);
    }
    let shown = |letter| Shown { letter, event: event(letter).filter(|_| args.payload) };
    match args.place.json {
        true => print::json(&letters.iter().map(shown).collect::<Vec<_>>())?,
        false if letters.is_empty() => print::out("there are no dead letters")?,
        false => letters.iter().try_for_each(|letter| print_letter(letter, args.payload))?,
    }
    match is_cut {
        // SQS does not count them reliably.
        true => print::rest(args.place.json, "There may be more: use --limit or --queue"),
        false => Ok(()),
    }
}

fn print_letter(letter: &DeadLetter, with_event: bool) -> Result<(), Error> {
    let age = letter.sent_at.map(|at| print::duration(Timestamp::now().since(at)));
    let age = age.map(|age| format!(", {age} ago")).unwrap_or_default();
    let (function, error) = match &letter.content {
        Content::Event(event) => {
            let causes = [event.condition.as_deref(), event.error.as_deref()];
            let function = event.function.as_deref().unwrap_or("unknown function");
            (function, causes.into_iter().flatten().collect::<Vec<_>>().join(": "))
        }
        Content::Unreadable { .. } => ("unknown function", String::new()),
    };
    let subject = subject(letter);
    let subject = words::printable(&subject);
    let head = format!("{}: {subject}{age}", letter.queue.name());
    let error = [function, &error].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    print::entry(head, [error.join(": ")])?;
    match event(letter).filter(|_| with_event) {
        Some(event) => print::out(format_args!("    {}", words::printable(&event.to_string()))),
        None => Ok(()),
    }
}

fn event(letter: &DeadLetter) -> Option<&Json> {
    match &letter.content {
        Content::Event(event) => Some(&event.event),
        Content::Unreadable { .. } => None,
    }
}
