//! Every error of a command: its message for the user, and its exit code.

use std::{io, net::SocketAddr, path::PathBuf};

use local::EmbeddedError;
use operator::{
    Hint, InvalidId, JobId, StoreError, Timestamp, UnknownLabourer,
    config::{LoadError, Mistakes, TableError},
    dead_letters::QueueError,
    describe,
    jobs::{JobError, JobLookupError, JobOverview},
    pause::UnknownSubject,
    resources::LiveError,
    tasks::{LookupError, Missing, TaskRefusal},
};
use thiserror::Error;

use crate::{exit::Exit, sign_in};

#[derive(Debug, Error)]
pub enum Error {
    /// A file that was named on the command line.
    #[error("{what} {} cannot be read: {}", path.display(), plain_io(error))]
    File { what: &'static str, path: PathBuf, error: io::Error },
    /// A config with mistakes.
    #[error("config {name} is refused:\n{}", indented(mistakes))]
    Config { name: String, mistakes: Mistakes },
    /// A config that is right, but not for one machine.
    #[error("config {} is refused:\n  {why}", path.display())]
    NotLocal { path: PathBuf, why: String },
    /// A job with mistakes.
    #[error("job {} is refused:\n{}", path.display(), indented(why))]
    Job { path: PathBuf, why: String },
    /// No config for a command that needs one.
    #[error("{}", no_config(.0))]
    NoConfig(Box<LoadError>),
    /// The table `config` could not be read or written.
    #[error("{}", table(.0))]
    ConfigTable(#[from] TableError),
    /// A row of the table `config` that is not there.
    #[error("there is no row {0}: create it with `sosw config push`")]
    NoRow(String),
    /// A name that cannot be one.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A labourer that the config does not know.
    #[error(transparent)]
    Labourer(#[from] UnknownLabourer),
    /// What is neither a labourer nor a resource.
    #[error(transparent)]
    Subject(#[from] UnknownSubject),
    /// A resource that stays as it is.
    #[error("{0}")]
    Resource(Box<LiveError>),
    /// A page that the guide does not have.
    #[error("there is no page `{name}` in the guide{hint}")]
    NoPage { name: String, hint: Hint },
    /// A task that is in no table.
    #[error(transparent)]
    NoTask(#[from] Missing),
    /// A task that stays as it is.
    #[error("{0}")]
    Task(Box<TaskRefusal>),
    /// A name that leads to no job, or to several.
    #[error(transparent)]
    JobName(#[from] JobLookupError),
    /// A job could not be read or changed.
    #[error("{}", describe(.0))]
    Jobs(#[from] JobError),
    /// A range of times that ends before it begins.
    #[error("--to is {}, before --from, which is {}", to.utc(), from.utc())]
    EmptyRange { from: Timestamp, to: Timestamp },
    /// The page cannot be served there.
    #[error(
        "the page cannot be served at {address}: {}; name another port with --listen or --page-port, 0 picks a free one",
        plain_io(error)
    )]
    Listen { address: SocketAddr, error: io::Error },
    /// A page that anybody could use.
    #[error(
        "--listen {0} is open to other machines: set --token (or SOSW_WEB_TOKEN) to what visitors must know, or --read-only"
    )]
    OpenToAll(SocketAddr),
    /// The tables did not answer.
    #[error("{}", unreachable(.0))]
    Store(#[from] StoreError),
    /// The local AWS did not start.
    #[error("{0}")]
    Embedded(#[from] EmbeddedError),
    /// A data directory that another process works on.
    #[error(
        "{} is in use by another `sosw local`: stop that one, or name another directory",
        .0.display()
    )]
    DataInUse(PathBuf),
    /// A data directory that cannot be one.
    #[error(
        "data directory {} cannot be used: {}; it must be a directory that you may write to",
        path.display(), plain_io(error)
    )]
    Data { path: PathBuf, error: io::Error },
    /// A data directory without tables.
    #[error("{} holds no tables: `sosw local --data` creates them", .0.display())]
    NoData(PathBuf),
    /// Metrics live as long as the process that keeps them.
    #[error("no `sosw local --data {}` is running that could read the metric", .0.display())]
    NotRunning(PathBuf),
    /// The scheduler refused a valid job.
    #[error("the scheduler refused the job: {0}")]
    Scheduler(String),
    /// Jobs that were waited for, and did not succeed.
    #[error("{}", endings(.0))]
    JobsEnded(Vec<JobOverview>),
    /// A job that is not done, and nothing that would do it.
    #[error(
        "job {id} is not done, and nothing works on it: start `sosw local --data {}` with its config",
        data.display()
    )]
    NobodyWorks { id: JobId, data: PathBuf },
    /// A task whose output was to be followed, and nothing that works on it.
    #[error(
        "task {task} is not closed, and nothing works on it: start `sosw local --data {}` with its config",
        data.display()
    )]
    TaskWaits { task: String, data: PathBuf },
    /// What labourers printed could not be read.
    #[error("what labourers printed cannot be read: {0}; remove output.db, and it is kept anew")]
    LabourersOutput(#[from] rusqlite::Error),
    /// The end came before the work was done.
    #[error("stopped before all tasks were closed: {} open{}", are(*.open), way_on(*.kept))]
    Interrupted { open: u64, kept: bool },
    /// Tasks that were to be worked on, and cannot be.
    #[error("{} cannot run, as the config stops their labourers", crate::words::count(*.0, "queued task"))]
    Stuck(u64),
    /// The doctor found something.
    #[error("{} to be fixed", crate::words::count(*.0, "fault"))]
    Unhealthy(u64),
    /// A dead-letter queue could not be read.
    #[error("{}", queue(.0))]
    Queue(#[from] QueueError),
    /// Dead letters that were not sent again.
    #[error("{} not sent again or not deleted", crate::words::count(*.0, "message"))]
    DeadLettersKept(u64),
    /// No local CloudWatch was named. The default would be AWS's own, which is never meant.
    #[error(
        "name a running `sosw local` by --data DIR, or by AWS_ENDPOINT_URL_CLOUDWATCH, which it \
         prints when it starts"
    )]
    NoCloudWatch,
    /// A metric was not taken.
    #[error("CloudWatch refused the metric: {0}")]
    Metric(String),
    /// A function could not serve.
    #[error("{0}")]
    Function(Box<dyn std::error::Error + Send + Sync>),
    /// Standard output or the terminal.
    #[error("cannot write the output: {}", plain_io(.0))]
    Output(io::Error),
    /// The machine is out of threads or files.
    #[error("cannot start: {}", plain_io(.0))]
    Runtime(io::Error),
}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Store(error) => Self::Store(error),
            refusal => Self::Resource(Box::new(refusal)),
        }
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Missing(missing) => Self::NoTask(missing),
            LookupError::Store(error) => Self::Store(error),
        }
    }
}

