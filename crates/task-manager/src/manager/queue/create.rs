//! Creates single tasks at the end of the queue, for any client. Those of a job are created by
//! [`Jobs::fill`](crate::manager::jobs::Jobs::fill), each batch together with the job's cursor.

use thiserror::Error;

use super::Queue;
use crate::{
    ids::{JobId, LabourerId, TaskId},
    json::{Json, Object},
    manager::labourers::UnknownLabourer,
    queue::{CREATE_MOST, fitting, line_up, without},
    storage::{Store, StoreError, TransactionOutcome},
    task::{
        Task,
        payload::{self, PayloadError},
    },
    transition::Write,
};

/// A task to create.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub labourer_id: LabourerId,
    /// What the labourer receives; anything but an object is wrapped in one.
    pub payload: Json,
    /// Fields that are merged over the payload.
    pub extra: Object,
    /// A random one when absent. [`Queue::create_task`] creates a given one once.
    pub id: Option<TaskId>,
    pub job_id: Option<JobId>,
    /// Refuse a payload with fields that are generated for each task (`task_id`, …)?
    pub strict: bool,
}

impl NewTask {
    /// A task with a random id, in strict mode.
    pub fn new(labourer_id: LabourerId, payload: impl Into<Json>) -> Self {
        Self {
            labourer_id,
            payload: payload.into(),
            extra: Object::new(),
            id: None,
            job_id: None,
            strict: true,
        }
    }
}

/// Why a task was not created. Nothing was written.
#[derive(Debug, Error)]
pub enum CreateError {
    #[error(transparent)]
    Labourer(#[from] UnknownLabourer),
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("task {0} exists already")]
    Exists(TaskId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CreateError {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Labourer(error) => error.name(),
            Self::Payload(_) => "PayloadRefused",
            Self::Exists(_) => "TaskExists",
            Self::Store(error) => error.name(),
        }
    }
}

impl Queue<'_> {
    /// Creates a task at the end of its labourer's queue.
    ///
    /// # Errors
    /// When the labourer is unknown, the payload is refused, the id is taken, or DynamoDB fails.
    pub async fn create_task(self, new: NewTask) -> Result<Task, CreateError> {
        let labourer_id = new.labourer_id.clone();
        let is_named = new.id.is_some();
        let task = self.build(new)?;
        let id = task.id.clone();
        let created = match is_named {
            true => self.create_new(task).await?,
            false => self.create_tasks(&labourer_id, vec![task]).await?.pop(),
        };
        created.ok_or(CreateError::Exists(id))
    }

    /// Creates a task if its id is in none of the tables. A random id never is; for a given one the
    /// creating transaction itself must check all three, since a task moves between two reads.
    async fn create_new(self, mut task: Task) -> Result<Option<Task>, StoreError> {
        let labourer_id = task.labourer_id.clone();
        let newest = self.newest(&labourer_id).await?;
        line_up(
            std::slice::from_mut(&mut task),
            newest,
            self.manager.now(),
            self.manager.config.scale,
        );
        let writes = [
            Write::Queue(Box::new(task.clone())),
            Write::NotParked { labourer_id, id: task.id.clone() },
            Write::NotClosed(task.id.clone()),
        ];
        if self.manager.store.apply(&writes).await? != TransactionOutcome::Applied {
            return Ok(None);
        }
        self.manager.log_meta([(&task, "created")]).await;
        Ok(Some(task))
    }

    /// Checks a task and completes it, except for its place in the queue.
    pub fn build(self, new: NewTask) -> Result<Task, CreateError> {
        self.manager.labourers().get(&new.labourer_id)?;
        let payload = payload::construct(new.payload, new.extra);
        if new.strict {
            payload::refuse_generated(&payload, &new.labourer_id)?;
        }
        let id = new.id.unwrap_or_else(|| TaskId::from_random(self.manager.random.id()));
        let text = payload::to_text(payload, &id, &new.labourer_id)?;
        let now = self.manager.now();
        let mut task = Task::new(id, new.labourer_id, now, Default::default(), text);
        task.job_id = new.job_id;
        task.trace = self.manager.trace.clone();
        task.note(now, "created", &self.manager.author);
        Ok(task)
    }

    /// Creates tasks of one labourer in order, in as few transactions as possible; the end of the
    /// queue is read once. After the first thousand it creates at most 300 a second while attempts of
    /// the labourer are running, else 900 (see [`Pace`](crate::queue::pace::Pace)). Returns the created ones: a task whose id is taken is left out.
    pub async fn create_tasks(
        self,
        labourer: &LabourerId,
        mut tasks: Vec<Task>,
    ) -> Result<Vec<Task>, CreateError> {
        let newest = self.newest(labourer).await?;
        line_up(&mut tasks, newest, self.manager.now(), self.manager.config.scale);
        let (store, mut created) = (self.paced_store(labourer), Vec::with_capacity(tasks.len()));
        let mut left = tasks;
        while !left.is_empty() {
            let rest = left.split_off(fitting(&left).min(CREATE_MOST));
            self.wait_for_pace(labourer, left.len(), || true).await;
            created.extend(self.put_absent(&store, std::mem::replace(&mut left, rest)).await?);
        }
        self.manager.log_meta(created.iter().map(|task| (task, "created"))).await;
        Ok(created)
    }

    /// Puts the tasks of a batch whose ids are not taken.
    async fn put_absent(
        self,
        store: &Store,
        mut batch: Vec<Task>,
    ) -> Result<Vec<Task>, StoreError> {
        loop {
            let writes: Vec<_> = batch.iter().cloned().map(|t| Write::Queue(Box::new(t))).collect();
            match store.apply(&writes).await? {
                TransactionOutcome::Applied => return Ok(batch),
                TransactionOutcome::Refused(taken) => batch = without(batch, &taken),
            }
        }
    }
}
