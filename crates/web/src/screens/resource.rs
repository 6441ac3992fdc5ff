//! What labourers share: a resource with those who use it, and what of it stands on other screens.

use axum::{
    extract::{Path, Query},
    response::Response,
};
use maud::{Markup, html};
use operator::{
    Labourer, ResourceId,
    duration::text as duration_text,
    history::{self, Series},
    resources::{self, LabourerUse, PermitsSnapshot, RateSnapshot, ResourceSnapshot},
    words,
};

use super::{fields::text as field, pause::pause, range::Asked};
use crate::{
    chart,
    look::{
        Button, Column, badge::Tone, badge::mark, bar, count, duration, facts, form, link, raw,
        table, text,
    },
    trouble::Trouble,
    visit::Visit,
};

const RESOURCES: [Column; 5] = [
    Column::Text("Resource"),
    Column::Text("Permits"),
    Column::Text("Rate"),
    Column::Wide("Used by"),
    Column::Text("Pause"),
];
const OF_LABOURER: [Column; 4] = [
    Column::Text("Resource"),
    Column::Text("Permits"),
    Column::Text("Rate"),
    Column::Number("Its share"),
];
const LABOURERS: [Column; 5] = [
    Column::Text("Labourer"),
    Column::Number("Running"),
    Column::Number("Its share"),
    Column::Number("Permits used"),
    Column::Wide("It takes"),
];
const PAUSED: &str =
    "Nothing that uses it is started while it is paused; what runs may end, and what comes waits.";

pub async fn show(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let id = ResourceId::new(name)?;
    let range = asked.range(visit.now)?;
    let resource = resources::show(&visit.manager, &id).await?;
    let history = history::read(&visit.manager, &Series::Resource(id.clone()), &range).await?;
    let path = link::resource_path(&id);
    let (has_permits, has_rate) = (resource.permits.is_some(), resource.rate.is_some());
    let charts = chart::of_resource(&history, has_permits, has_rate);
    let body = html! {
        (stands(&resource))
        section {
            h2 { "Labourers" }
            (table("Labourers", &LABOURERS, &html! {
                @for one in &resource.labourers { (labourer(one)) }
            }))
        }
        section {
            h2 { "What happened" }
            (asked.with_charts(&path, &charts, &history, visit.now))
        }
        @if resource.in_config {
            (pause(&visit, &path, resource.paused.is_some(), PAUSED))
            (set(&visit, &path, &resource))
        }
    };
    Ok(visit.page(&words::printable(id.as_str()), &body))
}

fn stands(resource: &ResourceSnapshot) -> Markup {
    let permits = resource.permits.as_ref();
    let held = permits.map(|permits| html! { (count(permits.held)) " by all shares together" });
    let set = resource.remark();
    let list = [
        permits.map(|of| ("Permits", permits_used(of))),
        held.map(|held| ("Held", held)),
        permits.and_then(|of| of.health.as_ref()).map(|health| ("Health", raw(health))),
        resource.rate.as_ref().map(|rate| ("Rate", rate_in_words(rate))),
        (!set.is_empty()).then(|| ("Now", raw(&set))),
    ];
    facts(&list.into_iter().flatten().collect::<Vec<_>>())
}

fn labourer(one: &LabourerUse) -> Markup {
    let takes = [
        one.permits.map(|weight| text::things(weight.into(), "permit") + " an attempt"),
        one.tokens.map(|weight| text::things(weight.into(), "token") + " a task"),
    ];
    let takes = takes.into_iter().flatten().collect::<Vec<_>>().join(", ");
    html! {
        tr {
            th scope="row" { (link::labourer(&one.labourer_id)) @if one.waits { span.reason { "waits" } } }
            td.n { (count(one.running.into())) }
            td.n { @if let Some(share) = one.share { (count(share.into())) } }
            td.n { (count(one.used)) }
            td.wide { (takes) }
        }
    }
}

