//! The four functions in their instances, labourers that take time, and the rules that tick.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

use futures::{FutureExt, future::LocalBoxFuture};
use orchestrator::{HealthSource, stay::stay};
use scavenger::{Notifier, Scheduler};
use serde_json::{Value, json, value::RawValue};
use task_manager::{
    TaskManager,
    config::Config,
    jobs::schema::{JobSchemas, Schema},
    json::Json,
    labourer::Labourer,
    resource::Resource,
    storage::StoreError,
};

use tokio::task::{AbortHandle, spawn_local};

use super::{
    cloud::Cloud,
    lambda::{Code, Function, Inbox, Instance},
};

pub const ORCHESTRATOR: &str = "sosw_orchestrator";
pub const SCAVENGER: &str = "sosw_scavenger";
pub const ASSISTANT: &str = "sosw_worker_assistant";
pub const SCHEDULER: &str = Scheduler::FUNCTION;

/// What jobs are chunked by, besides dates.
const ATTRIBUTE: &str = "shop";

/// The time-outs of the template.
const ORCHESTRATE: Duration = Duration::from_secs(120);
const SCAVENGE: Duration = Duration::from_secs(75);
const REPORT: Duration = Duration::from_secs(60);
const JOB: Duration = Duration::from_secs(900);
/// What a function reserves of its time-out to finish what it began.
const MARGIN: Duration = Duration::from_secs(10);
/// How long the turns of an orchestrator's tick may take.
const TURNS: Duration = Duration::from_secs(45);

/// How long an attempt of a labourer takes.
pub type Work = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A stack in a cloud. What it has under way ends when it is dropped.
pub struct Stack {
    pub cloud: Arc<Cloud>,
    config: Arc<Config>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// The managers of the instances of one function.
struct Managers {
    cloud: Arc<Cloud>,
    config: Arc<Config>,
    author: &'static str,
    all: RefCell<HashMap<Instance, TaskManager>>,
}

impl Managers {
    fn of(&self, instance: Instance) -> TaskManager {
        let mut all = self.all.borrow_mut();
        let manager = || self.cloud.manager(&self.config, self.author);
        all.entry(instance).or_insert_with(manager).clone()
    }
}

impl Stack {
    /// Tables and functions of these labourers, whose attempts take as long as `work` says.
    ///
    /// # Errors
    /// When the tables cannot be created.
    pub async fn deploy(
        cloud: &Arc<Cloud>,
        inbox: Inbox,
        labourers: impl IntoIterator<Item = (Labourer, Work)>,
    ) -> Result<Self, StoreError> {
        Self::deploy_sharing(cloud, inbox, None, labourers).await
    }

    /// The same of labourers that share resources.
    ///
    /// # Errors
    /// When the tables cannot be created.
    pub async fn deploy_sharing(
        cloud: &Arc<Cloud>,
        inbox: Inbox,
        resources: impl IntoIterator<Item = Resource>,
        labourers: impl IntoIterator<Item = (Labourer, Work)>,
    ) -> Result<Self, StoreError> {
        let (labourers, works): (Vec<_>, Vec<_>) = labourers.into_iter().unzip();
        let job_schemas = Schema::of([ATTRIBUTE]).map(JobSchemas::single).unwrap_or_default();
        let resources = resources.into_iter().map(|one| (one.id.clone(), one)).collect();
        let config = Config { job_schemas, resources, ..Config::of(labourers.clone()) };
        let config = Arc::new(config);
        let mut stack = Self { cloud: cloud.clone(), config, tasks: Vec::new() };
        stack.client().store().create_tables().await?;
        let mut codes = stack.deploy_functions();
        for (labourer, work) in labourers.into_iter().zip(works) {
            codes.insert(labourer.function.clone(), stack.deploy_labourer(&labourer, work));
        }
        stack.tasks.push(inbox.carry(cloud.lambda.clone(), codes));
        Ok(stack)
    }

    /// A manager for whoever uses the stack.
    pub fn client(&self) -> TaskManager {
        self.cloud.manager(&self.config, "client")
    }

    /// One that looks on, and disturbs nothing.
    pub fn observer(&self) -> TaskManager {
        self.cloud.observer(&self.config)
    }

