//! Tables that do not answer: a page says so, and is a page again when it is over.

use guarantees::{wire::WireFault, world::World};
use web::Options;

use super::{
    http::{Answer, get},
    site::Site,
};

/// It says what is wrong, and is asked again by itself.
fn assert_passing(answer: &Answer, words: &str) {
    assert_eq!(answer.code, 503, "{answer:?}");
    assert!(answer.body.contains(words), "no {words:?} in {}", answer.body);
    assert!(
        answer.body.contains("http-equiv=\"refresh\"") && answer.head.contains("retry-after: "),
        "{answer:?}"
    );
    assert!(answer.body.contains("<nav"), "it is a page of the page: {}", answer.body);
}

#[tokio::test]
async fn a_table_that_is_missing_is_named_until_it_is_there() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let table = world.manager.config().names.labourers.clone();
    world.clients.dynamodb.delete_table().table_name(&table).send().await.unwrap();
    for path in ["/", "/labourers/worker"] {
        assert_passing(&get(&site, path).await, &table);
    }
    assert_eq!(get(&site, "/jobs").await.code, 200, "which is made of other tables");
    world.manager.store().create_tables().await.unwrap();
    assert_eq!(get(&site, "/").await.code, 200);
    site.end().await;
}

#[tokio::test]
async fn tables_that_are_throttled_are_said_to_be_until_they_are_not() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let throttled = WireFault::error(400, "ProvisionedThroughputExceededException");
    world.wire.cut(usize::MAX, throttled, |_| true);
    assert_passing(&get(&site, "/jobs").await, "The tables are throttled");
    world.wire.restore();
    assert_eq!(get(&site, "/jobs").await.code, 200);
    site.end().await;
}

#[tokio::test]
async fn credentials_that_do_not_count_are_said_not_to() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    world.wire.cut(usize::MAX, WireFault::error(400, "UnrecognizedClientException"), |_| true);
    assert_passing(&get(&site, "/").await, "UnrecognizedClientException");
    world.wire.restore();
    assert_eq!(get(&site, "/").await.code, 200);
    site.end().await;
}
