//! Writes what labourers print.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use local::lambda::{Invoked, LogLine, Stream};
use operator::{Timestamp, tasks::InvokedAttempt};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{MOST, MOST_OF_TASK, PER_LINE, schema};

/// Lines that wait to be written. Whoever prints more is slowed down.
const WAITING: usize = 4096;
/// Lines that are written in one transaction.
const AT_ONCE: usize = 1000;
/// Lines that are removed at once to make room.
const REMOVED_AT_ONCE: u32 = 1000;
/// Invocations that are remembered; others are looked up again.
const REMEMBERED: usize = 1000;

/// Keeps what the labourers of a run print, until it is closed.
pub struct Recorder {
    functions: BTreeSet<String>,
    /// Nothing once it is closed.
    lines: RwLock<Option<SyncSender<Line>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Line {
    printed: LogLine,
    at: Timestamp,
}

impl Recorder {
    /// Keeps what these functions print in this database.
    pub fn start(
        path: &Path,
        functions: impl IntoIterator<Item = String>,
    ) -> rusqlite::Result<Arc<Self>> {
        let writer = Writer::open(path, MOST)?;
        let (lines, arriving) = sync_channel(WAITING);
        let writer = std::thread::spawn(move || writer.run(&arriving));
        let functions = functions.into_iter().collect();
        let (lines, writer) = (RwLock::new(Some(lines)), Mutex::new(Some(writer)));
        Ok(Arc::new(Self { functions, lines, writer }))
    }

    /// Keeps a line. Others than labourers print as well: their output is of no task.
    pub fn keep(&self, line: &LogLine) {
        if !self.functions.contains(&*line.function) {
            return;
        }
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = &*lines {
            // If the writer has given up, it has said why.
            let _ = lines.send(Line { printed: line.clone(), at: Timestamp::now() });
        }
    }

    /// Writes what is there, and keeps nothing more.
    pub fn close(&self) {
        drop(self.lines.write().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It does not panic.
            let _ = writer.join();
        }
    }
}

/// The thread that writes.
struct Writer {
    database: Connection,
    open: HashMap<String, Option<Open>>,
    /// Bytes of all lines that are there.
    total: u64,
    most: u64,
}

/// An invocation of which lines are kept.
#[derive(Clone, Copy)]
struct Open {
    id: i64,
    /// Bytes that may still be kept.
    room: u64,
}

impl Writer {
    fn open(path: &Path, most: u64) -> rusqlite::Result<Self> {
        let database = schema::create(path)?;
        let size = "SELECT coalesce(sum(length(CAST(text AS BLOB)) + ?1), 0) FROM line";
        let total = database.query_row(size, [PER_LINE as i64], |row| row.get::<_, i64>(0))?;
        Ok(Self { database, open: HashMap::new(), total: bytes(total), most })
    }

    fn run(mut self, arriving: &Receiver<Line>) {
        while let Ok(first) = arriving.recv() {
            let others = arriving.try_iter().take(AT_ONCE - 1);
            let lines: Vec<_> = std::iter::once(first).chain(others).collect();
            if let Err(error) = self.write(&lines) {
                tracing::warn!(%error, "what labourers print is not kept any more");
                return;
            }
        }
    }

