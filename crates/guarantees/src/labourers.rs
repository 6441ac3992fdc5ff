//! Functions at work: labourers that are observed, and the worker assistant they report to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use local::lambda::{Function, FunctionError, RecursiveLoop};
use serde_json::Value;
use task_manager::{TaskManager, manager::attempts::receive::Effect};
use worker_assistant::ReportAnswer;

use crate::{
    wire::TRACE,
    world::{World, assist},
};

/// The name of the worker assistant's function.
pub const ASSISTANT: &str = "assistant";

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Observes labourers at work.
#[derive(Clone, Default)]
pub struct Observer(Arc<Mutex<Observed>>);

#[derive(Default)]
pub struct Observed {
    live: usize,
    /// The most that were at work at once.
    pub most: usize,
    /// What the worker assistant answered, and how often.
    pub effects: BTreeMap<String, usize>,
}

impl Observer {
    pub fn observed(&self) -> Observed {
        let mut observed = self.0.lock().unwrap();
        std::mem::take(&mut *observed)
    }

    async fn shift<T>(&self, work: impl Future<Output = T>) -> T {
        {
            let mut observed = self.0.lock().unwrap();
            observed.live += 1;
            observed.most = observed.most.max(observed.live);
        }
        let done = work.await;
        self.0.lock().unwrap().live -= 1;
        done
    }

    /// One report to the worker assistant, counted by its effect.
    pub async fn report(&self, manager: &TaskManager, report: Value) -> Result<(), FunctionError> {
        let answer = assist(manager, report).await;
        let answer = answer.map_err(|error| FunctionError::new(error.name(), error.to_string()))?;
        let ReportAnswer::One(receipt) = answer else { panic!("one report, {answer:?}") };
        self.count(receipt.outcome);
        Ok(())
    }

    fn count(&self, effect: Effect) {
        let mut observed = self.0.lock().unwrap();
        *observed.effects.entry(format!("{effect:?}")).or_default() += 1;
    }
}

impl World {
    /// The worker assistant as a function, which lives in its invocation's chain of requests as
    /// one with a process of its own does.
    pub fn deploy_assistant(&self, watch: &Observer) {
        let (manager, watch) = (self.manager.clone(), watch.clone());
        let assistant = Function::in_process(ASSISTANT, move |event, context| {
            let (manager, watch) = (manager.clone(), watch.clone());
            TRACE.scope(context.trace_id, async move {
                watch.report(&manager, event).await.map(|()| Value::Null)
            })
        });
        let assistant = assistant.concurrency(1000).timeout(PATIENCE);
        let soon = [Duration::from_millis(50)];
        let assistant = assistant.retry_delays(soon).recursive_loop(RecursiveLoop::Allow);
        self.lambda.deploy(assistant).unwrap();
    }

    /// `worker` does `work` under watch; destinations report how it ends.
    pub fn deploy_worker<F, Fut>(&self, watch: &Observer, work: F)
    where
        F: Fn(Value) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        self.deploy_labourer("worker", watch, work);
    }

    /// The same for the labourer of this name.
    pub fn deploy_labourer<F, Fut>(&self, name: &str, watch: &Observer, work: F)
    where
        F: Fn(Value) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        let watch = watch.clone();
        let function = Function::in_process(name, move |event, context| {
            let (watch, work) = (watch.clone(), work.clone());
            TRACE.scope(context.trace_id, async move { watch.shift(work(event)).await })
        });
        self.lambda.deploy(with_destinations(function).timeout(PATIENCE)).unwrap();
    }
}

/// A function whose attempts are reported to the worker assistant by Lambda itself.
pub fn with_destinations(function: Function) -> Function {
    function.concurrency(1000).retries(0).on_success(ASSISTANT).on_failure(ASSISTANT)
}
