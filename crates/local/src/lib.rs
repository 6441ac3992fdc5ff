#![doc = include_str!("../README.md")]
//!
//! # Reading order
//!
//! [`embedded`] (all of it together), [`account`] (where it pretends to be), [`dynamodb`], [`lambda`] (the
//! largest part, with a map of its own), [`ticker`], [`sns`], [`cloudwatch`], and last the `server` and `sync`
//! tools beneath them.

pub mod account;
pub mod cloudwatch;
pub mod dynamodb;
pub mod embedded;
pub mod lambda;
pub mod sns;
pub mod ticker;

mod server;
mod sync;

pub use account::Account;
pub use embedded::{Embedded, EmbeddedBuilder, EmbeddedError};
pub use server::BindError;