impl From<TaskRefusal> for Error {
    fn from(refusal: TaskRefusal) -> Self {
        match refusal {
            TaskRefusal::Lookup(error) => error.into(),
            TaskRefusal::Store(error) => Self::Store(error),
            other => Self::Task(Box::new(other)),
        }
    }
}

impl Error {
    /// Did nobody answer? A `sosw local` that ends takes its services along.
    pub fn is_unanswered(&self) -> bool {
        match self {
            Self::Store(error)
            | Self::Jobs(JobError::Store(error))
            | Self::JobName(JobLookupError::Store(error)) => {
                matches!(error, StoreError::Failed { code: None, .. })
            }
            Self::NoConfig(error) => matches!(**error, LoadError::Table(TableError::Read { .. })),
            Self::DataInUse(_) => true,
            _ => false,
        }
    }

    /// The code that the command ends with.
    pub fn exit(&self) -> Exit {
        match self {
            Self::File { .. }
            | Self::Config { .. }
            | Self::NotLocal { .. }
            | Self::Job { .. }
            | Self::NoCloudWatch
            | Self::EmptyRange { .. }
            | Self::OpenToAll(_)
            | Self::Id(_)
            | Self::Subject(UnknownSubject::Labourer(UnknownLabourer::Id(_)))
            | Self::Labourer(UnknownLabourer::Id(_)) => Exit::Usage,
            Self::Resource(error) if !matches!(**error, LiveError::Unknown { .. }) => Exit::Usage,
            Self::NoConfig(error) if matches!(**error, LoadError::Mistakes(_)) => Exit::Usage,
            Self::NoConfig(error) if matches!(**error, LoadError::File { .. }) => Exit::Usage,
            Self::JobsEnded(_) => Exit::JobFailed,
            _ => Exit::Failure,
        }
    }
}

