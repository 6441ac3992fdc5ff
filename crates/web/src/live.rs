//! What everybody sees first is read by one reader, and whoever has it open is told when it was read again.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, stream};
use operator::{
    StoreError, TaskManager,
    overview::{self, Overview, Watch},
};
use tokio::{sync::watch, time::Instant};

use crate::Page;

/// How often it is read while somebody has it open, and how old it may be for whoever asks.
const EVERY: Duration = Duration::from_secs(5);
/// How often a connection on which nothing happens says that it is one.
const ALIVE: Duration = Duration::from_secs(15);

/// The one reader.
pub struct Live {
    reader: tokio::sync::Mutex<Reader>,
    /// How often it was read, or tried to.
    reads: watch::Sender<u64>,
    is_ended: watch::Sender<bool>,
    /// Is it read for whoever has it open?
    is_running: Mutex<bool>,
}

#[derive(Default)]
struct Reader {
    watch: Watch,
    last: Option<(Instant, Arc<Overview>)>,
}

impl Live {
    pub fn new() -> Self {
        Self {
            reader: tokio::sync::Mutex::default(),
            reads: watch::Sender::new(0),
            is_ended: watch::Sender::new(false),
            is_running: Mutex::new(false),
        }
    }

    /// What was read last, if it is fresh; else it is read now. Whoever asks meanwhile waits for the same read.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn overview(&self, manager: &TaskManager) -> Result<Arc<Overview>, StoreError> {
        let mut reader = self.reader.lock().await;
        if let Some((at, overview)) = &reader.last
            && at.elapsed() < EVERY
        {
            return Ok(overview.clone());
        }
        reader.read(manager).await
    }

    /// The next who asks is not answered from what was read before now.
    pub async fn forget(&self) {
        self.reader.lock().await.last = None;
    }

    /// Ends all open connections.
    pub fn end(&self) {
        self.is_ended.send_replace(true);
    }

    /// Hears of each read from now on.
    fn listen(&self, page: &Page) -> watch::Receiver<u64> {
        let reads = self.reads.subscribe();
        let mut is_running = self.is_running.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *is_running, true) {
            let page = page.clone();
            tokio::spawn(async move { page.live().run(&page).await });
        }
        reads
    }

    /// Reads again and again for whoever has it open, until nobody has.
    async fn run(&self, page: &Page) {
        let mut is_ended = self.is_ended.subscribe();
        loop {
            // Whoever came first has just been shown what was read.
            let ended =
                tokio::time::timeout(EVERY, is_ended.wait_for(|ended| *ended)).await.is_ok();
            if ended || self.is_over() {
                return;
            }
            // What goes wrong is said by the screen that is asked for then.
            if let Ok(manager) = page.0.stack.manager().await {
                let _ = self.reader.lock().await.read(&manager).await;
            }
            self.reads.send_modify(|reads| *reads += 1);
        }
    }

    /// Has nobody it open? Then the next who opens it starts the reader again.
    fn is_over(&self) -> bool {
        let mut is_running = self.is_running.lock().unwrap_or_else(PoisonError::into_inner);
        *is_running = self.reads.receiver_count() > 0;
        !*is_running
    }
}

/// The number of each read, as it happens.
pub async fn show(State(page): State<Page>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (reads, is_ended) = (page.live().listen(&page), page.live().is_ended.subscribe());
    let events = stream::unfold((reads, is_ended), |(mut reads, mut is_ended)| async move {
        tokio::select! {
            _ = is_ended.wait_for(|ended| *ended) => return None,
            changed = reads.changed() => changed.ok()?,
        }
        let number = reads.borrow_and_update().to_string();
        Some((Ok(Event::default().id(&number).data(number)), (reads, is_ended)))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE))
}

impl Reader {
    async fn read(&mut self, manager: &TaskManager) -> Result<Arc<Overview>, StoreError> {
        let overview = Arc::new(overview::read(manager, &mut self.watch).await?);
        self.last = Some((Instant::now(), overview.clone()));
        Ok(overview)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::{BoxFuture, ready};
    use operator::tasks::TaskDetails;

    use super::*;
    use crate::{
        Options,
        stack::{Printed, Stack},
    };

    /// Counts how often it is asked; it has no tables.
    #[derive(Clone, Default)]
    struct Counted(Arc<AtomicUsize>);

    impl Counted {
        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Stack for Counted {
        fn name(&self) -> String {
            "counted".to_owned()
        }

        fn manager(&self) -> BoxFuture<'_, Result<TaskManager, String>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(ready(Err("there is none".to_owned())))
        }

        fn printed<'a>(&'a self, _: &'a TaskDetails) -> BoxFuture<'a, Result<Printed, String>> {
            Box::pin(ready(Err("nothing".to_owned())))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_read_once_for_all_who_have_it_open_and_not_at_all_when_nobody_has() {
        let stack = Counted::default();
        let page = Page::new(stack.clone(), &Options::default());
        let mut open: Vec<_> = (0..20).map(|_| page.live().listen(&page)).collect();
        for read in 1..=3 {
            for one in &mut open {
                // It is told, also if nothing could be read: the screen that is asked for then says why.
                one.changed().await.unwrap();
                assert_eq!(*one.borrow_and_update(), read);
            }
            assert_eq!(stack.asked() as u64, read);
        }
        drop(open);
        tokio::time::sleep(100 * EVERY).await;
        assert_eq!(stack.asked(), 3);
        let mut again = page.live().listen(&page);
        again.changed().await.unwrap();
        assert_eq!(stack.asked(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_between_two_reads_starts_no_second_reader() {
        let stack = Counted::default();
        let page = Page::new(stack.clone(), &Options::default());
        drop(page.live().listen(&page));
        tokio::time::sleep(EVERY / 2).await;
        let mut late = page.live().listen(&page);
        late.changed().await.unwrap();
        tokio::time::sleep(EVERY / 2).await;
        assert_eq!(stack.asked(), 1);
    }
}
