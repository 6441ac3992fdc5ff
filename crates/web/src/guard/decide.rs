//! Who may ask for what: a pure decision about the head of a request.

use std::net::SocketAddr;

use axum::http::Method;

use super::hosts::{self, HostName};
use crate::look::{link::TASKS, sign_in};

/// Where files are that everybody may see: the page of the sign-in needs them.
const ASSETS: &str = "/assets/";

/// What is allowed, for as long as the process lives.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub names: Vec<HostName>,
    pub is_read_only: bool,
    pub asks_for_token: bool,
}

/// The head of a request, as far as it decides.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    /// Where the connection came in.
    pub local: SocketAddr,
    /// Nothing if there is none, or several.
    pub host: Option<&'a str>,
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`: what the browser says of the page that asks. No page can set it.
    pub site: Option<&'a str>,
    pub is_signed_in: bool,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was asked for by a name that is none of the page.
    Host,
    Method,
    SignedOut,
    ReadOnly,
    /// The form is that of another page.
    Origin,
}

impl Rules {
    /// What else a POST must prove is in its body.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, head: &Head<'_>) -> Result<(), Refusal> {
        // First of all: whoever made a name lead here must not learn more than that.
        if !head.host.is_some_and(|host| hosts::is_own(host, head.local, &self.names)) {
            return Err(Refusal::Host);
        }
        if ![Method::GET, Method::HEAD, Method::POST].contains(head.method) {
            return Err(Refusal::Method);
        }
        let is_sign_in = head.path == sign_in::PATH;
        let is_open = is_sign_in || head.path.starts_with(ASSETS);
        if self.asks_for_token && !head.is_signed_in && !is_open {
            return Err(Refusal::SignedOut);
        }
        if head.method == Method::POST {
            if self.is_read_only && !is_sign_in && head.path != TASKS {
                return Err(Refusal::ReadOnly);
            }
            if !head.is_of_own_page() {
                return Err(Refusal::Origin);
            }
        }
        Ok(())
    }
}

impl Head<'_> {
    /// Was it sent by a page of this address? A proxy may have added TLS.
    fn is_of_own_page(&self) -> bool {
        match (self.origin, self.host) {
            (Some(origin), Some(host)) => ["http://", "https://"].iter().any(|scheme| {
                let from = origin.strip_prefix(scheme);
                from.is_some_and(|from| from.eq_ignore_ascii_case(host))
            }),
            // Browsers send one of them with every form.
            (None, _) => self.site == Some("same-origin"),
            (Some(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "127.0.0.1:8080";

    fn get() -> Head<'static> {
        Head {
            method: &Method::GET,
            path: "/",
            local: OWN.parse().unwrap(),
            host: Some(OWN),
            origin: None,
            site: None,
            is_signed_in: false,
        }
    }

    fn post() -> Head<'static> {
        let (path, origin) = ("/labourers/resize/pause", Some("http://127.0.0.1:8080"));
        Head { method: &Method::POST, path, origin, ..get() }
    }

    fn check(head: Head<'_>) -> Result<(), Refusal> {
        Rules::default().check(&head)
    }

    #[test]
    fn what_this_page_asks_is_answered() {
        assert_eq!(check(get()), Ok(()));
        assert_eq!(check(Head { method: &Method::HEAD, ..get() }), Ok(()));
        assert_eq!(check(post()), Ok(()));
        assert_eq!(check(Head { origin: None, site: Some("same-origin"), ..post() }), Ok(()));
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_gets_nothing() {
        for host in [None, Some("evil.example:8080"), Some("127.0.0.1:8081"), Some("")] {
            for head in [get(), post(), Head { path: "/assets/style.css", ..get() }] {
                assert_eq!(check(Head { host, ..head }), Err(Refusal::Host), "{host:?}");
            }
        }
    }

    #[test]
    fn a_form_of_another_page_does_nothing() {
        for origin in [
            "http://evil.example",
            "http://127.0.0.1:8081",
            "http://127.0.0.1",
            "http://localhost:8080",
            "127.0.0.1:8080",
            "ftp://127.0.0.1:8080",
            "http://127.0.0.1:8080.evil.example",
            "http://127.0.0.1:8080/",
            "null",
            "",
        ] {
            let head = Head { origin: Some(origin), site: Some("same-origin"), ..post() };
            assert_eq!(check(head), Err(Refusal::Origin), "{origin}");
        }
        for site in [None, Some("same-site"), Some("cross-site"), Some("none")] {
            assert_eq!(
                check(Head { origin: None, site, ..post() }),
                Err(Refusal::Origin),
                "{site:?}"
            );
        }
    }

    #[test]
    fn other_methods_are_refused() {
        for method in [
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
            Method::TRACE,
            Method::CONNECT,
        ] {
            assert_eq!(check(Head { method: &method, ..get() }), Err(Refusal::Method));
        }
    }

    #[test]
    fn a_read_only_page_does_nothing_but_let_in() {
        let rules = Rules { is_read_only: true, asks_for_token: true, ..Rules::default() };
        let signed_in = Head { is_signed_in: true, ..post() };
        assert_eq!(rules.check(&signed_in), Err(Refusal::ReadOnly));
        assert_eq!(rules.check(&Head { method: &Method::GET, ..signed_in }), Ok(()));
        assert_eq!(rules.check(&Head { path: sign_in::PATH, ..post() }), Ok(()));
        // It asks for a text that may stand in no address, and does nothing.
        assert_eq!(rules.check(&Head { path: TASKS, ..signed_in }), Ok(()));
        assert_eq!(rules.check(&Head { path: "/tasks/t1", ..signed_in }), Err(Refusal::ReadOnly));
    }

    #[test]
    fn with_a_token_only_those_who_know_it_see_more_than_the_sign_in() {
        let rules = Rules { asks_for_token: true, ..Rules::default() };
        for path in ["/", "/live", "/jobs", "/assets", "/sign-in/", "/SIGN-IN", "//assets/x"] {
            assert_eq!(rules.check(&Head { path, ..get() }), Err(Refusal::SignedOut), "{path}");
            assert_eq!(rules.check(&Head { path, is_signed_in: true, ..get() }), Ok(()), "{path}");
        }
        for path in ["/assets/style.css", sign_in::PATH] {
            assert_eq!(rules.check(&Head { path, ..get() }), Ok(()), "{path}");
        }
        assert_eq!(rules.check(&post()), Err(Refusal::SignedOut));
    }

    #[test]
    fn behind_a_proxy_the_name_and_its_tls_are_own() {
        let rules = Rules { names: vec!["sosw.example.com".parse().unwrap()], ..Rules::default() };
        let head = Head { host: Some("sosw.example.com"), ..post() };
        let origin = Some("https://sosw.example.com");
        assert_eq!(rules.check(&Head { origin, ..head }), Ok(()));
        assert_eq!(rules.check(&head), Err(Refusal::Origin), "from loopback, asked for by name");
    }
}
