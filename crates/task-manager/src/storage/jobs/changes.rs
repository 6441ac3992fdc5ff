//! Writes on the rows of a job, each with its condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, Delete, Put, TransactWriteItem, Update},
};

use super::{
    Store,
    rows::{HEAD, range_part},
};
use crate::{
    greenfield::Places,
    ids::JobId,
    jobs::record::{Job, Range, State},
    storage::attributes::{bind, n, placeholders, s},
    task::Item,
    time::Timestamp,
};

type Built = Result<TransactWriteItem, BuildError>;

impl Store {
    pub(super) fn put_absent(&self, row: Item) -> Built {
        let condition = "attribute_not_exists(#job_id)";
        let put = Put::builder()
            .table_name(&self.names.jobs)
            .set_item(Some(row))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(placeholders(&[condition], &Default::default())));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    pub(super) fn unlist(&self, list: &str, place: &str) -> Built {
        let key = self.job_key(list, place);
        let delete = Delete::builder().table_name(&self.names.jobs).set_key(Some(key));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    pub(super) fn set_places(&self, id: &JobId, places: Places) -> Built {
        let values = bind([("base", n(places.base)), ("step", n(places.step))]);
        let update = "SET #base = :base, #step = :step";
        self.update_head(id, update, "attribute_not_exists(#base)", values)
    }

    pub(super) fn set_ended(&self, job: &Job, to: State, at: Timestamp) -> Built {
        let values = bind([
            ("from", s(job.state.name())),
            ("to", s(to.name())),
            ("at", n(at)),
            ("reopened", n(job.reopened)),
        ]);
        let update = "SET #state = :to, #ended_at = :at";
        self.update_head(&job.id, update, "#state = :from AND #reopened = :reopened", values)
    }

    pub(super) fn set_open(&self, job: &Job) -> Built {
        let values = bind([("from", s(job.state.name())), ("to", s(State::Open.name()))]);
        self.update_head(&job.id, "SET #state = :to REMOVE #ended_at", "#state = :from", values)
    }

    pub(super) fn set_cancelling(&self, id: &JobId) -> Built {
        let values = bind([("from", s(State::Open.name())), ("to", s(State::Cancelling.name()))]);
        self.update_head(id, "SET #state = :to", "#state = :from", values)
    }

    /// Ends a range where its cursor is, wherever that is: a scheduler that fills it finds it full.
    pub(super) fn cut_range(&self, id: &JobId, range: &Range) -> Built {
        let key = self.job_key(id.as_str(), &range_part(range.number));
        let values = bind([("from", n(range.from))]);
        self.update_row(key, "SET #to = #cursor", "#from = :from", values)
    }

    /// Counts tasks that are sent back to work. Requires: the job is open.
    pub(in crate::storage) fn count_reopened(&self, id: &JobId) -> Built {
        let values = bind([("open", s(State::Open.name())), ("one", n(1))]);
        self.update_head(id, "ADD #reopened :one", "#state = :open", values)
    }

    fn update_head(
        &self,
        id: &JobId,
        update: &str,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Built {
        self.update_row(self.job_key(id.as_str(), HEAD), update, condition, values)
    }

    fn update_row(
        &self,
        key: Item,
        update: &str,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Built {
        let names = placeholders(&[update, condition], &Default::default());
        let update = Update::builder()
            .table_name(&self.names.jobs)
            .set_key(Some(key))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}
