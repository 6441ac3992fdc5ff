//! Keeps what labourers print, for as long as the run lasts and, with `--data`, after it.

use std::{path::PathBuf, sync::Arc};

use operator::Clients;

use super::{plan::RunPlan, screen::Screen};
use crate::{
    data::Data,
    error::Error,
    output::{place::Place, record::Recorder},
};

pub struct Output {
    recorder: Arc<Recorder>,
    place: Place,
}

impl Output {
    /// Starts to keep it. A run without it is better than none: what prevents it is a warning.
    pub fn keep(plan: &RunPlan, data: Option<&Data>, screen: &Screen) -> Option<Self> {
        let functions = plan.labourers().map(|(labourer, _)| labourer.function_name().to_owned());
        let place = Place::new(data.map(Data::directory)).map_err(|error| error.to_string());
        let kept = place.and_then(|place| {
            let recorder = Recorder::start(&place.path, functions);
            let recorder =
                recorder.map_err(|error| format!("{}: {error}", place.path.display()))?;
            Ok(Self { recorder, place })
        });
        let refused = |why| {
            screen.warn(format_args!("what labourers print is not kept for `sosw logs`: {why}"));
        };
        kept.map_err(refused).ok()
    }

    pub fn recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.recorder)
    }

    /// The database.
    pub fn path(&self) -> PathBuf {
        self.place.path.clone()
    }

    /// Lets other terminals find it by the tables.
    pub async fn announce(&self, clients: &Clients) -> Result<(), Error> {
        self.place.announce(clients).await
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.recorder.close();
    }
}
