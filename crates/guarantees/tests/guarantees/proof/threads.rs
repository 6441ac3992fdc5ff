//! Work on two threads, each of which takes the next piece when it is done with one.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

const THREADS: usize = 2;

/// What `work` makes of each of these, in no order.
pub fn each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, made) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(all.len())));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            // Where nothing is optimised, what a tick awaits is deep.
            let thread = std::thread::Builder::new().stack_size(16 << 20);
            let take_all = || {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(one);
                    made.lock().unwrap().push(result);
                }
            };
            thread.spawn_scoped(scope, take_all).unwrap();
        }
    });
    made.into_inner().unwrap()
}
