//! Pauses and resumes a resource, and so all who use it.

use axum::{extract::Path, response::Response};
use operator::{
    ResourceId,
    resources::{pause as pause_resource, resume as resume_resource},
};

use super::given::{Pause, in_words};
use crate::{guard::form::Form, look::link, said::Said, trouble::Trouble, visit::Visit};

pub async fn pause(
    visit: Visit,
    Path(name): Path<String>,
    Form(asked): Form<Pause>,
) -> Result<Response, Trouble> {
    let resource = ResourceId::new(name)?;
    let until = asked.until(visit.now)?;
    let paused = pause_resource(&visit.manager, &resource, until, asked.reason()).await?;
    let said = Said::Done(in_words(paused.until, paused.running));
    Ok(visit.lead_to(&link::resource_path(&resource), said))
}

pub async fn resume(visit: Visit, Path(name): Path<String>) -> Result<Response, Trouble> {
    let resource = ResourceId::new(name)?;
    let said = match resume_resource(&visit.manager, &resource).await? {
        true => Said::Done("It is resumed: the next tick starts what waits for it.".to_owned()),
        false => Said::Done("Nothing was done: it was not paused.".to_owned()),
    };
    Ok(visit.lead_to(&link::resource_path(&resource), said))
}
