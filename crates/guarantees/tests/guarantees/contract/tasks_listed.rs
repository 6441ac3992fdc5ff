//! Lists of tasks page by page: each task once, for few reads whatever the size of the tables.

use std::{collections::BTreeSet, time::Duration};

use guarantees::{
    blocks::{blocks, members, partly},
    jobs::days,
    world::{World, id, labourer, report, with},
};
use operator::tasks::{Cursor, Filter, MOST_SEARCHED, TaskPage, TaskState, Whose, errors, search};
use serde_json::{Value, json};
use task_manager::{ids::JobId, labourer::Labourer};

async fn world(slots: u32) -> World {
    let once =
        Labourer { max_attempts: 1, max_simultaneous_invocations: slots, ..labourer("worker") };
    World::of([once]).await
}

fn of_worker(world: &World) -> Whose {
    Whose::Labourer(Box::new(world.manager.labourers().get(&id("worker")).unwrap().clone()))
}

fn in_state(state: TaskState) -> Filter {
    Filter { state: Some(state), ..Filter::default() }
}

async fn fails(world: &World, event: &Value, kind: &str, message: &str) {
    let error = json!({ "error": { "kind": kind, "message": message } });
    world.report(with(report("mark_task_as_failed", event), error)).await;
}

/// All pages with so many tasks each, each begun where a link of the one before it leads.
async fn pages(world: &World, whose: &Whose, filter: &Filter, limit: usize) -> Vec<TaskPage> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = search(&world.manager, whose, filter, after.as_ref(), limit).await.unwrap();
        assert!(page.tasks.len() <= limit && page.read <= MOST_SEARCHED);
        let next = page.next.as_ref().map(|next| next.to_string().parse::<Cursor>().unwrap());
        assert!(next.is_none() || next != after, "it goes on");
        pages.push(page);
        after = next;
        if after.is_none() {
            return pages;
        }
    }
}

fn ids(pages: &[TaskPage]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.tasks).map(|task| task.task_id.to_string()).collect()
}

async fn exhausted(world: &World, job: &JobId) -> u64 {
    world.snapshot(job).await.progress.exhausted
}

/// A job of twelve tasks: of the first ten, six failed, for two reasons, and two wait, as their labourer is paused.
async fn mixed(world: &World) -> JobId {
    let job = world.fill(&days(12)).await;
    let events = world.events().await;
    world.pause(true).await;
    for (place, event) in events.iter().enumerate() {
        world.pass(1.0);
        match place % 5 {
            0 => fails(world, event, "Rare", "Deadlock found in stats").await,
            2 | 4 => fails(world, event, "Often", "timed out").await,
            _ => drop(world.succeed(event).await),
        }
    }
    job
}

#[tokio::test]
async fn pages_of_any_size_show_each_task_of_every_state_once() {
    let world = world(10).await;
    world.pause(false).await;
    let job = world.fill(&days(12)).await;
    let events = world.events().await;
    world.pause(true).await;
    for (place, event) in events.iter().enumerate() {
        world.pass(1.0);
        match place {
            0..4 => fails(&world, event, "Odd", "").await,
            4..7 => drop(world.succeed(event).await),
            _ => {}
        }
    }
    let all: BTreeSet<_> =
        world.everything().await.iter().map(|task| task.id.to_string()).collect();
    assert_eq!(all.len(), 12);
    for whose in [of_worker(&world), Whose::Job(job)] {
        for limit in [1, 2, 5, 12, 50] {
            let pages = pages(&world, &whose, &Filter::default(), limit).await;
            let shown = ids(&pages);
            assert_eq!(shown.len(), 12, "{limit}: each once");
            assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), all);
        }
    }
    for (state, count) in [
        (TaskState::Exhausted, 4),
        (TaskState::Succeeded, 3),
        (TaskState::Running, 3),
        (TaskState::Queued, 2),
        (TaskState::Parked, 0),
    ] {
        let pages = pages(&world, &of_worker(&world), &in_state(state), 2).await;
        assert_eq!(ids(&pages).len(), count, "{state:?}");
        assert!(pages.iter().flat_map(|page| &page.tasks).all(|task| task.state == state));
    }
}

#[tokio::test]
async fn a_page_that_is_full_to_the_last_task_has_no_next_one() {
    let world = world(10).await;
    mixed(&world).await;
    let failed = in_state(TaskState::Exhausted);
    let page = search(&world.manager, &of_worker(&world), &failed, None, 6).await.unwrap();
    assert_eq!((page.tasks.len(), page.next), (6, None));
}

#[tokio::test]
async fn tasks_are_found_by_kind_by_text_and_by_age() {
    let world = world(10).await;
    let job = mixed(&world).await;
    let failed = in_state(TaskState::Exhausted);
    let count = async |filter: &Filter| {
        let of_job = ids(&pages(&world, &Whose::Job(job.clone()), filter, 2).await).len();
        let of_labourer = ids(&pages(&world, &of_worker(&world), filter, 2).await).len();
        assert_eq!(of_job, of_labourer);
        of_job
    };
    assert_eq!(count(&failed).await, 6);
    assert_eq!(count(&Filter { kind: Some("Rare".into()), ..failed.clone() }).await, 2);
    assert_eq!(count(&Filter { text: Some("deadlock FOUND".into()), ..failed.clone() }).await, 2);
    assert_eq!(count(&Filter { text: Some("no such text".into()), ..failed.clone() }).await, 0);
    let (now, five) = (world.now(), Duration::from_secs(5));
    let late = Filter { since: Some(now - Duration::from_secs(4)), ..failed.clone() };
    let early = Filter { before: Some(now - five), ..failed };
    assert_eq!(count(&late).await + count(&early).await, 6);
    assert_eq!(count(&late).await, 3, "the sixth, the eighth and the tenth");
    let queued = in_state(TaskState::Queued);
    assert_eq!(count(&Filter { since: Some(now), ..queued.clone() }).await, 0);
    assert_eq!(count(&Filter { before: Some(now), ..queued }).await, 2);
}

