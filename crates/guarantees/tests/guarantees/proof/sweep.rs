//! The sweep: every call of a life, with every fault, once and for ever: of single tasks, of the same with
//! counters of freed slots, and of a job in blocks.

use std::{fmt, panic::AssertUnwindSafe, str::FromStr, time::Instant};

use futures::FutureExt;
use guarantees::wire::Call;

use super::{
    fault::{Fault, Injector},
    life::{BLOCKS, CANCELLED, Life, SCRIPT, Step},
    threads,
};

/// Which life is lived.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Single tasks of a labourer that counts its free slots in its row.
    Plain,
    /// The same with counters of freed slots.
    Counters,
    /// A job in blocks.
    Blocks,
    /// The same, cancelled.
    Cancelled,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Plain, Self::Counters, Self::Blocks, Self::Cancelled];

    /// As a case has it at its end.
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Counters => "counters",
            Self::Blocks => "blocks",
            Self::Cancelled => "cancelled",
        }
    }

    fn script(self) -> &'static [Step] {
        match self {
            Self::Plain | Self::Counters => SCRIPT,
            Self::Blocks => BLOCKS,
            Self::Cancelled => CANCELLED,
        }
    }

    fn has_blocks(self) -> bool {
        matches!(self, Self::Blocks | Self::Cancelled)
    }

    /// Tasks that are created beside the job.
    fn named(self) -> u8 {
        u8::from(!self.has_blocks())
    }
}

/// A case of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Case {
    kind: Kind,
    fault: Fault,
    /// The first call that is hit.
    call: usize,
    /// Are all later ones hit, too?
    for_ever: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let often = if self.for_ever { "for-ever" } else { "once" };
        write!(f, "{:?}:{often}:{}:{}", self.fault, self.call, self.kind.name())
    }
}

impl FromStr for Case {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split(':').collect();
        let &[fault, often, call, kind] = parts.as_slice() else {
            return Err("fault:once|for-ever:call:life");
        };
        let kind = Kind::ALL.into_iter().find(|k| k.name() == kind).ok_or("no such life")?;
        let fault = Fault::ALL.into_iter().find(|f| format!("{f:?}") == fault);
        Ok(Self {
            kind,
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
async fn live(kind: Kind, case: Option<Case>) -> Result<Lived, String> {
    let life = Life::begin(kind.has_blocks(), |stage| {
        Injector::new(&stage.wire, move |number, call| {
            let case = case?;
            let is_hit = number == case.call || case.for_ever && number > case.call;
            (is_hit && case.fault.concerns(call)).then_some(case.fault)
        })
    });
    let mut life = life.await;
    if kind == Kind::Counters {
        life.stage.count_frees().await;
    }
    for (place, step) in kind.script().iter().enumerate() {
        life.step(*step).await.map_err(|why| format!("at step {place}, {step:?}: {why}"))?;
    }
    let calls = life.injector.calls();
    life.recover(kind.named()).await.map_err(|why| format!("recovering: {why}"))?;
    Ok(Lived { calls, hits: life.injector.hits().len() })
}

/// Lives a life on a runtime of its own.
fn lived(kind: Kind, case: Option<Case>) -> Result<Lived, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lived = AssertUnwindSafe(live(kind, case)).catch_unwind();
    runtime.block_on(lived).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// Sweeps one of `every` calls of these lives, and prints what is broken.
fn sweep(kinds: impl IntoIterator<Item = Kind>, every: usize) {
    let broken: usize = kinds.into_iter().map(|kind| sweep_life(kind, every)).sum();
    assert_eq!(broken, 0);
}

fn sweep_life(kind: Kind, every: usize) -> usize {
    let began = Instant::now();
    let calls = lived(kind, None).unwrap().calls;
    let cases = cases(kind, &calls, every);
    let all = threads::each(&cases, |case| {
        let print = |why: &String| println!("{case}: {why}\n    make sweep CASE={case}");
        lived(kind, Some(*case)).inspect_err(print).ok()
    });
    let broken = all.iter().filter(|lived| lived.is_none()).count();
    let hits: usize = all.iter().flatten().map(|lived| lived.hits).sum();
    println!(
        "sweep of the life {}: {} of {} calls, {} cases, {hits} faults met, {broken} violations, in {:.0?}",
        kind.name(),
        calls.len().div_ceil(every),
        calls.len(),
        cases.len(),
        began.elapsed()
    );
    broken
}

/// Every fault at every call that it concerns (at one of `every`), once and for ever.
fn cases(kind: Kind, calls: &[Call], every: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for (nth, fault) in Fault::ALL.into_iter().enumerate() {
        let concerned = (0..).zip(calls).filter(|(_, call)| fault.concerns(call));
        // Not the same ones for every fault.
        for (call, _) in concerned.skip(nth % every).step_by(every) {
            cases.extend([false, true].map(|for_ever| Case { kind, fault, call, for_ever }));
        }
    }
    cases
}

/// A part of the sweep; `make sweep` does all of it.
#[test]
fn no_fault_at_a_call_breaks_a_promise() {
    sweep(Kind::ALL, 18);
}

#[test]
#[ignore = "takes minutes: make sweep"]
fn no_fault_at_any_call_breaks_a_promise() {
    match std::env::var("CASE") {
        Ok(case) => {
            let case: Case = case.parse().unwrap();
            println!("{:#?}", lived(case.kind, Some(case)).unwrap().hits);
        }
        Err(_) => {
            let only = std::env::var("LIFE").ok();
            let is_meant = |kind: &Kind| only.as_ref().is_none_or(|only| *only == kind.name());
            sweep(Kind::ALL.into_iter().filter(is_meant), 1);
        }
    }
}
