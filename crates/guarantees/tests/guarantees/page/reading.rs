//! What a look costs: no write, and one reader for all who look.

use guarantees::world::World;
use serde_json::json;
use web::Options;

use super::{
    http::{ask, get},
    screens::VISITS,
    seeded::Seeded,
    site::{Site, Sites, TOKEN},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_writes_or_searches_a_table() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let bearer = format!("Bearer {TOKEN}");
    for visit in VISITS {
        let address = url::Url::parse(&visit.address(&sites, &seeded)).unwrap();
        let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
        seeded.world.wire.calls();
        ask(&sites.asking, "GET", &path, &[("authorization", &bearer)], "").await;
        let calls = seeded.world.wire.calls();
        for call in &calls {
            assert!(!call.is_write() && call.operation != "Scan", "{}: {call:?}", visit.name);
        }
        assert!(calls.len() <= 60, "{}: {} calls", visit.name, calls.len());
    }
    sites.end().await;
}

#[tokio::test]
async fn many_who_look_at_once_cost_one_reader() {
    let world = World::of_slots(1).await;
    world.create("worker", [json!({})]).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    world.wire.calls();
    get(&site, "/").await;
    let alone = world.wire.calls().len();
    let looks = (0..50).map(|_| get(&site, "/"));
    let seen = futures::future::join_all(looks).await;
    assert!(seen.iter().all(|screen| screen.code == 200));
    let more = world.wire.calls().len();
    // The machine may be so slow that what was read is old before all have seen it.
    assert!(alone > 0 && more <= 3 * alone, "{alone} calls of one, {more} of fifty");
    site.end().await;
}
