//! Logs: ids and outcomes, never payloads, results or config values.

use tracing_subscriber::EnvFilter;

/// Writes logs as JSON lines to standard output, as Lambda collects them. `RUST_LOG` (or
/// `AWS_LAMBDA_LOG_LEVEL`) sets the level; `info` without.
pub fn init() {
    let level = std::env::var("RUST_LOG").or_else(|_| std::env::var("AWS_LAMBDA_LOG_LEVEL"));
    let filter = EnvFilter::try_new(level.as_deref().unwrap_or("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new("info")));
    // A second call (two functions in one process) keeps the first subscriber.
    let _ = subscriber.try_init();
}
