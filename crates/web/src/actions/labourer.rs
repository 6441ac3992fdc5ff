//! Pauses and resumes a labourer.

use axum::{extract::Path, response::Response};
use operator::pause::{pause as pause_labourer, resume as resume_labourer};

use super::given::{Pause, in_words};
use crate::{
    guard::form::Form, look::link, said::Said, screens::asked::labourer, trouble::Trouble,
    visit::Visit,
};

pub async fn pause(
    visit: Visit,
    Path(name): Path<String>,
    Form(asked): Form<Pause>,
) -> Result<Response, Trouble> {
    let labourer = labourer(&visit.manager, &name).await?;
    let until = asked.until(visit.now)?;
    let paused = pause_labourer(&visit.manager, &labourer, until, asked.reason()).await?;
    let said = Said::Done(in_words(paused.until, paused.running));
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
