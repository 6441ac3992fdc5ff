//! The counters of freed slots beside a labourer's row: how many there are stands in the row.

use std::collections::HashMap;

use super::{LabourersTable, counts};
use crate::{
    attributes::{Item, n, number, s, text},
    ids::LabourerId,
    labourer::{self, counts::Counts, frees::counter_name},
    storage::{StoreError, engine::expression::bind},
};

/// How often the number of counters is raised again because somebody else did so meanwhile.
const RAISES: u32 = 3;

/// No labourer has this key: the config refuses such names.
pub(super) fn key(labourer: &LabourerId, counter: u32) -> Item {
    Item::from([("labourer_id".to_owned(), s(counter_name(labourer, counter)))])
}

impl LabourersTable<'_> {
    /// Adds to rows what their counters say.
    pub(super) async fn add_freed(
        self,
        rows: impl Iterator<Item = &mut labourer::State>,
    ) -> Result<(), StoreError> {
        let rows: Vec<_> = rows.filter(|row| row.counters > 0).collect();
        let keys = rows.iter().flat_map(|row| (0..row.counters).map(|k| key(&row.labourer_id, k)));
        let counters = self.items(&keys.collect::<Vec<_>>()).await?;
        for row in rows {
            row.freed = counters.iter().filter_map(|item| freed(item, &row.labourer_id)).sum();
        }
        Ok(())
    }

    /// Adds to rows what was counted beside them, and what was freed there.
    pub(crate) async fn add_counted(
        self,
        rows: impl Iterator<Item = &mut labourer::State>,
    ) -> Result<(), StoreError> {
        let rows: Vec<_> = rows.collect();
        let keys = rows
            .iter()
            .flat_map(|row| (0..row.counters.max(1)).map(|counter| key(&row.labourer_id, counter)));
        let items = self.items(&keys.collect::<Vec<_>>()).await?;
        let mut counted: HashMap<&str, (Counts, u64)> = HashMap::new();
        for item in &items {
            let Some(name) = item.get("labourer_id").and_then(text) else { continue };
            let Some((of, _)) = name.rsplit_once('#') else { continue };
            let (sum, freed) = counted.entry(of).or_default();
            *sum += counts(item);
            *freed += item.get("freed").and_then(number).unwrap_or_default() as u64;
        }
        for row in rows {
            if let Some((sum, freed)) = counted.get(row.labourer_id.as_str()) {
                row.counts += *sum;
                row.freed = if row.counters > 0 { *freed } else { 0 };
            }
        }
        Ok(())
    }

    /// Raises the number of counters of a labourer to `wanted`, and answers its row; nothing if it has none.
    /// What new ones hold already is of a row that somebody deleted: it is no slot of this row.
    pub(crate) async fn raise_counters(
        self,
        labourer: &LabourerId,
        wanted: u32,
    ) -> Result<Option<labourer::State>, StoreError> {
        for _ in 0..RAISES {
            let Some(row) = self.row(labourer).await? else { return Ok(None) };
            if row.counters >= wanted {
                return Ok(Some(row));
            }
            let new: Vec<_> = (row.counters..wanted).map(|k| key(labourer, k)).collect();
            let counters = self.items(&new).await?;
            let old: u64 = counters.iter().filter_map(|item| freed(item, labourer)).sum();
            let update = "SET #free_counters = :wanted, #running = #running + :old, \
                          #unclaimed = if_not_exists(#unclaimed, :none)";
            let condition = match row.counters {
                0 => "attribute_exists(#running) AND attribute_not_exists(#free_counters)",
                _ => "#free_counters = :read",
            };
            let mut values = bind([("wanted", n(wanted)), ("old", n(old)), ("none", n(0))]);
            if row.counters > 0 {
                values.insert(":read".to_owned(), n(row.counters));
            }
            self.update_if(labourer, update, condition, values).await?;
        }
        self.row(labourer).await
    }
}

/// What this counter of the labourer says; nothing if it is another item.
fn freed(counter: &Item, labourer: &LabourerId) -> Option<u64> {
    let (of, _) = text(counter.get("labourer_id")?)?.rsplit_once('#')?;
    let freed = counter.get("freed").and_then(number)?;
    (of == labourer.as_str()).then_some(freed as u64)
}
