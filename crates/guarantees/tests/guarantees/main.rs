//! What sosw guarantees.
//!
//! - [`contract`]: what the four functions do, on every engine
//! - [`labourer`]: what a labourer of the SDK reports; [`tracker`]: effects that happen once
//! - [`proof`]: the same promises while everything breaks that can break
//! - [`model`]: every order of steps of a small world
//! - [`fuzz`]: whatever comes in is taken or refused
//! - [`simulate`]: the model of AWS's conditions is one
//! - [`page`]: the page, as somebody attacks it; [`browser`]: as a person sees and uses it
//! - [`house`]: which crate may know which
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod contract;
mod labourer;
mod tracker;
mod proof;
mod model;
mod fuzz;
mod simulate;
mod paced;
mod page;
mod browser;
mod house;

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
