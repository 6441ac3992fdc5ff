//! All addresses of the page.

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};

use crate::{Page, actions, assets, screens};

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
    screen("/stack", || get(screens::stack::show)),
    screen("/jobs", || get(screens::jobs::show)),
    screen("/jobs/{job}", || get(screens::job::show)),
    screen("/jobs/{job}/cancel", || get(screens::sure::cancel)),
    screen("/jobs/{job}/retry", || get(screens::sure::retry)),
    screen("/tasks", || get(screens::tasks::show)),
    screen("/tasks/{task}", || get(screens::task::show)),
    action("/labourers/{labourer}/pause", || post(actions::labourer::pause)),
    action("/labourers/{labourer}/resume", || post(actions::labourer::resume)),
    action("/do/jobs/{job}/cancel", || post(actions::job::cancel)),
    action("/do/jobs/{job}/retry", || post(actions::job::retry)),
    part("/assets/{file}", || get(assets::show)),
];

/// Answers at every address of the table.
pub fn router(page: Page) -> Router {
    let table = ROUTES
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    table.with_state(page)
}
