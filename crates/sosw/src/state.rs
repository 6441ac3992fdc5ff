//! The colour of a state, wherever people read one.

use anstyle::{AnsiColor, Style};

use crate::words;

/// The word in the colour of the state.
pub fn painted(name: &str) -> String {
    paint(name, words::state(name))
}

/// The word for the stage of a job, in its colour.
pub fn painted_job(stage: &str) -> String {
    paint(stage, words::job_stage(stage))
}

/// A text in the colour of a state. [`crate::print::out`] takes the colour away where none is wanted.
pub fn paint(name: &str, text: &str) -> String {
    let style = style(name);
    format!("{style}{text}{style:#}")
}

fn style(name: &str) -> Style {
    let color = match name {
        "waiting" | "filling" | "open" | "queued" | "not due" => AnsiColor::Blue,
        "running" => AnsiColor::Cyan,
        "parked" | "expired" => AnsiColor::Yellow,
        "succeeded" => AnsiColor::Green,
        "failed" | "exhausted" => AnsiColor::Red,
        "cancelling" | "cancelled" | "ignored" => AnsiColor::Magenta,
        _ => return Style::new(),
    };
    color.on_default()
}

#[cfg(test)]
mod tests {
    use operator::{jobs::JobState, tasks::TaskState};

    use super::*;

    #[test]
    fn every_state_of_a_task_and_every_end_of_a_job_has_a_colour() {
        let ends = [JobState::Succeeded, JobState::Failed, JobState::Cancelled];
        let names = TaskState::ALL.map(TaskState::name).into_iter();
        for name in names.chain(ends.map(JobState::name)) {
            assert_ne!(painted(name), words::state(name));
        }
    }

    #[test]
    fn a_job_whose_tasks_are_all_created_has_the_colour_of_an_open_one() {
        assert_eq!(painted_job("queued"), painted_job("open"));
    }

    #[test]
    fn one_word_of_people_has_one_colour() {
        assert_eq!(painted("exhausted"), painted("failed"));
        assert_eq!(painted("ignored"), painted("cancelled"));
        assert_eq!(painted("unheard of"), "unheard of");
    }
}
