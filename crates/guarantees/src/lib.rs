//! Tests of the whole; nothing depends on it.
#![allow(missing_docs, reason = "nobody programs against it but the tests of this crate")]

pub mod house;
