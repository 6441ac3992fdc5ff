//! The process of an environment: started with Lambda's variables in its group, ended as a group.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::sync::oneshot;

use super::super::command::Command;
use super::group::Group;
use super::isolation;
use super::logs::{Logs, Stream};

/// How long a process may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_millis(300);
/// How long the last output of an ended process is waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Starts the command in that group, so that what the function starts ends with it. The error is the system's.
pub(crate) fn spawn(
    command: &Command,
    variables: &[(String, String)],
    group: &Group,
) -> io::Result<Child> {
    let mut process = tokio::process::Command::new(&command.program);
    process.args(&command.args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process.process_group(group.id()).kill_on_drop(true);
    if let Some(directory) = &command.directory {
        process.current_dir(directory);
    }
    let mut inherited = Vec::new();
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy();
        match isolation::is_foreign(&text) {
            true => drop(process.env_remove(&name)),
            false => inherited.push((text.into_owned(), value.to_string_lossy().into_owned())),
        }
    }
    process.envs(variables.iter().map(|(key, value)| (key, value)));
    process.envs(isolation::variables(variables, &inherited));
    process.spawn()
}

/// Looks after a process until it has ended, and its group with it. `orders` ends it: at once when the
/// order is given, gently when the one who could give it is gone.
pub(crate) async fn attend(
    mut child: Child,
    group: Group,
    orders: oneshot::Receiver<()>,
    logs: Arc<Logs>,
) -> Exit {
    let stdout =
        child.stdout.take().map(|out| tokio::spawn(Arc::clone(&logs).follow(Stream::Stdout, out)));
    let stderr = child.stderr.take().map(|err| tokio::spawn(logs.follow(Stream::Stderr, err)));
    let status = tokio::select! {
        status = child.wait() => status,
        order = orders => end(&mut child, &group, order.is_err()).await,
    };
    // With what it started and left behind.
    drop(group);
    for reader in [stdout, stderr].into_iter().flatten() {
        let abort = reader.abort_handle();
        if tokio::time::timeout(LAST_WORDS, reader).await.is_err() {
            abort.abort();
        }
    }
    Exit(status.ok())
}

async fn end(child: &mut Child, group: &Group, gently: bool) -> io::Result<ExitStatus> {
    if gently {
        group.signal(Signal::TERM);
        if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
            return status;
        }
    }
    group.signal(Signal::KILL);
    child.wait().await
}

/// How a process ended; written as Lambda writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(Option<ExitStatus>);

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(status) = self.0 else { return f.write_str("unknown status") };
        match (status.code(), status.signal()) {
            (Some(code), _) => write!(f, "exit status {code}"),
            (None, Some(number)) => write!(f, "signal: {}", signal_name(number)),
            (None, None) => write!(f, "{status}"),
        }
    }
}

impl Exit {
    /// Lambda says "exited without providing a reason" of a runtime that ends with 0.
    pub(crate) fn reason(self) -> String {
        match self.0.and_then(|status| status.code()) {
            Some(0) => "Runtime exited without providing a reason".to_owned(),
            _ => format!("Runtime exited with error: {self}"),
        }
    }
}

fn signal_name(number: i32) -> String {
    let known = [
        (Signal::HUP, "hangup"),
        (Signal::INT, "interrupt"),
        (Signal::QUIT, "quit"),
        (Signal::ILL, "illegal instruction"),
        (Signal::ABORT, "aborted"),
        (Signal::BUS, "bus error"),
        (Signal::FPE, "floating point exception"),
        (Signal::KILL, "killed"),
        (Signal::SEGV, "segmentation fault"),
        (Signal::PIPE, "broken pipe"),
        (Signal::TERM, "terminated"),
    ];
    let name = known.iter().find(|(signal, _)| signal.as_raw() == number);
    name.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}
