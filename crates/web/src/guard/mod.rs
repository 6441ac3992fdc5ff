//! Lets in what a browser of whoever may use the page sends, and nothing that another page made it send.
//!
//! - [`decide`]: who may ask for what; [`hosts`]: under which names
//! - [`session`]: who visits; [`sign_in`]: with a token
//! - [`form`]: what a form sent

use std::{net::SocketAddr, time::Duration};

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Options, Page, look::sign_in::WhySignIn, trouble::Trouble};

pub mod decide;
pub mod form;
pub mod hosts;
pub mod session;
pub mod sign_in;

use self::{
    decide::{Head, Refusal, Rules},
    session::{Keys, Session},
};

/// The most that a form may have.
const MOST: usize = 64 * 1024;
/// How long it may take to come in.
const PATIENCE: Duration = Duration::from_secs(10);
/// The field of a form that proves whose it is.
const TOKEN: &str = "token";

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a connection came in.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub SocketAddr);

/// Rules and secrets of a page.
pub struct Guard {
    rules: Rules,
    pub keys: Keys,
}

impl Guard {
    pub fn new(options: &Options) -> Self {
        let keys = Keys::new(options.token.as_deref());
        let rules = Rules {
            names: options.names.clone(),
            is_read_only: options.is_read_only,
            asks_for_token: keys.ask_for_token(),
        };
        Self { rules, keys }
    }
}

/// Whoever sent a request.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub session: Session,
    /// Did the cookie come from whoever visits, so that it need not be set?
    pub is_known: bool,
    /// May this visitor see more than the sign-in?
    pub may_see: bool,
    pub form_token: String,
}

impl Guard {
    /// By the cookie, or by the header that scripts send; whoever has neither begins a session.
    pub fn visitor(&self, headers: &HeaderMap, local: SocketAddr) -> Visitor {
        let name = cookie_name(local);
        let cookies =
            headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let session =
            pairs.find_map(|(key, value)| (key == name).then(|| self.keys.read(value))?);
        let is_known = session.is_some();
        let session = session.unwrap_or_else(|| self.keys.begin(false));
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let is_signed_in =
            session.is_signed_in || bearer.is_some_and(|token| self.keys.is_token(token.trim()));
        let may_see = is_signed_in || !self.rules.asks_for_token;
        Visitor { form_token: self.keys.form_token(&session), session, is_known, may_see }
    }

    /// The header that makes a browser keep a session. Other ports of the same host have cookies in common, so that
    /// its name has the port.
    pub fn set_cookie(&self, session: &Session, local: SocketAddr) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict",
            cookie_name(local),
            self.keys.cookie(session)
        )
    }
}

fn cookie_name(local: SocketAddr) -> String {
    format!("sosw_{}", local.port())
}

/// Answers what may be asked.
pub async fn check(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(Local(local)): Extension<Local>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let guard = page.guard();
    let (headers, uri) = (request.headers(), request.uri());
    let text = |name: &HeaderName| one(headers, name);
    let head = Head {
        method: request.method(),
        path: uri.path(),
        local,
        // A request may name its host twice.
        host: text(&header::HOST)
            .filter(|host| uri.authority().is_none_or(|named| named.as_str() == *host)),
        origin: text(&header::ORIGIN),
        site: text(&SITE),
        is_signed_in: visitor.may_see,
    };
    guard.rules.check(&head).map_err(|refusal| Refused::new(refusal, &head, uri.to_string()))?;
    if head.method != Method::POST {
        return Ok(next.run(request).await);
    }
    let request = with_own_token(request, guard, &visitor.session).await?;
    let response = next.run(request).await;
    // Whoever did something sees it on the next screen.
    page.live().forget().await;
    Ok(response)
}

/// The same request, if its form has the token of its session.
async fn with_own_token(
    request: Request,
    guard: &Guard,
    session: &Session,
) -> Result<Request, Trouble> {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(PATIENCE, to_bytes(body, MOST)).await;
    let body = read
        .map_err(|_| {
            Trouble::Other(
                StatusCode::REQUEST_TIMEOUT,
                "The form did not come in time: send it again.".to_owned(),
            )
        })?
        .map_err(|_| {
            Trouble::Other(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("A form may have {} KB.", MOST / 1024),
            )
        })?;
    let mut fields = form_urlencoded::parse(&body);
    let token = fields.find_map(|(name, value)| (name == TOKEN).then_some(value));
    match token {
        Some(token) if guard.keys.is_form_token(session, &token) => {
            Ok(Request::from_parts(parts, Body::from(body)))
        }
        Some(_) => Err(Trouble::Forged(
            "The form is of another session: this page was started again, or the cookie was removed. Load the screen \
             again, and press its button.",
        )),
        None => Err(Trouble::Forged("The form has no `token`: use the buttons of the screens.")),
    }
}

/// The value of a header that is there once.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// Marks an answer that stays plain.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// What whoever was not let in gets.
pub enum Refused {
    /// A page in the layout of all.
    Page(Trouble),
    /// Nothing that says whose page it is: who asks may be a page of somebody else.
    Plain(StatusCode, String),
}

impl Refused {
    fn new(refusal: Refusal, head: &Head<'_>, address: String) -> Self {
        match refusal {
            Refusal::Host => {
                let (local, host) = (head.local, head.host.unwrap_or_default());
                Self::Plain(
                    StatusCode::FORBIDDEN,
                    format!(
                        "This page is at {local}, and not at {host:?}. If that name is meant to lead here, by a proxy or \
                         a tunnel, start it with --host NAME as it stands in the address.\n"
                    ),
                )
            }
            Refusal::Method => Self::Plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "Only GET, HEAD and POST are used here.\n".to_owned(),
            ),
            Refusal::SignedOut => {
                let address = if head.method == Method::POST { "/".to_owned() } else { address };
                Self::Page(Trouble::SignedOut { address, why: WhySignIn::Needed })
            }
            Refusal::ReadOnly => Self::Page(Trouble::ReadOnly),
            Refusal::Origin => Self::Page(Trouble::Forged(
                "The form does not come from this page, as its Origin says. Use the buttons of the screens here.",
            )),
        }
    }
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        Self::Page(trouble)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Page(trouble) => trouble.into_response(),
            Self::Plain(code, text) => (code, Extension(Plain), text).into_response(),
        }
    }
}
