//! The sweep: every call of the life, with every fault, once and for ever; and all of it again with
//! counters of freed slots.

use std::{fmt, panic::AssertUnwindSafe, str::FromStr, time::Instant};

use futures::FutureExt;
use guarantees::wire::Call;

use super::{
    fault::{Fault, Injector},
    life::{Life, SCRIPT},
    threads,
};

/// How the life's labourer counts its free slots.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frees {
    InRow,
    InCounters,
}

/// A case of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Case {
    frees: Frees,
    fault: Fault,
    /// The first call that is hit.
    call: usize,
    /// Are all later ones hit, too?
    for_ever: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let often = if self.for_ever { "for-ever" } else { "once" };
        let frees = if self.frees == Frees::InCounters { ":counters" } else { "" };
        write!(f, "{:?}:{often}:{}{frees}", self.fault, self.call)
    }
}

impl FromStr for Case {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split(':').collect();
        let (fault, often, call, frees) = match *parts.as_slice() {
            [fault, often, call] => (fault, often, call, Frees::InRow),
            [fault, often, call, "counters"] => (fault, often, call, Frees::InCounters),
            _ => return Err("fault:once|for-ever:call[:counters]"),
        };
        let fault = Fault::ALL.into_iter().find(|f| format!("{f:?}") == fault);
        Ok(Self {
            frees,
            fault: fault.ok_or("no such fault")?,
            call: call.parse().map_err(|_| "no such call")?,
            for_ever: often == "for-ever",
        })
    }
}

/// What a life came to.
#[derive(Debug)]
struct Lived {
    calls: Vec<Call>,
    hits: usize,
}

/// Lives the life with a fault at a call.
async fn live(frees: Frees, case: Option<Case>) -> Result<Lived, String> {
    let life = Life::begin(|stage| {
        Injector::new(&stage.wire, move |number, call| {
            let case = case?;
            let is_hit = number == case.call || case.for_ever && number > case.call;
            (is_hit && case.fault.concerns(call)).then_some(case.fault)
        })
    });
    let mut life = life.await;
    if frees == Frees::InCounters {
        life.stage.count_frees().await;
    }
    for (place, step) in SCRIPT.iter().enumerate() {
        life.step(*step).await.map_err(|why| format!("at step {place}, {step:?}: {why}"))?;
    }
    let calls = life.injector.calls();
    life.recover(1).await.map_err(|why| format!("recovering: {why}"))?;
    Ok(Lived { calls, hits: life.injector.hits().len() })
}

/// Lives a life on a runtime of its own.
fn lived(frees: Frees, case: Option<Case>) -> Result<Lived, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lived = AssertUnwindSafe(live(frees, case)).catch_unwind();
    runtime.block_on(lived).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Sweeps one of `every` calls of both lives, and prints what is broken.
fn sweep(every: usize) {
    let broken = [Frees::InRow, Frees::InCounters].map(|frees| sweep_life(frees, every));
    assert_eq!(broken, [0, 0]);
}

fn sweep_life(frees: Frees, every: usize) -> usize {
    let began = Instant::now();
    let calls = lived(frees, None).unwrap().calls;
    let cases = cases(frees, &calls, every);
    let all = threads::each(&cases, |case| {
        let print = |why: &String| println!("{case}: {why}\n    make sweep CASE={case}");
        lived(frees, Some(*case)).inspect_err(print).ok()
    });
    let broken = all.iter().filter(|lived| lived.is_none()).count();
    let hits: usize = all.iter().flatten().map(|lived| lived.hits).sum();
    println!(
        "sweep, frees {frees:?}: {} of {} calls, {} cases, {hits} faults met, {broken} violations, in {:.0?}",
        calls.len().div_ceil(every),
        calls.len(),
        cases.len(),
        began.elapsed()
    );
    broken
}

/// Every fault at every call that it concerns (at one of `every`), once and for ever.
fn cases(frees: Frees, calls: &[Call], every: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for (nth, fault) in Fault::ALL.into_iter().enumerate() {
        let concerned = (0..).zip(calls).filter(|(_, call)| fault.concerns(call));
        // Not the same ones for every fault.
        for (call, _) in concerned.skip(nth % every).step_by(every) {
            cases.extend([false, true].map(|for_ever| Case { frees, fault, call, for_ever }));
        }
    }
    cases
}

/// A part of the sweep; `make sweep` does all of it.
#[test]
fn no_fault_at_a_call_breaks_a_promise() {
    sweep(18);
}

#[test]
#[ignore = "takes minutes: make sweep"]
fn no_fault_at_any_call_breaks_a_promise() {
    match std::env::var("CASE") {
        Ok(case) => {
            let case: Case = case.parse().unwrap();
            println!("{:#?}", lived(case.frees, Some(case)).unwrap().hits);
        }
        Err(_) => sweep(1),
    }
}
