//! `sosw dead-letters list`.

use operator::{
    Clients, Json, Timestamp,
    dead_letters::{Content, DeadLetter, list},
};
use serde::Serialize;

use super::{Place, subject};
use crate::{error::Error, print};

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
    let clients = Clients::from_env().await;
    let (mut letters, mut is_cut) = (Vec::new(), false);
    for queue in args.place.queues() {
        let listed = list(&clients, &queue, args.place.limit).await?;
        is_cut |= listed.len() as u32 >= args.place.limit;
        letters.extend(listed);
    }
    if args.place.json {
        let shown = |letter| Shown { letter, event: event(letter).filter(|_| args.payload) };
        return print::json(&letters.iter().map(shown).collect::<Vec<_>>());
    }
    if letters.is_empty() {
        return print::out("there are no dead letters");
    }
    print_table(&letters, args.payload)?;
    match is_cut {
        true => print::out("There may be more: use --limit or --queue"),
        false => Ok(()),
    }
}

fn print_table(letters: &[DeadLetter], with_events: bool) -> Result<(), Error> {
    let mut columns = vec!["queue", "age", "function", "about", "error"];
    columns.extend(with_events.then_some("event"));
    let mut table = print::table(&columns, []);
    let now = Timestamp::now();
    for letter in letters {
        let age = letter.sent_at.map(|at| print::duration(now.since(at)));
        let (function, error) = match &letter.content {
            Content::Event(event) => {
                let causes = [event.condition.as_deref(), event.error.as_deref()];
                (
                    event.function.clone(),
                    causes.into_iter().flatten().collect::<Vec<_>>().join(": "),
                )
            }
            Content::Unreadable { .. } => (None, String::new()),
        };
        let mut row = vec![
            letter.queue.name().to_owned(),
            age.unwrap_or_default(),
            function.unwrap_or_default(),
            subject(letter),
            print::short(&error, 80),
        ];
        row.extend(with_events.then(|| event(letter).map(Json::to_string).unwrap_or_default()));
        table.add_row(row);
    }
    print::out(table)
}

fn event(letter: &DeadLetter) -> Option<&Json> {
    match &letter.content {
        Content::Event(event) => Some(&event.event),
        Content::Unreadable { .. } => None,
    }
}
