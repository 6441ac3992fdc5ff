//! The end of an attempt together with the claim of the next task: its slot is handed over.

use super::{Attempts, finish::may_be_left_out};
use crate::{
    attempt::{
        closing::{Ending, Fate},
        dispatch::{check, claim},
        invocation::Attempt,
    },
    greenfield::KeyRange,
    ids::ClaimToken,
    labourer::{self, Labourer},
    metrics,
    storage::{StoreError, TransactionOutcome},
    task::Status,
    transition::Write,
};

/// How many of the queue's heads a handover tries before it gives the slot back.
const CANDIDATES: usize = 6;

pub(super) enum Ended {
    /// With the attempt that got the slot, if any.
    Done(Option<Box<Attempt>>),
    /// The task changed meanwhile: the caller must decide again.
    Changed,
}

impl Attempts<'_> {
    pub(super) async fn hand_over_or_free(
        self,
        ending: &Ending,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Ended, StoreError> {
        let has_succeeded = ending.fate == Fate::Closed(Status::Succeeded);
        let row = row.filter(|row| {
            ending.releases_slot
                && labourer.stopped.is_none()
                && row.allows_handover(self.manager.now())
                && (has_succeeded || !row.is_probing(labourer))
        });
        if let Some(row) = row
            && let Some(closed) = self.hand_over(ending, labourer, row).await?
        {
            return Ok(closed);
        }
        Ok(match self.end_and_free(ending.clone(), labourer).await? {
            true => Ended::Done(None),
            false => Ended::Changed,
        })
    }

    /// Ends the attempt and claims one of the first tasks of the queue, in one transaction. `None` if
    /// nothing was written, and the attempt must be ended without a handover.
    async fn hand_over(
        self,
        ending: &Ending,
        labourer: &Labourer,
        row: &labourer::State,
    ) -> Result<Option<Ended>, StoreError> {
        let window = row.window(labourer.max_simultaneous_invocations);
        let queued = KeyRange::queued(self.manager.now());
        let heads =
            self.manager.store.tasks().candidates(&labourer.id, queued, window, false).await?;
        let mut drawn: Vec<_> =
            heads.iter().map(|head| (self.manager.random.fraction(), head)).collect();
        drawn.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for (_, head) in drawn.into_iter().take(CANDIDATES) {
            let Some(task) = self.manager.store.tasks().get(&head.id).await? else { continue };
            let now = self.manager.now();
            if !task.greenfield.is_queued(now) || check(&task, labourer).is_err() {
                continue;
            }
            let lease = labourer.lease(row.function_timeout);
            let token = ClaimToken::from_random(self.manager.random.id());
            let (attempt, write) =
                claim(task, token, now, lease, self.manager.config.scale, &self.manager.author);
            let writes: Vec<Write> = ending.writes.iter().cloned().chain([write]).collect();
            match self.manager.store.apply_or_yield(&writes).await {
                Ok(TransactionOutcome::Applied) => {
                    metrics::count(metrics::CLAIMED, &labourer.id, 1);
                    metrics::count(metrics::HANDED_OVER, &labourer.id, 1);
                    self.log_ending(&writes).await;
                    return Ok(Some(Ended::Done(Some(Box::new(attempt)))));
                }
                Ok(TransactionOutcome::Refused(refused))
                    if refused.iter().any(|index| *index < ending.writes.len()) =>
                {
                    // The ending itself is refused: what may be left out, `end_and_free` leaves out.
                    let has_changed = !may_be_left_out(&writes, &refused);
                    return Ok(has_changed.then_some(Ended::Changed));
                }
                // Another process claims this task: try the next one.
                Ok(TransactionOutcome::Refused(_)) | Err(StoreError::Contended { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
