//! What a function's processes print: split into lines, each with its invocation, and handed to a sink.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use futures::future;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;

use super::super::invocation::Invocation;
use crate::sync::lock;

/// Longer lines are cut into pieces, so that a process that never ends one cannot fill the memory.
const LONGEST: usize = 64 * 1024;
/// Lines kept for the message about a crash.
const KEPT: usize = 20;

/// How long an invocation waits for what the one before it has printed.
const PATIENCE: Duration = Duration::from_millis(200);

/// Which of its two outputs a process printed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// An invocation, of which something is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// The same over the retries of one event.
    pub request_id: String,
    pub payload: Bytes,
}

impl From<&Invocation> for Invoked {
    fn from(invocation: &Invocation) -> Self {
        Self { request_id: invocation.request_id.clone(), payload: invocation.payload.clone() }
    }
}

/// A line that a process of a function printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub function: Arc<str>,
    /// The environment's log stream, one for each process.
    pub environment: Arc<str>,
    pub invocation: Arc<Invoked>,
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
///
/// What its process prints belongs to the invocation in hand, although pipes are read a moment later than they
/// are written: before the next invocation is given, all that is in the pipes is read ([`Logs::begin`]). What a
/// process prints before it asks for work belongs to the invocation that it is started for.
pub(crate) struct Logs {
    pub(crate) function: Arc<str>,
    pub(crate) environment: Arc<str>,
    sink: LogSink,
    page: Mutex<Page>,
    /// How often the readers were asked to read all that there is.
    asked: watch::Sender<u64>,
    /// Which of these times each reader has done so.
    done: [watch::Sender<u64>; 2],
}

/// What is printed during one invocation.
struct Page {
    of: Arc<Invoked>,
    last: VecDeque<String>,
}

impl Logs {
    pub(crate) fn new(function: &str, environment: &str, sink: LogSink, first: Invoked) -> Self {
        Self {
            function: function.into(),
            environment: environment.into(),
            sink,
            page: Mutex::new(Page { of: Arc::new(first), last: VecDeque::new() }),
            asked: watch::Sender::new(0),
            done: [watch::Sender::new(0), watch::Sender::new(0)],
        }
    }

    /// From here on lines belong to this invocation. The process must be waiting for work.
    pub(crate) async fn begin(&self, invoked: Invoked) {
        if lock(&self.page).of.request_id == invoked.request_id {
            return;
        }
        self.read_all().await;
        *lock(&self.page) = Page { of: Arc::new(invoked), last: VecDeque::new() };
    }

    /// Waits until everything is read that is in the pipes now; a line without end ends there.
    pub(crate) async fn read_all(&self) {
        let mut number = 0;
        self.asked.send_modify(|asked| {
            *asked = asked.saturating_add(1);
            number = *asked;
        });
        let has_done = |done: &watch::Sender<u64>| {
            let mut done = done.subscribe();
            async move { drop(done.wait_for(|done| *done >= number).await) }
        };
        let [stdout, stderr] = &self.done;
        let both = future::join(has_done(stdout), has_done(stderr));
        // A reader may have been given up, because others than the process hold its pipe.
        let _ = tokio::time::timeout(PATIENCE, both).await;
    }

    /// The last lines of the invocation, for a message.
    pub(crate) fn tail(&self) -> String {
        let page = lock(&self.page);
        page.last.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Reads until the stream ends.
    pub(crate) async fn follow(
        self: Arc<Self>,
        stream: Stream,
        source: impl AsyncRead + AsFd + Unpin,
    ) {
        let [stdout, stderr] = &self.done;
        let done = if stream == Stream::Stdout { stdout } else { stderr };
        let mut asked = self.asked.subscribe();
        asked.mark_changed();
        let (mut reader, mut line) = (BufReader::new(source), Vec::new());
        loop {
            tokio::select! {
                is_open = fill(&mut reader) => {
                    if !is_open {
                        break;
                    }
                    self.take_all(stream, &mut reader, &mut line);
                }
                Ok(()) = asked.changed() => {
                    let number = *asked.borrow_and_update();
                    let mut unread = unread(reader.get_ref());
                    while unread > 0 && fill(&mut reader).await {
                        unread = unread.saturating_sub(reader.buffer().len());
                        self.take_all(stream, &mut reader, &mut line);
                    }
                    self.end(stream, &mut line);
                    done.send_replace(number);
                }
            }
        }
        self.end(stream, &mut line);
        done.send_replace(u64::MAX);
    }

    /// Takes what was read, line by line; the last one may go on.
    fn take_all(
        &self,
        stream: Stream,
        reader: &mut BufReader<impl AsyncRead + Unpin>,
        line: &mut Vec<u8>,
    ) {
        let mut rest = reader.buffer();
        while !rest.is_empty() {
            let room = LONGEST.saturating_sub(line.len()).max(1);
            let window = rest.get(..room).unwrap_or(rest);
            let (taken, ended) = match window.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (window.len(), window.len() == room),
            };
            let (piece, others) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            line.extend_from_slice(piece);
            rest = others;
            if ended {
                self.write(stream, &std::mem::take(line));
            }
        }
        let read = reader.buffer().len();
        reader.consume(read);
    }

