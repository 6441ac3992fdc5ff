//! Several changes in one transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::TrackerError,
    held::Unit,
    scope::Scope,
    store::Transacted,
    table::{self, ExpectedRecord},
    unit::Record,
};
use labourer::Failure;

/// Changes of units, and writes of your own, that are applied in one transaction.
///
/// DynamoDB takes up to 100 of them, each about another item.
#[derive(Debug)]
pub struct Together<'a> {
    scope: &'a Scope,
    changes: Vec<PendingWrite<'a>>,
    own: Vec<TransactWriteItem>,
}

#[derive(Debug)]
struct PendingWrite<'a> {
    next: Record,
    held: Option<&'a mut Unit>,
}

/// The outcome of changes applied together.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "changes may be refused"]
pub enum Applied {
    /// All of them are written.
    All,
    /// None is, because of these.
    None {
        /// Units that were lost or, when they should be added, were known.
        units: Vec<String>,
        /// Own writes whose conditions did not hold, by their place.
        own: Vec<usize>,
    },
}

impl Scope {
    /// Starts a list of changes that are to happen together.
    pub fn together(&self) -> Together<'_> {
        Together { scope: self, changes: Vec::new(), own: Vec::new() }
    }
}

impl<'a> Together<'a> {
    /// The unit is done.
    pub fn succeed(self, unit: &'a mut Unit, data: Value) -> Self {
        let tracker = &unit.tracker;
        let next = unit.record.succeeded(data, tracker.limits(), tracker.now());
        self.change(next, Some(unit))
    }

    /// The unit failed.
    pub fn fail(self, unit: &'a mut Unit, failure: &Failure) -> Self {
        let next = unit.record.failed(failure, unit.tracker.now());
        self.change(next, Some(unit))
    }

    /// The unit keeps this and stays in hand.
    pub fn save(self, unit: &'a mut Unit, data: Value) -> Self {
        let next = unit.record.saved(data, unit.tracker.now());
        self.change(next, Some(unit))
    }

    /// A new unit, with what is to be known about it.
    pub fn add(self, unit: &str, data: Value) -> Result<Self, TrackerError> {
        let fresh = self.scope.fresh(unit)?;
        Ok(self.change(Record { data, ..fresh }, None))
    }

    /// A write of your own, in any table: the effect itself, so that it is made exactly once.
    pub fn write(mut self, item: TransactWriteItem) -> Self {
        self.own.push(item);
        self
    }

    /// Applies them all, or none.
    pub async fn apply(self) -> Result<Applied, TrackerError> {
        let store = &self.scope.tracker.store;
        let mut items = Vec::with_capacity(self.changes.len() + self.own.len());
        for change in &self.changes {
            let update = table::write(&store.table, &change.next, change.expected())?;
            items.push(TransactWriteItem::builder().update(update).build());
        }
        items.extend(self.own);
        let token = Uuid::new_v4().simple().to_string();
        match store.transact(items, &token).await? {
            Transacted::Applied => {
                for PendingWrite { next, held } in self.changes {
                    if let Some(unit) = held {
                        unit.record = next;
                    }
                }
                Ok(Applied::All)
            }
            Transacted::Refused(refused) => Ok(none(&self.changes, &refused)),
        }
    }

    fn change(mut self, next: Record, held: Option<&'a mut Unit>) -> Self {
        self.changes.push(PendingWrite { next, held });
        self
    }
}

impl PendingWrite<'_> {
    fn expected(&self) -> ExpectedRecord<'_> {
        match &self.held {
            Some(unit) => ExpectedRecord::Unchanged(&unit.record.change),
            None => ExpectedRecord::Absent,
        }
    }
}

fn none(changes: &[PendingWrite<'_>], refused: &[bool]) -> Applied {
    let (of_units, of_own) = refused.split_at_checked(changes.len()).unwrap_or((refused, &[]));
    let units = changes.iter().zip(of_units).filter(|(_, refused)| **refused);
    let own = of_own.iter().enumerate().filter(|(_, refused)| **refused);
    Applied::None {
        units: units.map(|(change, _)| change.next.unit.clone()).collect(),
        own: own.map(|(place, _)| place).collect(),
    }
}
