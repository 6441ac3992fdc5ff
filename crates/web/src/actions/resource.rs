//! Pauses and resumes a resource, and so all who use it; sets its limits.

use axum::{extract::Path, response::Response};
use operator::{
    ResourceId,
    resources::{
        self, NewRate, ResourceSnapshot, pause as pause_resource, resume as resume_resource,
    },
};

use super::given::{Pause, Permits, Rate, in_words};
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

pub async fn set_permits(
    visit: Visit,
    Path(name): Path<String>,
    Form(asked): Form<Permits>,
) -> Result<Response, Trouble> {
    let (resource, permits) = (ResourceId::new(name)?, asked.permits()?);
    let set = resources::set_permits(&visit.manager, &resource, permits, asked.reason()).await?;
    Ok(is_set(&visit, &set, set.permits_set()))
}

pub async fn set_rate(
    visit: Visit,
    Path(name): Path<String>,
    Form(asked): Form<Rate>,
) -> Result<Response, Trouble> {
    let (resource, rate): (_, NewRate) = (ResourceId::new(name)?, asked.rate()?);
    let set = resources::set_rate(&visit.manager, &resource, rate, asked.reason()).await?;
    Ok(is_set(&visit, &set, set.rate_set()))
}

fn is_set(visit: &Visit, resource: &ResourceSnapshot, what: Option<String>) -> Response {
    let said = Said::Done(what.unwrap_or_default() + ".");
    visit.lead_to(&link::resource_path(&resource.resource), said)
}
