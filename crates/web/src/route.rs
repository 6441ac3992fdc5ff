//! All addresses of the page.

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};

use crate::{
    Page, actions, answer, assets,
    guard::{self, sign_in},
    live,
    look::{self, link},
    screens,
    trouble::Trouble,
};

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shows something, and writes nothing.
    Screen,
    /// Does something; it is asked for by POST.
    Action,
    /// A part of a screen: style, script, live updates.
    Part,
}

/// An address, and what answers there.
pub struct Route {
    /// As axum writes it: `/jobs/{job}`.
    pub path: &'static str,
    pub kind: Kind,
    handler: fn() -> MethodRouter<Page>,
}

const fn screen(path: &'static str, handler: fn() -> MethodRouter<Page>) -> Route {
    Route { path, kind: Kind::Screen, handler }
}

const fn action(path: &'static str, handler: fn() -> MethodRouter<Page>) -> Route {
    Route { path, kind: Kind::Action, handler }
}

const fn part(path: &'static str, handler: fn() -> MethodRouter<Page>) -> Route {
    Route { path, kind: Kind::Part, handler }
}

pub const ROUTES: &[Route] = &[
    screen("/", || get(screens::now::show)),
    screen("/labourers/{labourer}", || get(screens::labourer::show)),
    screen("/resources/{resource}", || get(screens::resource::show)),
    screen("/stack", || get(screens::stack::show)),
    screen("/jobs", || get(screens::jobs::show)),
    screen("/jobs/{job}", || get(screens::job::show)),
    screen("/jobs/{job}/cancel", || get(screens::sure::cancel)),
    screen("/jobs/{job}/retry", || get(screens::sure::retry)),
    screen(link::TASKS, || get(screens::tasks::show)),
    screen("/tasks/{task}", || get(screens::task::show)),
    screen("/tasks/{task}/payload", || get(screens::payload::show)),
    screen("/tasks/{task}/cancel", || get(screens::sure::cancel_task)),
    screen("/labourers/{labourer}/failures", || get(screens::failures::show)),
    screen("/labourers/{labourer}/retry", || get(screens::sure::retry_of_labourer)),
    action("/labourers/{labourer}/pause", || post(actions::labourer::pause)),
    action("/labourers/{labourer}/resume", || post(actions::labourer::resume)),
    action("/resources/{resource}/pause", || post(actions::resource::pause)),
    action("/resources/{resource}/resume", || post(actions::resource::resume)),
    action("/resources/{resource}/permits", || post(actions::resource::set_permits)),
    action("/resources/{resource}/rate", || post(actions::resource::set_rate)),
    action("/do/jobs/{job}/cancel", || post(actions::job::cancel)),
    action("/do/jobs/{job}/retry", || post(actions::job::retry)),
    action("/do/tasks/{task}/retry", || post(actions::task::retry)),
    action("/do/tasks/{task}/cancel", || post(actions::task::cancel)),
    action("/do/labourers/{labourer}/retry", || post(actions::task::retry_of_labourer)),
    action(link::TASKS, || post(screens::tasks::with_text)),
    screen(look::sign_in::PATH, || get(sign_in::show)),
    action(look::sign_in::PATH, || post(sign_in::sign_in)),
    part("/assets/{file}", || get(assets::show)),
    part("/live", || get(live::show)),
];

/// Answers at every address of the table, and says so at every other.
pub(crate) fn router(page: Page) -> Router {
    let table = ROUTES
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    table
        .fallback(async || Trouble::no_page())
        .layer(from_fn_with_state(page.clone(), guard::check))
        .layer(from_fn_with_state(page.clone(), answer::around))
        .with_state(page)
}
