//! A directory that keeps the tables of a `sosw local`, for one process at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How long to wait for another process that holds the directory.
const PATIENCE: Duration = Duration::from_secs(3);
const TABLES: &str = "tables.db";
const LOCK: &str = "lock";
const ENDPOINTS: &str = "endpoints.json";

/// A directory that this process holds exclusively, as long as this value lives. The operating system
/// releases the lock when the process ends, however it ends.
pub struct Data {
    directory: PathBuf,
    _lock: File,
}

/// Where the process that holds the directory listens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Endpoints {
    pub dynamodb: String,
    pub lambda: String,
    pub cloudwatch: String,
}

impl Data {
    /// Creates the directory if it is absent, and locks it. A command that only reads the tables holds it
    /// for a moment, which this waits for.
    pub async fn take(directory: &Path) -> Result<Self, Error> {
        patiently(|| Self::open(directory)).await
    }

    /// Creates the directory if it is absent, and locks it if no other process holds it.
    fn open(directory: &Path) -> Result<Self, Error> {
        let failed = |error| Error::Data { path: directory.to_owned(), error };
        fs::create_dir_all(directory).map_err(failed)?;
        let mut options = File::options();
        let lock = options.create(true).truncate(false).write(true).open(directory.join(LOCK));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                // Of a process that was killed.
                let _ = fs::remove_file(directory.join(ENDPOINTS));
                Ok(Self { directory: directory.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(Error::DataInUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of the tables.
    pub fn tables(&self) -> PathBuf {
        self.directory.join(TABLES)
    }

    /// Writes where this process listens, for other processes.
    pub fn announce(&self, endpoints: &Endpoints) -> Result<(), Error> {
        let written = serde_json::to_vec(endpoints).map_err(io::Error::from);
        let written = written.and_then(|text| fs::write(self.directory.join(ENDPOINTS), text));
        written.map_err(|error| Error::Data { path: self.directory.clone(), error })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // Nobody listens any more. If it stays, the next one who takes the directory removes it.
        let _ = fs::remove_file(self.directory.join(ENDPOINTS));
    }
}

/// What is there may be no tables at all, which opening it says.
pub fn holds_tables(directory: &Path) -> bool {
    directory.join(TABLES).exists()
}

pub enum Reached {
    /// No other process holds it.
    Free(Data),
    /// Another process holds it, and listens there.
    Served(Endpoints),
}

/// Locks the directory, or reads where the process that holds it listens.
pub async fn reach(directory: &Path) -> Result<Reached, Error> {
    let attempt = || match Data::open(directory) {
        Ok(data) => Ok(Reached::Free(data)),
        // It may not listen yet.
        Err(Error::DataInUse(path)) => {
            let text = fs::read(directory.join(ENDPOINTS));
            let endpoints = text.ok().and_then(|text| serde_json::from_slice(&text).ok());
            endpoints.map(Reached::Served).ok_or(Error::DataInUse(path))
        }
        Err(error) => Err(error),
    };
    patiently(attempt).await
}

/// Tries again for a while, as long as another process holds the directory.
async fn patiently<T>(attempt: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let began = Instant::now();
    loop {
        match attempt() {
            Err(Error::DataInUse(_)) if began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_one_process_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new");
        let first = Data::open(&path).unwrap();
        assert!(matches!(Data::open(&path), Err(Error::DataInUse(_))));
        drop(first);
        Data::open(&path).unwrap();
    }
}
