//! By keyboard alone: everything that can be used is reached, in the order of the page, and shows that it is.

use serde::Deserialize;

use super::{
    screens::VISITS,
    seeded::Seeded,
    session::{Browser, Scheme, View, with_browser},
    site::Sites,
};

/// Marks what can be used, in its order, and notes what gets the focus and how that shows.
const WATCH: &str = "
    // News would put other elements in their place.
    window.fetch = () => new Promise(() => {});
    const selector = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]';
    const usable = [...document.querySelectorAll(selector)]
        .filter(one => one.checkVisibility() && !one.matches(':disabled'));
    window.focused = [];
    document.addEventListener('focusin', ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        const { width, height } = target.getBoundingClientRect();
        window.focused.push({
            place: usable.indexOf(target),
            html: target.cloneNode().outerHTML,
            is_shown: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && width > 1 && height > 1,
        });
    });
    return usable.map(one => one.cloneNode().outerHTML);";

#[derive(Debug, Deserialize)]
struct Focused {
    /// Among what can be used.
    place: i64,
    html: String,
    /// Does it show that it has the focus?
    is_shown: bool,
}

/// What the Tab key does not reach, reaches in another order, or does not show.
async fn faults(browser: &Browser) -> Vec<String> {
    let usable: Vec<String> = serde_json::from_value(browser.run(WATCH).await).unwrap();
    // A field for a date takes several, for its parts.
    browser.press_tab(usable.len() + 2).await;
    let focused = browser.run("return window.focused").await;
    let focused: Vec<Focused> = serde_json::from_value(focused).unwrap();
    let mut faults: Vec<_> = focused
        .iter()
        .filter(|focused| !focused.is_shown)
        .map(|focused| format!("nothing shows that it has the focus: {}", focused.html))
        .collect();
    let mut places: Vec<_> = focused.iter().map(|focused| focused.place).collect();
    places.dedup();
    for (place, html) in usable.iter().enumerate() {
        if places.get(place) != Some(&i64::try_from(place).unwrap()) {
            faults.push(format!("it is not the next that Tab reaches: {html}"));
        }
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn everything_is_reached_by_the_tab_key_in_order_and_shows_that_it_is() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let mut wrong = Vec::new();
    with_browser(async |browser| {
        browser.look_as(View { width: View::DESK, scheme: Scheme::Light }).await;
        for visit in VISITS {
            browser.go(&visit.address(&sites, &seeded)).await;
            let faults = faults(browser).await;
            wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", visit.name)));
        }
    })
    .await;
    sites.end().await;
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
