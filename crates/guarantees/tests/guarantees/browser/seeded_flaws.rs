//! The proof of the proof: what a page must not have is found where it is.

use super::{
    checks::{Flaw, flaws},
    session::{Browser, Scheme, View, with_browser},
};

const PHONE: View = View { width: View::PHONE, scheme: Scheme::Dark };

/// A page of this body, sound but for it.
async fn show(browser: &Browser, body: &str) {
    let head = "<html lang=en><meta name=viewport content='width=device-width'><title>Page</title>";
    let encoded: String = url::form_urlencoded::byte_serialize(
        format!("<!doctype html>{head}<main><h1>Page</h1>{body}</main>").as_bytes(),
    )
    .collect();
    browser.go(&format!("data:text/html,{}", encoded.replace('+', "%20"))).await;
}

#[tokio::test]
#[ignore = "needs a browser: make browser"]
async fn what_a_page_must_not_have_is_found() {
    with_browser(async |browser| {
        browser.look_as(PHONE).await;
        show(browser, "<p>sound</p>").await;
        let none = flaws(browser, PHONE).await;
        assert!(none.is_empty(), "{none:?}");

        // Only dark: in light, black on white.
        let faint = "<style>@media (prefers-color-scheme: dark) { p { color: #ddd } }</style>";
        show(browser, &format!("{faint}<p>faint</p>")).await;
        let found = flaws(browser, PHONE).await;
        assert!(
            matches!(&found[..], [Flaw::Inaccessible(rule)] if rule.id == "color-contrast"),
            "{found:?}"
        );

        show(browser, "<input name=nameless>").await;
        let found = flaws(browser, PHONE).await;
        assert!(
            matches!(&found[..], [Flaw::Inaccessible(rule)] if rule.id == "label"),
            "{found:?}"
        );

        show(browser, "<script>throw new Error('oops')</script>").await;
        let found = flaws(browser, PHONE).await;
        assert!(
            matches!(&found[..], [Flaw::Complaint(message)] if message.contains("oops")),
            "{found:?}"
        );

        show(browser, "<div style='width: 400px'>wide</div>").await;
        let found = flaws(browser, PHONE).await;
        assert!(matches!(found[..], [Flaw::TooWide { width: 400.., .. }]), "{found:?}");
    })
    .await;
}
