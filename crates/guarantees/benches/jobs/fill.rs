//! A job is submitted and filled, in tables of its own.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use serde_json::json;
use task_manager::{
    TaskManager,
    clients::Clients,
    config::Config,
    ids::TaskId,
    jobs::{
        job::{Job, JobSnapshot},
        message::Message,
    },
    queue::CREATE_MOST,
};

use guarantees::process::peak_memory;

use crate::{network::held_back, pace::Pace};

/// Tasks that are looked at in the table afterwards.
const SAMPLE: u64 = 1000;

/// How much is done.
#[derive(Clone, Copy)]
pub struct Extent {
    /// Tasks that the job has, rounded up to thousands.
    pub tasks: u64,
    /// How many of them are one block.
    pub block: u64,
    /// Tasks after which it stops, or a few later.
    pub made: u64,
}

/// How it went.
pub struct Filled {
    /// Tasks that the job has.
    pub total: u64,
    /// Tasks that were made.
    pub made: u64,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// How its speed changed.
    pub pace: Pace,
    /// The most memory that was held, in KB.
    pub peak_memory: u64,
    /// From the place of the last task to now, where places end, in seconds.
    pub room: f64,
}

impl Filled {
    /// Tasks made in a second.
    pub fn rate(&self) -> f64 {
        self.made as f64 / self.seconds
    }
}

/// Fills a job, with the work of these processes measured.
pub async fn run(endpoint: &str, delay: Duration, workers: Vec<u32>, extent: Extent) -> Filled {
    let manager = manager(endpoint, delay).await;
    let snapshot = submit(&manager, extent).await;
    let pace = Pace::start(workers);
    let may_go_on = || (pace.batches() * CREATE_MOST as u64 * extent.block) < extent.made;
    let snapshot = manager.jobs().fill(snapshot, may_go_on, async || pace.note()).await.unwrap();
    let (seconds, peak_memory, total) = (pace.seconds(), peak_memory(), snapshot.progress.total);
    let room = room_in_order(&manager, &snapshot.job, total);
    assert_places(&manager, &snapshot).await;
    Filled { total, made: snapshot.progress.made, seconds, pace, peak_memory, room }
}

async fn submit(manager: &TaskManager, extent: Extent) -> JobSnapshot {
    let job = json!({
        "lambda_name": "worker", "isolate_days": true, "isolate_shops": true,
        "period": format!("last_{}_days", extent.tasks.div_ceil(1000)),
        "shops": (0..1000).collect::<Vec<_>>(),
        "tasks_per_invocation": extent.block,
    });
    let Ok(Message::Submit(submission)) = manager.jobs().read_message(&job.into()) else {
        panic!("a good job")
    };
    manager.jobs().submit(&submission, None).await.unwrap()
}

/// What is left between the last task's place and now. All places rise with the tasks' numbers.
fn room_in_order(manager: &TaskManager, job: &Job, total: u64) -> f64 {
    let (places, now) = (job.places.unwrap(), manager.now().seconds());
    let mut last = f64::MIN;
    for n in 0..total {
        let place = places.of(n).0;
        assert!(last < place && place < now, "task {n}");
        last = place;
    }
    now - last
}

/// Tasks that were made stand in the table where they should, whichever range made them.
async fn assert_places(manager: &TaskManager, snapshot: &JobSnapshot) {
    let places = snapshot.job.places.unwrap();
    for range in &snapshot.ranges {
        let block = snapshot.job.block_size;
        let step = (range.made() / SAMPLE).max(1).next_multiple_of(block) as usize;
        let made = range.from..range.cursor;
        for n in made.step_by(step) {
            let task = manager.queue().task(&snapshot.job.id_of(n)).await.unwrap().unwrap();
            assert_eq!(task.greenfield, places.of(n));
        }
    }
}

async fn manager(endpoint: &str, delay: Duration) -> TaskManager {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .http_client(held_back(delay))
        .endpoint_url(endpoint)
        .load()
        .await;
    let clients = Clients {
        dynamodb: aws_sdk_dynamodb::Client::new(&shared),
        lambda: aws_sdk_lambda::Client::new(&shared),
        shared,
    };
    let config = Config::from_json(json!({
        "labourers": { "worker": {} },
        "job_schema": { "chunkable_attrs": ["shop"] },
    }));
    let (mut config, _) = config.unwrap();
    // Tables of this run's own, whatever the endpoint keeps.
    let run = TaskId::from_random(rand::random());
    for name in [&mut config.names.tasks, &mut config.names.jobs] {
        *name = format!("{run}-{name}");
    }
    let manager = TaskManager::new(&clients, Arc::new(config), "bench").unpaced();
    manager.store().create_tables().await.unwrap();
    manager
}
