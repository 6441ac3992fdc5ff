//! What is wrong with an input, a config or a message: everything at once, each mistake with its
//! place and what to give instead.

mod concerns;
pub mod json;
mod path;
mod suggest;

use std::fmt;

use serde::Serialize;
use thiserror::Error;

pub use concerns::Concerns;
pub use path::Path;
pub use suggest::Hint;
pub(crate) use suggest::{did_you_mean, slip_of};

/// One thing that is wrong with an input, or doubtful, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Where: `labourers.resize.duration`. Empty for the input itself.
    pub path: String,
    /// What is wrong, and what would be right.
    pub text: String,
    /// Of a config: what the mistake stops.
    #[serde(skip)]
    pub concerns: Concerns,
}

impl Remark {
    /// A mistake that stops everything.
    pub fn new(path: impl fmt::Display, text: impl fmt::Display) -> Self {
        let (path, text) = (path.to_string(), text.to_string());
        Self { path, text, concerns: Concerns::Everybody }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.text),
            path => write!(f, "{path}: {}", self.text),
        }
    }
}

/// Everything that is wrong with an input, a line each. Nothing was done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Error)]
#[error("{}", lines(.0))]
pub struct Mistakes(Vec<Remark>);

fn lines(remarks: &[Remark]) -> String {
    remarks.iter().map(Remark::to_string).collect::<Vec<_>>().join("\n")
}

impl Mistakes {
    pub fn one(path: impl fmt::Display, text: impl fmt::Display) -> Self {
        Self(vec![Remark::new(path, text)])
    }

    pub fn push(&mut self, path: &Path, text: impl fmt::Display) {
        self.0.push(Remark::new(path, text));
    }

    /// The value of `result`, or one more mistake at `path`.
    pub(crate) fn check<T, E: fmt::Display>(
        &mut self,
        path: &Path,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|mistake| self.push(path, mistake)).ok()
    }

    /// `value`, if there is no mistake.
    pub(crate) fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, in the order of the input.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Remark> {
        self.0.iter()
    }
}

impl Extend<Remark> for Mistakes {
    fn extend<I: IntoIterator<Item = Remark>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

impl IntoIterator for Mistakes {
    type Item = Remark;
    type IntoIter = std::vec::IntoIter<Remark>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
