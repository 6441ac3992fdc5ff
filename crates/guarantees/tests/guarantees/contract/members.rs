//! What an operator can ask about a task that is in a block with others.

use guarantees::{
    blocks::{blocks, partly},
    jobs::days,
    world::{World, labourer, success, with},
};
use operator::{
    explain::{Explanation, explain_task},
    jobs::{self, ErrorKind, JobErrors},
    tasks::{
        JobTasks, LookupError, MOST_READ, Missing, Rest, TaskDetails, TaskName, TaskState,
        list_of_job, show,
    },
};
use serde_json::{Value, json};
use task_manager::{
    ids::{JobId, TaskId},
    labourer::Labourer,
};

async fn world(max_attempts: u32) -> World {
    let worker = Labourer { max_attempts, max_simultaneous_invocations: 10, ..labourer("worker") };
    World::of([worker]).await
}

fn named(job: &JobId, number: u64) -> TaskName {
    TaskName::OfJob(job.clone(), number)
}

async fn shown(world: &World, job: &JobId, number: u64) -> TaskDetails {
    show(&world.manager, &named(job, number)).await.unwrap()
}

async fn explained(world: &World, job: &JobId, number: u64) -> Explanation {
    explain_task(&world.manager, &named(job, number)).await.unwrap()
}

/// What runs next, once everything that waits is due.
async fn next(world: &World) -> Vec<Value> {
    world.pass(3600.0);
    world.requeue().await;
    world.orchestrate().await;
    world.events().await
}

#[tokio::test]
async fn each_task_of_a_job_is_found_by_its_number_wherever_it_went() {
    let world = world(3).await;
    let job = world.fill(&blocks(7, 4)).await;
    let event = world.events().await.into_iter().find(|e| e["task_id"] == of(&job, 0)).unwrap();
    let ids: Vec<_> = (0..4).map(|n| TaskId::of_job(&job, n).to_string()).collect();
    let report = partly(&event, &[(&ids[1], "A"), (&ids[2], "A"), (&ids[3], "B")]);
    world.report(with(report, json!({ "results": { &ids[0]: { "rows": 7 } } }))).await;
    for event in next(&world).await {
        if event["sosw"]["members"] == "1-2" {
            world.report(partly(&event, &[(&ids[2], "A")])).await;
        }
    }
    let mut holders = Vec::new();
    for number in 0..7 {
        let details = shown(&world, &job, number).await;
        let (block, member) = (details.block.unwrap(), details.member.unwrap());
        assert_eq!((member.number, &member.task_id), (number, &TaskId::of_job(&job, number)));
        assert_eq!(member.state, details.state);
        let alone = world.manager.jobs().plan(&job).await.unwrap().task(number).unwrap();
        let payload = serde_json::to_value(member.payload.unwrap()).unwrap();
        assert_eq!(payload, serde_json::to_value(alone).unwrap());
        holders.push((block.members.to_string(), details.state.name()));
    }
    let expected = [
        ("0", "succeeded"),
        ("1", "succeeded"),
        ("2", "parked"),
        ("3", "running"),
        ("4-6", "parked"),
        ("4-6", "parked"),
        ("4-6", "parked"),
    ];
    let holders: Vec<_> =
        holders.iter().map(|(members, state)| (members.as_str(), *state)).collect();
    assert_eq!(holders, expected);
    let first = shown(&world, &job, 0).await;
    assert_eq!(first.member.unwrap().result.unwrap().to_string(), r#"{"rows":7}"#);
    let left: Vec<_> = first.block.unwrap().left.iter().map(|l| l.members.to_string()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&"1-2".to_owned()) && left.contains(&"3".to_owned()), "{left:?}");
}

fn of(job: &JobId, first: u64) -> Value {
    TaskId::of_block(job, first).as_str().into()
}

#[tokio::test]
async fn a_task_of_a_job_without_blocks_is_found_by_its_number_as_well() {
    let world = World::of_slots(1).await;
    let job = world.fill(&days(3)).await;
    let details = shown(&world, &job, 2).await;
    assert_eq!(details.task_id, TaskId::of_job(&job, 2));
    assert_eq!((details.state, details.block, details.member), (TaskState::Queued, None, None));
    assert_eq!(explained(&world, &job, 2).await.state, "queued");
}

