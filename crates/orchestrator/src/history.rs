//! What is recorded at the end of a tick. A failure here does not fail the tick.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use function::tick::Ticked;
use task_manager::{TaskManager, describe, history::minute_of, metrics};
use tracing::warn;

use crate::{TurnSummary, gauges, standing};

/// The most time spent reading queues, out of the time reserved for the end of a tick.
const READING: Duration = Duration::from_secs(3);
/// The most time spent on the history. What it does not get done the next tick does.
const WRITING: Duration = Duration::from_secs(5);

/// Records ticks. Those of `sosw local` may be seconds apart: it remembers which minute has its records.
#[derive(Debug)]
pub struct Recorder {
    /// In seconds.
    recorded: AtomicI64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { recorded: AtomicI64::new(i64::MIN) }
    }
}

impl Recorder {
    /// Records a tick: gauges if metrics are collected, and once a minute its history.
    pub async fn record(&self, manager: &TaskManager, ticked: &Ticked<TurnSummary>) {
        let minute = minute_of(manager.now()).seconds() as i64;
        let is_recorded = self.recorded.load(Ordering::Relaxed) >= minute;
        // A tick of one labourer says nothing of the others.
        let is_of_all =
            ticked.labourers.len() + ticked.skipped.len() >= manager.config().labourers.len();
        if (is_recorded || !is_of_all) && !metrics::are_kept() {
            return;
        }
        let standings = match tokio::time::timeout(READING, standing::read(manager, ticked)).await {
            Ok(Ok(standings)) => standings,
            Ok(Err(error)) => {
                warn!(
                    error = describe(&error),
                    "cannot read the rows of the labourers: the tick is not recorded"
                );
                return;
            }
            Err(_) => {
                warn!("out of time: the tick is not recorded; the next one counts what it leaves");
                return;
            }
        };
        gauges::record(manager, &standings);
        if is_recorded || !is_of_all {
            return;
        }
        let gauges = standings.gauges();
        let record = async {
            manager.history().record_resources(&standings.resources).await?;
            manager.history().record(standings.rows, gauges).await
        };
        match tokio::time::timeout(WRITING, record).await {
            Ok(Ok(true)) => self.recorded.store(minute, Ordering::Relaxed),
            // Something may happen later in this minute, and another tick sees it.
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                warn!(
                    error = describe(&error),
                    "this minute is not in the history; the next tick counts it"
                );
            }
            Err(_) => {
                warn!("out of time: this minute is not in the history; the next tick counts it")
            }
        }
    }
}