/// Sets its limits; what is left empty stays as it is.
fn set(visit: &Visit, path: &str, resource: &ResourceSnapshot) -> Markup {
    let field = |name, label, now: String| field(name, label, &now, "");
    let reason = || field("reason", "Reason", String::new());
    html! {
        section #limits {
            h2 { "Limits" }
            p.note { "What is set counts from now on, until another config is pushed." }
            @if let Some(PermitsSnapshot { configured, set, .. }) = &resource.permits {
                @let now = set.as_ref().map_or(*configured, |set| set.to);
                (form(visit.frame(), &format!("{path}/permits"), &html! {
                    (field("permits", "Permits", now.to_string())) (reason())
                }, Button::Plain("Set the permits")))
            }
            @if let Some(RateSnapshot { in_force, .. }) = &resource.rate {
                (form(visit.frame(), &format!("{path}/rate"), &html! {
                    (field("rate", "Tasks that start", in_force.limit.to_string()))
                    (field("per", "In", duration_text(in_force.per)))
                    (field("burst", "At once", in_force.burst.to_string()))
                    (reason())
                }, Button::Plain("Set the rate")))
            }
        }
    }
}

fn permits_used(permits: &PermitsSnapshot) -> Markup {
    let PermitsSnapshot { configured, in_force, used, .. } = permits;
    let of = in_force.unwrap_or(*configured);
    html! {
        (bar(*used, of.max(*configured).into(), "permits used"))
        span.under {
            (count(*used)) " of " (count(of.into())) " in use"
            @if of != *configured { span.reason { (count((*configured).into())) " by the config" } }
            @if in_force.is_none() { span.reason { "not shared out yet" } }
        }
    }
}

fn rate_in_words(rate: &RateSnapshot) -> Markup {
    html! {
        (raw(rate.in_words()))
        span.reason {
            @if rate.next_in.is_zero() {
                (text::things(rate.available.into(), "token")) " ready"
            } @else {
                "the next token in " (duration(rate.next_in))
            }
        }
    }
}

/// All resources, each with its pause; nothing is read if the config has none.
pub async fn all(visit: &Visit) -> Result<Markup, Trouble> {
    if visit.manager.config().resources.is_empty() {
        return Ok(html! {});
    }
    let resources = resources::list(&visit.manager).await?;
    Ok(html! {
        section {
            h2 { "Resources" }
            (table("Resources", &RESOURCES, &html! {
                @for resource in &resources { (row(visit, resource)) }
            }))
        }
    })
}

fn row(visit: &Visit, resource: &ResourceSnapshot) -> Markup {
    let (path, remark) = (link::resource_path(&resource.resource), resource.remark());
    html! {
        tr {
            th scope="row" {
                (link::resource(&resource.resource))
                @if !remark.is_empty() { span.reason { (raw(&remark)) } }
            }
            td { @if let Some(permits) = &resource.permits { (permits_used(permits)) } }
            td { @if let Some(rate) = &resource.rate { (rate_in_words(rate)) } }
            td.wide {
                @for one in &resource.labourers {
                    (link::labourer(&one.labourer_id)) " "
                }
            }
            td {
                @if resource.paused.is_some() {
                    (mark(Tone::Warn, "paused")) " "
                    (form(visit.frame(), &format!("{path}/resume"), &html! {}, Button::Plain("Resume")))
                } @else if resource.in_config {
                    a.button href={ (path) "#pause" } { "Pause…" }
                }
            }
        }
    }
}

/// What a labourer uses; nothing is read if it uses nothing.
pub async fn of_labourer(visit: &Visit, labourer: &Labourer) -> Result<Markup, Trouble> {
    if labourer.uses.is_empty() {
        return Ok(html! {});
    }
    let own = |one: &LabourerUse| one.labourer_id == labourer.id;
    let resources = resources::list(&visit.manager).await?;
    let used: Vec<_> = resources
        .iter()
        .filter_map(|resource| Some((resource, resource.labourers.iter().find(|one| own(one))?)))
        .collect();
    Ok(html! {
        section {
            h2 { "Shared with others" }
            (table("Resources", &OF_LABOURER, &html! {
                @for (resource, one) in used { (of_labourer_row(resource, one)) }
            }))
        }
    })
}

fn of_labourer_row(resource: &ResourceSnapshot, one: &LabourerUse) -> Markup {
    let remark = resource.remark();
    html! {
        tr {
            th scope="row" {
                (link::resource(&resource.resource))
                @if !remark.is_empty() { span.reason { (raw(&remark)) } }
            }
            td {
                @if let Some(permits) = &resource.permits {
                    (permits_used(permits))
                    span.reason { (count(one.used)) " by its own attempts" }
                }
            }
            td { @if let Some(rate) = &resource.rate { (rate_in_words(rate)) } }
            td.n { @if let Some(share) = one.share { (text::things(share.into(), "attempt")) } }
        }
    }
}
