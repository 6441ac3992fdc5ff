//! `sosw jobs submit`.

use std::path::PathBuf;

use operator::{
    jobs::{SubmittedJob, accept, fill},
    words::argument,
};

use super::{read, refused, show::in_blocks};
use crate::{connect::Where, error::Error, hint, print, state, words};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON file with the job
    file: PathBuf,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// This process creates the tasks; if it is interrupted, the next tick continues.
pub async fn run(args: Args) -> Result<(), Error> {
    let Args { file, place, json } = args;
    let submitted = place.with(async |sosw| {
        let submission = read(&file, &sosw.manager)?;
        let accepted = accept(&sosw.manager, &submission).await.map_err(refused(file))?;
        // Printed before the tasks are created, so that a user who interrupts this knows that the job exists.
        let follow = hint::command(&format!("jobs show {} --follow", argument(accepted.id())));
        print::err(format_args!("follow its progress with: {follow}"));
        place.note_if_idle(sosw);
        Ok(fill(&sosw.manager, accepted).await)
    });
    let submitted = submitted.await?;
    match json {
        true => print::json(&submitted),
        false => print::out(as_text(&submitted)),
    }
}

/// What became of a job that is accepted.
fn as_text(submitted: &SubmittedJob) -> String {
    let SubmittedJob { job, is_known, trouble } = submitted;
    let tasks = format!("{}{}", words::count(job.progress.total, "task"), in_blocks(job));
    let known = match is_known {
        true => format!(", already accepted at {}", print::time(job.created_at)),
        false => String::new(),
    };
    let state = match (trouble, job.stage, job.options.start) {
        (Some(trouble), ..) => format!(
            ", accepted; not all of its tasks are created yet: {trouble}; the next tick continues"
        ),
        (None, "waiting", Some(start)) => format!(", starts at {}", print::time(start)),
        (None, stage, _) => format!(", {}", state::painted_job(stage)),
    };
    format!("job {}: {tasks}{known}{state}", job.job_id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use operator::{
        JobId, LabourerId, Timestamp,
        jobs::{JobOverview, JobState, Options, Progress},
    };

    use super::*;

    fn line(trouble: Option<&str>, is_known: bool) -> String {
        line_of(1, trouble, is_known)
    }

    fn line_of(block_size: u64, trouble: Option<&str>, is_known: bool) -> String {
        let job = JobOverview {
            job_id: JobId::new("j1").unwrap(),
            labourer_id: LabourerId::new("worker").unwrap(),
            stage: "filling",
            created_at: Timestamp::from_seconds(1_800_000_000.0),
            ended_at: None,
            duration: Duration::ZERO,
            progress: Progress { total: 7, ..Progress::default() },
            block_size,
            options: Options::default(),
            state: JobState::Open,
            eta: None,
        };
        let trouble = trouble.map(str::to_owned);
        let text = as_text(&SubmittedJob { job, is_known, trouble });
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn an_accepted_job_is_reported_with_its_id_even_when_filling_fails() {
        assert_eq!(
            line(Some("Query: there is no table"), false),
            "job j1: 7 tasks, accepted; not all of its tasks are created yet: Query: there is no \
             table; the next tick continues"
        );
    }

    #[test]
    fn a_job_in_blocks_says_how_large_they_are() {
        assert_eq!(line_of(5, None, false), "job j1: 7 tasks, in blocks of 5, filling");
    }

    #[test]
    fn a_job_that_was_accepted_before_says_when() {
        assert_eq!(line(None, false), "job j1: 7 tasks, filling");
        assert_eq!(
            line(None, true),
            "job j1: 7 tasks, already accepted at 2027-01-15 08:00:00Z, filling"
        );
    }
}
