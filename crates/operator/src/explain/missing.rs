//! Why a task is in no table.

use super::{Explanation, Reason, explanation};
use crate::{tasks::Missing, words::argument};

/// Explains a task that is in no table, unless its name leads to no task at all.
pub fn explain_missing(missing: &Missing) -> Option<Explanation> {
    let (state, change) = match missing {
        Missing::Task(_)
        | Missing::IsJob(_)
        | Missing::Job(_)
        | Missing::Ambiguous(_)
        | Missing::Number { .. } => return None,
        Missing::NotYetMade { job, .. } => (
            "not created",
            format!("none: the scheduler creates it (`sosw jobs show {}`)", argument(job)),
        ),
        Missing::NeverMade { .. } => ("not created", "submit the job again".to_owned()),
        Missing::Deleted { .. } => ("deleted", "none: it was closed some time ago".to_owned()),
    };
    Some(explanation(state, [Reason::new(missing.to_string(), change)]))
}
