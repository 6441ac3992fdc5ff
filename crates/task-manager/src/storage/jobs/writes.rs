//! What is written to the rows of a job: the condition lives here, with the verb.

use super::{
    JobsTable,
    rows::{self, HEAD, list_of, range_part, shard_part},
};
use crate::{
    attributes::{Item, n, s},
    ids::JobId,
    jobs::job::JobState,
    storage::{
        engine::expression::bind,
        engine::statement::{self, Built, Target, Values},
    },
    time::Timestamp,
    transition::{JobWrite, Tally},
};

impl<'a> JobsTable<'a> {
    pub(in crate::storage) fn write(self, write: &JobWrite) -> Built {
        match write {
            JobWrite::Add(job) => self.put_absent(rows::head(job)),
            JobWrite::AddRange { job_id, range } => self.put_absent(rows::range(job_id, range)),
            JobWrite::List { job_id, list, expires_at } => {
                self.put_absent(rows::listing(job_id, *list, *expires_at))
            }
            JobWrite::Unlist { job_id, list } => {
                let (list, place) = list_of(job_id, *list);
                self.job_item(list, &place).delete_any()
            }
            JobWrite::Place { job_id, places } => {
                let values = bind([("base", n(places.base)), ("step", n(places.step))]);
                let update = "SET #base = :base, #step = :step";
                self.update_head(job_id, update, "attribute_not_exists(#base)", values)
            }
            JobWrite::End { job_id, from, reopened, to, at, expires_at } => {
                let mut values = from_to(*from, *to);
                values.extend(bind([("at", n(at)), ("reopened", n(reopened))]));
                values.extend(expires_at.map(|at| (":expires_at".to_owned(), n(at))));
                let update = match expires_at {
                    Some(_) => "SET #state = :to, #ended_at = :at, #expires_at = :expires_at",
                    None => "SET #state = :to, #ended_at = :at",
                };
                let condition = "#state = :from AND #reopened = :reopened";
                self.update_head(job_id, update, condition, values)
            }
            JobWrite::Expire { job_id, part, at } => {
                let update = match at {
                    Some(_) => "SET #expires_at = :at",
                    None => "REMOVE #expires_at",
                };
                let values = at.map(|at| (":at".to_owned(), n(at))).into_iter().collect();
                let row = self.job_item(job_id.as_str(), part);
                row.update(update, "attribute_exists(#job_id)", values)
            }
            JobWrite::Open { job_id, from } => {
                let (update, values) = (
                    "SET #state = :to REMOVE #ended_at, #expires_at",
                    from_to(*from, JobState::Open),
                );
                self.update_head(job_id, update, "#state = :from", values)
            }
            JobWrite::Cancel { job_id } => {
                let values = from_to(JobState::Open, JobState::Cancelling);
                self.update_head(job_id, "SET #state = :to", "#state = :from", values)
            }
            JobWrite::CutRange { job_id, range, from } => {
                let values = bind([("from", n(from))]);
                let range = self.job_item(job_id.as_str(), &range_part(*range));
                range.update("SET #to = #cursor", "#from = :from", values)
            }
            JobWrite::Advance { job_id, range, from, to, at } => {
                let update = "SET #cursor = :to, #updated_at = :at, \
                    #started_at = if_not_exists(#started_at, :at)";
                let values = bind([("from", n(from)), ("to", n(to)), ("at", n(at))]);
                let range = self.job_item(job_id.as_str(), &range_part(*range));
                range.update(update, "#cursor = :from AND #to >= :to", values)
            }
            JobWrite::Count { job_id, shard, tally, at } => {
                let (update, values) = counted(*tally, *at);
                self.job_item(job_id.as_str(), &shard_part(*shard)).update(&update, "", values)
            }
            JobWrite::CountReopened { job_id } => {
                let values = bind([("open", s(JobState::Open.name())), ("one", n(1))]);
                self.update_head(job_id, "ADD #reopened :one", "#state = :open", values)
            }
        }
    }

    fn put_absent(self, row: Item) -> Built {
        statement::put(&self.store.names.jobs, row, "attribute_not_exists(#job_id)", None)
    }

    fn update_head(self, id: &JobId, update: &str, condition: &str, values: Values) -> Built {
        self.job_item(id.as_str(), HEAD).update(update, condition, values)
    }

    fn job_item(self, partition: &str, part: &str) -> Target<'a> {
        Target { table: &self.store.names.jobs, key: rows::key(partition, part), fields: None }
    }
}

fn from_to(from: JobState, to: JobState) -> Values {
    bind([("from", s(from.name())), ("to", s(to.name()))])
}

/// Adds what there is to add: a counter that stays as it is, is not named.
fn counted(tally: Tally, at: Timestamp) -> (String, Values) {
    let counters = [
        ("succeeded", tally.succeeded),
        ("exhausted", tally.exhausted),
        ("ignored", tally.ignored),
        ("retried", tally.retried),
        ("snoozed", tally.snoozed),
    ];
    let changed = counters.into_iter().filter(|(_, count)| *count != 0);
    let (terms, mut values): (Vec<_>, Values) = changed
        .map(|(name, count)| (format!("#{name} :{name}"), (format!(":{name}"), n(count))))
        .unzip();
    values.insert(":at".into(), n(at));
    (format!("SET #updated_at = :at ADD {}", terms.join(", ")), values)
}