#[tokio::test]
async fn a_page_of_recent_tasks_can_be_gone_on_with_when_its_last_task_is_not_recent_any_more() {
    let world = world(10).await;
    mixed(&world).await;
    let failed = in_state(TaskState::Exhausted);
    let recent = || Filter { since: Some(world.now() - Duration::from_secs(60)), ..failed.clone() };
    let whose = of_worker(&world);
    let page = search(&world.manager, &whose, &recent(), None, 2).await.unwrap();
    world.pass(3600.0);
    let next = search(&world.manager, &whose, &recent(), page.next.as_ref(), 2).await.unwrap();
    assert_eq!((page.tasks.len(), next.tasks.len(), next.next), (2, 0, None));
}

#[tokio::test]
async fn the_failed_tasks_of_a_job_are_found_without_those_of_other_jobs() {
    let world = world(10).await;
    let first = mixed(&world).await;
    world.pause(false).await;
    let second = world.fill(&with(days(3), json!({ "name": "another" }))).await;
    world.orchestrate().await;
    for event in world.events().await {
        fails(&world, &event, "Late", "").await;
    }
    let failed = in_state(TaskState::Exhausted);
    let counts = [exhausted(&world, &first).await, exhausted(&world, &second).await];
    assert_eq!(counts.iter().sum::<u64>(), world.counts("worker").await.exhausted);
    for (job, count) in [first, second].into_iter().zip(counts) {
        assert!(count >= 3);
        let pages = pages(&world, &Whose::Job(job.clone()), &failed, 4).await;
        let tasks: Vec<_> = pages.iter().flat_map(|page| &page.tasks).collect();
        assert!(tasks.iter().all(|task| task.job_id.as_ref() == Some(&job)));
        assert_eq!(tasks.len() as u64, count);
        let is_numbered = |name: &str| name.starts_with(&format!("{job}#"));
        assert!(tasks.iter().all(|task| is_numbered(&task.name().to_string())));
    }
}

#[tokio::test]
async fn pieces_of_a_block_are_listed_once_each_whatever_the_size_of_a_page() {
    let world = world(10).await;
    let job = world.fill(&blocks(12, 6)).await;
    let events = world.events().await;
    let in_block = members(&events[0]);
    let failed =
        [(in_block[0].as_str(), "A"), (in_block[2].as_str(), "B"), (in_block[4].as_str(), "C")];
    world.report(partly(&events[0], &failed)).await;
    let all: BTreeSet<_> =
        world.everything().await.iter().map(|task| task.id.to_string()).collect();
    assert_eq!(all.len(), 5, "three pieces, what succeeded, and the other block");
    for limit in [1, 2, 3, 50] {
        let shown = ids(&pages(&world, &Whose::Job(job.clone()), &Filter::default(), limit).await);
        assert_eq!((shown.len(), shown.into_iter().collect()), (5, all.clone()), "{limit}");
    }
}

#[tokio::test]
async fn a_page_costs_few_reads_and_no_write_however_many_tasks_there_are() {
    let world = world(1).await;
    let job = world.fill(&days(1500)).await;
    let (whose, queued) = (of_worker(&world), in_state(TaskState::Queued));
    let calls = async |whose: &Whose, filter: &Filter, after: Option<&Cursor>| {
        world.wire.calls();
        let page = search(&world.manager, whose, filter, after, 50).await.unwrap();
        let calls = world.wire.calls();
        assert!(calls.iter().all(|call| !call.is_write()));
        (calls.len(), page)
    };
    let (few, page) = calls(&whose, &queued, None).await;
    assert_eq!((page.tasks.len(), few), (50, 3), "the row, a page of the index, the tasks");
    let (few, page) = calls(&whose, &queued, page.next.as_ref()).await;
    assert_eq!((page.tasks.len(), few), (50, 3));
    let selective = Filter { text: Some("nowhere".into()), ..queued.clone() };
    let (more, page) = calls(&whose, &selective, None).await;
    assert_eq!((page.tasks.len(), page.read), (0, MOST_SEARCHED));
    assert!(page.next.is_some() && more <= 15, "{more}");
    let (more, page) = calls(&Whose::Job(job), &selective, None).await;
    assert_eq!((page.read, page.next.is_some()), (MOST_SEARCHED, true));
    assert!(more <= 25, "{more}");
}

#[tokio::test]
async fn the_failures_of_a_labourer_are_counted_by_kind_across_its_jobs() {
    let world = world(10).await;
    mixed(&world).await;
    world.pause(false).await;
    world.create_numbered(1).await;
    world.orchestrate().await;
    for event in world.events().await.iter().filter(|event| event.get("n").is_some()) {
        fails(&world, event, "Rare", "alone").await;
    }
    world.wire.calls();
    let found = errors(&world.manager, &id("worker")).await.unwrap();
    assert!(world.wire.calls().len() <= 4);
    let kinds: Vec<_> = found.kinds.iter().map(|kind| (kind.kind.as_str(), kind.failed)).collect();
    assert_eq!((kinds, found.is_sample), (vec![("Often", 4), ("Rare", 3)], false));
    assert_eq!(found.kinds[1].message, "alone");
}
