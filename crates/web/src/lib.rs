//! The page: what is late, why, and the button that helps. HTML made on the server; it works without
//! JavaScript.
//!
//! It holds no logic of its own: every answer comes from [`operator`], and every button calls one of its
//! functions.
//!
//! - [`route`]: all addresses, in one table
//! - [`visit`]: a request, and what every screen needs for its answer
//! - [`trouble`]: the page that says what is wrong
//! - [`screens`]: one file for each screen; [`actions`]: what buttons do
//! - [`look`]: what screens are made of; [`chart`]: lines over time, as SVG
//! - [`stack`]: whose page it is

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod stack;
pub mod route;

mod visit;
mod trouble;
mod look;
mod chart;
mod screens;
mod actions;
mod assets;

use std::sync::Arc;

use stack::Stack;

/// How the page is served.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whoever visits may look, and do nothing.
    pub is_read_only: bool,
}

/// What every request is answered from. Clones are the same page.
#[derive(Clone)]
pub struct Page(Arc<Inner>);

struct Inner {
    stack: Box<dyn Stack>,
    options: Options,
}

impl Page {
    pub fn new(stack: impl Stack, options: Options) -> Self {
        Self(Arc::new(Inner { stack: Box::new(stack), options }))
    }
}
