//! What became of a labourer's attempts: its health from within. Nothing of it is read or written
//! for a labourer whose limit does not depend on it.

use std::time::Duration;

use tracing::warn;

use super::TaskManager;
use crate::{
    attempt::{closing::Fate, dispatch::Answer},
    ecology::{Counted, Memory, Outcomes, Trouble},
    labourer::{self, Labourer},
    report::{Again, Outcome},
    storage::StoreError,
    task::Status,
};

/// The precision of times in the tables.
const MICROSECOND: Duration = Duration::from_micros(1);

impl TaskManager {
    /// What became of the attempts that ended since `before`, and how far that reaches.
    pub async fn outcomes(
        &self,
        labourer: &Labourer,
        row: &labourer::State,
        before: Option<&Memory>,
    ) -> Result<(Outcomes, Option<Counted>), StoreError> {
        let running = Outcomes { running: row.running, ..Outcomes::default() };
        if !labourer.health.looks_at_outcomes() {
            return Ok((running, None));
        }
        let trouble = self.store.trouble(&labourer.id).await?;
        let counted = Counted { before: self.now(), trouble };
        let Some(earlier) = before.and_then(|before| before.counted) else {
            return Ok((running, Some(counted)));
        };
        let (from, to) = (earlier.before, counted.before - MICROSECOND);
        let succeeded = match from <= to {
            true => self.store.count_closed_in(&labourer.id, Status::Succeeded, from, to).await?,
            false => 0,
        };
        let Trouble { failed, throttled, deferred } = trouble.since(earlier.trouble);
        let succeeded = u32::try_from(succeeded).unwrap_or(u32::MAX);
        Ok((Outcomes { succeeded, failed, throttled, deferred, ..running }, Some(counted)))
    }

    /// Counts what did not go well. A count that is lost makes the breaker later, not wrong: it is
    /// told and forgotten.
    pub(super) async fn count_trouble(&self, labourer: &Labourer, trouble: Trouble) {
        if !labourer.health.looks_at_outcomes() || trouble == Trouble::default() {
            return;
        }
        if let Err(error) = self.store.add_trouble(&labourer.id, trouble).await {
            warn!(%error, labourer_id = %labourer.id, "an outcome was not counted");
        }
    }
}

impl Trouble {
    /// Of attempts that failed or expired.
    pub(super) fn failed(count: u32) -> Self {
        Self { failed: count, ..Self::default() }
    }

    /// Of a report with this effect. To come back later without spending an attempt is no trouble.
    pub(super) fn of_report(outcome: &Outcome, fate: Fate) -> Self {
        match (outcome, fate) {
            (_, Fate::Accepted | Fate::Closed(Status::Succeeded | Status::Ignored))
            | (Outcome::Success, _) => Self::default(),
            (Outcome::Failure(failure), _) => match failure.again {
                Again::Snooze(_) => Self::default(),
                Again::RetryAfter(_) => Self { deferred: 1, ..Self::default() },
                Again::Usual => Self::failed(1),
            },
        }
    }

    /// Of an invocation with this answer.
    pub(super) fn of_answer(answer: &Answer) -> Self {
        match answer {
            Answer::Throttled => Self { throttled: 1, ..Self::default() },
            Answer::Refused { .. } => Self::failed(1),
            Answer::Accepted | Answer::Unacceptable { .. } | Answer::Unknown(_) => Self::default(),
        }
    }
}

/// Is a labourer left with probes? Then a failed attempt does not hand its slot over, or one
/// failure would follow the other as fast as they fail: the next probe is the next tick's.
pub(super) fn is_probing(labourer: &Labourer, row: &labourer::State) -> bool {
    let is_limited = |memory: &Memory| memory.breaker.limit().is_some();
    labourer.health.breaker.is_some() && row.ecology.as_ref().is_some_and(is_limited)
}
