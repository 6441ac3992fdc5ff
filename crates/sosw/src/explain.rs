//! `sosw explain`: why a task is not running, and the next step.

use operator::{
    explain::{Explanation, InBlock, explain_task},
    jobs::Count,
    tasks::TaskName,
};

use crate::{connect::Where, error::Error, hint, print, state, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the task or block, or JOB#NUMBER: a task of a job by its number, from 0; JOB may be the beginning of
    /// its id
    task: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let name: TaskName = args.task.parse()?;
    let explained = args.place.with(async |sosw| {
        let explanation = explain_task(&sosw.manager, &name).await?;
        if explanation.is_of_open_task() {
            args.place.note_if_idle(sosw);
        }
        Ok(explanation)
    });
    let explanation = explained.await?;
    match args.json {
        true => print::json(&explanation),
        false => print::out(as_text(&name, &explanation)),
    }
}

fn as_text(name: &TaskName, explanation: &Explanation) -> String {
    let Explanation { state, before, block, reasons } = explanation;
    let place = match (before, block) {
        (None, _) => String::new(),
        (Some(Count::Exactly(0)), _) => ", first in its queue".into(),
        (Some(Count::Exactly(1)), None) => ", with 1 task before it".into(),
        (Some(before), None) => format!(", with {before} tasks before it"),
        (Some(Count::Exactly(1)), Some(_)) => ", with 1 task or block before it".into(),
        (Some(before), Some(_)) => format!(", with {before} tasks or blocks before it"),
    };
    let mut lines = vec![format!("{name} is {}{place}", state::painted(state))];
    lines.extend(block.as_ref().map(|block| in_block(name, block)));
    for reason in reasons {
        let why = words::printable(&reason.why).replace('\n', "\n    ");
        lines.push(format!("  reason: {why}"));
        lines.push(format!("  next step: {}", hint::complete(&words::printable(&reason.change))));
    }
    lines.join("\n")
}

/// `one of 100 tasks in block …`.
fn in_block(name: &TaskName, block: &InBlock) -> String {
    let InBlock { task_id, members, tasks, halved } = block;
    let what = match (name, tasks) {
        (TaskName::Id(_), 1) => format!("a block with one task: {members}"),
        (TaskName::Id(_), _) => format!("a block of {tasks} tasks: {members}"),
        (TaskName::OfJob(..), 1) => format!("alone in block {task_id}"),
        (TaskName::OfJob(..), _) => format!("one of {tasks} tasks in block {task_id}: {members}"),
    };
    match halved {
        0 => format!("  {what}"),
        halved => format!(
            "  {what}; halved {}, as its attempts ended without a word of its tasks",
            words::count((*halved).into(), "time")
        ),
    }
}
