//! The first screen: what is late, why, and what to do, in few reads.

mod incidents;
mod price;

use guarantees::world::World;
use operator::overview::{Incident, Overview, Urgency, Watch, read};

/// What somebody sees who reads once.
async fn seen(world: &World) -> Overview {
    read(&world.manager, &mut Watch::default()).await.unwrap()
}

/// What somebody sees who has it open for two minutes, in which nothing happens.
async fn watched(world: &World) -> Overview {
    let mut watch = Watch::default();
    for _ in 0..24 {
        read(&world.manager, &mut watch).await.unwrap();
    }
    read(&world.manager, &mut watch).await.unwrap()
}

/// The only incident there is, read once; and the same is still seen by whoever has it open.
async fn only(world: &World) -> Incident {
    let (once, later) = (seen(world).await, watched(world).await);
    for incidents in [&once.incidents, &later.incidents] {
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
    }
    assert_eq!(once.incidents[0].incident, later.incidents[0].incident);
    later.incidents.into_iter().next().unwrap()
}

/// It is this one, as urgent, and says this of cause and remedy.
fn assert_says(incident: &Incident, name: &str, urgency: Urgency, why: &str, change: &str) {
    assert_eq!((incident.incident, incident.urgency), (name, urgency), "{incident:#?}");
    assert!(incident.why.contains(why), "no {why:?} in {incident:#?}");
    assert!(incident.change.contains(change), "no {change:?} in {incident:#?}");
    assert!(!incident.steps.is_empty(), "{incident:#?}");
}

/// A minute of the ticks.
async fn minute(world: &World) {
    world.pass(60.0);
    world.orchestrate_and_record().await;
    world.scavenge().await;
}
