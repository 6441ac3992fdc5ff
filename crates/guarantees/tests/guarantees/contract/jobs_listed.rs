//! Jobs page by page: each once, for few reads.

use guarantees::{
    jobs::days,
    world::{World, id, with},
};
use operator::jobs::{JobFilter, JobPage, browse};
use serde_json::json;
use task_manager::{ids::JobId, jobs::job::JobState};

/// Seven jobs that ended one after the other, the third and sixth as cancelled, and two open ones.
async fn world() -> (World, Vec<JobId>) {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let mut ids = Vec::new();
    for number in 0..9 {
        world.pass(10.0);
        let job = world.fill(&with(days(1), json!({ "number": number }))).await;
        match number {
            7.. => {}
            2 | 5 => {
                world.manager.jobs().cancel(&job).await.unwrap();
                for event in world.events().await {
                    world.succeed(&event).await;
                }
            }
            _ => {
                for event in world.events().await {
                    world.succeed(&event).await;
                }
            }
        }
        world.advance_jobs().await;
        ids.push(job);
    }
    (world, ids)
}

async fn ended(world: &World, filter: &JobFilter, limit: usize) -> Vec<JobId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page: JobPage = browse(&world.manager, filter, after.as_deref(), limit).await.unwrap();
        assert!(page.ended.len() <= limit && page.open.len() <= limit);
        assert_eq!(page.open.is_empty(), after.is_some() || filter.state.is_some());
        found.extend(page.ended.into_iter().map(|job| job.job_id));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn every_ended_job_is_on_one_page_the_latest_first() {
    let (world, ids) = world().await;
    let expected: Vec<_> = ids[..7].iter().rev().cloned().collect();
    for limit in [1, 3, 7, 50] {
        assert_eq!(ended(&world, &JobFilter::default(), limit).await, expected, "{limit}");
        let of_worker = JobFilter { labourer: Some(id("worker")), state: None };
        assert_eq!(ended(&world, &of_worker, limit).await, expected, "{limit}");
        let cancelled = JobFilter { labourer: None, state: Some(JobState::Cancelled) };
        let expected = [ids[5].clone(), ids[2].clone()];
        assert_eq!(ended(&world, &cancelled, limit).await, expected, "{limit}");
    }
}

#[tokio::test]
async fn open_jobs_come_first_the_newest_of_them_first() {
    let (world, ids) = world().await;
    let page = browse(&world.manager, &JobFilter::default(), None, 5).await.unwrap();
    let open: Vec<_> = page.open.iter().map(|job| job.job_id.clone()).collect();
    assert_eq!((open, page.has_more_open), (vec![ids[8].clone(), ids[7].clone()], false));
    let page = browse(&world.manager, &JobFilter::default(), None, 1).await.unwrap();
    assert_eq!((page.open.len(), page.has_more_open), (1, true));
    let nobody = JobFilter { labourer: Some(id("nobody")), state: None };
    assert_eq!(browse(&world.manager, &nobody, None, 5).await.unwrap(), JobPage::default());
}

#[tokio::test]
async fn a_page_of_jobs_costs_a_read_for_each_that_is_shown_and_few_more() {
    let (world, _) = world().await;
    world.wire.calls();
    browse(&world.manager, &JobFilter::default(), None, 3).await.unwrap();
    let calls = world.wire.calls();
    assert!(calls.iter().all(|call| !call.is_write()));
    assert_eq!(calls.len(), 3 + 2 + 3, "three for the lists, and one for each job");
}
