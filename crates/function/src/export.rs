//! Numbers for CloudWatch, as lines of the log in its embedded format: no call, no wait, and
//! nothing at all where the environment does not name a stack.

use std::{io::Write, sync::OnceLock};

use metrics_cloudwatch_embedded::{Builder, Collector};
use task_manager::metrics::{self, NAMESPACE};
use tracing::warn;

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// From now on numbers are kept for the stack that `SOSW_STACK` names, if it does.
pub fn init() {
    if let Ok(stack) = std::env::var("SOSW_STACK") {
        keep_for(stack);
    }
}

/// From now on numbers are kept for this stack.
pub fn keep_for(stack: String) {
    match Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension("Stack", stack).init() {
        Ok(collector) => {
            COLLECTOR.get_or_init(|| collector);
            metrics::export_with(flush);
        }
        Err(error) => warn!(%error, "there will be no metrics"),
    }
}

/// Writes to standard output what was kept since the last time.
pub fn flush() {
    write(std::io::stdout().lock());
}

/// Writes to `out` what was kept since the last time: a line of JSON for each set of dimensions.
pub fn write(out: impl Write) {
    if let Some(Err(error)) = COLLECTOR.get().map(|kept| kept.flush(out)) {
        warn!(%error, "the metrics were not written");
    }
}
