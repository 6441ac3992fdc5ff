//! Tries sosw under AWS's conditions: one line for each thing that must be shown, `met` or `missed`.

use std::process::ExitCode;

use clap::Parser;
use guarantees::simulate::{
    parameters::Parameters,
    scenario::{ALL, Scenario, ScenarioError, Size},
};

// As in the programs that run the embedded engine.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    /// Scenarios; all of them if none is named
    #[arg(value_parser = scenario)]
    scenarios: Vec<Scenario>,
    /// The same seed gives the same run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Everything that takes time takes so many times as long
    #[arg(long, default_value_t = 1.0, value_parser = factor)]
    slower: f64,
    /// As small as in the tests
    #[arg(long)]
    bounded: bool,
    /// So many tasks are filled where any are, instead of 30,000: a number of thousands
    #[arg(long, conflicts_with = "bounded", value_parser = thousands)]
    tasks: Option<u32>,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    let known = || {
        let lines = ALL.iter().map(|known| format!("{}: {}", known.name, known.about));
        format!("there is no such scenario; there are\n{}", lines.collect::<Vec<_>>().join("\n"))
    };
    ALL.into_iter().find(|known| known.name == name).ok_or_else(known)
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.01..=100.0).contains(factor));
    factor.ok_or_else(|| "give a number from 0.01 to 100".to_owned())
}

fn thousands(text: &str) -> Result<u32, String> {
    let tasks = text.parse().ok().filter(|n| *n > 0 && n % 1000 == 0 && *n <= 10_000_000);
    tasks.ok_or_else(|| "give thousands: 200000, say, and at most 10000000".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<bool, ScenarioError> {
    let size = match (args.bounded, args.tasks) {
        (true, _) => Size::Bounded,
        (false, Some(tasks)) => Size::Tasks(tasks),
        (false, None) => Size::Whole,
    };
    let scenarios = if args.scenarios.is_empty() { ALL.as_slice() } else { &args.scenarios };
    let mut is_met = true;
    for scenario in scenarios {
        let parameters = Parameters::default().slower(args.slower);
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build()?;
        let set = tokio::task::LocalSet::new();
        println!("{}: {}", scenario.name, scenario.about);
        for finding in set.block_on(&runtime, scenario.run(parameters, args.seed, size))? {
            println!("  {finding}");
            is_met &= finding.is_met;
        }
    }
    Ok(is_met)
}