    /// A line that has no end yet.
    fn end(&self, stream: Stream, line: &mut Vec<u8>) {
        if !line.is_empty() {
            self.write(stream, &std::mem::take(line));
        }
    }

    fn write(&self, stream: Stream, line: &[u8]) {
        let text = String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned();
        let invocation = {
            let mut page = lock(&self.page);
            page.last.push_back(text.clone());
            if page.last.len() > KEPT {
                page.last.pop_front();
            }
            Arc::clone(&page.of)
        };
        let (function, environment) = (Arc::clone(&self.function), Arc::clone(&self.environment));
        (self.sink)(LogLine { function, environment, invocation, stream, text });
    }
}

/// Reads something into the empty buffer; `false` at the end of the stream.
async fn fill(reader: &mut BufReader<impl AsyncRead + Unpin>) -> bool {
    reader.fill_buf().await.is_ok_and(|read| !read.is_empty())
}

/// How many bytes are in a pipe.
fn unread(pipe: &impl AsFd) -> usize {
    let bytes = rustix::io::ioctl_fionread(pipe).unwrap_or_default();
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::UnixStream;

    use super::*;

    fn invoked(request_id: &str) -> Invoked {
        Invoked { request_id: request_id.to_owned(), payload: Bytes::new() }
    }

    /// The request and the text of each line.
    type Lines = Arc<Mutex<Vec<(String, String)>>>;

    /// Logs, and what their sink gets.
    fn logs() -> (Arc<Logs>, Lines) {
        let lines = Lines::default();
        let into = Arc::clone(&lines);
        let sink = move |line: LogLine| {
            lock(&into).push((line.invocation.request_id.clone(), line.text));
        };
        (Arc::new(Logs::new("f", "e", Arc::new(sink), invoked("r1"))), lines)
    }

    async fn lines(text: &[u8]) -> Vec<String> {
        let (logs, lines) = logs();
        let (mut process, pipe) = UnixStream::pair().unwrap();
        let printing = async {
            process.write_all(text).await.unwrap();
            drop(process);
        };
        tokio::join!(printing, logs.follow(Stream::Stdout, pipe));
        lock(&lines).iter().map(|(_, text)| text.clone()).collect()
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

    /// Each round has more lines than one read takes, and ends within a line.
    #[tokio::test]
    async fn a_line_belongs_to_the_invocation_during_which_it_was_printed() {
        let (logs, lines) = logs();
        let (out, err) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        let ((mut stdout, out), (mut stderr, err)) = (out, err);
        let readers = [
            tokio::spawn(Arc::clone(&logs).follow(Stream::Stdout, out)),
            tokio::spawn(Arc::clone(&logs).follow(Stream::Stderr, err)),
        ];
        for round in 1..=50 {
            logs.begin(invoked(&format!("r{round}"))).await;
            stdout.write_all(format!("{round}\n").repeat(5000).as_bytes()).await.unwrap();
            stderr.write_all(format!("{round}").as_bytes()).await.unwrap();
        }
        drop((stdout, stderr));
        for reader in readers {
            reader.await.unwrap();
        }
        let lines = lock(&lines);
        assert_eq!(lines.len(), 50 * 5001);
        assert!(lines.iter().all(|(request, text)| *request == format!("r{text}")));
        assert_eq!(logs.tail().lines().collect::<std::collections::HashSet<_>>().len(), 1);
    }
}
