//! The functions to run: sosw's four from this program, each labourer from its command.

use std::{path::PathBuf, time::Duration};

use local::lambda::{Command, Function, RecursiveLoop};
use operator::{Labourer, config::LocalLabourer};

use super::{Args, plan::RunPlan};
use crate::{error::Error, function::SoswFunction};

/// A tick that waited longer than this is dropped: the next one follows anyway.
const STALE_TICK: Duration = Duration::from_secs(10);
/// The time-out of the scheduler, as in template.yaml.
const LONGEST: Duration = Duration::from_secs(900);
/// The SDK logs a failed task; the runtime beneath it would log it again.
const ONCE: &str = "info,lambda_runtime=off";
/// A labourer may take as long to start as to do a task, within these bounds: Lambda gives it 10 s,
/// then starts it again within the time of the invocation.
const SHORT_START: Duration = Duration::from_secs(10);
const LONG_START: Duration = Duration::from_secs(60);
/// Events of a lease that leaves no time to wait start all the same.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// All functions of a plan.
pub fn functions(plan: &RunPlan, args: &Args) -> Result<Vec<Function>, Error> {
    let refused = |why| Error::NotLocal { path: args.config.clone(), why };
    let program = std::env::current_exe().map_err(Error::Runtime)?;
    let ours = [
        SoswFunction::Orchestrator,
        SoswFunction::Scavenger,
        SoswFunction::WorkerAssistant,
        SoswFunction::Scheduler,
    ];
    let mut functions: Vec<_> =
        ours.into_iter().map(|name| ours_of(name, &program, plan, args.verbose)).collect();
    for (labourer, process) in plan.labourers() {
        let function = of_labourer(labourer, process);
        if functions.iter().any(|other| other.name() == function.name()) {
            let (id, name) = (&labourer.id, function.name());
            return Err(refused(format!(
                "labourers.{id}: another one has the function {name} already; locally each needs its own"
            )));
        }
        functions.push(function);
    }
    Ok(functions)
}

fn ours_of(
    name: SoswFunction,
    program: &std::path::Path,
    plan: &RunPlan,
    verbose: bool,
) -> Function {
    let command = Command::new(program.to_string_lossy()).arg("function").arg(name.argument());
    let function = Function::process(name.function(), command)
        .env("SOSW_CONFIG", &plan.text)
        // The user's shell may set this for another sosw.
        .env("SOSW_CONFIG_TABLE", "")
        .env("SOSW_PACE", "off")
        .env("SOSW_SCHEDULER", SoswFunction::Scheduler.function())
        .env("RUST_LOG", log_level(verbose))
        .retries(0);
    match name {
        SoswFunction::Orchestrator => function
            .concurrency(plan.processes().orchestrators)
            .timeout(Duration::from_secs(120))
            .maximum_event_age(STALE_TICK.max(plan.local.tick))
            .env("SOSW_TICK", plan.local.tick.as_secs_f64().to_string()),
        // It waits for what falls due before the next tick, which must not wait for it.
        SoswFunction::Scavenger => function
            .concurrency(2)
            .timeout(Duration::from_secs(75))
            .maximum_event_age(STALE_TICK.max(plan.local.tick))
            .env("SOSW_TICK", plan.local.tick.as_secs_f64().to_string()),
        // A report is sent again if the assistant fails; a slot handed over is a loop on purpose.
        SoswFunction::WorkerAssistant => function
            .concurrency(plan.files.assistants(plan.processes()))
            .timeout(Duration::from_secs(60))
            .retries(2)
            .retry_delays([Duration::from_secs(1), Duration::from_secs(5)])
            .recursive_loop(RecursiveLoop::Allow),
        SoswFunction::Scheduler => function.concurrency(4).timeout(LONGEST),
    }
}

/// Warnings about the config are printed once, at the start, not by every process.
fn log_level(verbose: bool) -> &'static str {
    match verbose {
        true => "info",
        false => "warn,function::follow=error",
    }
}

fn of_labourer(labourer: &Labourer, process: &LocalLabourer) -> Function {
    let assistant = SoswFunction::WorkerAssistant.function();
    let mut function = Function::process(labourer.function_name(), command(process))
        .timeout(process.timeout)
        .init_timeout(process.timeout.clamp(SHORT_START, LONG_START))
        .concurrency(process.concurrency.unwrap_or(labourer.max_simultaneous_invocations))
        .retries(process.retries)
        .maximum_event_age(labourer.longest_wait(process.timeout).max(SHORTEST_WAIT))
        .env("SOSW_WORKER_ASSISTANT", assistant)
        // What Python prints comes with the task that printed it, not when there is enough of it.
        .env("PYTHONUNBUFFERED", "1")
        .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| ONCE.to_owned()));
    if process.destinations.on_success() {
        function = function.on_success(assistant).env("SOSW_REPORTS", "destinations");
    }
    if process.destinations.on_failure() {
        function = function.on_failure(assistant);
    }
    process.env.iter().fold(function, |function, (name, value)| function.env(name, value))
}

fn command(process: &LocalLabourer) -> Command {
    let mut words = process.command.iter();
    let command = Command::new(words.next().cloned().unwrap_or_default());
    let command = words.fold(command, |command, word| command.arg(word));
    match &process.directory {
        Some(directory) => command.directory(PathBuf::from(directory)),
        None => command,
    }
}
