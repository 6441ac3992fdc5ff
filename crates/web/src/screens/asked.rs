//! What is asked of a list of tasks, as an address or a form has it.

use std::time::Duration;

use operator::{
    JobId, Labourer, TaskManager, Timestamp, UnknownLabourer, duration as length,
    jobs::find,
    tasks::{Cursor, Filter, InvalidCursor, TaskState, Whose},
    words,
};
use serde::Deserialize;

use super::fields::given;
use crate::trouble::Trouble;

/// The fields; those that are empty ask for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub labourer: String,
    pub job: String,
    pub state: String,
    pub kind: String,
    /// At most so old, as a duration.
    pub since: String,
    /// At least so old.
    pub before: String,
    /// Where a page begins.
    pub after: String,
    /// Part of an error: only a form has it.
    pub text: String,
}

impl From<InvalidCursor> for Trouble {
    fn from(error: InvalidCursor) -> Self {
        Self::Input(error.to_string())
    }
}

impl Asked {
    /// Whose tasks are listed. A job is named, or a labourer, or both, if the job is one of its.
    pub async fn whose(&self, manager: &TaskManager) -> Result<Option<Whose>, Trouble> {
        if let Some(job) = given(&self.job) {
            return Ok(Some(Whose::Job(find(manager, &JobId::new(job)?).await?)));
        }
        match given(&self.labourer) {
            Some(name) => Ok(Some(Whose::Labourer(Box::new(labourer(manager, name).await?)))),
            None => Ok(None),
        }
    }

    pub fn filter(&self, now: Timestamp) -> Result<Filter, Trouble> {
        Ok(Filter {
            state: state(&self.state)?,
            kind: given(&self.kind).map(str::to_owned),
            text: given(&self.text).map(str::to_owned),
            since: age(&self.since)?.map(|age| now - age),
            before: age(&self.before)?.map(|age| now - age),
        })
    }

    /// Where a page begins.
    pub fn cursor(&self) -> Result<Option<Cursor>, Trouble> {
        Ok(given(&self.after).map(str::parse).transpose()?)
    }

    /// All of it but the text and the page, with the names of the fields.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = [
            ("labourer", &self.labourer),
            ("job", &self.job),
            ("state", &self.state),
            ("kind", &self.kind),
            ("since", &self.since),
            ("before", &self.before),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, given(value)?)))
    }
}

/// A labourer of the config, or one that left it.
pub async fn labourer(manager: &TaskManager, name: &str) -> Result<Labourer, Trouble> {
    match manager.labourers().named(name) {
        Err(UnknownLabourer::Unknown { given, .. })
            if manager.labourers().left().await?.contains(&given) =>
        {
            Ok(manager.labourers().get_or_left(&given))
        }
        known => Ok(known?.clone()),
    }
}

/// A state by its stable name, or by the word for it.
fn state(name: &str) -> Result<Option<TaskState>, Trouble> {
    let Some(name) = given(name) else { return Ok(None) };
    let is_meant = |state: &TaskState| [state.name(), words::state(state.name())].contains(&name);
    let unknown = || {
        let names = TaskState::ALL.map(TaskState::name).join(", ");
        Trouble::Input(format!("There is no state {name:?} of a task: it is one of {names}."))
    };
    TaskState::ALL.into_iter().find(is_meant).map(Some).ok_or_else(unknown)
}

fn age(text: &str) -> Result<Option<Duration>, Trouble> {
    let unreadable = |text| {
        Trouble::Input(format!(
            "{text:?} is no duration: it is a number with a unit, 90s, 10m, 2h or 7d."
        ))
    };
    given(text).map(|text| length::parse(text).ok_or_else(|| unreadable(text))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::link;

    fn asked() -> Asked {
        let text = str::to_owned;
        Asked {
            job: text("j#1"),
            state: text("exhausted"),
            text: text("<secret>"),
            ..Asked::default()
        }
    }

    #[test]
    fn the_text_of_an_error_stands_in_no_address() {
        let asked = asked();
        assert_eq!(link::tasks_path(asked.pairs()), "/tasks?job=j%231&state=exhausted");
    }

    #[test]
    fn an_age_is_a_duration_before_now() {
        let now = Timestamp::from_seconds(1_800_000_000.0);
        let asked = Asked { since: "1h".to_owned(), before: " ".to_owned(), ..asked() };
        let filter = asked.filter(now).unwrap();
        assert_eq!(filter.since, Some(Timestamp::from_seconds(1_799_996_400.0)));
        assert_eq!((filter.before, filter.state), (None, Some(TaskState::Exhausted)));
        let Err(Trouble::Input(why)) = age("yesterday") else { panic!("it is refused") };
        assert!(why.contains("\"yesterday\" is no duration"), "{why}");
    }

    #[test]
    fn a_state_is_known_by_its_name_and_by_its_word() {
        for name in ["parked", "waiting to retry"] {
            assert_eq!(state(name).unwrap(), Some(TaskState::Parked));
        }
        assert!(matches!(state("lost"), Err(Trouble::Input(_))));
    }
}
