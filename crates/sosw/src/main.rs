//! The command line of sosw. One file for each command: its arguments, its text, its exit code. What
//! it knows, it asks [`operator`], whose answers it prints as they are with `--json`. What a command
//! prints is its last word on standard output, everything else goes to standard error.
//!
//! - [`cli`]: the commands, and which file does what
//! - [`error`]: what can go wrong, and the exit code of each
//! - [`mod@print`]: tables, times, and a standard output that may be closed early
//! - [`connect`]: the tables that a command works with, closed whatever comes of it
//! - [`local`]: the whole system on this machine
//! - [`function`]: one of the four functions, as `sosw local` starts them
//! - [`jobs`]: jobs, from a look at what one would be to what became of it
//! - [`status`], [`labourers`], [`tasks`], [`explain`], [`pause`], [`config`]: the small commands
//! - [`doctor`], [`adopt`]: a stack that is sick, and tables that were sosw 0.7's

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod adopt;
mod cli;
mod config;
mod connect;
mod doctor;
mod error;
mod explain;
mod function;
mod jobs;
mod labourers;
mod local;
mod pause;
mod print;
mod status;
mod tasks;

use std::process::ExitCode;

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::err(format_args!("error: {error}"));
            error.exit_code()
        }
    }
}
