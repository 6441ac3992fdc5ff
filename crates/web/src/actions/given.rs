//! What is sent with a pause.

use operator::{Timestamp, duration};
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
