//! Limits and holders, as they are written.

use std::collections::BTreeMap;

use task_manager::{
    TaskManager,
    ids::{LabourerId, ResourceId},
    labourer,
    resource::{
        Uses,
        ledger::{Ledger, Pause, Permits},
        rate::RateState,
    },
    storage::{StoreError, labourers::Rows},
    time::Timestamp,
};

/// What is written of resources. Of a config without any it is empty, and costs nothing to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    pub(super) ledger: Ledger,
    /// Those of the config.
    pub(super) rates: BTreeMap<ResourceId, RateState>,
    /// Attempts that hold a slot, of the labourers whose rows were read.
    live: BTreeMap<LabourerId, u32>,
}

fn has_permits(manager: &TaskManager) -> bool {
    manager.config().resources.values().any(|resource| resource.permits.is_some())
}

async fn ledger(manager: &TaskManager, is_wanted: bool) -> Result<Ledger, StoreError> {
    match is_wanted {
        true => manager.resources().ledger().await,
        false => Ok(Ledger::default()),
    }
}

impl Shared {
    /// Reads the ledger and the rates, if the config has such resources. Who has how many attempts live is added by
    /// [`Shared::with_rows`].
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn read(manager: &TaskManager) -> Result<Self, StoreError> {
        // Boxed, or the types of all that waits for this would nest too deep.
        let (ledger, rates) = futures::try_join!(
            Box::pin(ledger(manager, has_permits(manager))),
            Box::pin(manager.resources().rate_states())
        )?;
        Ok(Self { ledger, rates, live: BTreeMap::new() })
    }

    /// The same with the rows of these labourers, without their counters: all in one read for a hundred.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn read_with_rows<'a>(
        manager: &'a TaskManager,
        labourers: impl Iterator<Item = &'a LabourerId>,
    ) -> Result<(Rows, Self), StoreError> {
        let config = manager.config();
        let rated = config.resources.values().filter_map(|one| Some((&one.id, one.rate?)));
        let ids = rated.clone().map(|(id, _)| id);
        let table = manager.store().labourers();
        let with_ledger = has_permits(manager);
        let (rows, ledger, mut rates) =
            table.rows_and_resources(labourers, with_ledger, ids).await?;
        for (id, rate) in rated {
            let unused = || RateState::new(rate, config.pushed, manager.now());
            rates.entry(id.clone()).or_insert_with(unused);
        }
        Ok((rows, Self { ledger, rates, live: BTreeMap::new() }))
    }

    /// What a labourer depends on, with the live attempts of all who hold some of it; nothing is read of what it does not
    /// use.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn read_for(manager: &TaskManager, uses: &Uses) -> Result<Self, StoreError> {
        let ledger = ledger(manager, !uses.permits.is_empty()).await?;
        let rates = match uses.rates.is_empty() {
            true => BTreeMap::new(),
            false => manager.resources().rate_states().await?,
        };
        let rows = match ledger.holders.is_empty() {
            true => Rows::new(),
            false => manager.store().labourers().rows(ledger.holders.keys()).await?,
        };
        Ok(Self { ledger, rates, live: BTreeMap::new() }.with_rows(rows.values()))
    }

    /// The same, also if the config has no resources any more; of rates only those that are asked for, so that one that
    /// cannot be read keeps nobody from the others.
    pub(super) async fn read_all(
        manager: &TaskManager,
        is_asked_for: impl Fn(&ResourceId) -> bool,
    ) -> Result<Self, StoreError> {
        let resources = manager.resources();
        let (ledger, rates) =
            futures::try_join!(resources.ledger(), resources.rate_states_of(is_asked_for))?;
        Ok(Self { ledger, rates, live: BTreeMap::new() })
    }

    #[cfg(test)]
    pub(crate) fn of(ledger: Ledger, rates: BTreeMap<ResourceId, RateState>) -> Self {
        Self { ledger, rates, live: BTreeMap::new() }
    }

    /// With what is live by these rows.
    pub fn with_rows<'a>(self, rows: impl IntoIterator<Item = &'a labourer::State>) -> Self {
        let live = rows.into_iter().map(|row| (row.labourer_id.clone(), row.running()));
        self.with_live(live)
    }

    /// With so many live attempts each.
    pub fn with_live(mut self, live: impl IntoIterator<Item = (LabourerId, u32)>) -> Self {
        self.live.extend(live);
        self
    }

    /// Those who hold permits, or may, whether the config has them or not.
    pub fn holders(&self) -> impl Iterator<Item = &LabourerId> {
        self.ledger.holders.keys()
    }

    /// The permits of a resource, once they were shared out.
    pub(crate) fn permits(&self, resource: &ResourceId) -> Option<&Permits> {
        self.ledger.resources.get(resource)
    }

    /// Wanted a labourer more attempts than its share, when permits were last shared out?
    pub(crate) fn is_waiting(&self, labourer: &LabourerId) -> bool {
        self.ledger.waiting.contains(labourer)
    }

    /// The pause of a resource that ends last; permits and rate are paused together, but may be resumed by halves.
    pub(crate) fn pause(&self, resource: &ResourceId, now: Timestamp) -> Option<&Pause> {
        let of_permits = self.permits(resource).and_then(|permits| permits.pause.as_ref());
        let of_rate = self.rates.get(resource).and_then(|state| state.pause.as_ref());
        let lasting = of_permits.into_iter().chain(of_rate).filter(|pause| now < pause.until);
        lasting.max_by_key(|pause| pause.until)
    }

    /// What the live attempts of a labourer use of a resource. Where its row was not read, all that it holds; of what
    /// began after it was let go nothing counts.
    pub(super) fn used_by(
        &self,
        labourer: &LabourerId,
        resource: &ResourceId,
        now: Timestamp,
    ) -> u64 {
        let Some(holder) = self.ledger.holders.get(labourer) else { return 0 };
        let live = self.live.get(labourer).map_or(holder.held, |live| holder.held.min(*live));
        let weight = holder.weights.get(resource).map_or(0, |weight| weight.at(now));
        u64::from(weight) * u64::from(live)
    }

    /// What all of them use.
    pub(super) fn used(&self, resource: &ResourceId, now: Timestamp) -> u64 {
        self.holders().map(|holder| self.used_by(holder, resource, now)).sum()
    }

    /// Who uses most of a resource.
    pub(super) fn heaviest(
        &self,
        resource: &ResourceId,
        now: Timestamp,
    ) -> Option<(&LabourerId, u64)> {
        let uses = self.holders().map(|holder| (holder, self.used_by(holder, resource, now)));
        // The first of equals, so that it is the same at every look.
        uses.filter(|(_, used)| *used > 0).max_by_key(|(id, used)| (*used, std::cmp::Reverse(*id)))
    }
}
