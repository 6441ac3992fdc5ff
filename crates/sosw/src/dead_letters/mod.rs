//! `sosw dead-letters`: events that no function took.

use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use operator::dead_letters::{Content, DeadLetter, DeadLetterQueue, QueueKind, Subject};

use crate::error::Error;

mod list;
mod resend;

const EXAMPLES: &str = "\
Examples:
  sosw dead-letters list                          what lies in the three queues
  sosw dead-letters list --queue jobs --payload   the events, too
  sosw dead-letters resend --dry-run              what would be sent to which function
  sosw dead-letters resend --queue reports        send reports again

The queues are found by the standard AWS environment (credentials, AWS_REGION). Needs the rights
sqs:GetQueueUrl, ReceiveMessage, ChangeMessageVisibility, DeleteMessage, and lambda:InvokeFunction.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the messages, the oldest first; they stay where they are
    List(list::Args),
    /// Send each event to its function again, and delete what Lambda took
    ///
    /// A report goes to the worker assistant, a job to the scheduler. Twice is harmless: the same report ends
    /// nothing again, and the same delivery of a job is one job. Ticks are deleted and not sent, as
    /// the next tick does the work of an old one. What cannot be read, and what Lambda refuses, stays in the
    /// queue, which keeps a message for 14 days.
    Resend(resend::Args),
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The stack (its parameter `Prefix`); without it, SOSW_STACK or `sosw`
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// Only this queue; may be given several times
    #[arg(long = "queue", value_name = "QUEUE", value_parser = kind())]
    queues: Vec<QueueKind>,
    /// The most messages of each queue
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn kind() -> impl TypedValueParser<Value = QueueKind> {
    let names = PossibleValuesParser::new(QueueKind::ALL.map(QueueKind::name));
    names.try_map(|name| QueueKind::of_name(&name).ok_or("there is no such queue"))
}

impl Place {
    fn queues(&self) -> impl Iterator<Item = DeadLetterQueue> {
        let variable = std::env::var("SOSW_STACK").ok().filter(|name| !name.is_empty());
        let stack = self.stack.clone().or(variable).unwrap_or_else(|| "sosw".to_owned());
        let chosen = |kind: &QueueKind| self.queues.is_empty() || self.queues.contains(kind);
        let queue = move |kind| DeadLetterQueue { stack: stack.clone(), kind };
        QueueKind::ALL.into_iter().filter(chosen).map(queue)
    }
}

pub async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::List(args) => list::run(args).await,
        Command::Resend(args) => resend::run(args).await,
    }
}

/// What a message is about.
fn subject(letter: &DeadLetter) -> String {
    match &letter.content {
        Content::Unreadable { why } => format!("unreadable: {why}"),
        Content::Event(event) => match &event.subject {
            Subject::Tick => "tick".to_owned(),
            Subject::Tasks(tasks) => match tasks.as_slice() {
                [task] => format!("task {task}"),
                [first, others @ ..] => format!("task {first} and {} more", others.len()),
                [] => "no task".to_owned(),
            },
            Subject::Job(id) => format!("job {id}"),
            Subject::NewJob { labourer } => format!("new job for {labourer}"),
        },
    }
}
