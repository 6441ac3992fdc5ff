//! How many files the system may have open, and what fits into that.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More is of no use here, and some systems refuse more.
const ENOUGH: u64 = 8192;
/// Of the engine, the services, the functions that are not counted below, and a margin. Measured.
const BASE: u64 = 56;
/// Of one labourer: its two outputs, its Runtime API and the connection to it, its process.
const LABOURER: u64 = 5;
/// Of one worker assistant: the same, and connections to tables and Lambda.
const ASSISTANT: u64 = 8;
/// Of one orchestrator: the same, and more connections, for it starts many tasks at a time.
const ORCHESTRATOR: u64 = 16;
/// Worker assistants at most; reports above that wait for each other.
const MOST_ASSISTANTS: u32 = 32;

/// The processes that there can be at once.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    pub labourers: u32,
    pub orchestrators: u32,
}

impl Processes {
    fn needed(self, assistants: u32) -> u64 {
        let [labourers, orchestrators, assistants] =
            [self.labourers, self.orchestrators, assistants].map(u64::from);
        BASE + labourers * LABOURER + orchestrators * ORCHESTRATOR + assistants * ASSISTANT
    }
}

/// What the system lets this program have open at once.
#[derive(Clone, Copy, Debug)]
pub struct OpenFiles {
    limit: u64,
}

impl OpenFiles {
    /// Raises the limit as far as this user may.
    pub fn raise() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
        let limit = match current {
            Some(limit) if limit < wanted => {
                let raised = Rlimit { current: Some(wanted), maximum };
                setrlimit(Resource::Nofile, raised).map_or(limit, |()| wanted)
            }
            Some(limit) => limit,
            None => ENOUGH,
        };
        Self { limit }
    }

    /// As many worker assistants as labourers can report at once, if there is room for them.
    pub fn assistants(self, others: Processes) -> u32 {
        let left = self.limit.saturating_sub(others.needed(0));
        let room = u32::try_from(left / ASSISTANT).unwrap_or(MOST_ASSISTANTS);
        others.labourers.min(room).clamp(2, MOST_ASSISTANTS)
    }

    /// Must connections be closed as soon as they are not in use?
    pub fn are_few(self, others: Processes) -> bool {
        self.limit < others.needed(MOST_ASSISTANTS)
    }

    /// What is to be done if the slots do not fit.
    pub fn shortage(self, others: Processes) -> Option<String> {
        let (slots, limit, needed) = (others.labourers, self.limit, others.needed(2));
        (limit < needed).then(|| {
            format!(
                "{slots} slots may need {needed} open files, and the limit is {limit}: raise it \
                 (ulimit -n {needed}), or lower max_simultaneous_invocations or local.labourers.NAME.concurrency"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes(labourers: u32) -> Processes {
        Processes { labourers, orchestrators: 1 }
    }

    #[test]
    fn assistants_leave_the_others_their_files() {
        let assistants = |limit, slots| OpenFiles { limit }.assistants(processes(slots));
        assert_eq!(assistants(8192, 4), 4);
        assert_eq!(assistants(8192, 100), 32);
        assert_eq!(assistants(512, 30), 30);
        assert_eq!(assistants(256, 30), 4);
        assert_eq!(assistants(256, 100), 2, "there is no less");
        let overlapping = Processes { orchestrators: 3, ..processes(20) };
        assert_eq!(OpenFiles { limit: 256 }.assistants(overlapping), 6, "not 10");
    }

    #[test]
    fn slots_without_files_are_told_what_to_raise() {
        assert_eq!(OpenFiles { limit: 8192 }.shortage(processes(1000)), None);
        let said = OpenFiles { limit: 256 }.shortage(processes(100)).unwrap();
        assert!(said.contains("the limit is 256: raise it (ulimit -n 588)"), "{said}");
    }
}
