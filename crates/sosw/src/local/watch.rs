//! How far each labourer is: counts, speed, and when it will be done.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use operator::{
    LabourerId, TaskManager, jobs,
    status::{self, TaskCounts},
};

use crate::error::Error;

/// The speed is an average over this time.
const WINDOW: Duration = Duration::from_secs(10);

/// Everything at one moment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub labourers: Vec<Progress>,
    pub open_jobs: usize,
}

/// A labourer at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub labourer: LabourerId,
    pub counts: TaskCounts,
    pub slots: u32,
    /// Tasks of open jobs that are not made yet.
    pub to_come: u64,
    /// Tasks closed in a second.
    pub speed: f64,
    /// Why fewer tasks run than the config allows, if so.
    pub remark: String,
}

impl Look {
    /// Is there nothing left to do?
    pub fn is_idle(&self) -> bool {
        self.open_jobs == 0 && self.open() == 0
    }

    /// Tasks that are not closed.
    pub fn open(&self) -> u64 {
        self.labourers.iter().map(|progress| progress.counts.open() + progress.to_come).sum()
    }
}

impl Progress {
    /// When all its tasks will be closed, at the speed it has; nothing while it has none.
    pub fn eta(&self) -> Option<Duration> {
        let left = self.counts.open() + self.to_come;
        let seconds = left as f64 / self.speed;
        (left > 0 && self.speed > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok())?
    }
}

/// Looks again and again.
pub struct Watch<'m> {
    manager: &'m TaskManager,
    closed: BTreeMap<LabourerId, VecDeque<(Instant, u64)>>,
}

impl<'m> Watch<'m> {
    /// Has not looked yet.
    pub fn new(manager: &'m TaskManager) -> Self {
        Self { manager, closed: BTreeMap::new() }
    }

    /// Looks now.
    pub async fn look(&mut self) -> Result<Look, Error> {
        let labourers = status::list(self.manager).await?;
        let open = jobs::open(self.manager).await?;
        let now = Instant::now();
        let labourers = labourers.into_iter().map(|labourer| {
            let id = labourer.labourer_id;
            let theirs = open.iter().filter(|job| job.labourer_id == id).map(|job| job.progress);
            let to_come = theirs.map(|theirs| theirs.total.saturating_sub(theirs.made)).sum();
            let seen = self.closed.entry(id.clone()).or_default();
            Progress {
                labourer: id,
                counts: labourer.counts,
                slots: labourer.slots,
                to_come,
                speed: speed(seen, now, labourer.counts.closed()),
                remark: labourer.remark,
            }
        });
        Ok(Look { labourers: labourers.collect(), open_jobs: open.len() })
    }
}

/// Adds what is closed by now, and answers how much that is a second.
fn speed(seen: &mut VecDeque<(Instant, u64)>, now: Instant, closed: u64) -> f64 {
    seen.push_back((now, closed));
    while seen.len() > 2 && seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
        seen.pop_front();
    }
    let Some((since, before)) = seen.front() else { return 0.0 };
    let seconds = now.duration_since(*since).as_secs_f64();
    let more = closed.saturating_sub(*before) as f64;
    if seconds > 0.0 { more / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_ten_seconds() {
        let (start, mut seen) = (Instant::now(), VecDeque::new());
        let mut at =
            |second: u64, closed| speed(&mut seen, start + Duration::from_secs(second), closed);
        assert_eq!(at(0, 100), 0.0);
        assert_eq!(at(5, 200), 20.0);
        assert_eq!(at(10, 300), 20.0);
        assert_eq!(at(20, 300), 0.0);
    }
}
