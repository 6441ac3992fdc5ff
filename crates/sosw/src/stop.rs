//! Requests to stop: Ctrl-C, Ctrl-\, `kill`, and the end of the terminal.

use std::{
    process::{Command, Stdio},
    task::Poll,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// A request to stop. What cannot be handled, a `kill -9`, ends the labourers all the same: by the guards of
/// their process groups.
pub struct StopRequest {
    signals: Vec<Signal>,
}

impl StopRequest {
    /// Handles these signals from now on.
    pub fn listen() -> Result<Self, Error> {
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit()];
        if !outlives_its_terminal() {
            kinds.push(SignalKind::hangup());
        }
        let signals = kinds.into_iter().map(signal).collect::<Result<_, _>>();
        Ok(Self { signals: signals.map_err(Error::Runtime)? })
    }

    /// Resolves when one of them arrives.
    pub async fn requested(&mut self) {
        std::future::poll_fn(|context| {
            let arrived =
                self.signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if arrived { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Was it started by `nohup`? What it ignores, its children ignore: one that survives its own hangup says so,
/// on every Unix.
fn outlives_its_terminal() -> bool {
    let mut child = Command::new("/bin/sh");
    child.args(["-c", "kill -HUP $$"]).stdin(Stdio::null());
    child.stdout(Stdio::null()).stderr(Stdio::null());
    child.status().is_ok_and(|status| status.success())
}
