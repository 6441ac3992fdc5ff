//! The command of a function that is a process.

use std::fmt;
use std::path::PathBuf;

/// The command of a function that is a process of its own and speaks the Lambda Runtime API.
///
/// It inherits the environment of this process without its `AWS_*` variables, so that nobody's real
/// credentials or profile reach it, and gets those that Lambda sets, the service's, and its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A path, or a name looked up in `PATH`.
    pub program: String,
    pub args: Vec<String>,
    /// Where it runs; also `LAMBDA_TASK_ROOT`. The current directory when `None`.
    pub directory: Option<PathBuf>,
}

impl Command {
    /// A program without arguments.
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), args: Vec::new(), directory: None }
    }

    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Runs it there.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}