#[tokio::test]
async fn a_number_that_leads_to_no_task_says_why() {
    let world = World::of_slots(1).await;
    let job = world.fill(&blocks(5, 4)).await;
    let missing = async |job: &JobId, number| match show(&world.manager, &named(job, number)).await
    {
        Err(LookupError::Missing(missing)) => missing,
        other => panic!("found {other:?}"),
    };
    let number = Missing::Number { job: job.clone(), number: 5, total: 5 };
    assert_eq!(missing(&job, 5).await, number);
    let explained_number = explain_task(&world.manager, &named(&job, 5)).await;
    assert!(matches!(explained_number, Err(LookupError::Missing(missing)) if missing == number));
    let nobody = JobId::new("nobody").unwrap();
    assert_eq!(missing(&nobody, 0).await, Missing::Job(nobody.clone()));
    let later = with(blocks(5, 4), json!({ "delay": "1h" }));
    let later = world.fill(&later).await;
    assert!(matches!(missing(&later, 4).await, Missing::NotYetMade { number: 4, made: 0, .. }));
    assert_eq!(explained(&world, &later, 4).await.state, "not created");
    world.manager.jobs().cancel(&later).await.unwrap();
    assert_eq!(missing(&later, 4).await, Missing::NeverMade { job: later, number: 4 });
}

#[tokio::test]
async fn an_accepted_success_is_shown_while_the_block_is_still_running() {
    let world = world(5).await;
    let job = world.fill(&blocks(2, 2)).await;
    let first = world.events().await.remove(0);
    world.pass(61.0);
    world.requeue().await;
    next(&world).await;
    let failed = TaskId::of_job(&job, 1).to_string();
    world.report(partly(&first, &[(&failed, "A")])).await;
    let accepted = async |number| shown(&world, &job, number).await.member.unwrap().is_accepted;
    assert_eq!((accepted(0).await, accepted(1).await), (true, false));
    let why = async |number| explained(&world, &job, number).await.reasons.remove(0).why;
    assert!(why(0).await.starts_with("it succeeded"), "{}", why(0).await);
    assert!(why(1).await.starts_with("attempt 2 began"), "{}", why(1).await);
}

#[tokio::test]
async fn a_block_that_crashes_says_that_it_is_to_be_halved_and_then_that_it_was() {
    let world = world(1).await;
    let job = world.fill(&blocks(4, 4)).await;
    let event = world.events().await.remove(0);
    world.fail(&event).await;
    let parked = explained(&world, &job, 3).await;
    assert_eq!(parked.block.as_ref().unwrap().tasks, 4);
    assert!(parked.reasons[0].why.starts_with("its attempts are spent"), "{parked:?}");
    assert!(parked.reasons[0].change.contains("halves it"), "{parked:?}");
    world.scavenge().await;
    let halves = (explained(&world, &job, 0).await, explained(&world, &job, 3).await);
    let halves = [halves.0, halves.1].map(|half| half.block.unwrap());
    assert_eq!(halves.each_ref().map(|half| half.members.to_string()), ["0-1", "2-3"]);
    assert!(halves.iter().all(|half| half.halved == 1));
}

#[tokio::test]
async fn the_tasks_of_a_job_are_listed_in_its_order_each_block_with_its_members() {
    let world = world(1).await;
    let job = world.fill(&blocks(6, 3)).await;
    let event = world.events().await.into_iter().find(|e| e["task_id"] == of(&job, 0)).unwrap();
    let failed = TaskId::of_job(&job, 1).to_string();
    world.report(partly(&event, &[(&failed, "A")])).await;
    let listed = async |state, limit| {
        let items = list_of_job(&world.manager, &job, state, 0, limit).await.unwrap().tasks;
        let item =
            |item: TaskDetails| format!("{} {}", item.block.unwrap().members, item.state.name());
        items.into_iter().map(item).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, 10).await, ["0,2 succeeded", "1 exhausted", "3-5 running"]);
    assert_eq!(listed(Some(TaskState::Exhausted), 10).await, ["1 exhausted"]);
    assert_eq!(listed(None, 2).await.len(), 2);
    let single = world.fill(&days(3)).await;
    let ids = async |from| {
        let listed = list_of_job(&world.manager, &single, None, from, 10).await.unwrap();
        listed.tasks.into_iter().map(|item| item.task_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(0).await, (0..3).map(|n| TaskId::of_job(&single, n)).collect::<Vec<_>>());
    assert_eq!(ids(2).await, [TaskId::of_job(&single, 2)]);
}

#[tokio::test]
async fn what_a_list_of_a_job_leaves_out_is_said_and_can_be_read_from_there_on() {
    let world = world(1).await;
    let job = world.fill(&blocks(6, 3)).await;
    let event = world.events().await.into_iter().find(|e| e["task_id"] == of(&job, 0)).unwrap();
    world.report(partly(&event, &[(TaskId::of_job(&job, 1).as_str(), "A")])).await;
    let rest = async |state, from, limit| {
        list_of_job(&world.manager, &job, state, from, limit).await.unwrap().rest
    };
    assert_eq!(rest(None, 0, 1).await, Rest::More(Some(4)), "0 and 2 are one item");
    assert_eq!(rest(None, 1, 0).await, Rest::More(None));
    assert_eq!(rest(None, 0, 3).await, Rest::None);
    assert_eq!(rest(Some(TaskState::Exhausted), 0, 1).await, Rest::None);

    let long = world.fill(&days(MOST_READ as u32 + 2)).await;
    let read = async |from| {
        let state = Some(TaskState::Parked);
        list_of_job(&world.manager, &long, state, from, 10).await.unwrap()
    };
    let most = MOST_READ as u64;
    assert_eq!(read(0).await, JobTasks { tasks: Vec::new(), rest: Rest::Unread { from: most } });
    assert_eq!(read(most).await.rest, Rest::None);
}

