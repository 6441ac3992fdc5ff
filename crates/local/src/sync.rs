//! Small tools that every service here needs: a lock that cannot be poisoned, a stop signal, and a
//! task that ends with its owner.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Locks, also after a panic elsewhere: what these locks guard is valid at every step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A signal that is given once and reaches every waiter, also those that start to wait later.
#[derive(Debug, Clone)]
pub(crate) struct StopSignal(watch::Sender<bool>);

impl StopSignal {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn give(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn given(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the signal has been given.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut signal = self.0.subscribe();
        async move {
            // An error means that the sender is gone, which is a stop as well.
            let _ = signal.wait_for(|stopped| *stopped).await;
        }
    }
}

/// A task that is aborted when its owner is dropped.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

impl Background {
    pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
