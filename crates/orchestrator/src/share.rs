//! Those who share permits start once it is decided how many slots each of them could use.

use std::collections::BTreeMap;

use function::tick::{Ticked, TurnResult, each_labourer};
use task_manager::{
    TaskManager, describe,
    ecology::Readings,
    ids::ResourceId,
    labourer::{self, Labourer},
    manager::{labourers::left::Visit, resources::share::Health},
    time::Timestamp,
};
use tracing::error;

use crate::turn::{self, TurnSummary};

/// Does any of them use permits, or did when its row was last written?
pub fn concerns(visits: &[Visit]) -> bool {
    visits.iter().any(|(labourer, row)| {
        let has_share = row.as_ref().is_some_and(|row| row.share.is_some());
        has_share || !labourer.uses.permits.is_empty()
    })
}

/// Shares permits out by the health of their resources, and starts what they are for. A failure leaves everybody
/// the share that they have.
pub async fn among_all(
    manager: &TaskManager,
    readings: &BTreeMap<ResourceId, Readings>,
    ticked: &mut Ticked<TurnSummary>,
    until: Timestamp,
) {
    if let Err(error) = manager.resources().share(Health { readings }).await {
        let error = describe(&error);
        error!(error, "permits are not shared out; the next tick tries again");
        task_manager::metrics::turn_failed();
    }
    let of_them = |labourer: &&Labourer| {
        ticked.labourers.get(&labourer.id).is_some_and(|turn| turn.done().is_some())
    };
    let users: Vec<_> = manager.resources().users().filter(of_them).cloned().collect();
    let visits = users.into_iter().map(|labourer| (labourer, None)).collect();
    let limits: BTreeMap<_, _> = ticked
        .labourers
        .iter()
        .filter_map(|(id, turn)| Some((id.clone(), turn.done()?.slot_limit)))
        .collect();
    let limits = &limits;
    let start = |labourer: Labourer, _: Option<labourer::State>| async move {
        let limit = limits.get(&labourer.id).copied().unwrap_or_default();
        turn::start_shared(manager, &labourer, limit, until).await
    };
    let started = each_labourer(manager, visits, until, start).await;
    for (id, turn) in started.labourers {
        match (turn, ticked.labourers.get_mut(&id)) {
            (TurnResult::Done((started, share)), Some(TurnResult::Done(summary))) => {
                summary.add(started, share);
            }
            (TurnResult::Failed { error }, Some(turn)) => *turn = TurnResult::Failed { error },
            _ => {}
        }
    }
}
