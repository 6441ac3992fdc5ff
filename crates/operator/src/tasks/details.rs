//! Everything about a task or block.

use serde::Serialize;
use serde_json::{Map, Value};
use task_manager::{
    ids::{JobId, LabourerId, TaskId},
    json::Json,
    task::{Task, TaskError, request::Request},
    time::Timestamp,
};

use super::{BlockDetails, MemberDetails, TaskName, TaskState};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskDetails {
    pub task_id: TaskId,
    pub labourer_id: LabourerId,
    pub job_id: Option<JobId>,
    pub state: TaskState,
    /// Attempts begun, a live one included.
    pub attempts: u32,
    pub created_at: Option<Timestamp>,
    /// When it leaves the retry table.
    pub due_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// What its labourer receives; a string if it is not JSON. A block has none: they follow from its job.
    pub payload: Json,
    /// `stats` of its report.
    pub stats: Map<String, Value>,
    /// `result` of its report.
    pub result: Map<String, Value>,
    /// The invocations of attempts that were reported with them, newest last.
    pub requests: Vec<Request>,
    /// What went wrong, newest last.
    pub errors: Vec<TaskError>,
    /// What happened, when, by whom; newest last.
    pub history: Vec<String>,
    /// What could not be read in its item.
    pub defects: Vec<String>,
    /// If it is a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<BlockDetails>,
    /// The task of the block that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberDetails>,
    /// Its number in its job, if it was found by it, and is no block.
    #[serde(skip)]
    pub number: Option<u64>,
    /// For people: the part of its payload that distinguishes it from other tasks, in one line.
    #[serde(skip)]
    pub gist: String,
}

impl TaskDetails {
    /// Its shortest name that is known: `JOB#7`, or its id.
    pub fn name(&self) -> TaskName {
        match (&self.job_id, self.number) {
            (Some(job), Some(number)) => TaskName::OfJob(job.clone(), number),
            _ => TaskName::Id(self.task_id.clone()),
        }
    }

    /// How many tasks it stands for: those of a block each.
    pub fn size(&self) -> u64 {
        self.block.as_ref().map_or(1, |block| block.tasks)
    }

    /// The time that matters in its state, and what it is: `due`, `closed` or `created`.
    pub fn when(&self) -> (&'static str, Option<Timestamp>) {
        match self.state {
            TaskState::Parked => ("due", self.due_at),
            state if state.is_closed() => ("closed", self.closed_at),
            _ => ("created", self.created_at),
        }
    }

    /// What happened and by whom, oldest first, each with its time, if that can be read.
    pub fn events(&self) -> impl Iterator<Item = (Option<Timestamp>, &str)> {
        self.history.iter().map(|entry| {
            let parts = entry.split_once(' ');
            let read = parts.and_then(|(at, what)| Some((at.parse::<f64>().ok()?, what)));
            match read {
                Some((at, what)) => (Some(Timestamp::from_seconds(at)), what),
                None => (None, entry.as_str()),
            }
        })
    }

    pub(super) fn new(state: TaskState, task: Task) -> Self {
        Self {
            state,
            attempts: task.attempts,
            created_at: task.created_at,
            due_at: task.due_at,
            closed_at: task.closed.map(|closed| closed.at),
            payload: payload(&task),
            stats: task.stats(),
            result: task.result(),
            gist: gist_of(&task),
            block: task.block.as_deref().map(BlockDetails::from),
            member: None,
            number: None,
            task_id: task.id,
            labourer_id: task.labourer_id,
            job_id: task.job_id,
            requests: task.requests,
            errors: task.errors,
            history: task.history,
            defects: task.defects,
        }
    }
}

fn payload(task: &Task) -> Json {
    let text = task.payload_text();
    match &task.block {
        Some(_) => Json::Null,
        None => Json::parse(text).unwrap_or_else(|_| text.into()),
    }
}

/// What distinguishes a block from others are the tasks that it stands for.
fn gist_of(task: &Task) -> String {
    match task.members() {
        Some(members) if members.len() == 1 => format!("task {members} of its job"),
        Some(members) => format!("{} tasks: {members}", members.len()),
        None => gist(task.payload_text()),
    }
}

/// What a task was chunked by comes last in its payload, and how its job was chunked is the same in
/// all of them.
fn gist(payload: &str) -> String {
    let Ok(Json::Object(fields)) = Json::parse(payload) else {
        return payload.to_owned();
    };
    let differs = |name: &str| !name.starts_with("isolate_") && !name.starts_with("max_");
    let fields = fields.iter().rev().filter(|(name, _)| differs(name));
    let fields = fields.map(|(name, value)| format!("{name}={}", plain(value)));
    fields.collect::<Vec<_>>().join(" ")
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use task_manager::{attributes::Item, greenfield::Greenfield, ids::RequestId};

    use super::*;

    #[test]
    fn scripts_find_every_field_of_a_task_under_its_name_and_no_other() {
        let id = |name: &str| TaskId::new(name).unwrap();
        let at = Timestamp::from_seconds;
        let worker = LabourerId::new("worker").unwrap();
        let mut task = Task::new(id("t1"), worker, at(5.5), Greenfield(2.0), "[1]".into());
        let request = Request { attempt: Some(1), id: RequestId::new("8f3c").unwrap() };
        task.add_request(request);
        task.others = Item::from([
            ("stat_rows".to_owned(), task_manager::attributes::n(7)),
            ("result_url".to_owned(), task_manager::attributes::s("s3://b")),
            ("arn".to_owned(), task_manager::attributes::s("x")),
        ]);
        let details = TaskDetails::new(TaskState::Queued, task);
        let expected = json!({
            "task_id": "t1",
            "labourer_id": "worker",
            "job_id": null,
            "state": "queued",
            "attempts": 0,
            "created_at": 5.5,
            "due_at": null,
            "closed_at": null,
            "payload": [1],
            "stats": { "rows": 7 },
            "result": { "url": "s3://b" },
            "requests": [{ "attempt": 1, "id": "8f3c" }],
            "errors": [],
            "history": [],
            "defects": [],
        });
        assert_eq!(serde_json::to_string(&details).unwrap(), expected.to_string());
    }

    #[test]
    fn what_happened_is_told_from_its_time_if_that_can_be_read() {
        let (id, worker) = (TaskId::new("t1").unwrap(), LabourerId::new("worker").unwrap());
        let at = Timestamp::from_seconds(1_800_000_000.5);
        let mut task = Task::new(id, worker, at, Greenfield(2.0), "{}".into());
        task.note(at, "requeued", "scavenger");
        task.history.push("of another version".to_owned());
        let details = TaskDetails::new(TaskState::Queued, task);
        let events: Vec<_> = details.events().collect();
        assert_eq!(events, [(Some(at), "requeued by scavenger"), (None, "of another version")]);
    }

    #[test]
    fn the_gist_of_a_payload_is_what_its_task_was_chunked_by() {
        let payload = r#"{"isolate_words":true,"max_n_per_batch":2,"date_list":["2026-11-21"],"words":["a","b"]}"#;
        assert_eq!(gist(payload), "words=a,b date_list=2026-11-21");
        assert_eq!(gist("no JSON"), "no JSON");
    }
}
