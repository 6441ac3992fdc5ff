//! How a labourer's latest attempts ended, for its circuit breaker and its adaptive limit. Neither
//! read nor written for a labourer that has none of them configured.

use std::time::Duration;

use tracing::warn;

use super::Labourers;
use crate::{
    ecology::{Counted, Memory, Outcomes, Trouble},
    labourer::{self, Labourer},
    storage::StoreError,
    task::Status,
};

/// The precision of times in the tables.
const MICROSECOND: Duration = Duration::from_micros(1);

impl Labourers<'_> {
    /// How the attempts ended that ended since `before`, and the counters up to which they count.
    pub async fn outcomes(
        self,
        labourer: &Labourer,
        row: &labourer::State,
        before: Option<&Memory>,
    ) -> Result<(Outcomes, Option<Counted>), StoreError> {
        let running = Outcomes { running: row.running(), ..Outcomes::default() };
        if !labourer.health.depends_on_outcomes() {
            return Ok((running, None));
        }
        let trouble = self.manager.store.labourers().trouble(&labourer.id).await?;
        let counted = Counted { before: self.manager.now(), trouble };
        let Some(earlier) = before.and_then(|before| before.counted) else {
            return Ok((running, Some(counted)));
        };
        let (from, to) = (earlier.before, counted.before - MICROSECOND);
        let succeeded = match from <= to {
            true => {
                self.manager
                    .store
                    .closed()
                    .count_within(&labourer.id, Status::Succeeded, from, to)
                    .await?
            }
            false => 0,
        };
        let Trouble { failed, throttled, deferred } = trouble.since(earlier.trouble);
        let succeeded = u32::try_from(succeeded).unwrap_or(u32::MAX);
        Ok((Outcomes { succeeded, failed, throttled, deferred, ..running }, Some(counted)))
    }

    /// Counts attempts that went wrong. A lost count makes the breaker open later, not wrongly: it is
    /// logged only.
    pub(crate) async fn count_trouble(self, labourer: &Labourer, trouble: Trouble) {
        if !labourer.health.depends_on_outcomes() || trouble == Trouble::default() {
            return;
        }
        if let Err(error) = self.manager.store.labourers().add_trouble(&labourer.id, trouble).await
        {
            warn!(%error, labourer_id = %labourer.id, "the outcome was not counted");
        }
    }
}
