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

/// Counts what the page asks for from now on, and the connections that it ends.
const COUNT: &str = "
    window.asked = 0;
    window.ended = 0;
    const { fetch, EventSource: { prototype } } = window;
    const { close } = prototype;
    window.fetch = (...what) => { window.asked += 1; return fetch(...what); };
    prototype.close = function () { window.ended += 1; close.call(this); };
    window.before = document.querySelector('main').innerText;
    window.show = shown => {
        Object.defineProperty(document, 'hidden', { value: !shown, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        return { asked: window.asked, ended: window.ended };
    };
    return null;";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn what_is_out_of_sight_asks_for_nothing_and_catches_up() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    with_browser(async |browser| {
        browser.go(&sites.open.at("/")).await;
        browser.run(COUNT).await;
        let hidden = browser.run("return window.show(false)").await;
        assert_eq!(hidden["ended"], 1);
        seeded.minute().await;
        let shown = browser.run("return window.show(true)").await;
        let asked = |seen: &serde_json::Value| seen["asked"].as_u64().unwrap();
        assert_eq!(asked(&shown), asked(&hidden) + 1, "once, as it is seen again");
        browser.wait_until(HAS_NEWS).await;
    })
    .await;
    sites.end().await;
}

/// Puts a link before all others, so that each has another place than in what comes, and focuses the last one.
const FOCUS_ANOTHER_PLACE: &str = "
    const main = document.querySelector('main');
    main.insertAdjacentHTML('afterbegin', '<a href=\"/stack\">stack</a>');
    const link = [...main.querySelectorAll('a')].at(-1);
    link.focus();
    window.aim = link.href;
    return document.activeElement === link";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn a_key_that_is_pressed_as_news_arrive_does_what_it_would_have_done() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    with_browser(async |browser| {
        browser.go(&sites.open.at("/")).await;
        assert_eq!(browser.run(FOCUS_ANOTHER_PLACE).await, true);
        browser.wait_until("return !document.querySelector('main > a')").await;
        assert_eq!(browser.run("return document.activeElement.href === window.aim").await, true);
    })
    .await;
    sites.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn what_is_chosen_or_written_is_not_taken_away() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    with_browser(async |browser| {
        for (screen, touch) in [
            ("/jobs", "document.querySelector('main select').selectedIndex = 1"),
            ("/labourers/resize", "document.querySelector('main [name=reason]').value = 'why'"),
        ] {
            browser.go(&sites.open.at(screen)).await;
            browser.run(COUNT).await;
            let touched = browser.run(&format!("{touch}; return window.show(true)")).await;
            assert_eq!(touched["asked"], 0, "{screen}");
            let reset = "document.querySelectorAll('main form').forEach(form => form.reset())";
            let untouched = browser.run(&format!("{reset}; return window.show(true)")).await;
            assert_eq!(untouched["asked"], 1, "{screen}: it is as it was");
        }
    })
    .await;
    sites.end().await;
}

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
