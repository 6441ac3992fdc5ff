//! The pages in a browser, as a person sees and uses them.
//!
//! - [`session`]: a browser; [`checks`]: what every page must be; [`seeded_flaws`]: that they find what is not
//! - [`visits`]: every screen, in every view; [`deeds`]: every action
//! - [`keyboard`]: without a mouse; [`live`]: while it is open; [`pictures`]: those of the README

use crate::page::{screens, seeded, site};

mod session;
mod checks;
mod seeded_flaws;
mod visits;
mod deeds;
mod keyboard;
mod live;
mod pictures;
