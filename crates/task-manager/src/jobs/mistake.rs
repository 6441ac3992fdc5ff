//! What is wrong with a message: all mistakes at once, each with its place and the way out.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use super::problem::Problem;

/// A place inside a message: `sections.A.stores[2]`. Empty for the message itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobPath(String);

impl JobPath {
    /// The message itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The field `name` of what is here.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let plain =
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        Self(match (plain, self.0.is_empty()) {
            (true, true) => name.to_owned(),
            (true, false) => format!("{self}.{name}"),
            // A name may hold dots and brackets: quoted, it cannot be read as a path.
            (false, _) => format!("{self}[{}]", Value::from(name)),
        })
    }

    /// The element `index` of the list that is here.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        Self(format!("{self}[{index}]"))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One mistake: where it is, and what would be right there.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Where it is.
    pub path: JobPath,
    /// What is wrong, and what would be right.
    pub problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => self.problem.fmt(f),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

/// Everything that is wrong with a message. Nothing was written.
#[derive(Clone, Debug, Default, PartialEq, Error)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// A single mistake.
    pub fn one(path: JobPath, problem: Problem) -> Self {
        Self(vec![Mistake { path, problem }])
    }

    /// Notes one more.
    pub fn push(&mut self, path: JobPath, problem: Problem) {
        self.0.push(Mistake { path, problem });
    }

    /// The value of `result`, or one more mistake at `path`.
    pub(super) fn check<T>(&mut self, path: JobPath, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.push(path, problem)).ok()
    }

    /// `value`, if there is no mistake.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, in the order of the message.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl Extend<Mistake> for Mistakes {
    fn extend<I: IntoIterator<Item = Mistake>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, mistake) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}
