//! How blocks end: in part, again and again, whole, or halved.

use guarantees::{
    blocks::{Places, blocks, members, partly},
    items::In,
    world::{World, failure, labourer, success, with},
};
use serde_json::{Value, json};
use task_manager::{
    ids::{JobId, TaskId},
    labourer::Labourer,
    task::Status,
};

/// Attempts of half a minute, and the delays of the defaults.
async fn world(max_attempts: u32) -> World {
    let worker = Labourer { max_attempts, max_simultaneous_invocations: 10, ..labourer("worker") };
    World::of([worker]).await
}

/// What runs next, once everything that waits is due.
async fn next(world: &World) -> Vec<Value> {
    world.pass(3600.0);
    world.requeue().await;
    world.orchestrate().await;
    world.events().await
}

fn statuses(places: &Places) -> String {
    let letter = |place: &Option<Status>| match place {
        None => '.',
        Some(Status::Succeeded) => '+',
        Some(Status::Exhausted) => 'x',
        Some(Status::Ignored) => '-',
    };
    places.values().map(letter).collect()
}

#[tokio::test]
async fn what_succeeded_is_closed_and_what_failed_goes_on_by_the_kind_of_its_failure() {
    let world = world(3).await;
    let job = world.fill(&blocks(6, 6)).await;
    let event = &world.events().await[0];
    let ids = members(event);
    let mut report = partly(event, &[(&ids[1], "A"), (&ids[3], "B"), (&ids[4], "A")]);
    report["failures"][1]["retry_after"] = json!(1000);
    world.report(report).await;
    let places = world.assert_partition(&job, 6).await;
    assert_eq!(statuses(&places), "+.+..+");
    let mut parked = world.all(In::Retry).await;
    parked.sort_by_key(|task| task.due_at);
    let due = |task: &task_manager::task::Task| task.due_at.unwrap().since(world.now()).as_secs();
    assert_eq!(parked.len(), 2, "one for each kind");
    assert_eq!(parked[0].members().unwrap().to_string(), "1,4");
    assert_eq!((parked[1].members().unwrap().to_string(), due(&parked[1])), ("3".into(), 1000));
    for event in next(&world).await {
        assert_eq!(event["attempts"], 1);
        world.succeed(&event).await;
    }
    assert_eq!(statuses(&world.assert_partition(&job, 6).await), "++++++");
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn a_block_has_at_most_eight_pieces_and_the_rest_waits_as_long_as_the_longest() {
    let world = world(3).await;
    let job = world.fill(&blocks(20, 20)).await;
    let event = &world.events().await[0];
    let ids = members(event);
    let kinds: Vec<_> = (0..12).map(|n| format!("kind-{n}")).collect();
    let failed: Vec<_> =
        kinds.iter().enumerate().map(|(n, k)| (ids[n].as_str(), k.as_str())).collect();
    let mut report = partly(event, &failed);
    report["failures"][11]["retry_after"] = json!(5000);
    world.report(report).await;
    let parked = world.all(In::Retry).await;
    assert_eq!(parked.len(), 8);
    let rest = parked.iter().find(|task| task.size() > 1).unwrap();
    assert_eq!(rest.members().unwrap().to_string(), "7-11");
    assert_eq!(rest.due_at.unwrap().since(world.now()).as_secs(), 5000);
    world.assert_partition(&job, 20).await;
}

#[tokio::test]
async fn members_that_fail_in_each_attempt_are_exhausted_alone() {
    let world = world(2).await;
    let job = world.fill(&blocks(4, 4)).await;
    let events = world.events().await;
    let ids = members(&events[0]);
    world.report(partly(&events[0], &[(&ids[2], "A")])).await;
    let events = next(&world).await;
    world.report(partly(&events[0], &[(&ids[2], "A")])).await;
    assert_eq!(statuses(&world.assert_partition(&job, 4).await), "++x+");
    assert_eq!(world.all(In::Retry).await.len(), 0);
}

#[tokio::test]
async fn a_snooze_of_a_member_spends_none_of_its_attempts() {
    let world = world(2).await;
    let job = world.fill(&blocks(3, 3)).await;
    let event = &world.events().await[0];
    let ids = members(event);
    let answer =
        json!({ "failures": [{ "task_id": ids[0], "snooze": 60 }, { "task_id": ids[1] }] });
    world.report(with(success(event), answer)).await;
    let parked = world.all(In::Retry).await;
    let attempts = |members: &str| {
        let task = parked.iter().find(|task| task.members().unwrap().to_string() == members);
        task.unwrap().attempts
    };
    assert_eq!((attempts("0"), attempts("1")), (0, 1));
    let progress = world.snapshot(&job).await.progress;
    assert_eq!((progress.snoozed, progress.retried, progress.succeeded), (1, 1, 1));
}

#[tokio::test]
async fn answers_that_name_other_tasks_are_told_and_change_nothing_else() {
    let world = world(2).await;
    let job = world.fill(&blocks(3, 3)).await;
    let event = &world.events().await[0];
    let failures = json!([{ "task_id": "unknown" }, { "task_id": members(event)[0] }]);
    let answer = json!({ "failures": failures, "results": { "unknown": 1 } });
    world.report(with(success(event), answer)).await;
    assert_eq!(statuses(&world.assert_partition(&job, 3).await), ".++");
    let history = world.find(&TaskId::of_block(&job, 0)).await.history;
    assert!(history.iter().any(|entry| entry.contains("2 of the tasks it names")), "{history:?}");
}

#[tokio::test]
async fn an_answer_of_another_shape_loses_nothing_the_block_is_tried_again() {
    let world = world(2).await;
    let job = world.fill(&blocks(3, 3)).await;
    let event = &world.events().await[0];
    world.report(with(success(event), json!({ "failures": "the first one" }))).await;
    assert_eq!(statuses(&world.assert_partition(&job, 3).await), "...");
    assert_eq!(world.find(&TaskId::of_block(&job, 0)).await.errors[0].kind, "InvalidAnswer");
}

/// Reports the attempts as a labourer does that crashes on this member, until nothing is left to run.
/// Answers how many attempts there were.
async fn crash_on(world: &World, job: &JobId, poison: u64) -> u32 {
    let (mut attempts, mut events) = (0, world.events().await);
    let poison = TaskId::of_job(job, poison);
    for _ in 0..40 {
        for event in &events {
            attempts += 1;
            let has_poison = members(event).iter().any(|id| id == poison.as_str());
            world.report(if has_poison { failure(event) } else { success(event) }).await;
        }
        events = next(world).await;
    }
    attempts
}

#[tokio::test]
async fn of_a_block_that_crashes_exactly_the_poisonous_member_is_exhausted() {
    // A lone block: nothing but its own pieces can show that the labourer works.
    let world = world(2).await;
    let job = world.fill(&blocks(8, 8)).await;
    let attempts = crash_on(&world, &job, 5).await;
    assert_eq!(statuses(&world.assert_partition(&job, 8).await), "+++++x++");
    // Twice as a whole, and then two pieces for each of three halvings.
    assert_eq!(attempts, 2 + 3 * 2);
    let row = world.manager.store().labourers().row(&guarantees::world::id("worker")).await;
    assert_eq!(row.unwrap().unwrap().trials, 0, "its pieces showed that it works");
}

#[tokio::test]
async fn a_labourer_that_is_broken_costs_ten_attempts_more_than_without_halving() {
    let world = world(2).await;
    let job = world.fill(&blocks(80, 8)).await;
    let (mut attempts, mut events) = (0, world.events().await);
    for _ in 0..40 {
        for event in &events {
            attempts += 1;
            world.fail(event).await;
        }
        events = next(&world).await;
    }
    let places = world.assert_partition(&job, 80).await;
    assert!(places.values().all(|place| *place == Some(Status::Exhausted)), "{places:?}");
    assert!(attempts <= 10 * 2 + 10, "{attempts}");
    // Cured, and sent back.
    assert_eq!(world.manager.jobs().retry_failed(&job, None).await.unwrap().tasks, 80);
    for _ in 0..4 {
        for event in next(&world).await {
            world.succeed(&event).await;
        }
    }
    let places = world.assert_partition(&job, 80).await;
    assert!(places.values().all(|place| *place == Some(Status::Succeeded)), "{places:?}");
}

#[tokio::test]
async fn a_block_that_falls_silent_is_halved_too() {
    let world = world(1).await;
    let job = world.fill(&blocks(2, 2)).await;
    assert_eq!(world.events().await.len(), 1);
    for _ in 0..12 {
        let poison = TaskId::of_job(&job, 1);
        for event in next(&world).await {
            if members(&event) != [poison.as_str()] {
                world.succeed(&event).await;
            }
        }
    }
    assert_eq!(statuses(&world.assert_partition(&job, 2).await), "+x");
}

#[tokio::test]
async fn a_block_is_halved_also_while_all_slots_are_busy_with_others() {
    let worker = Labourer { max_attempts: 1, ..labourer("worker") };
    let world = World::of([worker]).await;
    world.fill(&blocks(2, 2)).await;
    let event = world.events().await.remove(0);
    world.create_numbered(5).await;
    // Its slot goes to the first of the others.
    assert!(world.fail(&event).await.handed_over_to.is_some());
    world.scavenge().await;
    let halves: Vec<_> =
        world.everything().await.into_iter().filter(|t| t.block.is_some()).collect();
    assert_eq!(halves.iter().map(|half| half.size()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(world.slots_in_use("worker").await, 1);
}

#[tokio::test]
async fn while_a_labourer_is_paused_its_blocks_are_neither_halved_nor_given_up() {
    let world = world(1).await;
    let job = world.fill(&blocks(16, 2)).await;
    for event in world.events().await {
        world.fail(&event).await;
    }
    world.pause(true).await;
    for _ in 0..10 {
        world.pass(3600.0);
        world.scavenge().await;
    }
    let items = world.everything().await;
    assert_eq!((items.len(), items.iter().filter(|item| item.size() == 2).count()), (8, 8));
    assert_eq!(statuses(&world.assert_partition(&job, 16).await), "................");
}

#[tokio::test]
async fn blocks_that_are_sent_back_have_all_trials_of_their_labourer() {
    let world = world(1).await;
    let job = world.fill(&blocks(40, 4)).await;
    let mut events = world.events().await;
    for _ in 0..20 {
        for event in &events {
            world.fail(event).await;
        }
        events = next(&world).await;
    }
    let trials = async || {
        let row = world.manager.store().labourers().row(&guarantees::world::id("worker")).await;
        row.unwrap().unwrap().trials
    };
    assert_eq!(trials().await, 5);
    assert_eq!(world.manager.jobs().retry_failed(&job, None).await.unwrap().tasks, 40);
    assert_eq!(trials().await, 0);
}
