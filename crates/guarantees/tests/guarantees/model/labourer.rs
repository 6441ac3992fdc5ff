//! The labourer: what becomes of an event, and of a run.

use super::{
    bugs::Bug,
    scope::{Scope, Tick},
    state::{Attempt, Mail, Outcome, State},
};

impl State {
    /// An event arrives. The labourer's SDK refuses one whose lease has passed.
    pub fn deliver(&mut self, place: usize, scope: &Scope) {
        let mut event = self.events.remove(place);
        let in_time = self.now <= event.expires;
        if !in_time && scope.bug == Some(Bug::LateStart) {
            // From here on nothing bounds how long it will be at work.
            event.expires = Tick::MAX;
        }
        if self.now <= event.expires {
            self.runs.push(event);
        }
    }

    /// An event arrives, and will arrive once more.
    pub fn deliver_twice(&mut self, place: usize, scope: &Scope) {
        let twin = Attempt { is_doubled: true, ..self.events[place] };
        self.events[place] = twin;
        self.deliver(place, scope);
        self.events.push(twin);
    }

    /// An event is never delivered: a destination gets a record that says so.
    pub fn drop_event(&mut self, place: usize) {
        let Attempt { no, nth, .. } = self.events.remove(place);
        self.reports.push(Mail { no, nth, outcome: Outcome::NeverRan });
    }

    /// A run ends: with a report, or silently.
    pub fn end_run(&mut self, place: usize, outcome: Option<Outcome>) {
        let Attempt { no, nth, .. } = self.runs.remove(place);
        self.reports.extend(outcome.map(|outcome| Mail { no, nth, outcome }));
    }
}
