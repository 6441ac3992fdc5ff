//! Every screen, by an address of a seeded stack.

use std::collections::BTreeSet;

use web::route::{Kind, ROUTES};

use super::{
    seeded::{ODD_NAME, ODD_RESOURCE, Seeded},
    site::{Sites, path},
};

/// A screen that is visited.
pub struct Visit {
    /// The address of the table that it is.
    route: &'static str,
    /// That of its pictures.
    pub name: &'static str,
    path: fn(&Seeded) -> String,
    /// Is it one of a page that asks for a token?
    is_asked: bool,
}

impl Visit {
    pub fn address(&self, sites: &Sites, seeded: &Seeded) -> String {
        let site = if self.is_asked { &sites.asking } else { &sites.open };
        site.at(&(self.path)(seeded))
    }
}

const fn visit(route: &'static str, name: &'static str, path: fn(&Seeded) -> String) -> Visit {
    Visit { route, name, path, is_asked: false }
}

pub const VISITS: &[Visit] = &[
    visit("/", "now", |_| "/".to_owned()),
    visit("/labourers/{labourer}", "labourer", |_| "/labourers/resize".to_owned()),
    visit("/labourers/{labourer}", "labourer-odd", |_| path(&["labourers", ODD_NAME])),
    visit("/labourers/{labourer}", "labourer-paused", |_| "/labourers/mail".to_owned()),
    visit("/labourers/{labourer}", "labourer-ill", |_| "/labourers/geocode".to_owned()),
    visit("/labourers/{labourer}/failures", "labourer-failures", |_| {
        "/labourers/import/failures".to_owned()
    }),
    visit("/labourers/{labourer}/retry", "labourer-retry", |_| {
        "/labourers/import/retry".to_owned()
    }),
    visit("/resources/{resource}", "resource-odd", |_| path(&["resources", ODD_RESOURCE])),
    visit("/resources/{resource}", "resource-paused", |_| "/resources/smtp".to_owned()),
    visit("/stack", "stack", |_| "/stack".to_owned()),
    visit("/jobs", "jobs", |_| "/jobs".to_owned()),
    visit("/jobs/{job}", "job-open", |seeded| path(&["jobs", seeded.jobs.open.as_str()])),
    visit("/jobs/{job}", "job-succeeded", |seeded| path(&["jobs", seeded.jobs.succeeded.as_str()])),
    visit("/jobs/{job}", "job-failed", |seeded| path(&["jobs", seeded.jobs.failed.as_str()])),
    visit("/jobs/{job}", "job-cancelled", |seeded| path(&["jobs", seeded.jobs.cancelled.as_str()])),
    visit("/jobs/{job}", "job-later", |seeded| path(&["jobs", seeded.jobs.later.as_str()])),
    visit("/jobs/{job}", "job-in-blocks", |seeded| path(&["jobs", seeded.jobs.in_blocks.as_str()])),
    visit("/jobs/{job}/cancel", "job-cancel", |seeded| {
        path(&["jobs", seeded.jobs.open.as_str(), "cancel"])
    }),
    visit("/jobs/{job}/retry", "job-retry", |seeded| {
        path(&["jobs", seeded.jobs.failed.as_str(), "retry"])
    }),
    visit("/tasks", "tasks-unasked", |_| "/tasks".to_owned()),
    visit("/tasks", "tasks", |_| "/tasks?labourer=geocode".to_owned()),
    visit("/tasks/{task}", "task-failed", |seeded| path(&["tasks", seeded.failed.id.as_str()])),
    visit("/tasks/{task}", "task-parked", |seeded| path(&["tasks", seeded.parked.id.as_str()])),
    visit("/tasks/{task}", "task-running", |seeded| path(&["tasks", seeded.running.id.as_str()])),
    visit("/tasks/{task}", "task-queued", |seeded| path(&["tasks", seeded.queued.id.as_str()])),
    visit("/tasks/{task}", "task-succeeded", |seeded| {
        path(&["tasks", seeded.succeeded.id.as_str()])
    }),
    visit("/tasks/{task}/payload", "task-payload", |seeded| {
        path(&["tasks", seeded.succeeded.id.as_str(), "payload"])
    }),
    visit("/tasks/{task}/cancel", "task-cancel", |seeded| {
        path(&["tasks", seeded.queued.id.as_str(), "cancel"])
    }),
    Visit { is_asked: true, ..visit("/sign-in", "sign-in", |_| "/sign-in".to_owned()) },
];

#[test]
fn every_screen_is_visited() {
    let screens = ROUTES.iter().filter(|route| route.kind == Kind::Screen);
    let screens: BTreeSet<_> = screens.map(|route| route.path).collect();
    let visited: BTreeSet<_> = VISITS.iter().map(|visit| visit.route).collect();
    assert_eq!(visited, screens, "left: VISITS, right: the table of routes");
}
