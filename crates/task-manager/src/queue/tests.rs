#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::{
    ids::{LabourerId, TaskId},
    limits::MAX_PAYLOAD,
};

fn now() -> Timestamp {
    Timestamp::from_seconds(1.8e9)
}

fn tasks(count: usize, payload: &str) -> Vec<Task> {
    let labourer = LabourerId::new("worker").unwrap();
    let task = || {
        Task::new(
            TaskId::from_random(rand::random()),
            labourer.clone(),
            now(),
            Greenfield(0.0),
            payload.to_owned(),
        )
    };
    (0..count).map(|_| task()).collect()
}

/// Parked tasks, the last of which is due first.
fn parked(count: usize) -> Vec<Task> {
    let mut tasks = tasks(count, "{}");
    for (place, task) in tasks.iter_mut().enumerate() {
        task.due_at = Some(Timestamp::from_seconds(1.7e9 - place as f64));
    }
    tasks
}

fn head(count: usize, first: &Task) -> Head {
    Head::before(Some(Greenfield(5000.0)), count as u64, first, Scale::default())
}

fn queued(moves: &[Write]) -> Vec<&Task> {
    moves.iter().filter_map(Write::queued).collect()
}

#[test]
fn due_tasks_keep_their_order_over_any_number_of_batches() {
    let due = parked(10);
    let mut head = head(10, &due[0]);
    let moves: Vec<_> = due
        .rchunks(3)
        .flat_map(|batch| requeue(batch.to_vec(), &mut head, now(), "test"))
        .collect();
    let queued = queued(&moves);
    assert!(queued.iter().map(|task| &task.id).eq(due.iter().rev().map(|task| &task.id)));
    assert!(queued.is_sorted_by(|a, b| a.greenfield < b.greenfield));
    assert!(queued[9].greenfield.0 < 5000.0);
}

#[test]
fn what_is_not_due_stays_parked() {
    let mut due = parked(2);
    due[0].due_at = Some(now() + std::time::Duration::from_secs(1));
    let mut head = head(2, &due[0]);
    let expected = due[1].id.clone();
    let moves = requeue(due, &mut head, now(), "test");
    assert!(queued(&moves).iter().map(|task| &task.id).eq([&expected]));
}

#[test]
fn a_requeue_goes_on_without_what_others_moved_and_drops_copies_of_what_is_queued() {
    let due = parked(3);
    let moves = requeue(due.clone(), &mut head(3, &due[0]), now(), "test");
    // The first is gone from the retry table, the second stands in the queue.
    let left = without_refused(moves, &[0, 3]);
    let (second, third) = (&due[1], &due[0]);
    assert_eq!(left.len(), 3);
    assert_eq!(left[0], Write::unpark(second));
    assert_eq!(left[1], Write::unpark(third));
    assert_eq!(queued(&left)[0].id, third.id);
}

#[test]
fn a_transaction_takes_as_many_tasks_as_fit_and_one_in_any_case() {
    assert_eq!(fitting(&tasks(500, "{}")), 500);
    let large = "x".repeat(MAX_PAYLOAD);
    assert_eq!(fitting(&tasks(30, &large)), 11);
    assert_eq!(fitting(&tasks(1, &"x".repeat(2 * MOST_BYTES))), 1);
}

#[test]
fn a_move_counts_the_bytes_of_a_task_where_it_is_put_and_where_it_is_deleted() {
    const LIMIT: usize = 4 * 1024 * 1024;
    for kilobytes in [1, 30, 100, 256, 350, 399] {
        let due = tasks(200, &"x".repeat(kilobytes * 1024));
        let moved: usize = due.iter().take(fitting_moves(&due)).map(|task| 2 * task.bytes()).sum();
        assert!(moved <= LIMIT, "{kilobytes} KB: {moved}");
        assert!(fitting_moves(&due) >= fitting(&due) / 2, "{kilobytes} KB");
    }
    assert_eq!(fitting_moves(&tasks(30, &"x".repeat(350 * 1024))), 4);
    assert_eq!(fitting_moves(&tasks(1, &"x".repeat(2 * MOST_BYTES))), 1);
}

#[test]
fn a_task_that_comes_back_to_an_empty_queue_does_not_stand_where_it_stood() {
    let mut tasks = tasks(1, "{}");
    let mut place = |seconds: f64| {
        line_up(&mut tasks, None, Timestamp::from_seconds(seconds), Scale::default());
        tasks[0].greenfield
    };
    assert_eq!(place(1.8e9), place(1.8e9));
    assert_ne!(place(1.8e9), place(1.8e9 + 60.0));
}
