//! What every answer has: the page of a trouble, the headers of a page that trusts nothing but itself, the cookie.

use std::sync::Arc;

use axum::{
    Extension,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    Page,
    frame::Frame,
    guard::{Local, Plain, session::Session},
    look::layout,
    trouble::Trouble,
};

const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    // What was seen is not kept in a cache, where others may find it. Files say otherwise.
    (header::CACHE_CONTROL, "no-store"),
];

/// The most that is taken over of words that are no page.
const MOST_OF_WORDS: usize = 4 * 1024;

/// Knows who asks, lets others answer, and completes what they answered.
pub async fn around(
    State(page): State<Page>,
    Extension(Local(local)): Extension<Local>,
    mut request: Request,
    next: Next,
) -> Response {
    let visitor = page.guard().visitor(request.headers(), local);
    let is_read = request.method() != Method::POST;
    let frame = page.frame(request.uri().to_string(), Some(&visitor));
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    // Of a sign-in; else the visitor's own, if the browser does not have it yet.
    let begun = response.extensions_mut().remove::<Session>();
    let response = as_page(&page, frame, is_read, response).await;
    let is_html = is_html(&response);
    let kept = begun.or((!visitor.is_known && is_html).then_some(visitor.session));
    let cookie = kept.and_then(|session| page.guard().set_cookie(&session, local).parse().ok());
    complete(response, cookie)
}

/// Words that are no page get the layout of all.
async fn as_page(page: &Page, frame: Frame, is_read: bool, mut response: Response) -> Response {
    let trouble = response.extensions_mut().remove::<Arc<Trouble>>();
    let trouble = match trouble {
        Some(trouble) => trouble,
        None => match unsaid(&mut response).await {
            Some(trouble) => Arc::new(trouble),
            None => return response,
        },
    };
    if trouble.code().is_server_error() {
        tracing::warn!(address = frame.address, trouble = ?trouble, "no answer");
    }
    let updates = trouble.updates(is_read);
    let body = trouble.body(page.0.stack.as_ref(), &frame.form_token, is_read);
    let frame = Frame { updates, ..frame };
    let mut whole = layout::whole(&frame, trouble.title(), &body).into_response();
    *whole.status_mut() = trouble.code();
    if let Some(seconds) = updates.reload() {
        whole.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(allowed) = response.headers_mut().remove(header::ALLOW) {
        whole.headers_mut().insert(header::ALLOW, allowed);
    }
    whole
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The trouble of an answer of the library's own, such as that a query was not understood.
async fn unsaid(response: &mut Response) -> Option<Trouble> {
    let code = response.status();
    let is_error = code.is_client_error() || code.is_server_error();
    if !is_error || is_html(response) || response.extensions().get::<Plain>().is_some() {
        return None;
    }
    let words =
        to_bytes(std::mem::take(response.body_mut()), MOST_OF_WORDS).await.unwrap_or_default();
    Some(match code {
        StatusCode::METHOD_NOT_ALLOWED => Trouble::Method,
        StatusCode::NOT_FOUND => Trouble::no_page(),
        _ => Trouble::Other(code, String::from_utf8_lossy(&words).into_owned()),
    })
}

fn complete(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
