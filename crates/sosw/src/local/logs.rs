//! Which of the lines that functions and labourers print are shown, and how.
//!
//! Quietly: warnings and errors, and what labourers print to standard error. A function or labourer
//! that prints a lot is cut short, so that it does not hide the others.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use local::lambda::{LogLine, Stream};
use serde_json::{Map, Value};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use super::screen::Screen;
use crate::output::record::Recorder;

/// The most lines of a function that are shown per [`INTERVAL`].
const MOST: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(5);
/// Fields of a JSON log line that are not shown.
const NOISE: [&str; 9] =
    ["timestamp", "level", "message", "fields", "target", "span", "spans", "threadId", "requestId"];

/// What gets every line that functions and labourers print: keeps all of labourers, shows some.
pub fn sink(
    screen: &Screen,
    verbose: bool,
    recorder: Option<Arc<Recorder>>,
) -> impl Fn(LogLine) + Send + Sync + 'static {
    let (screen, pace) = (screen.clone(), Mutex::new(HashMap::<Arc<str>, Pace>::new()));
    move |line| {
        if let Some(recorder) = &recorder {
            recorder.keep(&line);
        }
        let Some(text) = shown(&line, verbose) else { return };
        if verbose {
            return screen.log(format_args!("{}: {text}", line.function));
        }
        let mut all = pace.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = all.entry(line.function.clone()).or_default();
        let (hidden, show) = pace.next(Instant::now());
        if hidden > 0 {
            screen.log(format_args!(
                "{}: … {hidden} more lines (--verbose shows all)",
                line.function
            ));
        }
        if show {
            screen.log(format_args!("{}: {text}", line.function));
        }
    }
}

/// How much a function has printed lately.
#[derive(Default)]
struct Pace {
    since: Option<Instant>,
    shown: u32,
    hidden: u32,
}

impl Pace {
    /// How many lines were hidden in the interval before, if it has ended, and whether this line is
    /// shown.
    fn next(&mut self, now: Instant) -> (u32, bool) {
        let mut hidden = 0;
        if self.since.is_none_or(|since| now.duration_since(since) >= INTERVAL) {
            hidden = self.hidden;
            *self = Self { since: Some(now), ..Self::default() };
        }
        let show = self.shown < MOST;
        *(if show { &mut self.shown } else { &mut self.hidden }) += 1;
        (hidden, show)
    }
}

fn shown(line: &LogLine, verbose: bool) -> Option<String> {
    let json: Option<Map<String, Value>> = serde_json::from_str(&line.text).ok();
    match json.and_then(|json| compact(&json)) {
        Some((level, text)) => {
            let loud =
                matches!(level.as_str(), "WARN" | "WARNING" | "ERROR" | "CRITICAL" | "FATAL");
            (verbose || loud).then(|| format!("{level} {text}"))
        }
        None => (verbose || line.stream == Stream::Stderr).then(|| line.text.clone()),
    }
}

/// The level of a log line in JSON, and its message with its fields; nothing if it is none.
fn compact(json: &Map<String, Value>) -> Option<(String, String)> {
    let level = json.get("level")?.as_str()?.to_uppercase();
    let inner = json.get("fields").and_then(Value::as_object);
    let message = inner.and_then(|fields| fields.get("message")).or(json.get("message"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut parts: Vec<_> = message.map(text).into_iter().collect();
    let fields = json.iter().chain(inner.into_iter().flatten());
    let fields = fields.filter(|(name, _)| !NOISE.contains(&name.as_str()));
    parts.extend(fields.map(|(name, value)| format!("{name}={}", text(value))));
    Some((level, parts.join(" ")))
}

/// Shows what this process itself logs.
pub fn init(screen: &Screen, verbose: bool) {
    // The engine warns of every condition that is not met, which is what conditions are for.
    let level = if verbose { "info" } else { "warn,dynoxide=error" };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines(screen.clone()));
    // There is no other subscriber in this process.
    let _ = subscriber.try_init();
}

/// Writes each event as a line of the screen.
struct Lines(Screen);

struct Line(Screen);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.0.clone())
    }
}

impl io::Write for Line {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.log(String::from_utf8_lossy(event).trim());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use local::lambda::Invoked;

    use super::*;

    fn line(stream: Stream, text: &str) -> LogLine {
        let invocation = Invoked { request_id: "r1".into(), payload: Default::default() };
        LogLine {
            function: "words".into(),
            environment: "1".into(),
            invocation: invocation.into(),
            stream,
            text: text.into(),
        }
    }

    #[test]
    fn quietly_only_trouble_is_shown() {
        let quiet = |stream, text| shown(&line(stream, text), false);
        assert_eq!(quiet(Stream::Stdout, "hello"), None);
        assert_eq!(quiet(Stream::Stderr, "oh"), Some("oh".into()));
        assert_eq!(quiet(Stream::Stdout, r#"{"level":"INFO","message":"fine"}"#), None);
        assert_eq!(
            quiet(
                Stream::Stdout,
                r#"{"timestamp":"t","level":"WARN","message":"odd","task_id":"a"}"#
            ),
            Some("WARN odd task_id=a".into())
        );
        assert_eq!(
            quiet(Stream::Stdout, r#"{"level":"ERROR","fields":{"message":"broke","n":1}}"#),
            Some("ERROR broke n=1".into())
        );
    }

    #[test]
    fn a_flood_is_cut_short_and_counted() {
        let (start, mut pace) = (Instant::now(), Pace::default());
        let shown = (0..100).filter(|_| pace.next(start).1).count();
        assert_eq!(shown, MOST as usize);
        assert_eq!(pace.next(start + INTERVAL), (90, true));
    }
}
