//! Pauses and resumes a labourer.

use axum::{extract::Path, response::Response};
use operator::{
    Timestamp, duration,
    pause::{pause as pause_labourer, resume as resume_labourer},
};
use serde::Deserialize;

use crate::{
    guard::form::Form,
    look::{link, text},
    said::Said,
    screens::{asked::labourer, fields::given},
    trouble::Trouble,
    visit::Visit,
};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Given {
    #[serde(rename = "for")]
    time: String,
    reason: String,
}

impl Given {
    /// When it ends; nothing if it lasts until it is resumed.
    fn until(&self, now: Timestamp) -> Result<Option<Timestamp>, Trouble> {
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
}

pub async fn pause(
    visit: Visit,
    Path(name): Path<String>,
    Form(asked): Form<Given>,
) -> Result<Response, Trouble> {
    let labourer = labourer(&visit.manager, &name).await?;
    let until = asked.until(visit.now)?;
    let paused = pause_labourer(&visit.manager, &labourer, until, given(&asked.reason)).await?;
    let end =
        paused.until.map_or("until it is resumed".to_owned(), |end| format!("until {}", end.utc()));
    let running = match paused.running {
        0 => String::new(),
        running => format!(" {} still running.", text::things(running.into(), "attempt")),
    };
    let said = Said::Done(format!("It is paused {end}.{running}"));
    Ok(visit.lead_to(&link::labourer_path(&labourer.id), said))
}

pub async fn resume(visit: Visit, Path(name): Path<String>) -> Result<Response, Trouble> {
    let labourer = labourer(&visit.manager, &name).await?;
    let said = match resume_labourer(&visit.manager, &labourer).await? {
        true => Said::Done("It is resumed: the next tick starts its tasks.".to_owned()),
        false => Said::Done("Nothing was done: it was not paused.".to_owned()),
    };
    Ok(visit.lead_to(&link::labourer_path(&labourer.id), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_as_long_as_is_said_or_until_it_is_resumed() {
        let now = Timestamp::from_seconds(1000.0);
        let until = |time: &str| Given { time: time.into(), reason: String::new() }.until(now);
        assert_eq!(until(" ").unwrap(), None);
        assert_eq!(until("2h").unwrap(), Some(Timestamp::from_seconds(8200.0)));
        for wrong in ["soon", "0s", "-1h"] {
            let Err(Trouble::Input(why)) = until(wrong) else { panic!("{wrong} is refused") };
            assert!(why.contains("90s, 2h, 1d"), "{why}");
        }
    }
}
