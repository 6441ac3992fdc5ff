//! The whole system as a user runs it: the `sosw` program, its functions and labourers as processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod blocks;
mod bootstraps;
mod certificates;
mod commands;
mod config;
mod dead_letters;
mod ecology;
mod exits;
mod guide;
mod history;
mod input;
mod jobs;
mod kills;
mod labourers;
mod live;
mod logs;
mod output;
mod page;
mod processes;
mod python;
mod reach;
mod resources;
mod restarts;
mod sign_in;
mod silent;
mod sqs;
mod tasks;
mod world;