    fn write(&mut self, lines: &[Line]) -> rusqlite::Result<()> {
        if self.open.len() > REMEMBERED {
            self.open.clear();
        }
        let transaction = self.database.transaction()?;
        for line in lines {
            let invoked = &line.printed.invocation;
            let open = match self.open.get_mut(&invoked.request_id) {
                Some(open) => open,
                None => {
                    let found = find_or_add(&transaction, &line.printed.function, invoked)?;
                    self.open.entry(invoked.request_id.clone()).or_insert(found)
                }
            };
            if let Some(open) = open {
                self.total += open.add(&transaction, line)?;
            }
        }
        while self.total > self.most {
            let removed = remove_oldest(&transaction)?;
            // Nothing is left of what was counted.
            self.total = if removed == 0 { 0 } else { self.total.saturating_sub(removed) };
            // What was removed may be forgotten as a whole.
            self.open.clear();
        }
        transaction.commit()
    }
}

impl Open {
    /// Adds a line, if there is room, and answers how many bytes it takes.
    fn add(&mut self, transaction: &Transaction<'_>, line: &Line) -> rusqlite::Result<u64> {
        let Line { printed: LogLine { stream, text, .. }, at } = line;
        let size = text.len() as u64 + PER_LINE;
        if size > self.room {
            self.room = 0;
            let more = "UPDATE invocation SET too_many = too_many + 1 WHERE id = ?1";
            transaction.prepare_cached(more)?.execute([self.id])?;
            return Ok(0);
        }
        self.room -= size;
        let line = "INSERT INTO line (invocation, at, is_error, text) VALUES (?1, ?2, ?3, ?4)";
        let is_error = *stream == Stream::Stderr;
        transaction.prepare_cached(line)?.execute(params![
            self.id,
            at.seconds(),
            is_error,
            text
        ])?;
        let kept = "UPDATE invocation SET kept = kept + ?2 WHERE id = ?1";
        transaction.prepare_cached(kept)?.execute(params![self.id, size as i64])?;
        Ok(size)
    }
}

/// The invocation; nothing if it is not of sosw, so that no task will be asked for.
fn find_or_add(
    transaction: &Transaction<'_>,
    function: &str,
    invoked: &Invoked,
) -> rusqlite::Result<Option<Open>> {
    let Some(attempt) = InvokedAttempt::of_event(&invoked.payload) else { return Ok(None) };
    let known = "SELECT id FROM invocation WHERE request = ?1";
    let known =
        transaction.prepare_cached(known)?.query_row([&invoked.request_id], |row| row.get(0));
    let id = match known.optional()? {
        Some(id) => id,
        None => {
            let new = "INSERT INTO invocation (request, function, task, job, members, attempt) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let job = attempt.job_id.as_ref().map(|job| job.as_str());
            let members = attempt.members.as_ref().map(ToString::to_string);
            let task = attempt.task_id.as_str();
            let values = params![invoked.request_id, function, task, job, members, attempt.number];
            transaction.prepare_cached(new)?.execute(values)?;
            transaction.last_insert_rowid()
        }
    };
    let kept = "SELECT sum(kept) FROM invocation WHERE task = ?1";
    let kept: i64 = transaction
        .prepare_cached(kept)?
        .query_row([attempt.task_id.as_str()], |row| row.get(0))?;
    Ok(Some(Open { id, room: MOST_OF_TASK.saturating_sub(bytes(kept)) }))
}

/// Removes the oldest lines, and the invocations of which nothing is left. Answers how many bytes they took.
fn remove_oldest(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let last = "SELECT id, at FROM line ORDER BY id LIMIT 1 OFFSET ?1";
    let last_of_all = "SELECT id, at FROM line ORDER BY id DESC LIMIT 1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?));
    let last = transaction.query_row(last, [REMOVED_AT_ONCE - 1], row).optional()?;
    let last = match last {
        Some(last) => Some(last),
        None => transaction.query_row(last_of_all, [], row).optional()?,
    };
    let Some((last, at)) = last else { return Ok(0) };
    let size = "SELECT sum(length(CAST(text AS BLOB)) + ?2) FROM line WHERE id <= ?1";
    let size: i64 = transaction.query_row(size, [last, PER_LINE as i64], |row| row.get(0))?;
    let beheaded = "UPDATE invocation SET is_beheaded = 1 \
        WHERE id IN (SELECT invocation FROM line WHERE id <= ?1)";
    transaction.execute(beheaded, [last])?;
    transaction.execute("DELETE FROM line WHERE id <= ?1", [last])?;
    let empty = "DELETE FROM invocation WHERE is_beheaded \
        AND NOT EXISTS (SELECT 1 FROM line WHERE line.invocation = invocation.id)";
    transaction.execute(empty, [])?;
    transaction.execute("DELETE FROM removed", [])?;
    transaction.execute("INSERT INTO removed (until) VALUES (?1)", [at])?;
    Ok(bytes(size))
}

fn bytes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use operator::tasks::Members;
    use serde_json::json;

    use super::{
        super::read::{Reader, Wanted},
        *,
    };

    fn line(request: &str, event: &serde_json::Value, text: &str) -> Line {
        let payload = event.to_string().into_bytes().into();
        let invocation = Invoked { request_id: request.to_owned(), payload };
        let printed = LogLine {
            function: "words".into(),
            environment: "1".into(),
            invocation: invocation.into(),
            stream: Stream::Stdout,
            text: text.to_owned(),
        };
        Line { printed, at: Timestamp::from_seconds(100.0) }
    }

