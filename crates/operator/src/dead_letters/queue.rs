//! The dead-letter queues of a stack, as `template.yaml` names them.

use serde::Serialize;

/// One of the three queues of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetterQueue {
    /// The parameter `Prefix` of the stack.
    pub stack: String,
    pub kind: QueueKind,
}

/// What the events of a queue are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// Of the orchestrator and the scavenger.
    Ticks,
    /// Of the worker assistant.
    Reports,
    /// Of the scheduler.
    Jobs,
}

impl QueueKind {
    pub const ALL: [Self; 3] = [Self::Ticks, Self::Reports, Self::Jobs];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ticks => "ticks",
            Self::Reports => "reports",
            Self::Jobs => "jobs",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl DeadLetterQueue {
    /// Its name in SQS.
    pub fn name(&self) -> String {
        format!("{}_dead_{}", self.stack, self.kind.name())
    }

    /// The function that takes its events. A tick is not sent again: the next one does its work.
    pub fn function(&self) -> Option<String> {
        match self.kind {
            QueueKind::Ticks => None,
            QueueKind::Reports => Some(format!("{}_worker_assistant", self.stack)),
            QueueKind::Jobs => Some(format!("{}_scheduler", self.stack)),
        }
    }
}
