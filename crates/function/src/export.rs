//! Metrics in CloudWatch's embedded metric format, written to the log: no call, no wait, and nothing
//! at all when the environment does not name a stack.

use std::{io::Write, sync::OnceLock};

use metrics_cloudwatch_embedded::{Builder, Collector};
use task_manager::metrics::{self, Kept, NAMESPACE};
use tracing::warn;

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Starts collecting metrics for the stack that `SOSW_STACK` names; does nothing when it is not set. With
/// `SOSW_METRICS=no`, only those that the stack's alarms look at.
pub fn init() {
    if let Ok(stack) = std::env::var("SOSW_STACK") {
        let is_saving = std::env::var("SOSW_METRICS").is_ok_and(|metrics| metrics == "no");
        keep_for(stack, if is_saving { Kept::OfAlarms } else { Kept::All });
    }
}

/// Starts collecting metrics for this stack.
pub fn keep_for(stack: String, kept: Kept) {
    match Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension("Stack", stack).init() {
        Ok(collector) => {
            COLLECTOR.get_or_init(|| collector);
            metrics::export_with(flush, kept);
        }
        Err(error) => warn!(%error, "metrics cannot be collected"),
    }
}

/// Writes the metrics collected since the last flush to standard output.
pub fn flush() {
    write(std::io::stdout().lock());
}

/// Writes the metrics collected since the last flush to `out`, one line of JSON per set of dimensions.
pub fn write(out: impl Write) {
    if let Some(Err(error)) = COLLECTOR.get().map(|kept| kept.flush(out)) {
        warn!(%error, "the metrics were not written");
    }
}
