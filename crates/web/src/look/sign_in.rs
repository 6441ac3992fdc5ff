//! The form in which whoever visits says the token of a page that was started with `--token`.

use maud::{Markup, html};

/// Where it is sent, and where it is when somebody asks for it.
pub const PATH: &str = "/sign-in";
/// Where it leads if nothing else was asked for.
pub const HOME: &str = "/";

/// Why somebody sees the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhySignIn {
    /// It was asked for.
    Asked,
    /// Something else was asked for.
    Needed,
    /// The token was another.
    Wrong,
}

/// The form, which leads back to the address that was asked for.
pub fn form(address: &str, why: WhySignIn, form_token: &str) -> Markup {
    let is_wrong = why == WhySignIn::Wrong;
    html! {
        p { "This page was started with a token: whoever visits must know it." }
        form method="post" action=(PATH) {
            input type="hidden" name="token" value=(form_token);
            input type="hidden" name="then" value=(own_path(address));
            label for="secret" { "Token" }
            input type="password" id="secret" name="secret" autocomplete="current-password" required
                aria-describedby=[is_wrong.then_some("wrong")];
            button type="submit" { "Sign in" }
            @if is_wrong { p id="wrong" role="alert" { "This is not the token." } }
        }
    }
}

/// An address of this page, and of no other: `//evil.example` is one, and `/\evil.example` is read as it.
pub fn own_path(address: &str) -> &str {
    let is_own = address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { address } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_addresses_of_this_page_only() {
        for own in ["/", "/jobs?state=open&age=1d", "/tasks/a%20b"] {
            assert_eq!(own_path(own), own);
        }
        for other in [
            "",
            "jobs",
            "//evil.example",
            "/\\evil.example",
            "http://evil.example",
            "/a\r\nX: y",
            "/a b",
        ] {
            assert_eq!(own_path(other), HOME, "{other}");
        }
    }
}
