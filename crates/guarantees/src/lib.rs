#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

// A world to test in.
pub mod wire;
pub mod engine;
pub mod world;

// What tests put into it, and find there.
pub mod items;
pub mod jobs;
pub mod blocks;
pub mod labourers;
pub mod odd;
pub mod input;

// AWS as engines are not.
pub mod simulate;

// What the benchmarks measure, and print.
pub mod process;
pub mod table;

// How the house is built: crates, types, names, imports.
pub mod house;
