//! A world that lives by the real clock: labourers work for a while, Lambda's destinations report
//! for them, and the orchestrator ticks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};
use guarantees::world::{World, assist, id, labourer, orchestrate};
use local::lambda::Function;
use serde_json::{Value, json};
use task_manager::{
    TaskManager, jobs::message::Message, labourer::Labourer, manager::queue::create::NewTask,
    time::Timestamp,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Time between two ticks of the orchestrator, as in the local mode.
const TICK: Duration = Duration::from_secs(1);

/// The world of one labourer, `worker`.
pub struct Rig {
    pub world: World,
    /// As the world's, with the real clock.
    pub manager: TaskManager,
    /// When attempts started and ended.
    pub attempts: UnboundedReceiver<(Instant, Instant)>,
    /// What Lambda sends to the worker assistant.
    records: UnboundedReceiver<Value>,
}

impl Rig {
    /// With so many slots, and labourers that take `work`.
    pub async fn new(slots: u32, work: Duration) -> Self {
        let worker = Labourer { max_simultaneous_invocations: slots, ..labourer("worker") };
        let world = World::of([worker]).await;
        let manager = world.manager.clone().with_clock(Arc::new(Timestamp::now));
        let (worked, attempts) = unbounded_channel();
        let (sender, records) = unbounded_channel();
        world.lambda.deploy(worker_function(work, worked)).unwrap();
        world.lambda.deploy(messenger(sender)).unwrap();
        Self { world, manager, attempts, records }
    }

    /// Creates so many tasks.
    pub async fn create(&self, count: usize) {
        let worker = id("worker");
        let tasks = (0..count).map(|n| NewTask::new(worker.clone(), json!({ "n": n })));
        let tasks = tasks.map(|new| self.manager.queue().build(new).unwrap()).collect();
        assert_eq!(self.manager.queue().create_tasks(&worker, tasks).await.unwrap().len(), count);
    }

    /// Accepts a job and makes its tasks. None is started before the orchestrator's first tick.
    pub async fn fill(&self, job: &Value) {
        let Ok(Message::Submit(job)) = self.manager.jobs().read_message(&job.clone().into()) else {
            panic!("a good job")
        };
        let snapshot = self.manager.jobs().submit(&job, None).await.unwrap();
        self.manager.jobs().fill(snapshot, || true, async || ()).await.unwrap();
    }

    /// Lets orchestrator and worker assistant do their work until `count` attempts are reported.
    pub async fn run(&mut self, count: usize) {
        let manager = &self.manager;
        let (mut reported, mut reports) = (0, FuturesUnordered::new());
        let mut ticks = tokio::time::interval(TICK);
        let mut tick = Box::pin(async {
            loop {
                ticks.tick().await;
                orchestrate(manager).await;
            }
        });
        while reported < count {
            tokio::select! {
                () = &mut tick => {}
                Some(record) = self.records.recv() => {
                    reports.push(assist(manager, record));
                }
                Some(answer) = reports.next() => {
                    answer.unwrap();
                    reported += 1;
                }
            }
        }
    }
}

fn worker_function(work: Duration, worked: UnboundedSender<(Instant, Instant)>) -> Function {
    let function = Function::in_process("worker", move |_, _| {
        let (start, worked) = (Instant::now(), worked.clone());
        async move {
            if !work.is_zero() {
                tokio::time::sleep(work).await;
            }
            worked.send((start, Instant::now())).unwrap();
            Ok(Value::Null)
        }
    });
    function.concurrency(1000).retries(0).on_success("assistant").on_failure("assistant")
}

fn messenger(sender: UnboundedSender<Value>) -> Function {
    let function = Function::in_process("assistant", move |record, _| {
        sender.send(record).unwrap();
        std::future::ready(Ok(Value::Null))
    });
    function.concurrency(1000)
}