    /// Lets the rules tick for ever.
    pub fn tick(&mut self) {
        for function in [ORCHESTRATOR, SCAVENGER] {
            let cloud = self.cloud.clone();
            let ticking = spawn_local(async move {
                loop {
                    cloud.next_tick().await;
                    cloud.lambda.accept(function, RawValue::NULL.to_owned());
                }
            });
            self.tasks.push(ticking.abort_handle());
        }
    }

    fn managers(&self, author: &'static str) -> Managers {
        Managers {
            cloud: self.cloud.clone(),
            config: self.config.clone(),
            author,
            all: RefCell::default(),
        }
    }

    fn deploy_functions(&self) -> HashMap<String, Code> {
        self.function(ORCHESTRATOR, ORCHESTRATE, Some(2), 0);
        self.function(SCAVENGER, SCAVENGE, Some(2), 0);
        self.function(ASSISTANT, REPORT, None, 2);
        self.function(SCHEDULER, JOB, None, 2);
        let orchestrate = self.code("orchestrator", |manager, _| {
            async move {
                let (began, unknown) = (manager.now(), HealthSource::unknown());
                let ticked = orchestrator::run(&manager, &unknown, &Json::Null, began + TURNS)
                    .await
                    .map_err(|error| error.to_string())?;
                let until = began + ORCHESTRATE - MARGIN;
                stay(&manager, ticked, began, until, tokio::time::sleep).await;
                Ok(Value::Null)
            }
            .boxed_local()
        });
        let scavenge = self.code("scavenger", |manager, _| {
            async move {
                let (now, nobody) = (manager.now(), Notifier::disabled());
                let until = now + SCAVENGE - MARGIN;
                let scheduler = Scheduler::new(manager.lambda().clone(), SCHEDULER.to_owned());
                let ticked = scavenger::run(&manager, &scheduler, &nobody, &Json::Null, until)
                    .await
                    .map_err(|error| error.to_string())?;
                let until = until.min(now + scavenger::TICK);
                scavenger::due::wait(&manager, ticked, until, tokio::time::sleep).await;
                Ok(Value::Null)
            }
            .boxed_local()
        });
        let assist = self.code("worker_assistant", |manager, event| {
            async move {
                let until = manager.now() + REPORT - MARGIN;
                let manager = manager.patient_until(until);
                let answer = worker_assistant::run(&manager, &event).await;
                answer.map(|_| Value::Null).map_err(|error| error.to_string())
            }
            .boxed_local()
        });
        let schedule = self.code("scheduler", |manager, event| {
            async move {
                let until = manager.now() + JOB - MARGIN;
                let answer = scheduler::run(&manager, &(&*event).into(), None, until).await;
                answer.map(|_| Value::Null).map_err(|error| error.to_string())
            }
            .boxed_local()
        });
        let codes = [
            (ORCHESTRATOR, orchestrate),
            (SCAVENGER, scavenge),
            (ASSISTANT, assist),
            (SCHEDULER, schedule),
        ];
        codes.into_iter().map(|(name, code)| (name.to_owned(), code)).collect()
    }

    /// The code of a function: what it does with the manager of its instance.
    fn code(
        &self,
        author: &'static str,
        work: impl Fn(TaskManager, Box<RawValue>) -> LocalBoxFuture<'static, Result<Value, String>>
        + 'static,
    ) -> Code {
        let managers = self.managers(author);
        Rc::new(move |instance, event| work(managers.of(instance), event))
    }

    fn function(&self, name: &str, timeout: Duration, concurrency: Option<u32>, retries: u32) {
        self.cloud.lambda.deploy(Function {
            name: name.to_owned(),
            timeout,
            cold_start: self.cloud.parameters.cold_start,
            concurrency,
            retries,
            event_age: Duration::from_secs(if retries > 0 { 21_600 } else { 60 }),
            destination: None,
        });
    }

    fn deploy_labourer(&self, labourer: &Labourer, work: Work) -> Code {
        self.cloud.lambda.deploy(Function {
            name: labourer.function.clone(),
            timeout: labourer.duration.unwrap_or(Labourer::UNKNOWN_DURATION),
            cold_start: self.cloud.parameters.labourer_cold_start,
            concurrency: None,
            retries: 0,
            event_age: labourer.event_age.unwrap_or(Duration::from_secs(60)),
            destination: Some(ASSISTANT.to_owned()),
        });
        Rc::new(move |_, _| {
            let time = work();
            async move {
                tokio::time::sleep(time).await;
                Ok(json!({}))
            }
            .boxed_local()
        })
    }
}