#[tokio::test]
async fn a_job_says_which_errors_its_tasks_had_and_how_many_each_of_a_block_counted() {
    let world = world(2).await;
    let job = world.fill(&blocks(6, 6)).await;
    let event = world.events().await.remove(0);
    let ids: Vec<_> = (0..6).map(|n| TaskId::of_job(&job, n).to_string()).collect();
    let failed: Vec<_> = ids[..4].iter().map(|id| (id.as_str(), "A")).collect();
    world.report(partly(&event, &failed)).await;
    let errors = async || jobs::show(&world.manager, &job).await.unwrap().errors;
    let counts = |errors: &JobErrors| {
        let count = |kind: &ErrorKind| (kind.kind.clone(), kind.failed, kind.waiting);
        errors.kinds.iter().map(count).collect::<Vec<_>>()
    };
    let waiting = errors().await;
    assert_eq!((counts(&waiting), waiting.is_sample), (vec![("A".into(), 0, 4)], false));
    for event in next(&world).await {
        let last = [(ids[0].as_str(), "A"), (&ids[1], "A"), (&ids[2], "B")];
        world.report(partly(&event, &last)).await;
    }
    let ended = errors().await;
    let expected = vec![("A".into(), 2, 0), ("B".into(), 1, 0)];
    assert_eq!((counts(&ended), ended.is_sample), (expected, false));
    assert!(ended.kinds.iter().all(|kind| kind.message == "it broke"));
}

#[tokio::test]
async fn a_job_is_found_by_the_beginning_of_its_id_open_or_ended() {
    let world = world(1).await;
    let ended = world.fill(&blocks(1, 1)).await;
    let event = world.events().await.remove(0);
    world.report(success(&event)).await;
    world.scavenge().await;
    let open = world.fill(&days(1)).await;
    for job in [ended, open] {
        let beginning = JobId::new(&job.as_str()[..12]).unwrap();
        assert_eq!(jobs::find(&world.manager, &beginning).await.unwrap(), job);
        assert_eq!(shown(&world, &beginning, 0).await.job_id, Some(job));
    }
}

#[tokio::test]
async fn a_preview_has_the_price_of_both_ways() {
    let world = World::of_slots(1).await;
    let with_results = async |job: Value, bytes| {
        let submission = jobs::parse(&world.manager, &job.to_string()).unwrap();
        jobs::preview(&world.manager, &submission, 3, bytes).await.unwrap()
    };
    let preview = async |job| with_results(job, 0).await;
    let in_blocks = preview(blocks(1000, 50)).await;
    assert_eq!((in_blocks.block_size, in_blocks.estimate.items), (50, 20));
    let single = in_blocks.instead.unwrap();
    assert_eq!((single.items, single.invocations), (1000, 2000));
    assert!(in_blocks.estimate.dollars * 45.0 < single.dollars, "{single:?}");
    let alone = preview(days(1000)).await;
    assert_eq!((alone.block_size, alone.estimate), (1, single));
    assert_eq!(alone.instead.unwrap().items, 10, "as blocks of a hundred");
    assert_eq!(preview(days(1)).await.instead, None, "a single task is no block");
    // Results of 50 tasks are 5 KB, written once.
    let with_results = with_results(blocks(1000, 50), 90).await;
    assert_eq!(with_results.estimate.whole, in_blocks.estimate.whole + 20 * 2 * 5);
    assert_eq!(with_results.instead, in_blocks.instead, "one result fits beside its payload");
}

#[tokio::test]
async fn the_id_of_a_block_shows_all_of_its_tasks_with_what_they_produced() {
    let world = World::of_slots(1).await;
    let job = world.fill(&blocks(2, 2)).await;
    let event = world.events().await.remove(0);
    let second = TaskId::of_job(&job, 1).to_string();
    world.report(with(success(&event), json!({ "results": { second: 5 } }))).await;
    let block = show(&world.manager, &TaskId::of_block(&job, 0).into()).await.unwrap();
    assert_eq!((block.member, block.payload.is_null()), (None, true));
    let block = serde_json::to_value(block.block).unwrap();
    let expected = json!({
        "members": "0-1", "tasks": 2, "created_as": "0-1", "halved": 0, "left": [], "results": { "1": 5 },
    });
    assert_eq!(block, expected);
}
