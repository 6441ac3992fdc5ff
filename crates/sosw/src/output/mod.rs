//! What labourers print, kept by task while `sosw local` runs, and read by any process beside it or later.
//!
//! It is in a database of its own, [`FILE`], beside the tables or, without `--data`, in a directory that is
//! removed at the end. Lines are kept by invocation: what the invocation of a block prints belongs to each of
//! its tasks. Of a task [`MOST_OF_TASK`] are kept, of all [`MOST`]: the oldest lines go first.
//!
//! - [`schema`]: the database
//! - [`record`]: writes it, in a thread of its own
//! - [`read`]: the output of a task; [`place`]: where it is found

pub mod place;
pub mod read;
pub mod record;
mod schema;

/// The name of the database in its directory.
pub const FILE: &str = "output.db";
/// Bytes that are kept of one task.
pub const MOST_OF_TASK: u64 = 1024 * 1024;
/// Bytes that are kept of all tasks.
const MOST: u64 = 100 * 1024 * 1024;
/// What a line takes beside its text.
const PER_LINE: u64 = 40;
