//! What sosw promises, with everything broken that can break: each call of a scripted life, in
//! each way ([`sweep`]), and random lives with random trouble ([`storm`]).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../it/engine.rs"]
#[allow(dead_code, reason = "shared with the tests of guarantees")]
mod engine;
#[path = "../it/wire.rs"]
#[allow(dead_code, reason = "shared with the tests of guarantees")]
mod wire;
#[path = "../it/world.rs"]
#[allow(dead_code, reason = "shared with the tests of guarantees")]
mod world;

#[path = "../../../task-manager/tests/fuzz/input.rs"]
mod input;

mod actors;
mod aws;
mod books;
mod bugs;
mod fault;
mod life;
mod parts;
mod recovery;
mod refusals;
mod script;
mod stage;
mod storm;
mod sweep;
mod threads;
