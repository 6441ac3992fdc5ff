//! Entering the queue: new tasks behind the newest, requeued ones before the oldest.

use crate::{
    greenfield::{Greenfield, Scale},
    task::Task,
    time::Timestamp,
    transition::Write,
};

/// The most tasks that one transaction creates: DynamoDB takes 100 items, one is the job's cursor.
pub const CREATE_MOST: usize = 99;
/// The most tasks that one transaction claims. Kept below 100 items with the labourer's row, and
/// small enough that a lost race does not redo too much.
pub const CLAIM_MOST: usize = 49;
/// The most tasks that one transaction requeues: two items each.
pub const REQUEUE_MOST: usize = 49;

/// Gives new tasks their places behind `newest`, in order.
pub fn line_up(tasks: &mut [Task], newest: Option<Greenfield>, now: Timestamp, scale: Scale) {
    let Some(first) = tasks.first().map(|task| task.id.clone()) else { return };
    let places = scale.places_after(newest, now, tasks.len(), &first);
    for (task, place) in tasks.iter_mut().zip(places) {
        task.greenfield = place;
    }
}

/// Moves parked tasks that are due back to the head of the queue, in order of their due times.
pub fn requeue(
    mut due: Vec<Task>,
    oldest: Option<Greenfield>,
    now: Timestamp,
    scale: Scale,
    by: &str,
) -> Vec<Write> {
    due.retain(|task| task.due_at.is_none_or(|at| at <= now));
    due.sort_by(|a, b| a.due_at.cmp(&b.due_at).then_with(|| a.id.cmp(&b.id)));
    let Some(first) = due.first() else { return Vec::new() };
    let first = format!("{} {}", first.id, first.due_at.unwrap_or(now));
    let places = scale.places_before(oldest, due.len(), &first);
    let moves = due.into_iter().zip(places).map(|(task, place)| {
        let unpark = Write::Unpark {
            labourer_id: task.labourer_id.clone(),
            id: task.id.clone(),
            attempts: task.attempts,
            claim: task.claim.clone(),
        };
        let mut queued = Task { greenfield: place, due_at: None, ..task };
        queued.past_claims.extend(queued.claim.take());
        queued.note(now, "requeued", by);
        [unpark, Write::Queue(Box::new(queued))]
    });
    moves.flatten().collect()
}