    fn event(task: &str) -> serde_json::Value {
        json!({ "task_id": task, "labourer_id": "words", "attempts": 0 })
    }

    fn wanted(task: &str) -> Wanted {
        Wanted { tasks: vec![task.to_owned()], job: None, members: None }
    }

    #[test]
    fn lines_are_found_by_task_and_by_each_task_of_a_block() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.db");
        let mut writer = Writer::open(&path, MOST).unwrap();
        let block = json!({
            "task_id": "block", "labourer_id": "words", "attempts": 1,
            "sosw": { "attempt": 2, "job_id": "j", "members": "3-5,9" },
        });
        writer.write(&[line("r1", &event("a"), "one"), line("r2", &block, "two")]).unwrap();
        writer.write(&[line("r1", &event("a"), "three"), line("r3", &json!({}), "four")]).unwrap();

        let reader = Reader::open(&path).unwrap();
        let [invocation] = reader.invocations(&wanted("a")).unwrap().try_into().unwrap();
        assert_eq!((invocation.request_id.as_str(), invocation.attempt), ("r1", 1));
        let texts: Vec<_> =
            reader.lines(invocation.id, 0).unwrap().into_iter().map(|l| l.text).collect();
        assert_eq!(texts, ["one", "three"]);

        for (number, found) in [(2, 0), (3, 1), (5, 1), (6, 0), (9, 1)] {
            let members = Some(Members::from_iter([number]));
            let wanted = Wanted { members, job: Some("j".to_owned()), ..wanted("none") };
            assert_eq!(reader.invocations(&wanted).unwrap().len(), found, "{number}");
        }
    }

    #[test]
    fn of_a_task_a_megabyte_is_kept_over_all_its_attempts_and_the_rest_is_counted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.db");
        let mut writer = Writer::open(&path, MOST).unwrap();
        let text = "x".repeat(60_000);
        for request in ["r1", "r2"] {
            let lines: Vec<_> = (0..10).map(|_| line(request, &event("a"), &text)).collect();
            writer.write(&lines).unwrap();
        }
        writer.write(&[line("r3", &event("b"), "of another task")]).unwrap();

        let reader = Reader::open(&path).unwrap();
        let [first, second] = reader.invocations(&wanted("a")).unwrap().try_into().unwrap();
        assert_eq!((first.too_many, second.too_many), (0, 3));
        assert_eq!(reader.lines(second.id, 0).unwrap().len(), 7);
        assert_eq!(reader.invocations(&wanted("b")).unwrap().len(), 1);
    }

    #[test]
    fn of_all_tasks_the_oldest_lines_make_room_and_it_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.db");
        let mut writer = Writer::open(&path, 100_000).unwrap();
        for n in 0..30 {
            let task = format!("t{}", n / 10);
            let lines: Vec<_> =
                (0..100).map(|_| line(&task, &event(&task), &"x".repeat(60))).collect();
            writer.write(&lines).unwrap();
        }
        let total = writer.total;
        drop(writer);
        assert!(total <= 100_000, "{total} bytes");
        assert_eq!(Writer::open(&path, 100_000).unwrap().total, total, "as it is counted anew");

        let reader = Reader::open(&path).unwrap();
        let [gone, cut, whole] =
            ["t0", "t1", "t2"].map(|task| reader.invocations(&wanted(task)).unwrap());
        assert!(gone.is_empty());
        assert!(cut.is_empty() || cut[0].is_beheaded);
        assert!(!whole.is_empty());
        assert_eq!(reader.removed_until().unwrap(), Some(Timestamp::from_seconds(100.0)));
    }

    #[test]
    fn everything_is_there_once_the_recorder_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output.db");
        let recorder = Recorder::start(&path, ["words".to_owned()]).unwrap();
        for n in 0..10_000 {
            recorder.keep(&line("r1", &event("a"), &n.to_string()).printed);
        }
        recorder.close();
        recorder.keep(&line("r1", &event("a"), "too late").printed);
        let reader = Reader::open(&path).unwrap();
        let [invocation] = reader.invocations(&wanted("a")).unwrap().try_into().unwrap();
        assert_eq!(reader.lines(invocation.id, 0).unwrap().len(), 10_000);
    }
}
