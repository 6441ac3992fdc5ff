//! An execution environment: one process, its Runtime API, one invocation at a time.

pub(crate) mod group;
mod isolation;
pub(crate) mod logs;
pub(crate) mod process;
pub(crate) mod runtime_api;
mod variables;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use self::group::Groups;
use self::logs::{LogSink, Logs};
use self::process::Exit;
use self::runtime_api::{Desk, EnvironmentPhase, Work};
use super::command::Command;
use super::function::Function;
use super::invocation::{
    FailureKind, FunctionError, Invocation, InvocationOutcome, millis, unix_millis,
};
use super::stats::{Counters, Held};
use crate::server::Server;

/// How long a killed process is waited for before its place is given away.
const BURIAL: Duration = Duration::from_secs(2);

/// What all environments of a function are made from.
pub(crate) struct Blueprint {
    pub(crate) function: Function,
    pub(crate) arn: String,
    /// The variables of the service; the function's own come on top.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) sink: LogSink,
    pub(crate) groups: Arc<Groups>,
    pub(crate) counters: Arc<Counters>,
}

/// Why there is no environment.
pub(crate) enum Unstarted {
    /// This machine could not; it may later.
    Service(String),
    /// The function is at fault; this is what its caller gets.
    Function(InvocationOutcome),
}

/// What came of giving it work.
pub(crate) enum Ran {
    /// It answered, or failed to.
    Done(InvocationOutcome),
    /// Its process was gone before it fetched the work, which may be given to another.
    NeverFetched,
}

/// A live process. Dropping it ends the process gently, and its group with it.
pub(crate) struct Environment {
    desk: Arc<Desk>,
    work: mpsc::Sender<Work>,
    kill: Option<oneshot::Sender<()>>,
    logs: Arc<Logs>,
    pub(crate) idle_since: Instant,
}

impl Environment {
    /// Starts a process for that invocation and waits until it asks for work.
    pub(crate) async fn start(
        plan: &Blueprint,
        command: &Command,
        invocation: &Invocation,
    ) -> Result<Self, Unstarted> {
        let (stream, request_id) = (variables::log_stream(), &invocation.request_id);
        let (name, sink) = (&plan.function.name, Arc::clone(&plan.sink));
        let logs = Arc::new(Logs::new(name, &stream, sink, invocation.into()));
        let (desk, work) = Desk::new();
        let server = Server::start("Runtime API", 0, runtime_api::router(Arc::clone(&desk))).await;
        let server = server.map_err(|error| Unstarted::Service(error.to_string()))?;
        let variables = variables::variables(plan, command, &stream, &server.address().to_string());
        let group = plan.groups.found().map_err(|error| no_guard(&error))?;
        let child = process::spawn(command, &variables, &group)
            .map_err(|error| not_started(plan, command, request_id, &error))?;
        let (kill, orders) = oneshot::channel();
        let alive = Held::new(&plan.counters, |counters| &counters.environments);
        let attended = process::attend(child, group, orders, Arc::clone(&logs));
        let ending = Arc::clone(&desk);
        tokio::spawn(async move {
            let exit = attended.await;
            drop(alive);
            ending.turn(EnvironmentPhase::Ended(exit));
            server.stop().await;
        });
        let mut environment =
            Self { desk, work, kill: Some(kill), logs, idle_since: Instant::now() };
        environment.initialised(plan, command, request_id).await.map(|()| environment)
    }

    /// Waits until it asks for work; an error names the function and its command.
    async fn initialised(
        &mut self,
        plan: &Blueprint,
        command: &Command,
        request_id: &str,
    ) -> Result<(), Unstarted> {
        let (name, allowed) = (&plan.function.name, plan.function.init_timeout);
        let left = self.desk.until(|phase| *phase != EnvironmentPhase::Starting);
        let (kind, message) = match tokio::time::timeout(allowed, left).await {
            Ok(EnvironmentPhase::Broken(body)) => {
                tracing::error!(function = %name, %command, "its start failed: {}", String::from_utf8_lossy(&body));
                return Err(Unstarted::Function(InvocationOutcome::Failure {
                    kind: FailureKind::Init,
                    body,
                }));
            }
            Ok(EnvironmentPhase::Ended(exit)) => {
                ("Runtime.ExitError", ended_early(name, command, exit))
            }
            Ok(_) => return Ok(()),
            Err(_) => {
                self.kill().await;
                ("Sandbox.Timedout", never_asked(name, command, allowed))
            }
        };
        tracing::error!(function = %name, last_output = %self.logs.tail(), "{message}");
        let error = FunctionError::new(kind, format!("RequestId: {request_id} Error: {message}"));
        Err(Unstarted::Function(InvocationOutcome::failure(FailureKind::Init, &error)))
    }

