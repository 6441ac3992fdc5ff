//! The steps of processes: between any two, everything else may happen.

use task_manager::attempt::dispatch::may_still_invoke;

use super::{
    bugs::Bug,
    orchestrator::attempt,
    scope::{Scope, time},
    state::{Process, State},
    system::{Action, Answer, Choice},
};

impl Scope {
    /// What the process at this place may do next.
    pub fn steps(&self, state: &State, process: usize, actions: &mut Vec<Action>) {
        let has_trouble = state.trouble > 0;
        let mut step = |choice| actions.push(Action::Step { process, choice });
        match &state.processes[process] {
            Process::Invoking { read, nth, at } => {
                step(Choice::Answer(Answer::Accepted));
                let in_time = may_still_invoke(&attempt(*read, *nth, *at), time(state.now));
                if has_trouble && in_time {
                    let answers = [Answer::Throttled, Answer::Missing, Answer::Lost];
                    answers.into_iter().for_each(|answer| step(Choice::Answer(answer)));
                }
            }
            Process::Finding { mail, .. } => {
                let found = state.place_of(mail.no);
                let heads = found.map_or(0, |found| state.heads_for(*mail, found, self).len());
                (0..=heads).for_each(|pick| step(Choice::Head(pick)));
            }
            _ => step(Choice::None),
        }
        // A crash before anything is written is as if nothing had been read; one after a claim is
        // an invocation that is lost.
        let leaves_a_trace = matches!(
            &state.processes[process],
            Process::TakingBack { .. } | Process::Ending { .. }
        );
        if has_trouble && leaves_a_trace {
            actions.push(Action::Crash(process));
        }
        if has_trouble && self.bug.and_then(Bug::half).is_some() {
            actions.push(Action::CrashHalfway(process));
        }
    }

    pub fn step(&self, state: &mut State, process: Process, choice: Choice) {
        match process {
            Process::Claiming { heads, at, freed } => {
                state.claim_batch(&heads, at, freed, self);
            }
            Process::Invoking { read, nth, at } => {
                let Choice::Answer(answer) = choice else { return };
                state.invoke(read, nth, at, answer);
            }
            Process::TakingBack { read, nth, at, why } => {
                state.take_back(read, nth, at, why, self);
            }
            Process::Finding { mail, reads } => {
                let Choice::Head(pick) = choice else { return };
                state.read(mail, reads, pick, self);
            }
            Process::Ending { mail, found, at, next } => state.end(mail, found, at, next, self),
            Process::Expiring { read, at } => state.expire(read, at, self),
            Process::Requeuing { due, oldest, at } => state.requeue(&due, oldest, at, self),
        }
    }
}

/// The places of those that differ from the one before: in a sorted list, of all that differ.
pub fn distinct<T: PartialEq>(sorted: &[T]) -> impl Iterator<Item = usize> {
    let firsts = (0..sorted.len()).filter(|i| *i == 0 || sorted[*i] != sorted[i - 1]);
    firsts.collect::<Vec<_>>().into_iter()
}
