//! A directory that keeps the tables of a `sosw local`, for one process at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::error::Error;

const TABLES: &str = "tables.db";
const LOCK: &str = "lock";
const ENDPOINTS: &str = "endpoints.json";

/// A directory that this process has for itself, as long as this lives. The system lets go of the
/// lock when the process ends, however it ends.
pub struct Data {
    directory: PathBuf,
    _lock: File,
}

/// Where the process that has the directory listens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Endpoints {
    pub dynamodb: String,
    pub lambda: String,
}

impl Data {
    /// Makes the directory if it is absent, and takes it.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let failed = |error| Error::Data { path: directory.to_owned(), error };
        fs::create_dir_all(directory).map_err(failed)?;
        let mut options = File::options();
        let lock = options.create(true).truncate(false).write(true).open(directory.join(LOCK));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::DataInUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The file of the tables.
    pub fn tables(&self) -> PathBuf {
        self.directory.join(TABLES)
    }

    /// Tells other processes where this one listens.
    pub fn announce(&self, endpoints: &Endpoints) -> Result<(), Error> {
        let written = serde_json::to_vec(endpoints).map_err(io::Error::from);
        let written = written.and_then(|text| fs::write(self.directory.join(ENDPOINTS), text));
        written.map_err(|error| Error::Data { path: self.directory.clone(), error })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // Nobody listens any more. What stays there is not looked at while the lock is free.
        let _ = fs::remove_file(self.directory.join(ENDPOINTS));
    }
}

/// Has a `sosw local` ever kept its tables there?
pub fn holds_tables(directory: &Path) -> bool {
    directory.join(TABLES).is_file()
}

/// Where the process that has the directory listens.
pub fn endpoints(directory: &Path) -> Result<Endpoints, Error> {
    let read = fs::read(directory.join(ENDPOINTS));
    let read = read.and_then(|text| serde_json::from_slice(&text).map_err(io::Error::from));
    read.map_err(|error| Error::Data { path: directory.to_owned(), error })
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
