//! Whose page it is: where its answers come from.

use futures::future::BoxFuture;
use operator::{StoreError, TaskManager, Timestamp, tasks::TaskDetails};

/// A stack on AWS, or the tables of one machine.
pub trait Stack: Send + Sync + 'static {
    /// What it is called on the page.
    fn name(&self) -> String;

    /// Reads and writes its tables, with the config that counts now. Asked at every request: whoever reads the
    /// config remembers it for a while.
    ///
    /// # Errors
    /// Why there is none, in words: the config is missing or unusable, or there are no credentials.
    fn manager(&self) -> BoxFuture<'_, Result<TaskManager, String>>;

    /// A text, with the commands in it (`sosw jobs list`) as they are typed for this stack.
    fn as_typed(&self, text: &str) -> String {
        text.to_owned()
    }

    /// An error of its tables, with what to do about it.
    fn describe(&self, error: &StoreError) -> String {
        operator::describe(error)
    }

    /// What the labourer of a task printed.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn printed<'a>(&'a self, task: &'a TaskDetails) -> BoxFuture<'a, Result<Printed, String>>;
}

/// What the labourer of a task printed.
#[derive(Clone, Debug)]
pub enum Printed {
    /// Of each attempt that printed something, in their order.
    Attempts(Vec<Attempt>),
    /// It is kept elsewhere: the command that reads it there.
    Elsewhere { command: String },
}

/// The output of an attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The first is 1.
    pub attempt: u32,
    pub request_id: String,
    pub lines: Vec<Line>,
    /// Are lines left out?
    pub is_cut: bool,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub at: Timestamp,
    pub is_error: bool,
    pub text: String,
}
