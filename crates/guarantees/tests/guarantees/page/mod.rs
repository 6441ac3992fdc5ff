//! The page over HTTP, as somebody attacks it, and what it costs.
//!
//! - [`seeded`]: a stack with everything that a page can show; [`site`]: its page; [`screens`]: all its screens
//! - [`http`]: requests as no browser sends them
//! - [`forged`], [`scripts`], [`paths`], [`crowds`]: attacks; [`reading`]: what a look costs; [`trouble`]: tables that
//!   do not answer

pub mod screens;
pub mod seeded;
pub mod site;

mod http;
mod forged;
mod scripts;
mod paths;
mod crowds;
mod reading;
mod trouble;