    /// Gives it an invocation and waits for the answer, for its end, or for the time-out, at which it is killed.
    pub(crate) async fn run(&mut self, invocation: &Arc<Invocation>, timeout: Duration) -> Ran {
        self.logs.begin(invocation.as_ref().into()).await;
        self.desk.turn(EnvironmentPhase::Working);
        let (reply, mut answered) = oneshot::channel();
        let deadline_ms = unix_millis().saturating_add(millis(timeout));
        let work = Work { invocation: Arc::clone(invocation), deadline_ms, reply };
        // Refused only if the Runtime API is gone, which is noticed by its end as well.
        let _ = self.work.send(work).await;
        let ended = self.desk.until(|phase| {
            matches!(phase, EnvironmentPhase::Ended(_) | EnvironmentPhase::Broken(_))
        });
        let end = tokio::select! {
            biased;
            Ok(outcome) = &mut answered => return Ran::Done(outcome),
            end = ended => Some(end),
            () = tokio::time::sleep(timeout) => None,
        };
        let request_id = &invocation.request_id;
        if let Some(phase) = end {
            return self.crashed(&phase, request_id, answered.try_recv().ok());
        }
        self.kill().await;
        tracing::error!(function = %self.logs.function, %request_id, last_output = %self.logs.tail(), "killed at its time-out of {timeout:?}");
        Ran::Done(InvocationOutcome::timed_out(request_id, timeout))
    }

    fn crashed(
        &self,
        end: &EnvironmentPhase,
        request_id: &str,
        answered: Option<InvocationOutcome>,
    ) -> Ran {
        if let Some(outcome) = answered {
            return Ran::Done(outcome);
        }
        if !self.desk.has_fetched() {
            return Ran::NeverFetched;
        }
        let reason = match end {
            EnvironmentPhase::Ended(exit) => exit.reason(),
            _ => "Runtime reported an error of its start".to_owned(),
        };
        tracing::error!(function = %self.logs.function, %request_id, last_output = %self.logs.tail(), "{reason}");
        let error = FunctionError::new(
            "Runtime.ExitError",
            format!("RequestId: {request_id} Error: {reason}"),
        );
        Ran::Done(InvocationOutcome::failure(FailureKind::Crashed, &error))
    }

    /// Whether it asks for work again within that time. What it has printed by then is read.
    pub(crate) async fn settles(&self, within: Duration) -> bool {
        let settled = self.desk.until(|phase| *phase != EnvironmentPhase::Working);
        let settled = tokio::time::timeout(within, settled).await;
        let waits = settled.is_ok_and(|phase| phase == EnvironmentPhase::Waiting);
        if waits {
            self.logs.read_all().await;
        }
        waits
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(*self.desk.phase.borrow(), EnvironmentPhase::Ended(_))
    }

    /// SIGKILL to the whole group; returns when it is gone.
    pub(crate) async fn kill(&mut self) {
        if let Some(kill) = self.kill.take() {
            let _ = kill.send(());
        }
        let gone = self.desk.until(|phase| matches!(phase, EnvironmentPhase::Ended(_)));
        let _ = tokio::time::timeout(BURIAL, gone).await;
    }
}

/// Without a guard, a process could outlive this program.
fn no_guard(error: &io::Error) -> Unstarted {
    Unstarted::Service(format!(
        "cannot start /bin/sh, which ends processes with this program: {error}"
    ))
}

/// A command that cannot be run is the function's fault; a machine out of processes or files is not.
fn not_started(
    plan: &Blueprint,
    command: &Command,
    request_id: &str,
    error: &io::Error,
) -> Unstarted {
    let name = &plan.function.name;
    let exhausted = [io::ErrorKind::WouldBlock, io::ErrorKind::OutOfMemory].contains(&error.kind())
        || error.raw_os_error().is_some_and(|code| code == 23 || code == 24);
    if exhausted {
        return Unstarted::Service(format!(
            "cannot start `{command}`: {error}; lower the concurrency of its functions"
        ));
    }
    let missing = command.directory.as_ref().filter(|directory| !directory.is_dir());
    let reason = match missing {
        Some(directory) => format!("its directory {} does not exist", directory.display()),
        None => error.to_string(),
    };
    let message = format!("cannot start the command of function {name}, `{command}`: {reason}");
    tracing::error!(function = %name, "{message}");
    let error = FunctionError::new(
        "Runtime.InvalidEntrypoint",
        format!("RequestId: {request_id} Error: {message}"),
    );
    Unstarted::Function(InvocationOutcome::failure(FailureKind::Init, &error))
}

fn ended_early(function: &str, command: &Command, exit: Exit) -> String {
    format!(
        "{}; the command of function {function}, `{command}`, ended before it asked for work",
        exit.reason()
    )
}

fn never_asked(function: &str, command: &Command, allowed: Duration) -> String {
    let seconds = allowed.as_secs_f64();
    format!(
        "function {function}: `{command}` did not ask for work \
         (GET http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next) within {seconds:.2} seconds of its start"
    )
}
