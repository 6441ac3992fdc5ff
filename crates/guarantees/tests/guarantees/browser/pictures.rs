//! The pictures of the README, of a stack with an ordinary morning: `make pictures`.

use std::{fs, path::Path};

use guarantees::world::{World, failure, id, report, success, with};
use operator::pause;
use serde_json::{Value, json};
use task_manager::config::Config;

use super::{
    session::{Scheme, View, with_browser},
    site::{Site, path},
};

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/pictures");
const MINUTES: usize = 110;

fn config() -> Config {
    let labourer = |slots: u32| json!({ "max_simultaneous_invocations": slots, "duration": 60, "cooldown": 30 });
    let config = json!({
        "labourers": {
            "resize": labourer(8),
            "import-orders": with(labourer(12), json!({ "max_attempts": 1 })),
            "geocode": with(labourer(8), json!({ "max_attempts": 100, "breaker": {} })),
            "send-mail": labourer(2),
            "thumbnails": labourer(4),
        },
        "job_schema": { "chunkable_attrs": ["album"] },
    });
    Config::from_json(config).unwrap().0
}

fn job(labourer: &str, days: u32) -> Value {
    json!({ "lambda_name": labourer, "period": format!("last_{days}_days"), "isolate_days": true })
}

/// How an attempt ends in this minute; nothing if it goes on.
fn end(event: &Value, minute: usize, place: usize) -> Option<Value> {
    let labourer = event["labourer_id"].as_str().unwrap();
    match (labourer, (minute * 7 + place * 5) % 11) {
        ("geocode", _) if minute > 60 => Some(failure(event)),
        ("import-orders", 0 | 4) => {
            let error =
                json!({ "kind": "TimeoutError", "message": "the shop did not answer within 30 s" });
            Some(with(report("mark_task_as_failed", event), json!({ "error": error })))
        }
        ("import-orders", 7) => {
            let error = json!({ "kind": "KeyError", "message": "'price'" });
            Some(with(report("mark_task_as_failed", event), json!({ "error": error })))
        }
        ("resize", 0..=3) => None,
        _ => Some(success(event)),
    }
}

async fn morning() -> (World, String) {
    let world = World::with(config()).await;
    world.deploy_scheduler();
    for (labourer, days) in [("resize", 700), ("geocode", 900), ("thumbnails", 300)] {
        world.fill(&job(labourer, days)).await;
    }
    let mut failed = String::new();
    for minute in 0..MINUTES {
        if minute % 30 == 20 {
            failed = world.fill(&job("import-orders", 60)).await.to_string();
        }
        if minute == 95 {
            let mail = world.manager.labourers().get(&id("send-mail")).unwrap();
            let why = Some("the provider moves to another data centre");
            pause::pause(&world.manager, mail, None, why).await.unwrap();
            world.fill(&job("send-mail", 40)).await;
        }
        world.pass(45.0);
        world.orchestrate_and_record().await;
        world.pass(15.0);
        for (place, event) in world.events().await.iter().enumerate() {
            if let Some(report) = end(event, minute, place) {
                world.report(report).await;
            }
        }
        world.scavenge().await;
    }
    (world, failed)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes pictures: make pictures"]
async fn pictures_of_the_readme() {
    let (world, failed) = morning().await;
    let site = Site::of(&world.manager, &web::Options::default()).await;
    fs::create_dir_all(PLACE).unwrap();
    with_browser(async |browser| {
        for (name, path, width, scheme) in [
            ("now", "/".to_owned(), 1100, Scheme::Light),
            ("labourer", "/labourers/resize".to_owned(), 1100, Scheme::Dark),
            ("job", path(&["jobs", &failed]), 1100, Scheme::Light),
        ] {
            browser.look_as(View { width, scheme }).await;
            browser.go(&site.at(&path)).await;
            let file = Path::new(PLACE).join(format!("{name}.webp"));
            let picture = browser.picture_as(json!({ "format": "webp", "quality": 80 })).await;
            fs::write(file, picture).unwrap();
        }
    })
    .await;
    site.end().await;
}
