//! The house: how the source of the workspace is divided, measured from its text.
//!
//! `make house` prints the report; a test holds the crates to [`table::TABLE`]. From bottom to top:
//!
//! * [`workspace`]: what is read from the disk. All that follows are pure functions of it.
//! * [`table`]: which of our crates may depend on which.
//! * [`tests_apart`]: what is compiled for tests only is taken out, and its lines are counted.
//! * [`modules`]: the modules of a crate, found as the compiler finds them.
//! * [`paths`]: resolves a path from within a module.
//! * [`written`]: all paths that a module writes.
//! * [`items`]: public items, types, and the methods of each.
//! * [`arrows`]: which top-level module imports which, in circles or back up.
//! * [`survey`]: all of it for each crate, and what is found only across crates.
//! * [`forbidden`]: attributes that hide what the compiler would say.

pub mod workspace;
pub mod table;
pub mod tests_apart;
pub mod modules;
pub mod paths;
pub mod written;
pub mod items;
pub mod arrows;
pub mod survey;
pub mod forbidden;

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a checkout could not be measured.
#[derive(Debug, Error)]
pub enum HouseError {
    #[error("cargo reads no workspace in {}: {source}", directory.display())]
    Metadata { directory: PathBuf, source: cargo_metadata::Error },
    #[error("the files are not listed: {0}")]
    Walk(#[from] walkdir::Error),
    #[error("{} is not read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{file} is not Rust as `syn` knows it: {source}")]
    Parse { file: String, source: syn::Error },
    #[error("{file} declares module `{module}`, but none of its files exists: {}", tried.join(", "))]
    NoFile { file: String, module: String, tried: Vec<String> },
}
