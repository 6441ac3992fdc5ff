//! What a look costs: no write, and one reader for all who look.

use guarantees::world::World;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use web::Options;

use super::{
    http::{ask, get},
    screens::VISITS,
    seeded::Seeded,
    site::{Site, Sites, TOKEN},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_writes_or_searches_a_table_or_costs_a_call_a_second_while_it_is_open() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let bearer = format!("Bearer {TOKEN}");
    for visit in VISITS {
        let address = url::Url::parse(&visit.address(&sites, &seeded)).unwrap();
        let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
        seeded.world.wire.calls();
        let screen = ask(&sites.asking, "GET", &path, &[("authorization", &bearer)], "").await;
        let calls = seeded.world.wire.calls();
        for call in &calls {
            assert!(!call.is_write() && call.operation != "Scan", "{}: {call:?}", visit.name);
        }
        assert!(calls.len() <= 60, "{}: {} calls", visit.name, calls.len());
        // The one that hears of each read has no seconds, nor has one that stays as it is.
        let seconds = screen.body.split_once("data-updates=\"").map(|(_, rest)| rest);
        let seconds = seconds.and_then(|rest| rest.split('"').next()?.parse::<usize>().ok());
        let is_cheap = seconds.is_none_or(|seconds| calls.len() < seconds);
        assert!(is_cheap, "{}: {} calls each {seconds:?} seconds", visit.name, calls.len());
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

/// The most calls of a read, of which there is one every five seconds.
const MOST: usize = 5;

/// A connection that is told of each read.
async fn listen(site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(site.host()).await.unwrap();
    let request = format!("GET /live HTTP/1.1\r\nhost: {}\r\n\r\n", site.host());
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads until it is told of this read.
async fn hear(stream: &mut TcpStream, read: usize) {
    let (mut heard, word) = (Vec::new(), format!("data: {read}\n"));
    while !String::from_utf8_lossy(&heard).contains(&word) {
        let more = stream.read_buf(&mut heard).await.unwrap();
        assert!(more > 0, "it ended with {:?}", String::from_utf8_lossy(&heard));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_stay_open_cost_what_one_of_them_costs() {
    let seeded = Seeded::new().await;
    let site = Site::of(&seeded.world.manager, &Options::default()).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        get(&site, "/").await;
        open.push(listen(&site).await);
    }
    hear(&mut open[0], 1).await;
    seeded.world.wire.calls();
    // Each asks for the screen when it is told of the next read.
    for one in &mut open {
        hear(one, 2).await;
        assert_eq!(get(&site, "/").await.code, 200);
    }
    let calls = seeded.world.wire.calls();
    assert!(calls.iter().all(|call| !call.is_write()));
    assert!((1..=MOST).contains(&calls.len()), "{} calls: {calls:?}", calls.len());
    drop(open);
    site.end().await;
}
