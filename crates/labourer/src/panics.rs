//! A panic of the work becomes a failure with its message, its place and its backtrace.
//!
//! This needs unwinding: with `panic = "abort"` the process ends, and the failure is found by a
//! destination, or when the lease has passed.

use std::{
    any::Any,
    backtrace::Backtrace,
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use futures::FutureExt;

use crate::outcome::Failure;

thread_local! {
    // A future unwinds on the thread that polls it, so what its panic left here is its own.
    static LAST: RefCell<Option<Place>> = const { RefCell::new(None) };
}

struct Place {
    location: String,
    backtrace: String,
}

/// Runs `work`; a panic inside is an `Err`.
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    remember_places();
    // Whatever the work left half done is dropped with it, or guarded by the lease.
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| failure(panic.as_ref()))
}

fn failure(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic without a message");
    match LAST.take() {
        Some(place) => Failure::new("Panic", format!("{text}, at {}", place.location))
            .with_trace(place.backtrace),
        None => Failure::new("Panic", text),
    }
}

/// When the panic is caught, its location is gone with the unwound stack: only the hook can record it.
fn remember_places() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            let backtrace = Backtrace::force_capture().to_string();
            let backtrace = without_machinery(&backtrace).to_owned();
            LAST.set(Some(Place { location, backtrace }));
            before(info);
        }));
    });
}

/// A report has room for some frames only, and a dozen of a panic's first ones are its own.
fn without_machinery(backtrace: &str) -> &str {
    let Some(last) = backtrace.rfind("core::panicking::") else { return backtrace };
    let (_, rest) = backtrace.split_at(last);
    let Some((_, frames)) = rest.split_once('\n') else { return backtrace };
    match frames.split_once('\n') {
        Some((first, others)) if first.trim_start().starts_with("at ") => others,
        _ => frames,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtrace_starts_with_the_code_that_panicked() {
        let text = "   0: std::backtrace::create\n   1: core::panicking::panic_fmt\n             at /rustc/x.rs:1\n   2: words::count\n             at ./words.rs:7\n";
        assert_eq!(without_machinery(text), "   2: words::count\n             at ./words.rs:7\n");
        assert_eq!(without_machinery("disabled"), "disabled");
    }
}
