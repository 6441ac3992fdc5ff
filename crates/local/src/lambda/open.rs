//! Which accepted events of a function have not come to their ends.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// Events in the order of their acceptance.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenEvents(watch::Sender<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    next: u64,
    open: BTreeSet<u64>,
}

/// An event that is open for as long as this lives.
#[derive(Debug)]
pub(crate) struct OpenEvent {
    number: u64,
    of: OpenEvents,
}

impl OpenEvents {
    pub(crate) fn begin(&self) -> OpenEvent {
        let mut number = 0;
        self.0.send_modify(|numbers| {
            number = numbers.next;
            numbers.next = number.saturating_add(1);
            numbers.open.insert(number);
        });
        OpenEvent { number, of: self.clone() }
    }

    /// Resolves when all that are open now have ended, whatever began since.
    pub(crate) async fn settled(&self) {
        let mut changes = self.0.subscribe();
        let next = changes.borrow().next;
        let is_older = |number: &u64| *number < next;
        // The sender is this value's own, so it is not gone.
        let _ = changes.wait_for(|numbers| !numbers.open.first().is_some_and(is_older)).await;
    }
}

impl Drop for OpenEvent {
    fn drop(&mut self) {
        self.of.0.send_modify(|numbers| {
            numbers.open.remove(&self.number);
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn those_that_were_open_are_awaited_and_no_later_ones() {
        let events = OpenEvents::default();
        assert!(events.settled().now_or_never().is_some(), "there is none");
        let (first, second) = (events.begin(), events.begin());
        let mut settled = Box::pin(events.settled());
        assert!(settled.as_mut().now_or_never().is_none());
        let _third = events.begin();
        drop(second);
        assert!(settled.as_mut().now_or_never().is_none(), "the first is open");
        drop(first);
        assert!(settled.now_or_never().is_some(), "the third came later");
        assert!(events.settled().now_or_never().is_none(), "the third is open");
    }
}
