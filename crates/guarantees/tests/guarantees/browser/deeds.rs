//! Every action, done by its button, with scripts and without, and what came of it.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use guarantees::world::id;
use operator::{
    jobs,
    resources::{self, ResourceSnapshot},
    tasks::{self, TaskName, TaskState},
};
use task_manager::{
    ids::{JobId, ResourceId},
    task::Task,
};
use url::{Position, Url};
use web::route::{Kind, ROUTES};

use super::{
    checks,
    seeded::{ODD_RESOURCE, SCRIPT, Seeded},
    session::{Browser, View, with_browser},
    site::{Site, Sites, TOKEN, path},
};

/// Something that is done by a button.
struct Deed {
    /// The action of the table that it is.
    route: &'static str,
    /// The screen on which the way to it begins.
    from: fn(&Seeded) -> String,
    /// What is typed in, by the name of the field; then what is pressed, in this order, the button last.
    types: &'static [(&'static str, &'static str)],
    presses: &'static [&'static str],
    /// What the screen with the button says will happen.
    foretold: &'static str,
    /// What the screen after it says.
    told: &'static str,
    /// Did it happen?
    is_done: for<'a> fn(&'a Seeded) -> BoxFuture<'a, bool>,
}

/// In this order: some act on what others left.
const DEEDS: &[Deed] = &[
    Deed {
        route: "/tasks",
        from: |_| "/tasks?labourer=import&state=exhausted".to_owned(),
        types: &[("text", "is not a number")],
        presses: &["Search in errors"],
        foretold: "the shop did not answer",
        told: "is not a number",
        is_done: |_| Box::pin(std::future::ready(true)),
    },
    Deed {
        route: "/labourers/{labourer}/pause",
        from: |_| "/labourers/resize".to_owned(),
        types: &[("for", "2h"), ("reason", SCRIPT)],
        presses: &["Pause"],
        foretold: "resize",
        told: SCRIPT,
        is_done: |seeded| Box::pin(is_paused(seeded, "resize")),
    },
    Deed {
        route: "/labourers/{labourer}/resume",
        from: |_| "/labourers/mail".to_owned(),
        types: &[],
        presses: &["Resume"],
        foretold: "the provider asked for it",
        told: "mail",
        is_done: |seeded| Box::pin(async { !is_paused(seeded, "mail").await }),
    },
    Deed {
        route: "/resources/{resource}/resume",
        from: |_| "/stack".to_owned(),
        types: &[],
        presses: &["Resume"],
        foretold: "its certificate has ended",
        told: "It is resumed",
        is_done: |seeded| Box::pin(async { !is_resource_paused(seeded, "smtp").await }),
    },
    Deed {
        route: "/resources/{resource}/permits",
        from: |_| path(&["resources", ODD_RESOURCE]),
        types: &[("permits", "5")],
        presses: &["Set the permits"],
        foretold: "until another config is pushed",
        told: "has 5 permits from now on",
        is_done: |seeded| {
            Box::pin(async {
                let permits = resource(seeded, ODD_RESOURCE).await.permits.unwrap();
                permits.set.is_some_and(|set| set.to == 5)
            })
        },
    },
    Deed {
        route: "/resources/{resource}/rate",
        from: |_| "/resources/smtp".to_owned(),
        types: &[("rate", "45"), ("per", "1m")],
        presses: &["Set the rate"],
        foretold: "90 in 10s",
        told: "smtp lets 45 tasks start in 1m from now on, at most 4 at once",
        is_done: |seeded| {
            Box::pin(async {
                let set = resource(seeded, "smtp").await.rate.unwrap().set.unwrap().to;
                (set.limit, set.per.as_secs(), set.burst) == (45, 60, 4)
            })
        },
    },
    Deed {
        route: "/resources/{resource}/pause",
        from: |_| path(&["resources", ODD_RESOURCE]),
        types: &[("for", "2h"), ("reason", SCRIPT)],
        presses: &["Pause"],
        foretold: ODD_RESOURCE,
        told: SCRIPT,
        is_done: |seeded| Box::pin(is_resource_paused(seeded, ODD_RESOURCE)),
    },
    Deed {
        route: "/do/tasks/{task}/retry",
        from: |seeded| path(&["tasks", seeded.failed.id.as_str()]),
        types: &[],
        presses: &["Retry"],
        foretold: "is not a number",
        told: "The task was queued again.",
        is_done: |seeded| Box::pin(is(seeded, &seeded.failed, TaskState::Queued)),
    },
    Deed {
        route: "/do/tasks/{task}/cancel",
        from: |seeded| path(&["tasks", seeded.queued.id.as_str()]),
        types: &[],
        presses: &["Cancel…", "Cancel it"],
        foretold: "This cannot be undone.",
        told: "The task was cancelled.",
        is_done: |seeded| Box::pin(is(seeded, &seeded.queued, TaskState::Ignored)),
    },
    Deed {
        route: "/do/jobs/{job}/retry",
        from: |seeded| path(&["jobs", seeded.jobs.failed.as_str(), "retry"]) + "?kind=KeyError",
        types: &[],
        presses: &["Retry them"],
        foretold: "2 failed tasks whose last error is KeyError",
        told: "2 tasks queued again.",
        is_done: |seeded| Box::pin(has_failed(seeded, &seeded.jobs.failed, 3)),
    },
    Deed {
        route: "/do/jobs/{job}/retry",
        from: |seeded| path(&["jobs", seeded.jobs.failed.as_str()]),
        types: &[],
        presses: &["Retry 3 failed tasks…", "Retry them"],
        foretold: "3 failed tasks are queued again",
        told: "3 tasks queued again.",
        is_done: |seeded| Box::pin(has_failed(seeded, &seeded.jobs.failed, 0)),
    },
    Deed {
        route: "/do/labourers/{labourer}/retry",
        from: |_| "/labourers/import/failures".to_owned(),
        types: &[],
        presses: &["Retry all failed tasks…", "Retry them"],
        foretold: "1 failed task",
        told: "1 task queued again.",
        is_done: |seeded| Box::pin(is(seeded, &seeded.single, TaskState::Queued)),
    },
    Deed {
        route: "/do/jobs/{job}/cancel",
        from: |seeded| path(&["jobs", seeded.jobs.open.as_str()]),
        types: &[],
        presses: &["Cancel the job…", "Cancel the job"],
        foretold: "This cannot be undone",
        told: "tasks cancelled",
        is_done: |seeded| Box::pin(is_cancelled(seeded, &seeded.jobs.open)),
    },
];

