//! Which time charts show: a part of the address, as `sosw history` reads it.

use maud::{Markup, html};
use operator::{
    Timestamp,
    history::{History, Moment, Range},
};
use serde::Deserialize;

use super::fields::given;
use crate::{chart, look::link::with_query, look::time, trouble::Trouble};

/// What is offered.
const OFFERED: [(&str, &str); 4] =
    [("2h", "2 hours"), ("1d", "24 hours"), ("7d", "7 days"), ("30d", "30 days")];

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: String,
    to: String,
    /// Of the stack: are its faults searched?
    pub examine: String,
}

impl Asked {
    fn begin(&self) -> &str {
        given(&self.from).unwrap_or("2h")
    }

    pub fn range(&self, now: Timestamp) -> Result<Range, Trouble> {
        let moment = |text: &str| {
            let read = text.parse::<Moment>().map(|moment| moment.before(now));
            read.map_err(|error| Trouble::Input(format!("{text:?} is no time: {error}.")))
        };
        let (from, to) = (moment(self.begin())?, given(&self.to).map_or(Ok(now), moment)?);
        match from < to {
            true => Ok(Range { from, to, every: None }),
            false => Err(Trouble::Input(format!(
                "There is nothing from {} to {}.",
                from.utc(),
                to.utc()
            ))),
        }
    }

    /// Charts of a labourer or the stack, and ways to others.
    pub fn shown(&self, path: &str, history: &History, now: Timestamp) -> Markup {
        self.with_charts(path, &chart::of_history(history), history, now)
    }

    /// The same with these charts.
    pub fn with_charts(
        &self,
        path: &str,
        charts: &Markup,
        history: &History,
        now: Timestamp,
    ) -> Markup {
        html! {
            nav.range aria-label="Time" {
                @for (from, name) in OFFERED {
                    @let is_chosen = from == self.begin() && given(&self.to).is_none();
                    a href=(with_query(path, [("from", from)])) aria-current=[is_chosen.then_some("true")] { (name) }
                }
            }
            (charts)
            @if let Some(before) = history.cut_before {
                p.note { "What is before " (time(before, now)) " is left out: it is too much to show at once." }
            }
            p.note { "Times are UTC. Records are kept for " (history.kept / 86_400) " days (" code { "history_days" } ")." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_none_or_that_ends_before_it_begins_is_refused_with_what_is_expected() {
        let now = Timestamp::from_seconds(1_000_000.0);
        let range = |from: &str, to: &str| {
            Asked { from: from.into(), to: to.into(), ..Asked::default() }.range(now)
        };
        assert_eq!(range("", "").unwrap().from, Timestamp::from_seconds(1_000_000.0 - 7200.0));
        for (from, to, why) in
            [("soon", "", "as 2h, 3 days"), ("1h", "2h", "There is nothing from")]
        {
            let Err(Trouble::Input(text)) = range(from, to) else { panic!("{from} is refused") };
            assert!(text.contains(why), "{text}");
        }
    }
}
