//! The command line of sosw. One file for each command: its arguments, its text, its exit code. The work
//! is done by [`operator`], whose results are printed unchanged with `--json`. The result of a command
//! goes to standard output, everything else to standard error.
//!
//! - [`exit`]: the exit codes; [`error`]: what can go wrong, and the code of each; [`sign_in`]: what to
//!   type about credentials
//! - [`mod@print`]: tables, times, and a standard output that may be closed early; [`state`]: what has which
//!   colour; [`hint`]: commands that can be pasted
//! - [`connect`]: the tables that a command works with, closed in any case: those of AWS, or of
//!   a directory ([`data`]) by way of [`clients`] for this machine
//! - [`status`], [`labourers`], [`history`], [`pause`], [`resources`], [`tasks`], [`explain`], [`config`]: the small
//!   commands
//! - [`jobs`]: jobs, from preview to result
//! - [`doctor`], [`dead_letters`], [`adopt`]: faults of a stack, events that no function took, and
//!   tables of sosw 0.7
//! - [`mod@function`]: one of the four functions, as `sosw local` starts them
//! - [`local`]: the whole system on this machine; [`page`]: the page of a stack; [`stop`]: requests to stop
//! - [`cli`]: all commands; [`completion`]: for a shell; [`guide`]: its pages

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod exit;
mod error;
mod print;
mod stop;
mod state;
mod hint;
mod sign_in;
mod clients;
mod data;
mod connect;
mod status;
mod labourers;
mod history;
mod pause;
mod resources;
mod tasks;
mod output;
mod logs;
mod explain;
mod jobs;
mod config;
mod doctor;
mod dead_letters;
mod adopt;
mod function;
mod local;
mod completion;
mod guide;
mod page;
mod cli;

use std::process::ExitCode;

use operator::words;

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = error.to_string();
            print::err(format_args!("error: {}", hint::complete(&text)));
            if let Some(remedy) = sign_in::remedy(&text) {
                print::err(remedy);
            }
            error.exit().into()
        }
    }
}
