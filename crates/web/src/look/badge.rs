//! A state in its word and colour.

use maud::{Markup, html};
use operator::{overview::Urgency, words};

/// What a colour means. The word beside it says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It stands or went as it should not.
    Bad,
    /// It needs a look, or another try.
    Warn,
    /// It is as it should be.
    Good,
    /// It is at work.
    Busy,
    /// It waits, or was ended by somebody: nothing to do.
    Calm,
}

impl Tone {
    /// Of the stable name of a task's state, of the stage of a job, or of its end.
    pub fn of_state(name: &str) -> Self {
        match name {
            "failed" | "exhausted" => Self::Bad,
            "parked" | "expired" => Self::Warn,
            "succeeded" => Self::Good,
            "running" | "filling" => Self::Busy,
            _ => Self::Calm,
        }
    }

    /// From 0 Bad to 4 High.
    pub fn of_health(status: u8) -> Self {
        match status {
            0 | 1 => Self::Bad,
            2 | 3 => Self::Warn,
            _ => Self::Good,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Calm => "calm",
        }
    }
}

impl From<Urgency> for Tone {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Critical => Self::Bad,
            Urgency::Warning => Self::Warn,
            Urgency::Info => Self::Calm,
        }
    }
}

/// The state of a task, by its stable name: `parked` is `waiting to retry`.
pub fn badge(state: &str) -> Markup {
    mark(Tone::of_state(state), words::state(state))
}

/// The stage of a job, or its end.
pub fn job_badge(stage: &str) -> Markup {
    mark(Tone::of_state(stage), words::job_stage(stage))
}

/// A word in a colour.
pub fn mark(tone: Tone, word: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (word) } }
}

#[cfg(test)]
mod tests {
    use operator::tasks::TaskState;

    use super::*;

    #[test]
    fn a_badge_says_in_words_what_its_colour_means() {
        assert_eq!(
            badge("parked").into_string(),
            r#"<span class="badge warn">waiting to retry</span>"#
        );
        assert_eq!(job_badge("queued").into_string(), r#"<span class="badge calm">open</span>"#);
        for state in TaskState::ALL.map(TaskState::name) {
            assert!(badge(state).into_string().contains(words::state(state)));
        }
    }

    #[test]
    fn failures_and_what_stands_by_itself_have_colours_of_their_own() {
        assert_eq!(Tone::of_state("exhausted"), Tone::of_state("failed"));
        assert_eq!(Tone::of_state("unheard of"), Tone::Calm);
        assert_eq!([0, 2, 4].map(Tone::of_health), [Tone::Bad, Tone::Warn, Tone::Good]);
    }
}
