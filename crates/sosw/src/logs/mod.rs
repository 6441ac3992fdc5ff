//! `sosw logs`: what the labourer of a task printed. A `sosw local` keeps it ([`crate::output`]); on AWS it is in
//! CloudWatch Logs, and the command to read it there is printed.
//!
//! - [`follow`]: waits for more; [`printer`]: attempts under headings, or JSON
//! - [`cloudwatch`]: the commands for AWS

use operator::{
    TaskManager,
    tasks::{TaskDetails, TaskName, show},
};

use crate::{
    connect::{Answered, Connected, Where},
    error::Error,
    output::{place, read::Reader},
    print,
};

mod cloudwatch;
mod follow;
mod printer;

use self::printer::{Printer, all};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the task or block, or JOB#NUMBER: a task of a job by its number, from 0; JOB may be the beginning of
    /// its id
    task: String,
    /// Print what comes as well, until the task is closed
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    place: Where,
    /// Print JSON; with --follow an object a line for each line
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let name: TaskName = args.task.parse()?;
    if args.follow && args.place.data().is_some() {
        return follow::follow(&args.place, &name, args.json).await;
    }
    let shown = args.place.with(async |sosw| {
        let task = show(&sosw.manager, &name).await?;
        let Some(reader) = reader(&args.place, sosw).await? else {
            return on_aws(&sosw.manager, &task, &args);
        };
        let mut printer = Printer::new(args.json && args.follow);
        match (args.follow, args.json) {
            (true, _) => {
                follow::watch(sosw, &args.place, &name, &mut printer, &Answered::default()).await
            }
            (false, true) => print::json(&all(&reader, &task)?),
            (false, false) => printer.print(&reader, &task),
        }
    });
    shown.await
}

/// What a `sosw local` keeps, of which the directory or the tables are known; nothing if the tables are on AWS.
async fn reader(place: &Where, sosw: &Connected<'_>) -> Result<Option<Reader>, Error> {
    let path = match (place.data(), sosw.aws()) {
        (Some(directory), _) => Some(place::of(directory)),
        (None, Some(clients)) => place::announced(clients).await,
        (None, None) => None,
    };
    Ok(path.map(|path| Reader::open(&path)).transpose()?)
}

fn on_aws(manager: &TaskManager, task: &TaskDetails, args: &Args) -> Result<(), Error> {
    let labourer = manager.labourers().get_or_left(&task.labourer_id);
    let queries = cloudwatch::Queries::new(task, labourer.function_name(), manager.now());
    match (args.json, args.follow) {
        (true, _) => print::json(&queries),
        (false, true) => print::out(queries.to_follow()),
        (false, false) => print::out(queries.as_text()),
    }
}
