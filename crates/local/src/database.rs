//! Opens the file of the tables, or says what it is instead. A file that is not ours is left as it is: the
//! engine would put its tables into any database.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use dynoxide::Database;
use rusqlite::{Connection, OpenFlags};

/// What every database of the kind begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Why a file cannot hold the tables.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("{} is a directory, where the file with the tables should be: {MOVE}", .0.display())]
    Directory(PathBuf),
    #[error("{} is no database of sosw: {MOVE}", .0.display())]
    Foreign(PathBuf),
    #[error("{} is damaged: restore it from a copy, or {MOVE}", .0.display())]
    Damaged(PathBuf),
    #[error(
        "{} was written by a newer version of sosw, and is left as it is: use that version, or name another \
         directory", .0.display()
    )]
    Newer(PathBuf),
    #[error(
        "{} cannot be opened: {}; the file must be readable and writable, its directory, too", path.display(),
        .error.kind()
    )]
    Inaccessible { path: PathBuf, error: io::Error },
    #[error("the tables in {place} cannot be opened: {reason}")]
    Engine { place: String, reason: String },
}

const MOVE: &str = "move it away, or name another directory";

/// The tables in this file, which is created if it is absent.
pub(crate) fn open(path: &Path) -> Result<Database, DatabaseError> {
    inspect(path)?;
    let opened = Database::new(&path.display().to_string());
    opened.map_err(|error| refused(path, &error.to_string()))
}

/// In memory.
pub(crate) fn in_memory() -> Result<Database, DatabaseError> {
    let refused = |reason| DatabaseError::Engine { place: "memory".to_owned(), reason };
    Database::memory().map_err(|error| refused(error.to_string()))
}

fn inspect(path: &Path) -> Result<(), DatabaseError> {
    let inaccessible = |error| DatabaseError::Inaccessible { path: path.to_owned(), error };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(DatabaseError::Directory(path.to_owned())),
        Ok(_) => {}
        // Its directory is checked by the engine, which creates the file.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(inaccessible(error)),
    }
    let mut file = File::options().read(true).write(true).open(path).map_err(inaccessible)?;
    let mut first = Vec::new();
    let read = file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first);
    match read.map_err(inaccessible)? {
        // Created, but not written yet.
        0 => Ok(()),
        _ if first == MAGIC => is_ours(path),
        _ => Err(DatabaseError::Foreign(path.to_owned())),
    }
}

/// Has the database no tables yet, or the engine's?
fn is_ours(path: &Path) -> Result<(), DatabaseError> {
    let tables = || {
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let counted =
            "SELECT count(*), count(*) FILTER (WHERE name = '_config') FROM sqlite_master";
        database.query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?)))
    };
    match tables() {
        Ok((0_u32, _) | (_, 1_u32)) => Ok(()),
        Ok(_) => Err(DatabaseError::Foreign(path.to_owned())),
        Err(error) => Err(refused(path, &error.to_string())),
    }
}

/// The engine has no types for what it refuses.
fn refused(path: &Path, reason: &str) -> DatabaseError {
    let path = path.to_owned();
    match () {
        () if reason.contains("newer version") => DatabaseError::Newer(path),
        () if reason.contains("malformed") => DatabaseError::Damaged(path),
        () if reason.contains("not a database") => DatabaseError::Foreign(path),
        () => DatabaseError::Engine {
            place: path.display().to_string(),
            reason: format!("{reason}; its directory must exist, and be writable"),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What is said of a file with this content, which must stay as it is.
    fn refusal(content: &[u8]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tables.db");
        fs::write(&path, content).unwrap();
        let said = open(&path).err().unwrap().to_string();
        assert_eq!(fs::read(&path).unwrap(), content, "{said}");
        let place = path.display().to_string();
        said.strip_prefix(&place).unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    /// The bytes of a database in which this was done.
    fn database(statements: &str) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("any.db");
        Connection::open(&path).unwrap().execute_batch(statements).unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn what_is_no_database_of_sosw_is_named_and_left_as_it_is() {
        let no_database = " is no database of sosw: move it away, or name another directory";
        assert_eq!(refusal(b"garbage"), no_database);
        assert_eq!(refusal(&[0; 8192]), no_database);
        assert_eq!(refusal(&database("CREATE TABLE bookmarks (url TEXT)")), no_database);
    }

    #[test]
    fn a_damaged_database_is_named() {
        let mut bytes = database("CREATE TABLE _config (key TEXT PRIMARY KEY, value TEXT)");
        bytes.iter_mut().skip(100).for_each(|byte| *byte = 0xff);
        assert!(refusal(&bytes).starts_with(" is damaged: "));
    }

    #[test]
    fn a_newer_format_is_named_and_left_as_it_is() {
        let said = refusal(&database(
            "CREATE TABLE _config (key TEXT PRIMARY KEY, value TEXT);
             INSERT INTO _config VALUES ('schema_version', '99999')",
        ));
        assert!(said.starts_with(" was written by a newer version of sosw"), "{said}");
    }

    #[test]
    fn a_directory_in_its_place_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let said = open(directory.path()).err().unwrap().to_string();
        assert!(
            said.contains(" is a directory, where the file with the tables should be"),
            "{said}"
        );
    }

    #[test]
    fn an_empty_file_becomes_the_tables() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tables.db");
        fs::write(&path, "").unwrap();
        drop(open(&path).unwrap());
        drop(open(&path).unwrap());
    }
}
