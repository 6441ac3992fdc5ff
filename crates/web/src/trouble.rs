//! Why there is no answer, and the page that says so.

use std::{borrow::Cow, sync::Arc};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use operator::{
    InvalidId, StoreError, UnknownLabourer,
    jobs::{JobError, JobLookupError},
    resources::LiveError,
    tasks::{LookupError, Missing, TaskRefusal},
};

use crate::{
    frame::Updates,
    look::sign_in::{self, WhySignIn},
    stack::Stack,
};

/// Seconds until the page of something that may be over by then is asked for again.
const AGAIN: u16 = 10;

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// Config or credentials: there is nothing to ask.
    NoStack(String),
    /// A name that leads to nothing.
    Unknown(String),
    /// What was sent cannot be used; what would be.
    Input(String),
    /// The address does something, or shows something, and the request wanted the other.
    Method,
    /// DynamoDB does not answer.
    Store(StoreError),
    /// An operator's action was refused, or failed.
    Jobs(JobError),
    /// The same of one on a task: why.
    Refused(String),
    /// Nobody may do anything here.
    ReadOnly,
    /// A POST that does not come from this page and this session.
    Forged(&'static str),
    /// Whoever asks has not signed in; the address to go on at, and why the form is shown.
    SignedOut { address: String, why: WhySignIn },
    /// Other words of an answer that is an error.
    Other(StatusCode, String),
}

impl Trouble {
    /// There is nothing at this address.
    pub fn no_page() -> Self {
        Self::Unknown("There is no page at this address.".to_owned())
    }

    pub fn code(&self) -> StatusCode {
        match self {
            Self::Store(StoreError::Unreadable { .. }) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoStack(_) | Self::Store(_) | Self::Jobs(JobError::Store(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unknown(_) | Self::Jobs(JobError::Unknown(_)) => StatusCode::NOT_FOUND,
            Self::Input(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Jobs(_) | Self::Refused(_) => StatusCode::CONFLICT,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ReadOnly | Self::Forged(_) => StatusCode::FORBIDDEN,
            Self::SignedOut { why: WhySignIn::Asked, .. } => StatusCode::OK,
            Self::SignedOut { .. } => StatusCode::UNAUTHORIZED,
            Self::Other(code, _) => *code,
        }
    }

    /// May it be over when the same is asked again?
    fn is_passing(&self) -> bool {
        self.code() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// How long until the same is asked again. Only what was read is: an action that failed is repeated by whoever
    /// wanted it.
    pub fn updates(&self, is_read: bool) -> Updates {
        if is_read && self.is_passing() { Updates::Reload(AGAIN) } else { Updates::Never }
    }

    pub fn title(&self) -> &'static str {
        match self {
            Self::NoStack(_) => "There is nothing to show",
            Self::Store(error) | Self::Jobs(JobError::Store(error)) => store_title(error),
            Self::Unknown(_) | Self::Jobs(JobError::Unknown(_)) => "Not found",
            Self::Input(_) => "This was not understood",
            Self::Jobs(_) | Self::Refused(_) => "Nothing was done",
            Self::Method => "Not this way",
            Self::ReadOnly => "This page is read-only",
            Self::Forged(_) => "Nothing was done",
            Self::SignedOut { .. } => "Sign in",
            Self::Other(..) => "There is no answer",
        }
    }

    /// What is wrong, and what to do about it.
    pub fn body(&self, stack: &dyn Stack, form_token: &str, is_read: bool) -> Markup {
        if let Self::SignedOut { address, why } = self {
            return sign_in::form(address, *why, form_token);
        }
        let said = self.said(stack);
        html! {
            @if let Self::Store(error) | Self::Jobs(JobError::Store(error)) = self && error.is_transient() {
                p { "The tables are throttled: they are asked for more than they may answer. Nothing is lost." }
            }
            // The words of commands and of systems have lines of their own.
            @for line in said.lines() { p { (line) } }
            @match self.updates(is_read) {
                Updates::Reload(seconds) => p { "This page asks again every " (seconds) " seconds, and goes on when it is over." },
                _ if is_read => p { a href="/" { "Go to the first screen" } },
                _ => p { "Go back, and try again, or " a href="/" { "go to the first screen" } "." },
            }
        }
    }

    fn said(&self, stack: &dyn Stack) -> Cow<'_, str> {
        match self {
            Self::NoStack(why)
            | Self::Unknown(why)
            | Self::Input(why)
            | Self::Refused(why)
            | Self::Other(_, why) => why.into(),
            Self::Store(error) | Self::Jobs(JobError::Store(error)) => stack.describe(error).into(),
            Self::Jobs(error) => operator::describe(error).into(),
            Self::Method => {
                "What is here is shown by GET, or done by POST, and the request was the other one: \
                             use the buttons of the pages."
                    .into()
            }
            Self::ReadOnly => {
                "It was started with --read-only: whoever visits can look, and do nothing. \
                               Use the command line, or a page that was started without it."
                    .into()
            }
            Self::Forged(why) => (*why).into(),
            Self::SignedOut { .. } => "".into(),
        }
    }
}

fn store_title(error: &StoreError) -> &'static str {
    match error {
        error if error.is_transient() => "DynamoDB is busy",
        StoreError::Missing { .. } => "A table is missing",
        StoreError::Unreadable { .. } => "An item cannot be read",
        StoreError::Failed { .. } | StoreError::Contended { .. } => "DynamoDB does not answer",
    }
}

/// The answer carries it to where it becomes a page: here, nothing is known of the request.
impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.code().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidId> for Trouble {
    fn from(error: InvalidId) -> Self {
        Self::Unknown(error.to_string())
    }
}

impl From<UnknownLabourer> for Trouble {
    fn from(error: UnknownLabourer) -> Self {
        Self::Unknown(error.to_string())
    }
}

impl From<LiveError> for Trouble {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Store(error) => error.into(),
            LiveError::Unknown { .. } => Self::Unknown(error.to_string()),
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<Missing> for Trouble {
    fn from(error: Missing) -> Self {
        Self::Unknown(error.to_string())
    }
}

impl From<LookupError> for Trouble {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Missing(missing) => missing.into(),
            LookupError::Store(error) => error.into(),
        }
    }
}

impl From<JobLookupError> for Trouble {
    fn from(error: JobLookupError) -> Self {
        match error {
            JobLookupError::Store(error) => error.into(),
            unknown => Self::Unknown(unknown.to_string()),
        }
    }
}

impl From<TaskRefusal> for Trouble {
    fn from(refusal: TaskRefusal) -> Self {
        match refusal {
            TaskRefusal::Lookup(error) => error.into(),
            TaskRefusal::Store(error) => error.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<JobError> for Trouble {
    fn from(error: JobError) -> Self {
        Self::Jobs(error)
    }
}
