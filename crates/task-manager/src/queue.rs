//! Entering the queue: new tasks behind the newest, requeued ones before the oldest.

use crate::{
    greenfield::{Greenfield, Places, Scale},
    task::Task,
    time::Timestamp,
    transition::Write,
};

pub mod pace;
mod reopen;

pub use reopen::reopen;

/// The most tasks that one transaction creates: DynamoDB takes 100 items, one is the job's cursor.
pub const CREATE_MOST: usize = 99;
/// The most tasks that one transaction claims. Kept below 100 items with the labourer's row, and
/// small enough that a lost race does not redo too much.
pub const CLAIM_MOST: usize = 49;
/// The most tasks that one transaction requeues: two items each.
pub const REQUEUE_MOST: usize = 49;

/// The most bytes of tasks in one transaction: DynamoDB takes 4 MB of items. The rest is for the items
/// beside them, and for what an item has that [`Task::bytes`] only estimates.
pub const MOST_BYTES: usize = 3 * 1024 * 1024;

/// How many of these, from the first on, fit into one transaction that creates or claims them. One fits in
/// any case.
pub fn fitting(tasks: &[Task]) -> usize {
    fitting_times(1, tasks)
}

/// The same for a transaction that moves them to another table: DynamoDB counts the item that is deleted
/// as well as the one that is put.
pub fn fitting_moves(tasks: &[Task]) -> usize {
    fitting_times(2, tasks)
}

fn fitting_times(items: usize, tasks: &[Task]) -> usize {
    let sizes = tasks.iter().scan(0, |bytes, task| {
        *bytes += items * task.bytes();
        Some(*bytes)
    });
    sizes.take_while(|bytes| *bytes <= MOST_BYTES).count().max(1)
}

/// Gives new tasks, or tasks that come back, their places behind `newest`, in order.
pub fn line_up(tasks: &mut [Task], newest: Option<Greenfield>, now: Timestamp, scale: Scale) {
    let Some(first) = tasks.first() else { return };
    let first = format!("{} {}", first.id, now.seconds());
    let places = Places::behind(newest, now, tasks.len() as u64, &first, scale);
    for (n, task) in (0..).zip(tasks) {
        task.greenfield = places.of(n);
    }
}

/// Where requeued tasks go: before the oldest of the queue, the longest due first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    places: Places,
    taken: u64,
}

impl Head {
    /// Room for `count` tasks before `oldest`; `first` is the first of them.
    pub fn before(oldest: Option<Greenfield>, count: u64, first: &Task, scale: Scale) -> Self {
        let time = first.due_at.map_or(0.0, Timestamp::seconds);
        let first = format!("{} {time}", first.id);
        Self { places: Places::before(oldest, count, &first, scale), taken: 0 }
    }

    fn take(&mut self) -> Greenfield {
        let place = self.places.of(self.taken);
        self.taken += 1;
        place
    }
}

/// Moves parked tasks that are due back to the head of the queue, in order of their due times.
/// Batch after batch takes its places from `head`, which moves on.
pub fn requeue(mut due: Vec<Task>, head: &mut Head, now: Timestamp, by: &str) -> Vec<Write> {
    due.retain(|task| task.due_at.is_none_or(|at| at <= now));
    due.sort_by(|a, b| a.due_at.cmp(&b.due_at).then_with(|| a.id.cmp(&b.id)));
    let moves = due.into_iter().map(|task| {
        let unpark = Write::unpark(&task);
        let mut queued = Task { greenfield: head.take(), due_at: None, ..task };
        queued.retire_claim();
        queued.note(now, "requeued", by);
        [unpark, Write::Queue(Box::new(queued))]
    });
    moves.flatten().collect()
}

/// What is left without the items at these indexes, which a transaction refused.
pub fn without<T>(items: Vec<T>, refused: &[usize]) -> Vec<T> {
    let items = items.into_iter().enumerate();
    items.filter(|(index, _)| !refused.contains(index)).map(|(_, item)| item).collect()
}

/// The same moves without those that were refused. What is no longer parked was moved by another.
/// What is queued already (sosw moves in two steps, and may stop between them) goes on from there,
/// and its parked copy goes.
pub fn without_refused(moves: Vec<Write>, refused: &[usize]) -> Vec<Write> {
    let moved = refused.iter().filter_map(|index| match moves.get(*index)? {
        Write::Unpark { id, .. } => Some(id.clone()),
        _ => None,
    });
    let moved: Vec<_> = moved.collect();
    let mut moves = without(moves, refused);
    moves.retain(|write| write.queued().is_none_or(|task| !moved.contains(&task.id)));
    moves
}

#[cfg(test)]
mod tests;
