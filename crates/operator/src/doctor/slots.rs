//! Slots in use: what a labourer's row and its counters say, against the attempts that hold one.

use std::{collections::BTreeMap, time::Duration};

use task_manager::{
    TaskManager,
    ids::LabourerId,
    labourer::{self, Labourer},
    manager::attempts::open::{Claims, held},
    storage::StoreError,
};

use super::Fault;

/// How often slots are counted again because something changed in between.
const COUNTS: u32 = 5;

/// Slots in use, counted both ways.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlotFacts {
    pub row: Option<labourer::State>,
    /// The attempts that hold a slot; `None` if they kept changing while they were counted.
    pub claims: Option<Claims>,
}

pub(super) async fn count(
    manager: &TaskManager,
    labourer: &Labourer,
) -> Result<SlotFacts, StoreError> {
    let rows = manager.store().labourers();
    let mut row = rows.row(&labourer.id).await?;
    for _ in 0..COUNTS {
        let claims = manager.attempts().claims(labourer).await?;
        let after = rows.row(&labourer.id).await?;
        let at_rest = counts_of(row.as_ref()) == counts_of(after.as_ref());
        row = after;
        if at_rest {
            return Ok(SlotFacts { row, claims: Some(claims) });
        }
    }
    Ok(SlotFacts { row, claims: None })
}

fn counts_of(row: Option<&labourer::State>) -> Option<(u64, u64)> {
    row.map(|row| (row.taken, row.freed))
}

pub(super) fn judge(labourer: &LabourerId, facts: &SlotFacts) -> Option<Fault> {
    let (row, claims) = (facts.row.as_ref()?, facts.claims.as_ref()?);
    let counted = held(claims).all;
    let is_right = row.taken.checked_sub(row.freed) == Some(counted.into());
    let slots =
        Fault::Slots { labourer: labourer.clone(), running: row.running(), counted, fixed: false };
    (!is_right).then_some(slots)
}

/// Corrects rows on which two counts agree, claim by claim. The index shows attempts late, so the second
/// comes a while after the first: an attempt that only one of them saw proves nothing.
pub(super) async fn fix(
    manager: &TaskManager,
    first: &BTreeMap<LabourerId, SlotFacts>,
    faults: &mut [Fault],
    apart: Duration,
) -> Result<(), StoreError> {
    let wrong = faults.iter_mut().filter_map(|fault| match fault {
        Fault::Slots { labourer, fixed, .. } => Some((first.get(labourer)?, labourer, fixed)),
        _ => None,
    });
    let wrong: Vec<_> = wrong.collect();
    if wrong.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(apart).await;
    for (before, labourer, fixed) in wrong {
        let labourer = manager.labourers().get_or_left(labourer);
        let now = count(manager, &labourer).await?;
        if let (Some(row), Some(claims)) = (&now.row, &now.claims)
            && before.claims.as_ref() == Some(claims)
            && counts_of(before.row.as_ref()) == counts_of(Some(row))
        {
            *fixed = manager.store().labourers().reconcile(row, held(claims)).await?;
        }
    }
    Ok(())
}
