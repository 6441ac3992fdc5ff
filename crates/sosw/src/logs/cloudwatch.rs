//! The commands that read a task's output in CloudWatch Logs: the functions of a stack log there, and sosw has
//! no copy.

use operator::{
    TaskId, Timestamp,
    tasks::{Request, TaskDetails},
};
use serde::Serialize;

/// Lines may reach CloudWatch this much later than the report of their attempt.
const LATE: f64 = 300.0;

#[derive(Debug, Serialize)]
pub struct Queries {
    log_group: String,
    /// The oldest first.
    requests: Vec<Query>,
    /// Finds what names the task, as of attempts of which no invocation is known.
    by_task: String,
}

/// Finds what names an invocation.
#[derive(Debug, Serialize)]
struct Query {
    /// Unknown of an attempt that was reported while a newer one was live.
    attempt: Option<u32>,
    request_id: String,
    command: String,
}

impl Queries {
    /// Those of a task whose labourer is this function. Unless its template says otherwise, a function logs to
    /// the group of its name.
    pub fn new(task: &TaskDetails, function: &str, now: Timestamp) -> Self {
        let end = task.closed_at.unwrap_or(now).seconds() + LATE;
        let period = task.created_at.map(|from| (from, Timestamp::from_seconds(end)));
        Self::within(period, &task.task_id, &task.requests, function)
    }

    fn within(
        period: Option<(Timestamp, Timestamp)>,
        task: &TaskId,
        requests: &[Request],
        function: &str,
    ) -> Self {
        let log_group = format!("/aws/lambda/{function}");
        let find = |what: &str| {
            let mut command = format!(
                "aws logs filter-log-events --log-group-name {log_group} --filter-pattern '\"{what}\"'"
            );
            if let Some((from, to)) = period {
                command += &format!(" --start-time {} --end-time {}", millis(from), millis(to));
            }
            command
        };
        let requests = requests.iter().map(|request| Query {
            attempt: request.attempt,
            request_id: request.id.to_string(),
            command: find(request.id.as_str()),
        });
        let requests = requests.collect();
        Self { requests, by_task: find(task.as_str()), log_group }
    }

    pub fn as_text(&self) -> String {
        let mut lines =
            vec![format!("Its labourer logs to {} of CloudWatch Logs.", self.log_group)];
        for Query { attempt, request_id, command } in &self.requests {
            let attempt = attempt.map_or("an older attempt".to_owned(), |n| format!("attempt {n}"));
            lines.push(format!("{attempt}, request {request_id}:\n  {command}"));
        }
        let what = match self.requests.is_empty() {
            true => {
                "None of its attempts was reported with its request. What names the task, as logs of the crate \
                 `labourer` do:"
            }
            false => "What names the task, also in other attempts:",
        };
        lines.push(format!("{what}\n  {}", self.by_task));
        if !self.requests.is_empty() {
            lines.push(
                "A line that a runtime prints without the request is between those of it in the same log stream."
                    .to_owned(),
            );
        }
        lines.join("\n")
    }

    /// Whoever waits for more cannot know its request: it comes with the report.
    pub fn to_follow(&self) -> String {
        let Self { log_group, .. } = self;
        format!("Its labourer logs to CloudWatch Logs:\n  aws logs tail {log_group} --follow")
    }
}

fn millis(at: Timestamp) -> i64 {
    (at.seconds() * 1000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(requests: &[&str]) -> Queries {
        let period = Some((Timestamp::from_seconds(1000.0), Timestamp::from_seconds(2300.0)));
        let requests: Vec<_> = requests.iter().filter_map(|text| Request::of_text(text)).collect();
        Queries::within(period, &TaskId::new("t1").unwrap(), &requests, "resize")
    }

    #[test]
    fn each_known_invocation_has_its_command_and_the_task_as_well() {
        let queries = queries(&["1 8f3c-1", "8f3c-2"]);
        let text = queries.as_text();
        let command = |what: &str| {
            format!(
                "\n  aws logs filter-log-events --log-group-name /aws/lambda/resize --filter-pattern \
                 '\"{what}\"' --start-time 1000000 --end-time 2300000"
            )
        };
        assert!(
            text.contains(&format!("\nattempt 1, request 8f3c-1:{}", command("8f3c-1"))),
            "{text}"
        );
        assert!(
            text.contains(&format!("\nan older attempt, request 8f3c-2:{}", command("8f3c-2")))
        );
        assert!(text.contains(&command("t1")));
    }

    #[test]
    fn without_a_known_invocation_the_task_is_searched_for() {
        let text = queries(&[]).as_text();
        assert!(text.contains("None of its attempts") && text.contains("'\"t1\"'"), "{text}");
    }
}
