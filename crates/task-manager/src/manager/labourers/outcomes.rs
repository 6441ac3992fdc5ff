//! How a labourer's latest attempts ended, for its circuit breaker and its adaptive limit. Neither
//! read nor written for a labourer that has none of them configured.

use tracing::warn;

use super::Labourers;
use crate::{
    ecology::{Counted, Memory, Outcomes, Trouble},
    labourer::{self, Labourer},
    storage::{
        StoreError,
        closed::{LAG, MICROSECOND},
    },
    task::Status,
    time::Timestamp,
};

impl Labourers<'_> {
    /// How the attempts ended that ended since `before`, and how far they have been counted.
    ///
    /// Failures have counters, which are exact at once; successes are counted in an index that lags.
    /// So a success counts at the tick at which the index first shows it. Those that were closed longer
    /// than [`LAG`] ago are settled: no later tick looks there again. Of the last seconds it is remembered
    /// how many have counted already, and the next tick counts that range again, less those. A range that
    /// simply ended [`LAG`] ago would lose none either, but would compare all failures of the last
    /// seconds with none of their successes: five failures among a hundred attempts could trip a breaker.
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
        let now = self.manager.now();
        let Some(earlier) = before.and_then(|before| before.counted) else {
            return Ok((running, Some(Counted { before: now, unsettled: 0, trouble })));
        };
        let settled_before = earlier.before.max(now - LAG);
        let settled = self.successes(labourer, earlier.before, settled_before).await?;
        let unsettled = self.successes(labourer, settled_before, now).await?;
        let succeeded = settled.saturating_add(unsettled).saturating_sub(earlier.unsettled);
        let Trouble { failed, throttled, deferred } = trouble.since(earlier.trouble);
        let counted = Counted { before: settled_before, unsettled, trouble };
        Ok((Outcomes { succeeded, failed, throttled, deferred, ..running }, Some(counted)))
    }

    /// How many tasks the index shows that succeeded from `from` on, before `end`.
    async fn successes(
        self,
        labourer: &Labourer,
        from: Timestamp,
        end: Timestamp,
    ) -> Result<u32, StoreError> {
        let last = end - MICROSECOND;
        if last < from {
            return Ok(0);
        }
        let closed = self.manager.store.closed();
        let count = closed.count_within(&labourer.id, Status::Succeeded, from, last).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
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
