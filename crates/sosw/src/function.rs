//! One of the four functions: what `sosw local` runs as a process, as Lambda runs a function.

use clap::ValueEnum;

use crate::error::Error;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which one
    name: SoswFunction,
}

/// The four functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SoswFunction {
    Orchestrator,
    Scavenger,
    WorkerAssistant,
    Scheduler,
}

impl SoswFunction {
    /// Its argument on the command line.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Scavenger => "scavenger",
            Self::WorkerAssistant => "worker-assistant",
            Self::Scheduler => "scheduler",
        }
    }

    /// Its name in Lambda, as sosw's.
    pub fn function(self) -> &'static str {
        match self {
            Self::Orchestrator => "sosw_orchestrator",
            Self::Scavenger => "sosw_scavenger",
            Self::WorkerAssistant => "sosw_worker_assistant",
            Self::Scheduler => "sosw_scheduler",
        }
    }
}

/// Serves until Lambda ends the process.
pub async fn run(args: Args) -> Result<(), Error> {
    let served = match args.name {
        SoswFunction::Orchestrator => orchestrator::serve().await,
        SoswFunction::Scavenger => scavenger::serve().await,
        SoswFunction::WorkerAssistant => worker_assistant::serve().await,
        SoswFunction::Scheduler => scheduler::serve().await,
    };
    served.map_err(Error::Function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_called_by_the_argument_it_names() {
        for name in SoswFunction::value_variants() {
            assert_eq!(SoswFunction::from_str(name.argument(), false), Ok(*name));
        }
    }
}
