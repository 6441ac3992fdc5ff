//! Attempts by the events that their labourers are invoked with, and whether they were reported.

use task_manager::{
    TaskManager,
    event::Event,
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    members::Members,
    storage::StoreError,
};

/// An attempt as its labourer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokedAttempt {
    pub task_id: TaskId,
    pub labourer_id: LabourerId,
    pub job_id: Option<JobId>,
    /// The numbers in their job of the tasks of a block.
    pub members: Option<Members>,
    /// Which one it is; the first is 1.
    pub number: u32,
    /// Its secret. Events of sosw 0.7's orchestrator have none.
    pub claim: Option<ClaimToken>,
}

impl InvokedAttempt {
    /// The attempt of an event; nothing if somebody else than sosw invoked the labourer.
    pub fn of_event(json: &[u8]) -> Option<Self> {
        let event: Event = serde_json::from_slice(json).ok()?;
        let number = event.attempt();
        let attempt = event.sosw.unwrap_or_default();
        Some(Self {
            task_id: event.task_id,
            labourer_id: event.labourer_id,
            job_id: attempt.job_id,
            members: attempt.members,
            number,
            claim: attempt.claim,
        })
    }
}

/// Those of these attempts, ended by now, that no report has ended: their tasks wait for their leases.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn unreported(
    manager: &TaskManager,
    attempts: Vec<InvokedAttempt>,
) -> Result<Vec<InvokedAttempt>, StoreError> {
    let ids = attempts.iter().map(|attempt| &attempt.task_id);
    let tasks = manager.store().tasks().get_all(ids).await?;
    let is_live = |attempt: &InvokedAttempt| {
        attempt.claim.is_some()
            && tasks.iter().any(|task| task.id == attempt.task_id && task.claim == attempt.claim)
    };
    Ok(attempts.into_iter().filter(is_live).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_of_sosw_names_its_attempt_and_any_other_names_none() {
        let event = json!({
            "task_id": "t1", "labourer_id": "resize", "attempts": 1, "album": "alps",
            "sosw": { "claim": "c1", "attempt": 2, "job_id": "j1", "members": "3-4" },
        });
        let attempt = InvokedAttempt::of_event(event.to_string().as_bytes()).unwrap();
        assert_eq!((attempt.task_id.as_str(), attempt.number), ("t1", 2));
        assert_eq!(attempt.claim, Some(ClaimToken::new("c1").unwrap()));
        assert_eq!(attempt.members.unwrap().len(), 2);
        let of_python = json!({ "task_id": "t1", "labourer_id": "resize", "attempts": 1 });
        let attempt = InvokedAttempt::of_event(of_python.to_string().as_bytes()).unwrap();
        assert_eq!((attempt.number, attempt.claim), (2, None));
        for other in [json!({ "album": "alps" }), json!([]), json!("t1")] {
            assert_eq!(InvokedAttempt::of_event(other.to_string().as_bytes()), None);
        }
    }
}
