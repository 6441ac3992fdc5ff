//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Success,
    Failure,
    /// The same as the parser of the arguments uses.
    Usage,
    /// Only of commands that wait for the end of a job: to show a failed job is a success.
    JobFailed,
}

impl Exit {
    const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Usage, Self::JobFailed];

    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::JobFailed => 3,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => {
                "any other error: an unknown task, job or labourer, tables that do not answer,\n     \
                 faults that the doctor found, tasks left open"
            }
            Self::Usage => "mistake in arguments, config or job; nothing was written",
            Self::JobFailed => {
                "a job failed or was cancelled (`sosw local --until-idle`, `sosw jobs show --follow`)"
            }
        }
    }

    /// All codes, as the help explains them.
    pub fn help() -> String {
        let lines = Self::ALL.map(|exit| format!("  {}  {}", exit.code(), exit.meaning()));
        format!("Exit codes:\n{}", lines.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_explains_every_code_once() {
        let help = Exit::help();
        for code in 0..=3 {
            assert_eq!(help.matches(&format!("\n  {code}  ")).count(), 1, "{help}");
        }
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
    }
}
