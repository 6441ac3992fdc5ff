//! What is sent with a pause, or with a limit.

use operator::{Timestamp, duration, resources::NewRate};
use serde::Deserialize;

use crate::{look::text, screens::fields::given, trouble::Trouble};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Pause {
    #[serde(rename = "for")]
    time: String,
    reason: String,
}

impl Pause {
    /// When it ends; nothing if it lasts until it is resumed.
    pub fn until(&self, now: Timestamp) -> Result<Option<Timestamp>, Trouble> {
        let Some(text) = given(&self.time) else { return Ok(None) };
        let time = duration::parse(text).filter(|time| !time.is_zero());
        let unreadable = || {
            Trouble::Input(format!(
                "{text:?} is no time to pause: expected {}.",
                duration::EXPECTED
            ))
        };
        time.map(|time| Some(now + time)).ok_or_else(unreadable)
    }

    pub fn reason(&self) -> Option<&str> {
        given(&self.reason)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Permits {
    permits: String,
    reason: String,
}

impl Permits {
    pub fn permits(&self) -> Result<u32, Trouble> {
        number(&self.permits, "number of permits")?
            .ok_or_else(|| Trouble::Input("Say how many permits there are to be.".to_owned()))
    }

    pub fn reason(&self) -> Option<&str> {
        given(&self.reason)
    }
}

/// What is left empty stays as it is, but for the limit.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Rate {
    rate: String,
    per: String,
    burst: String,
    reason: String,
}

impl Rate {
    pub fn rate(&self) -> Result<NewRate, Trouble> {
        let limit = number(&self.rate, "number of tasks")?;
        let limit = limit.ok_or_else(|| Trouble::Input("Say how many tasks may start.".to_owned()));
        let unreadable =
            |text| Trouble::Input(format!("{text:?} is no time: expected {}.", duration::EXPECTED));
        let per =
            given(&self.per).map(|text| duration::parse(text).ok_or_else(|| unreadable(text)));
        let burst = number(&self.burst, "number of tasks")?;
        Ok(NewRate { limit: limit?, per: per.transpose()?, burst })
    }

    pub fn reason(&self) -> Option<&str> {
        given(&self.reason)
    }
}

fn number(field: &str, what: &str) -> Result<Option<u32>, Trouble> {
    let read = |text: &str| {
        text.parse()
            .map_err(|_| Trouble::Input(format!("{text:?} is no {what}: expected a whole number.")))
    };
    given(field).map(read).transpose()
}

/// What a pause did.
pub fn in_words(until: Option<Timestamp>, running: u32) -> String {
    let end = until.map_or("until it is resumed".to_owned(), |end| format!("until {}", end.utc()));
    let running = match running {
        0 => String::new(),
        running => format!(" {} still running.", text::things(running.into(), "attempt")),
    };
    format!("It is paused {end}.{running}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_what_is_left_empty_stays_as_it_is() {
        let rate = |rate: &str, per: &str, burst: &str| {
            let [rate, per, burst] = [rate, per, burst].map(str::to_owned);
            Rate { rate, per, burst, reason: String::new() }.rate()
        };
        let kept = NewRate { limit: 45, per: None, burst: None };
        assert_eq!(rate(" 45 ", "", "").unwrap(), kept);
        let minute = Some(std::time::Duration::from_secs(60));
        assert_eq!(rate("45", "1m", "4").unwrap(), NewRate { per: minute, burst: Some(4), ..kept });
        for (wrong, said) in [
            (rate("", "", ""), "how many tasks may start"),
            (rate("many", "", ""), "\"many\" is no number of tasks"),
            (rate("45", "soon", ""), "\"soon\" is no time"),
            (rate("45", "", "-1"), "\"-1\" is no number of tasks"),
        ] {
            let Err(Trouble::Input(why)) = wrong else { panic!("{said}") };
            assert!(why.contains(said), "{why}");
        }
        assert!(Permits::default().permits().is_err());
    }

    #[test]
    fn a_pause_lasts_as_long_as_is_said_or_until_it_is_resumed() {
        let now = Timestamp::from_seconds(1000.0);
        let until = |time: &str| Pause { time: time.into(), reason: String::new() }.until(now);
        assert_eq!(until(" ").unwrap(), None);
        assert_eq!(until("2h").unwrap(), Some(Timestamp::from_seconds(8200.0)));
        for wrong in ["soon", "0s", "-1h"] {
            let Err(Trouble::Input(why)) = until(wrong) else { panic!("{wrong} is refused") };
            assert!(why.contains("90s, 2h, 1d"), "{why}");
        }
    }
}
