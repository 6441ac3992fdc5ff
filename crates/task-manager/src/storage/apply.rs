//! A list of writes as one transaction. Each write is compiled in the file of its table, with its
//! condition.

use super::{RetryPolicy, Store, StoreError, TransactionOutcome, engine::statement::Built};
use crate::transition::Write;

impl Store {
    /// Applies `writes` as one transaction.
    ///
    /// # Errors
    /// When DynamoDB refuses the request as such, or stays out of reach, throttled or in conflict.
    pub async fn apply(&self, writes: &[Write]) -> Result<TransactionOutcome, StoreError> {
        self.apply_within(writes, RetryPolicy::PATIENT).await
    }

    /// The same, giving up soon when others are in the way: [`StoreError::Contended`].
    pub async fn apply_or_yield(&self, writes: &[Write]) -> Result<TransactionOutcome, StoreError> {
        self.apply_within(writes, RetryPolicy::YIELDING).await
    }

    async fn apply_within(
        &self,
        writes: &[Write],
        policy: RetryPolicy,
    ) -> Result<TransactionOutcome, StoreError> {
        let items: Result<Vec<_>, _> = writes.iter().map(|write| self.compile(write)).collect();
        let unbuilt = |e| StoreError::unbuilt("TransactWriteItems", &self.names.tasks, e);
        self.engine.transact(items.map_err(unbuilt)?, policy).await
    }

    fn compile(&self, write: &Write) -> Built {
        match write {
            Write::Queue(task) => self.tasks().queue(task),
            Write::Dequeue(expected) => self.tasks().dequeue(expected),
            Write::Claim { expected, to, token, lease, note } => {
                self.tasks().claim(expected, *to, (token, *lease), note)
            }
            Write::Unclaim { id, token, to, history } => {
                self.tasks().unclaim(id, token, *to, history)
            }
            Write::Accept { expected, task } => self.tasks().accept(expected, task),
            Write::AddResult { expected, history, task } => match task.closed {
                Some(_) => self.closed().add_result(expected, history, task),
                None => self.tasks().add_result(expected, history, task),
            },
            Write::DeletePhantom { id } => self.tasks().delete_phantom(id),

            Write::Park(task) => self.retry().park(task),
            Write::NotParked { labourer_id, id } => self.retry().not_parked(labourer_id, id),
            Write::Unpark { labourer_id, id, attempts, claim, members } => {
                let parked_by = (*attempts, claim.as_ref(), members.as_ref());
                self.retry().unpark(labourer_id, id, parked_by)
            }

            Write::Close(task) => self.closed().close(task),
            Write::NotClosed(id) => self.closed().not_closed(id),
            Write::Reopen { id, key, claim, members } => {
                self.closed().reopen(id, key, (claim.as_ref(), members.as_ref()))
            }
            Write::ReplacePayload { id, read, payload } => {
                self.closed().replace_payload(id, read, payload)
            }

            Write::TakeSlots { labourer_id, count, tasks, limit, freed, share, now, confirm } => {
                let (taken, read) = ((*count, *tasks), (*limit, *share, *freed));
                self.labourers().take_slots(labourer_id, taken, read, *now, *confirm)
            }
            Write::FreeSlot { labourer_id, at, counts } => {
                self.labourers().free_slot(labourer_id, *at, *counts)
            }
            Write::Count { labourer_id, counter, counts } => {
                self.labourers().count(labourer_id, *counter, *counts)
            }
            Write::LowerShare { labourer_id, from, to, draining } => {
                self.labourers().lower_share(labourer_id, (*from, *to), *draining)
            }
            Write::Settle { read, ledger } => self.labourers().settle(*read, ledger),
            Write::Hold { labourer_id, share, raised_to, freed, at_most } => {
                let (shares, held) = ((*share, *raised_to), (*freed, *at_most));
                self.labourers().hold(labourer_id, shares, held)
            }
            Write::TakeTrial { labourer_id, of } => self.labourers().take_trial(labourer_id, *of),

            Write::Job(write) => self.jobs().write(write),
        }
    }
}
