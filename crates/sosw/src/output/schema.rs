//! The database: lines in the order in which they were read, each of an invocation.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

/// The form of the database, so that another version does not read it as its own.
const VERSION: i64 = 1;
/// How long another process may keep it busy.
const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS invocation (
        id INTEGER PRIMARY KEY,
        request TEXT NOT NULL UNIQUE,
        function TEXT NOT NULL,
        task TEXT NOT NULL,
        job TEXT,
        members TEXT,
        attempt INTEGER NOT NULL,
        -- Bytes that were kept of it, whether they are still there or not.
        kept INTEGER NOT NULL DEFAULT 0,
        -- Lines that were not kept, as its task had enough.
        too_many INTEGER NOT NULL DEFAULT 0,
        -- Were lines of it removed to make room?
        is_beheaded INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS of_task ON invocation (task);
    CREATE INDEX IF NOT EXISTS of_job ON invocation (job) WHERE members IS NOT NULL;
    CREATE INDEX IF NOT EXISTS beheaded ON invocation (id) WHERE is_beheaded;
    CREATE TABLE IF NOT EXISTS line (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        invocation INTEGER NOT NULL,
        at REAL NOT NULL,
        is_error INTEGER NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS of_invocation ON line (invocation);
    -- The time of the last line that was removed to make room.
    CREATE TABLE IF NOT EXISTS removed (until REAL NOT NULL);";

/// Opens it for the only process that writes, and creates what is absent. One of another version is emptied: it
/// is worth no migration.
pub fn create(path: &Path) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    database.busy_timeout(PATIENCE)?;
    // Others read while this process writes. A crash of the machine may take the last lines along.
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "OFF")?;
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        for table in ["invocation", "line", "removed"] {
            database.execute(&format!("DROP TABLE IF EXISTS {table}"), [])?;
        }
    }
    database.execute_batch(TABLES)?;
    database.pragma_update(None, "user_version", VERSION)?;
    Ok(database)
}

/// Opens it to read; nothing if it is not of this version.
pub fn open(path: &Path) -> rusqlite::Result<Option<Connection>> {
    // Not read-only: whoever reads first after a crash completes what was begun.
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    database.busy_timeout(PATIENCE)?;
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((version == VERSION).then_some(database))
}
