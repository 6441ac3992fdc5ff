//! Jobs of the tests, and the functions that work on them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use scheduler::JobAnswer;
use serde_json::{Value, json};
use task_manager::{
    attributes::Item,
    ids::{JobId, TaskId},
    jobs::job::JobSnapshot,
    manager::jobs::JobError,
    storage::item,
    task::Task,
};

use crate::{
    items::In,
    world::{World, keeper, with},
};

/// A job of `worker` with that many tasks.
pub fn days(count: u32) -> Value {
    json!({ "lambda_name": "worker", "period": format!("last_{count}_days"), "isolate_days": true })
}

/// The same with a key.
pub fn keyed(count: u32) -> Value {
    with(days(count), json!({ "idempotency_key": "the one" }))
}

/// What the scheduler's function was sent.
pub type SentEvents = Arc<Mutex<Vec<Value>>>;

impl World {
    /// A message to the scheduler, which has a minute's time.
    pub async fn schedule(&self, message: &Value) -> Result<JobAnswer, JobError> {
        scheduler::run(&self.manager, &message.clone().into(), None, self.soon()).await
    }

    /// A job that is accepted and filled: its id.
    pub async fn fill(&self, job: &Value) -> JobId {
        self.schedule(job).await.unwrap().job_id
    }

    pub async fn snapshot(&self, id: &JobId) -> JobSnapshot {
        self.manager.jobs().get(id).await.unwrap()
    }

    /// A function of the scheduler's name that keeps its messages.
    pub fn deploy_scheduler(&self) -> SentEvents {
        let sent = SentEvents::default();
        self.lambda.deploy(keeper(scavenger::Scheduler::FUNCTION, sent.clone())).unwrap();
        sent
    }

    /// A tick of the scavenger that can start the scheduler; returns its tally of jobs.
    pub async fn advance_jobs(&self) -> Value {
        let client = self.clients.lambda.clone();
        let scheduler = scavenger::Scheduler::new(client, scavenger::Scheduler::FUNCTION);
        let nobody = scavenger::Notifier::disabled();
        let tally = scavenger::jobs::advance(&self.manager, &scheduler, &nobody, self.soon())
            .await
            .unwrap();
        self.lambda.idle().await;
        serde_json::to_value(tally).unwrap()
    }

    /// Every task of a table.
    pub async fn all(&self, table: In) -> Vec<Task> {
        let (name, fields) = (self.table(table), &self.manager.config().names.fields);
        let items = self.items(&name).await;
        items.into_iter().map(|found| item::to(found, &name, fields).unwrap()).collect()
    }

    /// Every item of the table of this name.
    pub async fn items(&self, table: &str) -> Vec<Item> {
        let pages = self.clients.dynamodb.scan().table_name(table).consistent_read(true);
        let items = pages.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        items.unwrap()
    }

    /// Each of the job's `count` tasks is in one of the tables, and nothing else is in any.
    pub async fn assert_made_once(&self, job: &JobId, count: u64) {
        let mut tasks = Vec::new();
        for table in [In::Tasks, In::Retry, In::Closed] {
            tasks.extend(self.all(table).await);
        }
        let mut ids: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
        let mut expected: Vec<_> = (0..count).map(|n| TaskId::of_job(job, n)).collect();
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected);
        let days: BTreeSet<_> = tasks.iter().map(day).collect();
        assert_eq!(days.len() as u64, count);
        assert_eq!(self.snapshot(job).await.progress.made, count);
    }
}

/// The day of a task.
pub fn day(task: &Task) -> String {
    let payload: Value = serde_json::from_str(task.payload_text()).unwrap();
    payload["date_list"][0].as_str().unwrap().to_owned()
}