/// By the button of a screen that only a page with a token has.
const SIGN_IN: &str = "/sign-in";

async fn is_paused(seeded: &Seeded, labourer: &str) -> bool {
    let manager = &seeded.world.manager;
    let row = manager.store().labourers().row(&id(labourer)).await.unwrap();
    row.is_some_and(|row| row.is_paused(manager.now()))
}

async fn resource(seeded: &Seeded, resource: &str) -> ResourceSnapshot {
    let id = ResourceId::new(resource).unwrap();
    resources::show(&seeded.world.manager, &id).await.unwrap()
}

async fn is_resource_paused(seeded: &Seeded, name: &str) -> bool {
    resource(seeded, name).await.paused.is_some()
}

async fn is(seeded: &Seeded, task: &Task, state: TaskState) -> bool {
    let name = TaskName::Id(task.id.clone());
    tasks::show(&seeded.world.manager, &name).await.unwrap().state == state
}

async fn has_failed(seeded: &Seeded, job: &JobId, tasks: u64) -> bool {
    jobs::read(&seeded.world.manager, job).await.unwrap().progress.exhausted == tasks
}

async fn is_cancelled(seeded: &Seeded, job: &JobId) -> bool {
    jobs::read(&seeded.world.manager, job).await.unwrap().state.is_cancelled()
}

#[test]
fn every_action_is_done() {
    let actions = ROUTES.iter().filter(|route| route.kind == Kind::Action);
    let actions: BTreeSet<_> = actions.map(|route| route.path).collect();
    let done: BTreeSet<_> = DEEDS.iter().map(|deed| deed.route).chain([SIGN_IN]).collect();
    assert_eq!(done, actions, "left: DEEDS, right: the table of routes");
}

/// Is this an address of the route?
fn leads_to(address: &str, route: &str) -> bool {
    let url = Url::parse(address).unwrap();
    let (path, pattern) = (url.path().split('/'), route.split('/'));
    path.clone().count() == pattern.clone().count()
        && path.zip(pattern).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
}

impl Deed {
    async fn is_done_by(&self, browser: &Browser, site: &Site, seeded: &Seeded) {
        browser.go(&site.at(&(self.from)(seeded))).await;
        let (button, way) = self.presses.split_last().unwrap();
        for words in way {
            browser.press(words).await;
        }
        let (text, action) = (browser.whole_text().await, browser.action_of(button).await);
        assert!(text.contains(self.foretold), "{:?} is not in\n{text}", self.foretold);
        assert!(leads_to(&action, self.route), "{button:?} leads to {action}");
        for (field, text) in self.types {
            browser.fill(field, text).await;
        }
        browser.press(button).await;
        let text = browser.whole_text().await;
        assert!(text.contains(self.told), "{:?} is not in\n{text}", self.told);
        let address = browser.address().await;
        let address = &address[Position::BeforePath..];
        for (_, typed) in self.types {
            let typed: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
            assert!(!address.contains(&typed), "{typed} is in {address}");
        }
        assert!((self.is_done)(seeded).await, "{} had no effect; it says\n{text}", self.route);
    }
}

/// Each in another view. What the screen after it has wrong in any view is found by a script.
async fn every_deed_is_done(are_scripts_run: bool) {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let mut wrong = Vec::new();
    with_browser(async |browser| {
        browser.run_scripts(are_scripts_run).await;
        for (deed, view) in DEEDS.iter().zip(View::ALL.into_iter().cycle()) {
            browser.look_as(view).await;
            deed.is_done_by(browser, &sites.open, &seeded).await;
            for view in View::ALL.into_iter().filter(|_| are_scripts_run) {
                browser.look_as(view).await;
                let flaws = checks::flaws(browser, view).await.into_iter();
                wrong.extend(flaws.map(|flaw| format!("{}, {view:?}: {flaw}", deed.route)));
            }
        }
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    })
    .await;
    sites.end().await;
    assert!(wrong.is_empty(), "{} flaws:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn every_action_does_what_its_button_says() {
    every_deed_is_done(true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn every_action_does_what_its_button_says_without_scripts() {
    every_deed_is_done(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a browser: make browser"]
async fn whoever_signs_in_with_the_token_sees_what_was_asked_for() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    with_browser(async |browser| {
        browser.go(&sites.asking.at("/labourers/resize")).await;
        for (token, told) in [("guessed", "This is not the token."), (TOKEN, "resize")] {
            assert!(!browser.text().await.contains("resize"), "nothing is shown before");
            browser.fill("secret", token).await;
            assert!(leads_to(&browser.action_of("Sign in").await, SIGN_IN));
            browser.press("Sign in").await;
            let text = browser.text().await;
            assert!(text.contains(told), "{told} is not in\n{text}");
        }
        assert_eq!(browser.address().await.path(), "/labourers/resize");
    })
    .await;
    sites.end().await;
}
