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
    let size = if args.bounded { Size::Bounded } else { Size::Whole };
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
