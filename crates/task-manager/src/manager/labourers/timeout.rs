//! The time-out of a labourer's function, on which the leases of its attempts rest. It is asked of
//! Lambda by whichever function needs a lease, and kept in the labourer's row.

use super::{FunctionStatus, Labourers};
use crate::{
    labourer::{self, Labourer},
    storage::StoreError,
};

impl Labourers<'_> {
    /// Asks Lambda for the time-out of the labourer's function, if the config does not say how long an
    /// attempt takes and the row's answer is missing or older than an hour, and keeps it in `row` and in the
    /// table. If Lambda does not answer, what was known goes on to count, the next tick asks again, and the
    /// reason is returned, for people.
    ///
    /// What is learnt here counts at once, for attempts that are already at work, too, if it makes their
    /// leases longer ([`Task::lease`](crate::task::Task::lease)).
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn renew_timeout(
        self,
        labourer: &Labourer,
        row: &mut labourer::State,
    ) -> Result<Option<String>, StoreError> {
        // The time before the question: an answer is as old as that at most.
        let now = self.manager.now();
        if labourer.duration.is_some() || !row.timeout_is_good_for(now).is_zero() {
            return Ok(None);
        }
        let function = &labourer.function;
        let timeout = match self.function(labourer).await {
            FunctionStatus::Known(timeout) => timeout,
            FunctionStatus::Missing => {
                return Ok(Some(format!("Lambda has no function {function}")));
            }
            FunctionStatus::Unavailable(why) => {
                return Ok(Some(format!("cannot read the configuration of {function}: {why}")));
            }
        };
        (row.function_timeout, row.function_asked_at) = (Some(timeout), Some(now));
        self.manager.store.labourers().remember_timeout(&labourer.id, timeout, now).await?;
        Ok(None)
    }
}
