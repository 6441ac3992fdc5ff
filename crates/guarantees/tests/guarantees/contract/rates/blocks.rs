//! The tasks of an invocation start together, and take their tokens together.

use guarantees::{
    blocks::{blocks, members},
    world::{World, with},
};
use serde_json::json;
use task_manager::{jobs::message::Message, json::Json, labourer::TasksPerInvocation};

use super::{config, fill, rate, state, user, world};

async fn submitted(world: &World, job: serde_json::Value) -> (u64, Vec<String>) {
    let job = Json::from(job);
    let Message::Submit(submission) = world.manager.jobs().read_message(&job).unwrap() else {
        panic!("a job");
    };
    let size = world.manager.jobs().block_size(&submission).await.unwrap();
    (size, submission.warnings.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_block_takes_tokens_for_each_of_its_members() {
    let world = world(rate(100, 8)).await;
    world.fill(&blocks(12, 3)).await;
    assert_eq!(state(&world).await.taken, 6);
    let events = world.events().await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| members(event).len() == 3));
    world.pass(10.0);
    assert_eq!(fill(&world.manager, "worker").await, 2);
    assert_eq!(state(&world).await.taken, 12);
}

#[tokio::test]
async fn a_block_of_more_than_the_burst_which_was_queued_before_pays_for_all_of_its_tasks() {
    let mut world = world(rate(100, 20)).await;
    world.fill(&blocks(20, 10)).await;
    assert_eq!(world.events().await.len(), 2);
    world.fill(&blocks(30, 10)).await;
    world.pass(60.0);
    world.configure(|config| {
        config.resources.values_mut().for_each(|resource| resource.rate = Some(rate(100, 4)));
    });
    world.orchestrate().await;
    assert_eq!((world.events().await.len(), state(&world).await.taken), (1, 30));
    // A token comes in 0.103 s: ten of them are paid for then, and not four.
    world.pass(0.9);
    assert_eq!(fill(&world.manager, "worker").await, 0);
    world.pass(0.2);
    assert_eq!(fill(&world.manager, "worker").await, 1);
}

#[tokio::test]
async fn a_job_has_no_larger_blocks_than_a_burst_is_enough_for_and_says_so() {
    let labourer = user("worker", &[("stripe", 2)]);
    let world = World::with(config([("stripe", rate(100, 9))], [labourer])).await;
    assert_eq!(submitted(&world, blocks(40, 4)).await, (4, Vec::new()));
    let (size, warnings) = submitted(&world, blocks(40, 5)).await;
    let warning = "tasks_per_invocation: is more than 4: the tasks of an invocation start together, and a burst \
                   of stripe is enough for that many. So many they are";
    assert_eq!((size, warnings), (4, vec![warning.to_owned()]));
}

#[tokio::test]
async fn auto_makes_no_larger_blocks_than_a_burst_is_enough_for() {
    let labourer = user("worker", &[("stripe", 1)]);
    let labourer = task_manager::labourer::Labourer {
        tasks_per_invocation: TasksPerInvocation::Auto,
        ..labourer
    };
    let world = World::with(config([("stripe", rate(100, 7))], [labourer])).await;
    let job = with(guarantees::jobs::days(40), json!({}));
    assert_eq!(submitted(&world, job).await, (7, Vec::new()));
}
