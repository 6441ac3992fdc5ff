//! What an action did, kept until the screen that it leads to has shown it: in this process, for one session and one
//! address, so that it stands in no address.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use maud::{Markup, html};

use crate::look::raw;

/// For so long it is shown, however often the screen is loaded.
const KEPT: Duration = Duration::from_secs(20);
/// The most that are kept for all sessions.
const MOST: usize = 256;

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Done(String),
    /// Nothing was done, or not all: why.
    Refused(String),
}

impl Said {
    pub fn shown(&self) -> Markup {
        let (class, text) = match self {
            Self::Done(text) => ("notice good", text),
            Self::Refused(text) => ("notice warn", text),
        };
        html! { div class=(class) role="status" { @for line in text.lines() { p { (raw(line)) } } } }
    }
}

struct Kept {
    session: String,
    address: String,
    said: Said,
    at: Instant,
}

/// All that was said lately.
#[derive(Default)]
pub struct Sayings(Mutex<Vec<Kept>>);

impl Sayings {
    fn all(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was said for the screen at `address`, in the place of what was said there before.
    pub fn keep(&self, session: &str, address: &str, said: Said) {
        self.keep_at(session, address, said, Instant::now());
    }

    fn keep_at(&self, session: &str, address: &str, said: Said, now: Instant) {
        let mut all = self.all();
        all.retain(|kept| {
            let is_replaced = kept.session == session && kept.address == address;
            !is_replaced && now.duration_since(kept.at) < KEPT
        });
        let surplus = (all.len() + 1).saturating_sub(MOST);
        all.drain(..surplus);
        all.push(Kept { session: session.to_owned(), address: address.to_owned(), said, at: now });
    }

    /// What was said to this session for the screen at `address`.
    pub fn of(&self, session: &str, address: &str) -> Option<Said> {
        self.of_at(session, address, Instant::now())
    }

    fn of_at(&self, session: &str, address: &str, now: Instant) -> Option<Said> {
        let all = self.all();
        let mut own = all.iter().filter(|kept| kept.session == session && kept.address == address);
        own.find(|kept| now.duration_since(kept.at) < KEPT).map(|kept| kept.said.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(text: &str) -> Said {
        Said::Done(text.to_owned())
    }

    #[test]
    fn what_was_done_is_said_to_whoever_did_it_where_it_was_done_for_a_while() {
        let (sayings, now) = (Sayings::default(), Instant::now());
        sayings.keep_at("me", "/jobs/1", done("cancelled"), now);
        assert_eq!(sayings.of_at("me", "/jobs/1", now), Some(done("cancelled")));
        assert_eq!(sayings.of_at("you", "/jobs/1", now), None);
        assert_eq!(sayings.of_at("me", "/jobs/2", now), None);
        assert_eq!(sayings.of_at("me", "/jobs/1", now + KEPT), None);
        sayings.keep_at("me", "/jobs/1", done("retried"), now);
        assert_eq!(sayings.of_at("me", "/jobs/1", now), Some(done("retried")));
    }

    #[test]
    fn however_much_is_done_little_is_kept() {
        let (sayings, now) = (Sayings::default(), Instant::now());
        for number in 0..1000 {
            sayings.keep_at("me", &format!("/jobs/{number}"), done(""), now);
        }
        assert_eq!(sayings.all().len(), MOST);
        assert!(sayings.of_at("me", "/jobs/999", now).is_some());
        sayings.keep_at("me", "/", done(""), now + KEPT);
        assert_eq!(sayings.all().len(), 1);
    }

    #[test]
    fn what_was_said_is_escaped() {
        let shown = Said::Refused("<script>\nx".to_owned()).shown().into_string();
        assert!(shown.contains("<p>&lt;script&gt;</p><p>x</p>"), "{shown}");
    }
}
