//! Every screen, in every view.

use futures::future::join_all;

use super::{
    checks::{self, flaws},
    screens::VISITS,
    seeded::Seeded,
    session::{Browser, Scheme, View, with_browser},
    site::Sites,
};

/// Visits all screens in this scheme; what is wrong with them.
async fn visit_all(seeded: &Seeded, sites: &Sites, scheme: Scheme) -> Vec<String> {
    let mut wrong = Vec::new();
    with_browser(async |browser| {
        for width in [View::PHONE, View::DESK] {
            let view = View { width, scheme };
            browser.look_as(view).await;
            for visit in VISITS {
                let found = look_at(browser, &visit.address(sites, seeded), visit.name, view).await;
                wrong.extend(found);
            }
        }
    })
    .await;
    wrong
}

async fn look_at(browser: &Browser, address: &str, name: &str, view: View) -> Vec<String> {
    browser.go(address).await;
    let flaws = flaws(browser, view).await;
    checks::keep_picture(browser, name, view).await;
    let place = format!("{name}, {} pixels, {}", view.width, view.scheme.name());
    flaws.into_iter().map(|flaw| format!("{place}: {flaw}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn every_screen_is_accessible_and_without_errors_in_light_and_dark_on_a_phone_and_a_desk() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let schemes = [Scheme::Light, Scheme::Dark];
    let wrong = join_all(schemes.map(|scheme| visit_all(&seeded, &sites, scheme))).await.concat();
    sites.end().await;
    assert!(wrong.is_empty(), "{} flaws:\n{}", wrong.len(), wrong.join("\n"));
}
