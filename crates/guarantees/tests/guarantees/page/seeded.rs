//! A stack in which everything is that a page can show, by the names and texts of somebody who tries to break
//! pages.

use guarantees::world::{World, failure, id, report, success, with};
use operator::{jobs, pause, resources};
use serde_json::{Value, json};
use task_manager::{
    config::Config,
    ids::{JobId, ResourceId},
    task::Task,
};

use guarantees::items::In;

/// A script wherever a name or a text may be.
pub const SCRIPT: &str = "<script>alert('sosw')</script>";
/// A labourer's name, which has no white space.
pub const ODD_NAME: &str = "<script>alert(1)</script>";
/// A resource's.
pub const ODD_RESOURCE: &str = "<script>alert(2)</script>";

/// Minutes of history.
const MINUTES: usize = 40;

pub struct Seeded {
    pub world: World,
    pub jobs: Jobs,
    /// A task of the job that failed, whose error is a script.
    pub failed: Task,
    /// One of no job that failed.
    pub single: Task,
    /// One that is tried again later.
    pub parked: Task,
    /// One that runs.
    pub running: Task,
    /// One that waits in the queue of a labourer that is paused.
    pub queued: Task,
    pub succeeded: Task,
}

/// A job of each kind.
pub struct Jobs {
    pub open: JobId,
    pub succeeded: JobId,
    /// With failures of three kinds.
    pub failed: JobId,
    pub cancelled: JobId,
    /// Its time has not come.
    pub later: JobId,
    /// Of a labourer that is paused.
    pub paused: JobId,
    pub in_blocks: JobId,
}

fn config() -> Config {
    let config = json!({
        "labourers": {
            "resize": { "max_simultaneous_invocations": 4, "duration": 60, "cooldown": 30 },
            "import": { "max_simultaneous_invocations": 12, "max_attempts": 1, "duration": 60, "cooldown": 30 },
            "mail": {
                "max_simultaneous_invocations": 2, "duration": 60, "cooldown": 30, "uses": { "smtp": 1 },
            },
            "geocode": {
                "max_simultaneous_invocations": 8, "duration": 60, "cooldown": 30,
                "max_attempts": 100, "breaker": {},
            },
            "thumbnails": {
                "max_simultaneous_invocations": 2, "duration": 60, "cooldown": 30, "uses": { ODD_RESOURCE: 2 },
            },
            "nightly-report-of-everything-that-was-sold-in-all-shops": {},
            ODD_NAME: {
                "arn": "odd", "max_simultaneous_invocations": 1, "duration": 60, "cooldown": 30,
                "uses": { ODD_RESOURCE: 1 },
            },
        },
        "resources": {
            ODD_RESOURCE: { "permits": 6 },
            "smtp": { "rate": { "limit": 90, "per_seconds": 10, "burst": 4 } },
        },
        "job_schema": { "chunkable_attrs": ["album"] },
    });
    Config::from_json(config).unwrap().0
}

fn job(labourer: &str, days: u32, more: Value) -> Value {
    let job = json!({
        "lambda_name": labourer, "period": format!("last_{days}_days"), "isolate_days": true,
    });
    with(job, more)
}

fn error(event: &Value, kind: &str, message: &str) -> Value {
    with(
        report("mark_task_as_failed", event),
        json!({ "error": { "kind": kind, "message": message } }),
    )
}

/// How an attempt ends, if it ends in this minute.
fn end(event: &Value, place: usize) -> Option<Value> {
    match event["labourer_id"].as_str().unwrap() {
        "geocode" => Some(failure(event)),
        "import" if event.to_string().contains("single") => Some(failure(event)),
        "import" => match place % 6 {
            0 => Some(error(event, "TimeoutError", "the shop did not answer within 30 s")),
            1 => Some(error(event, SCRIPT, &format!("{SCRIPT} is not a number"))),
            2 => Some(error(event, "KeyError", &format!("'{}'", "price_of_".repeat(60)))),
            _ => Some(success(event)),
        },
        ODD_NAME => None,
        _ => Some(with(success(event), json!({ "result": { "resized": 12, "note": SCRIPT } }))),
    }
}

/// A minute of work: what is due starts, most of it ends.
async fn minute(world: &World) {
    world.pass(45.0);
    world.orchestrate_and_record().await;
    world.pass(15.0);
    for (place, event) in world.events().await.iter().enumerate() {
        if let Some(report) = end(event, place) {
            world.report(report).await;
        }
    }
    world.scavenge().await;
}

impl Seeded {
    pub async fn new() -> Self {
        let world = World::with(config()).await;
        world.deploy_scheduler();
        let succeeded = world.fill(&job("resize", 3, json!({}))).await;
        let failed = world.fill(&job("import", 12, json!({ "note": SCRIPT }))).await;
        let cancelled = world.fill(&job("resize", 300, json!({}))).await;
        jobs::cancel(&world.manager, &cancelled).await.unwrap();
        world.create("geocode", (0..40).map(|n| json!({ "n": n }))).await;
        world.create("import", [json!({ "note": SCRIPT, "single": true })]).await;
        let open = world.fill(&job("resize", 300, json!({}))).await;
        let in_blocks = json!({ "tasks_per_invocation": 100 });
        let in_blocks = world.fill(&job("thumbnails", 9_000, in_blocks)).await;
        for _ in 0..MINUTES {
            minute(&world).await;
        }
        // Late enough to be at work at the end.
        world.create(ODD_NAME, [json!({ "text": SCRIPT }), json!({ "text": "second" })]).await;
        minute(&world).await;
        let mail = world.manager.labourers().get(&id("mail")).unwrap();
        let why = Some("the provider asked for it");
        pause::pause(&world.manager, mail, None, why).await.unwrap();
        let smtp = ResourceId::new("smtp").unwrap();
        let why = Some("its certificate has ended");
        resources::pause(&world.manager, &smtp, None, why).await.unwrap();
        let paused = world.fill(&job("mail", 5, json!({}))).await;
        let later = world.fill(&job("mail", 5, json!({ "delay": "3h" }))).await;
        minute(&world).await;
        let jobs = Jobs { open, succeeded, failed, cancelled, later, paused, in_blocks };
        Self::found(world, jobs).await
    }

    /// Goes on for a minute.
    pub async fn minute(&self) {
        minute(&self.world).await;
    }

    /// Takes tasks of each state from the tables.
    async fn found(world: World, jobs: Jobs) -> Self {
        let (open, closed) = (world.all(In::Tasks).await, world.all(In::Closed).await);
        let one = |tasks: &[Task], which: &dyn Fn(&Task) -> bool| {
            tasks.iter().find(|task| which(task)).expect("it was seeded").clone()
        };
        let kind = |task: &Task| task.errors.last().is_some_and(|error| error.kind == SCRIPT);
        Self {
            failed: one(&closed, &|task| kind(task) && task.job_id.is_some()),
            single: one(&closed, &|task| task.labourer_id == id("import") && task.job_id.is_none()),
            succeeded: one(&closed, &|task| task.job_id.as_ref() == Some(&jobs.succeeded)),
            parked: one(&world.all(In::Retry).await, &|task| task.labourer_id == id("geocode")),
            running: one(&open, &|task| {
                task.labourer_id == id(ODD_NAME) && task.payload_text().contains("script")
            }),
            queued: one(&open, &|task| task.job_id.as_ref() == Some(&jobs.paused)),
            world,
            jobs,
        }
    }
}
