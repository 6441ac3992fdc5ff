//! News come to a screen that is open.

use super::{
    seeded::Seeded,
    session::{Scheme, View, with_browser},
    site::Sites,
};

/// Notes what moves from now on, and whether the page stays the same one.
const WATCH: &str = "
    window.moved = [];
    new PerformanceObserver(list => window.moved.push(...list.getEntries().flatMap(entry =>
        entry.sources.map(source => source.node?.parentElement?.outerHTML ?? 'something'))))
        .observe({ type: 'layout-shift' });
    window.before = document.querySelector('main').innerText;
    document.querySelector('main a').focus();
    window.scrollTo(0, 40);
    return null;";

const HAS_NEWS: &str = "return document.querySelector('main').innerText !== window.before";

/// What is different from a page on which somebody looks: the way it moved, the focus, the place.
const STATE: &str = "return {
    moved: window.moved,
    focus: document.activeElement === document.querySelector('main a'),
    place: window.scrollY,
}";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn news_arrive_while_nothing_moves_and_its_end_is_shown() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    with_browser(async |browser| {
        browser.look_as(View { width: View::DESK, scheme: Scheme::Light }).await;
        browser.go(&sites.open.at("/")).await;
        browser.run(WATCH).await;
        seeded.minute().await;
        browser.wait_until(HAS_NEWS).await;
        let state = browser.run(STATE).await;
        assert_eq!(
            state,
            serde_json::json!({ "moved": [], "focus": true, "place": 40 }),
            "another page has none of these"
        );
        assert_eq!(browser.complaints().await, Vec::<String>::new());

        sites.end().await;
        browser.wait_until("return document.querySelector('#offline').checkVisibility()").await;
    })
    .await;
}
