//! Which writes accept, place, end, reopen and cut off a job: each list is one transaction.
//!
//! A job is found through one of two lists, of open and of ended jobs. It changes from one to the
//! other in the transaction that changes its state, so a tick that reads the open ones misses none.

use super::{JobList, JobWrite, Write};
use crate::{
    greenfield::Places,
    ids::JobId,
    jobs::job::{Job, JobSnapshot, JobState},
    time::Timestamp,
};

/// Keeps a new job, with everything that its tasks follow from. Refused if there is one of that id.
pub fn accept(snapshot: &JobSnapshot) -> Vec<Write> {
    let job_id = || snapshot.job.id.clone();
    let ranges = snapshot.ranges.iter();
    let ranges = ranges.map(|range| JobWrite::AddRange { job_id: job_id(), range: *range });
    let writes = [
        JobWrite::Add(Box::new(snapshot.job.clone())),
        JobWrite::List { job_id: job_id(), list: JobList::Open, expires_at: None },
    ];
    writes.into_iter().chain(ranges).map(Write::Job).collect()
}

/// Decides where the tasks of a job line up. Refused if that is decided already.
pub fn place(id: &JobId, places: Places) -> Vec<Write> {
    vec![JobWrite::Place { job_id: id.clone(), places }.into()]
}

/// Ends an open job.
///
/// Its tasks were counted some time before. Since then an operator may have sent some
/// back to work: that changes the counters, which are many rows, and the job's `reopened`, which is
/// one. The condition on it makes this refused, and the counters are read anew.
///
/// What was counted for it expires with it: those rows are many, and got their times before
/// ([`let_expire`]).
pub fn end(job: &Job, to: JobState, at: Timestamp, expires_at: Option<Timestamp>) -> Vec<Write> {
    let (job_id, from, reopened) = (job.id.clone(), job.state, job.reopened);
    vec![
        JobWrite::End { job_id, from, reopened, to, at, expires_at }.into(),
        JobWrite::Unlist { job_id: job.id.clone(), list: JobList::Open }.into(),
        JobWrite::List { job_id: job.id.clone(), list: JobList::Ended(at), expires_at }.into(),
    ]
}

/// Lets rows of a job expire at this time, or keeps them.
pub fn let_expire(id: &JobId, parts: Vec<String>, at: Option<Timestamp>) -> Vec<Write> {
    let expire = |part| JobWrite::Expire { job_id: id.clone(), part, at }.into();
    parts.into_iter().map(expire).collect()
}

/// Opens an ended job again. Refused if it is not as it was read.
pub fn reopen(job: &Job) -> Vec<Write> {
    let ended_at = job.ended_at.unwrap_or(job.created_at);
    vec![
        JobWrite::Open { job_id: job.id.clone(), from: job.state }.into(),
        JobWrite::Unlist { job_id: job.id.clone(), list: JobList::Ended(ended_at) }.into(),
        JobWrite::List { job_id: job.id.clone(), list: JobList::Open, expires_at: None }.into(),
    ]
}

/// Cuts an open job off where its cursors are: what is not made yet is never made.
///
/// A scheduler may be filling the ranges at the same time. Each of its batches requires that the
/// range still reaches as far, so it comes before the cut, and its tasks are the job's, or after,
/// and is refused: no cursor passes the end of its range.
pub fn cut(snapshot: &JobSnapshot) -> Vec<Write> {
    let id = &snapshot.job.id;
    let cuts = snapshot.ranges.iter().map(|range| JobWrite::CutRange {
        job_id: id.clone(),
        range: range.number,
        from: range.from,
    });
    cuts.chain([JobWrite::Cancel { job_id: id.clone() }]).map(Write::Job).collect()
}
