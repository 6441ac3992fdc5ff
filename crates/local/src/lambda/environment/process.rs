//! The process of an environment: started with Lambda's variables in a group of its own, ended as a group.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::sync::{oneshot, watch};

use super::super::command::Command;
use super::logs::{Logs, Stream};

/// How long a process may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_millis(300);
/// How long the last output of an ended process is waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// The process groups that live now: what a shutdown waits for, and kills if need be.
#[derive(Debug, Default)]
pub(crate) struct Groups(watch::Sender<BTreeSet<i32>>);

impl Groups {
    /// Resolves when none is left.
    pub(crate) async fn gone(&self) {
        let _ = self.0.subscribe().wait_for(BTreeSet::is_empty).await;
    }

    pub(crate) fn kill_all(&self) {
        self.0.borrow().iter().for_each(|group| signal(*group, Signal::KILL));
    }

    fn add(&self, group: i32) {
        self.0.send_modify(|groups| {
            groups.insert(group);
        });
    }

    fn remove(&self, group: i32) {
        self.0.send_modify(|groups| {
            groups.remove(&group);
        });
    }
}

/// Only called with the id of a group that this service created and that is not known to have ended. An
/// error means that the group is gone already, which is what was wanted.
fn signal(group: i32, signal: Signal) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = kill_process_group(group, signal);
    }
}

/// Starts the command. The error is the system's.
pub(crate) fn spawn(command: &Command, variables: &[(String, String)]) -> io::Result<Child> {
    let mut process = tokio::process::Command::new(&command.program);
    process.args(&command.args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that what the function starts ends with it.
    process.process_group(0).kill_on_drop(true);
    if let Some(directory) = &command.directory {
        process.current_dir(directory);
    }
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text == "_X_AMZN_TRACE_ID" {
            process.env_remove(&name);
        }
    }
    process.envs(variables.iter().map(|(key, value)| (key, value)));
    process.spawn()
}

/// Looks after a process until it has ended, and its group with it. `orders` ends it: at once when the
/// order is given, gently when the one who could give it is gone.
pub(crate) fn attend(
    child: Child,
    orders: oneshot::Receiver<()>,
    logs: Arc<Logs>,
    groups: Arc<Groups>,
) -> impl Future<Output = Exit> {
    let group = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
    // Known from now on, not from when the future first runs, so that no shutdown can miss it.
    groups.add(group);
    async move {
        let exit = until_its_end(child, group, orders, logs).await;
        groups.remove(group);
        exit
    }
}

async fn until_its_end(
    mut child: Child,
    group: i32,
    orders: oneshot::Receiver<()>,
    logs: Arc<Logs>,
) -> Exit {
    let stdout =
        child.stdout.take().map(|out| tokio::spawn(Arc::clone(&logs).follow(Stream::Stdout, out)));
    let stderr = child.stderr.take().map(|err| tokio::spawn(logs.follow(Stream::Stderr, err)));
    let status = tokio::select! {
        status = child.wait() => status,
        order = orders => end(&mut child, group, order.is_err()).await,
    };
    // What it started and left behind. The group's number is free for others only once the group is empty.
    signal(group, Signal::KILL);
    for reader in [stdout, stderr].into_iter().flatten() {
        let abort = reader.abort_handle();
        if tokio::time::timeout(LAST_WORDS, reader).await.is_err() {
            abort.abort();
        }
    }
    Exit(status.ok())
}

async fn end(child: &mut Child, group: i32, gently: bool) -> io::Result<ExitStatus> {
    if gently {
        signal(group, Signal::TERM);
        if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
            return status;
        }
    }
    signal(group, Signal::KILL);
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
