//! What a function's processes print: split into lines, handed to a sink, the last ones kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::sync::lock;

/// Longer lines are cut into pieces, so that a process that never ends one cannot fill the memory.
const LONGEST: usize = 64 * 1024;
/// Lines kept for the message about a crash.
const KEPT: usize = 20;

/// Which of its two outputs a process printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A line that a process of a function printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub function: Arc<str>,
    /// The environment's log stream, one for each process.
    pub environment: Arc<str>,
    pub stream: Stream,
    /// The line without its end; what is no UTF-8 in it is replaced.
    pub text: String,
}

/// Gets every line, in the order in which each stream printed it. Must not block.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// The sink used when the caller gives none.
pub(crate) fn tracing_sink() -> LogSink {
    Arc::new(
        |line| tracing::info!(target: "local::function", function = %line.function, stream = ?line.stream, "{}", line.text),
    )
}

/// The lines of one environment.
pub(crate) struct Logs {
    pub(crate) function: Arc<str>,
    pub(crate) environment: Arc<str>,
    sink: LogSink,
    last: Mutex<VecDeque<String>>,
}

impl Logs {
    pub(crate) fn new(function: &str, environment: &str, sink: LogSink) -> Self {
        Self {
            function: function.into(),
            environment: environment.into(),
            sink,
            last: Mutex::default(),
        }
    }

    /// The last lines, for a message.
    pub(crate) fn tail(&self) -> String {
        let last = lock(&self.last);
        last.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Reads until the stream ends.
    pub(crate) async fn follow(self: Arc<Self>, stream: Stream, source: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(source);
        let mut line = Vec::new();
        while let Ok(available) = reader.fill_buf().await {
            if available.is_empty() {
                break;
            }
            let room = LONGEST.saturating_sub(line.len()).max(1);
            let window = available.get(..room).unwrap_or(available);
            let (taken, ended) = match window.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (window.len(), window.len() == room),
            };
            line.extend_from_slice(window.get(..taken).unwrap_or_default());
            reader.consume(taken);
            if ended {
                self.write(stream, &std::mem::take(&mut line));
            }
        }
        if !line.is_empty() {
            self.write(stream, &line);
        }
    }

    fn write(&self, stream: Stream, line: &[u8]) {
        let text = String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned();
        {
            let mut last = lock(&self.last);
            last.push_back(text.clone());
            if last.len() > KEPT {
                last.pop_front();
            }
        }
        let (function, environment) = (Arc::clone(&self.function), Arc::clone(&self.environment));
        (self.sink)(LogLine { function, environment, stream, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8]) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&lines);
        let logs = Arc::new(Logs::new(
            "f",
            "e",
            Arc::new(move |line: LogLine| lock(&into).push(line.text)),
        ));
        logs.follow(Stream::Stdout, text).await;
        lock(&lines).clone()
    }

    #[tokio::test]
    async fn lines_come_out_as_printed_and_the_last_needs_no_end() {
        assert_eq!(lines(b"one\r\n\ntwo\nthree").await, ["one", "", "two", "three"]);
    }

    #[tokio::test]
    async fn garbage_is_neither_an_error_nor_a_line_without_end() {
        assert_eq!(lines(&[0xff, 0xfe, b'\n']).await, ["\u{fffd}\u{fffd}"]);
        let endless = vec![b'x'; LONGEST * 2 + 5];
        assert_eq!(
            lines(&endless).await.iter().map(String::len).collect::<Vec<_>>(),
            [LONGEST, LONGEST, 5]
        );
    }
}
