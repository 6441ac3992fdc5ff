//! The page: what is late, why, and the button that helps. HTML made on the server; it works without
//! JavaScript.
//!
//! It holds no logic of its own: every answer comes from [`operator`], and every button calls one of its
//! functions.
//!
//! - [`server`]: connections; [`answer`]: what every answer has; [`guard`]: who may ask for what
//! - [`route`]: all addresses, in one table
//! - [`visit`]: a request, and what every screen needs for its answer; [`frame`]: what is known without a stack
//! - [`trouble`]: the page that says what is wrong; [`said`]: what an action did; [`live`]: one reader for all who look
//! - [`screens`]: one file for each screen; [`actions`]: what buttons do
//! - [`look`]: what screens are made of; [`chart`]: lines over time, as SVG
//! - [`stack`]: whose page it is

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod stack;

mod assets;
mod frame;
mod look;
mod chart;
mod trouble;
mod said;
mod live;
mod guard;
mod visit;
mod screens;
mod actions;
mod answer;
pub mod route;
mod server;

use std::{fmt, sync::Arc};

use frame::Frame;
pub use guard::hosts::{HostName, InvalidHostName};
use guard::{Guard, Visitor};
use live::Live;
use said::Sayings;
pub use server::serve;
use stack::Stack;

/// How the page is served.
#[derive(Clone, Default)]
pub struct Options {
    /// Whoever visits may look, and do nothing.
    pub is_read_only: bool,
    /// What whoever visits must know; nothing if all who reach it may see it.
    pub token: Option<String>,
    /// Under which names it answers, besides its own address.
    pub names: Vec<HostName>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_read_only, token, names } = self;
        let token = token.as_ref().map(|_| "…");
        let mut debug = f.debug_struct("Options");
        debug
            .field("is_read_only", is_read_only)
            .field("token", &token)
            .field("names", names)
            .finish()
    }
}

/// What every request is answered from. Clones are the same page.
#[derive(Clone)]
pub struct Page(Arc<Inner>);

struct Inner {
    stack: Box<dyn Stack>,
    is_read_only: bool,
    guard: Guard,
    live: Live,
    sayings: Sayings,
}

impl Page {
    pub fn new(stack: impl Stack, options: &Options) -> Self {
        Self(Arc::new(Inner {
            stack: Box::new(stack),
            is_read_only: options.is_read_only,
            guard: Guard::new(options),
            live: Live::new(),
            sayings: Sayings::default(),
        }))
    }

    fn guard(&self) -> &Guard {
        &self.0.guard
    }

    fn sayings(&self) -> &Sayings {
        &self.0.sayings
    }

    fn live(&self) -> &Live {
        &self.0.live
    }

    /// Of a request for this address.
    fn frame(&self, address: String, visitor: Option<&Visitor>) -> Frame {
        Frame {
            stack: self.0.stack.name(),
            address,
            form_token: visitor.map(|visitor| visitor.form_token.clone()).unwrap_or_default(),
            is_read_only: self.0.is_read_only,
            ..Frame::default()
        }
    }
}
