//! Every screen, in every view.

use std::collections::BTreeSet;

use futures::future::join_all;
use web::route::{Kind, ROUTES};

use super::{
    checks::{self, flaws},
    seeded::{ODD_NAME, Seeded},
    session::{Browser, Scheme, View, with_browser},
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
        path(&["tasks", seeded.failed.id.as_str(), "payload"])
    }),
    visit("/tasks/{task}/cancel", "task-cancel", |seeded| {
        path(&["tasks", seeded.queued.id.as_str(), "cancel"])
    }),
    visit("/labourers/{labourer}/failures", "failures", |_| {
        "/labourers/import/failures".to_owned()
    }),
    visit("/labourers/{labourer}/retry", "failures-retry", |_| {
        "/labourers/import/retry".to_owned()
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

/// Visits all screens in this scheme; what is wrong with them.
async fn visit_all(seeded: &Seeded, sites: &Sites, scheme: Scheme) -> Vec<String> {
    let mut wrong = Vec::new();
    with_browser(async |browser| {
        for width in [View::PHONE, View::DESK] {
            let view = View { width, scheme };
            browser.look_as(view).await;
            for visit in VISITS {
                let found = look_at(browser, &visit.address(sites, seeded), visit.name, view).await;
                wrong.extend(found);
            }
        }
    })
    .await;
    wrong
}

async fn look_at(browser: &Browser, address: &str, name: &str, view: View) -> Vec<String> {
    browser.go(address).await;
    let flaws = flaws(browser, view).await;
    checks::keep_picture(browser, name, view).await;
    let place = format!("{name}, {} pixels, {}", view.width, view.scheme.name());
    flaws.into_iter().map(|flaw| format!("{place}: {flaw}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn every_screen_is_accessible_and_without_errors_in_light_and_dark_on_a_phone_and_a_desk() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let schemes = [Scheme::Light, Scheme::Dark];
    let wrong = join_all(schemes.map(|scheme| visit_all(&seeded, &sites, scheme))).await.concat();
    sites.end().await;
    assert!(wrong.is_empty(), "{} flaws:\n{}", wrong.len(), wrong.join("\n"));
}
