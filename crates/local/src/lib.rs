#![doc = include_str!("../README.md")]
//!
//! # Reading order
//!
//! [`account`] (where we pretend to be), [`dynamodb`], [`lambda`] (the largest part, with a map of its own),
//! [`sns`], and last the `server` and `sync` tools beneath them.

pub mod account;
pub mod dynamodb;
pub mod lambda;
pub mod sns;

mod server;
mod sync;

pub use account::Account;
pub use server::BindError;