/// In the system's words, without its number.
fn plain_io(error: &io::Error) -> String {
    let said = error.to_string();
    said.split(" (os error").next().map_or(said.clone(), str::to_lowercase)
}

fn indented(lines: impl std::fmt::Display) -> String {
    let lines = lines.to_string();
    lines.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn endings(jobs: &[JobOverview]) -> String {
    let ending = |job: &JobOverview| {
        let (id, state, progress) = (&job.job_id, job.state.name(), job.progress);
        let lost = match job.state.is_cancelled() {
            true => progress.ignored,
            false => progress.exhausted,
        };
        format!("job {id} {state}: {lost} of {}", crate::words::count(progress.total, "task"))
    };
    jobs.iter().map(ending).collect::<Vec<_>>().join("\n")
}

fn no_config(error: &LoadError) -> String {
    match error {
        LoadError::Mistakes(mistakes) => format!("the config is refused:\n{}", indented(mistakes)),
        LoadError::File { .. } => describe(error),
        other => unanswered(other, Sought::Config),
    }
}

fn table(error: &TableError) -> String {
    match error {
        TableError::NoText { .. } | TableError::NoJson(_) => error.to_string(),
        other => unanswered(other, Sought::Tables),
    }
}

/// Tables that did not answer: what to do about it.
pub fn unreachable(error: &StoreError) -> String {
    match error {
        StoreError::Failed { code: None, .. } => unanswered(error, Sought::Tables),
        other => describe(other),
    }
}

fn queue(error: &QueueError) -> String {
    match error {
        QueueError::Failed { code: None, .. } => unanswered(error, Sought::Queues),
        other => describe(other),
    }
}

/// What a service that gave no answer was asked for.
#[derive(Clone, Copy)]
enum Sought {
    Tables,
    /// The row of a table.
    Config,
    /// On AWS only.
    Queues,
}

impl Sought {
    /// Where it is looked for.
    fn places(self) -> &'static [&'static str] {
        match self {
            Self::Tables => &[TABLES],
            Self::Config => &[TABLES, CONFIG],
            Self::Queues => &[QUEUES],
        }
    }

    /// What is missing of the AWS environment, and what to do about it, or to type instead.
    fn without(self, missing: &str, remedy: &str) -> String {
        match self {
            Self::Tables => format!("{missing}, and --data is not given\n{DATA}\n{remedy}"),
            Self::Config => format!("{}\n{CONFIG}", Self::Tables.without(missing, remedy)),
            Self::Queues => format!("{missing}\n{remedy}"),
        }
    }
}

/// An error of a service that gave no answer, and where it is looked for. Without credentials, that is all there
/// is to say.
fn unanswered(error: &dyn std::error::Error, sought: Sought) -> String {
    let said = describe(error);
    if sign_in::is_missing(&said) {
        return sought.without(NO_CREDENTIALS, SIGN_IN);
    }
    if said.contains("Missing Region") {
        return sought.without(NO_REGION, SET_REGION);
    }
    let endpoint = std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|url| !url.is_empty());
    let endpoint = endpoint.map(|url| {
        format!(
            "AWS_ENDPOINT_URL_DYNAMODB is {url}: unset it, if no `sosw local` is running there."
        )
    });
    let lines = sought.places().iter().map(|line| (*line).to_owned()).chain(endpoint);
    std::iter::once(said).chain(lines).collect::<Vec<_>>().join("\n")
}

const NO_CREDENTIALS: &str = "there are no AWS credentials";
const NO_REGION: &str = "there is no AWS region";
const DATA: &str =
    "Name the tables by --data DIR, if they are of a `sosw local`. For those on AWS:";
const SIGN_IN: &str = "\
Sign in (`aws configure`, `aws sso login`),
or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_REGION.";
const SET_REGION: &str = "Set AWS_REGION, or the region of the profile.";
const QUEUES: &str =
    "The queues are found by the standard AWS environment: credentials, AWS_REGION.";
const TABLES: &str = "\
Name the tables by --data DIR (of a `sosw local`), or by the standard AWS environment:
credentials, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB.";
const CONFIG: &str = "The config is read from --config FILE, or else from those tables.";

/// `1 is`, `2 are`.
fn are(number: u64) -> String {
    format!("{number} {}", if number == 1 { "is" } else { "are" })
}

fn way_on(kept: bool) -> &'static str {
    match kept {
        true => "; the same command continues with them",
        false => "",
    }
}
