#![doc = include_str!("../README.md")]
//!
//! # Reading order
//!
//! [`embedded`] is all of it together: read it first, then what it is made of, from the tools `sync` and
//! `server` up by way of [`account`] (where it pretends to be), [`cloudwatch`], [`sns`], [`lambda`] (the largest
//! part, with a map of its own) and [`ticker`] to [`dynamodb`].

mod sync;
mod server;
pub mod account;
pub mod cloudwatch;
pub mod sns;
pub mod lambda;
pub mod ticker;
mod database;
pub mod dynamodb;
pub mod embedded;

pub use account::Account;
pub use database::DatabaseError;
pub use embedded::{Embedded, EmbeddedBuilder, EmbeddedError};
pub use server::BindError;
