//! Why a task is in no table.

use super::{Explanation, Reason, explanation};
use crate::tasks::Missing;

/// Explains a task that is in no table.
pub fn explain_missing(missing: &Missing) -> Explanation {
    let why = match missing {
        Missing::Task(_) => "no table has a task with this id".to_owned(),
        other => other.to_string(),
    };
    let (state, change) = match missing {
        Missing::Task(_) => ("unknown", "check the id, or create the task".to_owned()),
        Missing::Job(_) | Missing::Number { .. } => {
            ("unknown", "check the id and the number".to_owned())
        }
        Missing::NotYetMade { job, .. } => {
            ("not created", format!("none: the scheduler creates it (`sosw jobs show {job}`)"))
        }
        Missing::NeverMade { .. } => ("not created", "submit the job again".to_owned()),
        Missing::Deleted { .. } => ("deleted", "none: it was closed some time ago".to_owned()),
    };
    explanation(state, [Reason::new(why, change)])
}
