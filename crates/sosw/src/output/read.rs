//! The output of a task.

use std::path::Path;

use operator::{
    Timestamp,
    tasks::{Members, TaskDetails},
};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::schema;

/// Lines that are read at once.
const AT_ONCE: u32 = 10_000;

/// Which invocations are looked for: those of these tasks, and those of blocks of this job that had any of
/// these members.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub tasks: Vec<String>,
    pub job: Option<String>,
    pub members: Option<Members>,
}

impl From<&TaskDetails> for Wanted {
    /// A task that is in a block may have been in a larger one before.
    fn from(task: &TaskDetails) -> Self {
        let member = task.member.as_ref();
        let own = member.map(|member| member.task_id.to_string());
        let members = match (member, &task.block) {
            (Some(member), _) => Some(Members::from_iter([member.number])),
            (None, block) => block.as_ref().map(|block| block.members.clone()),
        };
        let tasks = std::iter::once(task.task_id.to_string()).chain(own).collect();
        Self { tasks, job: task.job_id.as_ref().map(ToString::to_string), members }
    }
}

/// An invocation that printed something.
#[derive(Clone, Debug, Serialize)]
pub struct Invocation {
    #[serde(skip)]
    pub id: i64,
    pub request_id: String,
    /// Which attempt of the task it was; the first is 1.
    pub attempt: u32,
    /// The tasks of the block that it worked on.
    pub members: Option<Members>,
    /// Lines that were not kept, as its task had enough.
    pub too_many: u64,
    /// Were lines of it removed to make room?
    pub is_beheaded: bool,
}

/// A line that was printed.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    #[serde(skip)]
    pub id: i64,
    pub at: Timestamp,
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    pub text: String,
}

/// Reads what a run has kept, or keeps.
pub struct Reader(Option<Connection>);

impl Reader {
    /// A database that is not of this version has nothing.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        match path.is_file() {
            true => schema::open(path).map(Self),
            false => Ok(Self(None)),
        }
    }

    /// The invocations that printed something, in their order.
    pub fn invocations(&self, wanted: &Wanted) -> rusqlite::Result<Vec<Invocation>> {
        let Some(database) = &self.0 else { return Ok(Vec::new()) };
        const FIELDS: &str =
            "SELECT id, request, attempt, members, too_many, is_beheaded FROM invocation";
        let mut of_task = database.prepare(&format!("{FIELDS} WHERE task = ?1"))?;
        let mut found = Vec::new();
        for task in &wanted.tasks {
            let rows = of_task.query_map([task], invocation)?;
            found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        if let Some((job, members)) = wanted.job.as_ref().zip(wanted.members.as_ref()) {
            let mut of_job =
                database.prepare(&format!("{FIELDS} WHERE job = ?1 AND members IS NOT NULL"))?;
            let rows = of_job.query_map([job], invocation)?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let has_wanted = |of: &Members| !of.both(members).is_empty();
            found.extend(
                rows.into_iter().filter(|row| row.members.as_ref().is_some_and(has_wanted)),
            );
        }
        found.sort_by_key(|invocation| invocation.id);
        found.dedup_by_key(|invocation| invocation.id);
        Ok(found)
    }

    /// The lines of an invocation after the line of that id, in their order.
    pub fn lines(&self, invocation: i64, after: i64) -> rusqlite::Result<Vec<Line>> {
        let Some(database) = &self.0 else { return Ok(Vec::new()) };
        let query = "SELECT id, at, is_error, text FROM line WHERE invocation = ?1 AND id > ?2 ORDER BY id \
            LIMIT ?3";
        let mut query = database.prepare_cached(query)?;
        let (mut all, mut after) = (Vec::new(), after);
        loop {
            let rows = query.query_map((invocation, after, AT_ONCE), line)?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let Some(last) = rows.last() else { return Ok(all) };
            after = last.id;
            all.extend(rows);
        }
    }

    /// The time of the last line that was removed to make room.
    pub fn removed_until(&self) -> rusqlite::Result<Option<Timestamp>> {
        let Some(database) = &self.0 else { return Ok(None) };
        let until =
            database.query_row("SELECT until FROM removed", [], |row| row.get(0)).optional()?;
        Ok(until.map(Timestamp::from_seconds))
    }
}

fn invocation(row: &Row<'_>) -> rusqlite::Result<Invocation> {
    let members: Option<String> = row.get(3)?;
    Ok(Invocation {
        id: row.get(0)?,
        request_id: row.get(1)?,
        attempt: row.get(2)?,
        members: members.and_then(|text| text.parse().ok()),
        too_many: u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default(),
        is_beheaded: row.get(5)?,
    })
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    let is_error: bool = row.get(2)?;
    Ok(Line {
        id: row.get(0)?,
        at: Timestamp::from_seconds(row.get(1)?),
        stream: if is_error { "stderr" } else { "stdout" },
        text: row.get(3)?,
    })
}
