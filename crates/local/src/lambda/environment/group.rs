//! Groups of processes that end with this program, however it ends.
//!
//! A group is led by a guard: a shell that reads a pipe whose other end this program alone holds. When the program
//! is gone, be it by `kill -9`, the system closes that end, and the guard kills its group. As long as the guard is
//! there, and not yet waited for, no other group can get its number: a signal to the group never reaches a stranger.
//! What starts a session of its own (`setsid`, a daemon) leaves the group, and is not ended with it.

use std::collections::BTreeSet;
use std::io::{self, PipeReader, PipeWriter};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::watch;

use crate::sync::lock;

/// It ignores what a terminal or a shutdown sends to the group: the others may need a moment to end.
const GUARD: &str = r#"trap "" HUP INT QUIT TERM; read -r line; kill -KILL 0"#;

/// The process groups that live now: what a shutdown waits for, and kills if need be.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    live: watch::Sender<BTreeSet<i32>>,
    /// One for all guards: it costs two files, however many there are.
    lifeline: Mutex<Option<Lifeline>>,
}

/// What every guard reads, and what ends with this program. Nothing is ever written to it.
#[derive(Debug)]
struct Lifeline {
    guards_end: PipeReader,
    _our_end: PipeWriter,
}

impl Groups {
    /// A new group, with its guard in it. The error is the system's.
    pub(crate) fn found(self: &Arc<Self>) -> io::Result<Group> {
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", GUARD]).env_clear().current_dir("/").process_group(0);
        guard.stdin(self.lifeline()?).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = guard.spawn()?;
        let id = i32::try_from(guard.id()).map_err(io::Error::other)?;
        self.live.send_modify(|groups| {
            groups.insert(id);
        });
        Ok(Group { id, guard, groups: Arc::clone(self) })
    }

    fn lifeline(&self) -> io::Result<PipeReader> {
        let mut lifeline = lock(&self.lifeline);
        let lifeline = match &mut *lifeline {
            Some(lifeline) => lifeline,
            none => {
                let (guards_end, our_end) = io::pipe()?;
                none.insert(Lifeline { guards_end, _our_end: our_end })
            }
        };
        lifeline.guards_end.try_clone()
    }

    /// Resolves when none is left.
    pub(crate) async fn gone(&self) {
        let _ = self.live.subscribe().wait_for(BTreeSet::is_empty).await;
    }

    pub(crate) fn kill_all(&self) {
        self.live.borrow().iter().for_each(|group| signal(*group, Signal::KILL));
    }
}

/// A process group. Dropping it kills whatever is left of it.
#[derive(Debug)]
pub(crate) struct Group {
    id: i32,
    guard: Child,
    groups: Arc<Groups>,
}

impl Group {
    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    pub(crate) fn signal(&self, kind: Signal) {
        signal(self.id, kind);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // It was killed, so it does not take its time. Only now may its number be used again.
        let _ = self.guard.wait();
        self.groups.live.send_modify(|groups| {
            groups.remove(&self.id);
        });
    }
}

/// An error means that nobody is left in the group, which is what was wanted.
fn signal(group: i32, signal: Signal) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = kill_process_group(group, signal);
    }
}
