//! The ledger as a part of states, which are told apart by it.
//!
//! Its revision only grows, so there would be no end of states. All that matters of it is whether a ledger that was read
//! is still the one that there is: that one has the revision [`CURRENT`], and all that were read before are aged.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use task_manager::resource::ledger::Ledger;

/// The revision of the ledger that there is.
pub const CURRENT: u64 = 1;
const OLD: u64 = 0;

/// A ledger, as it is or as it was read.
#[derive(Clone)]
pub struct Book(Arc<(String, Ledger)>);

impl Book {
    pub fn new(ledger: Ledger) -> Self {
        let text = serde_json::to_string(&ledger).unwrap();
        Self(Arc::new((format!("{} {text}", ledger.revision), ledger)))
    }

    /// The same, once there is another.
    pub fn aged(&self) -> Self {
        if self.revision == OLD {
            self.clone()
        } else {
            Self::new(Ledger { revision: OLD, ..(**self).clone() })
        }
    }

    fn text(&self) -> &str {
        &self.0.0
    }
}

impl Deref for Book {
    type Target = Ledger;
    fn deref(&self) -> &Ledger {
        &self.0.1
    }
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Book {}

impl PartialOrd for Book {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Book {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text().cmp(other.text())
    }
}

impl Hash for Book {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
