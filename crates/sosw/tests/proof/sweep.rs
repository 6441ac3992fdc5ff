//! The sweep: every call of the life, with every fault, once and for ever.

use std::{fmt, panic::AssertUnwindSafe, str::FromStr};

use futures::{FutureExt, StreamExt, stream};

use crate::{
    fault::{Fault, Injector},
    life::{Life, SCRIPT},
    wire::Call,
};

/// A case of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Case {
    fault: Fault,
    /// The first call that is hit.
    call: usize,
    /// Are all later ones hit, too?
    for_ever: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let often = if self.for_ever { "for-ever" } else { "once" };
        write!(f, "{:?}:{often}:{}", self.fault, self.call)
    }
}

impl FromStr for Case {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split(':').collect();
        let &[fault, often, call] = parts.as_slice() else {
            return Err("fault:once|for-ever:call");
        };
        let fault = Fault::ALL.into_iter().find(|f| format!("{f:?}") == fault);
        Ok(Self {
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
async fn live(case: Option<Case>) -> Result<Lived, String> {
    let life = Life::begin(1, |world| {
        Injector::new(&world.wire, move |number, call| {
            let case = case?;
            let is_hit = number == case.call || case.for_ever && number > case.call;
            (is_hit && case.fault.concerns(call)).then_some(case.fault)
        })
    });
    let mut life = life.await;
    for step in SCRIPT {
        life.step(*step).await.map_err(|why| format!("after {step:?}: {why}"))?;
    }
    let calls = life.injector.calls();
    life.recover().await.map_err(|why| format!("recovering: {why}"))?;
    Ok(Lived { calls, hits: life.injector.hits().len() })
}

/// Cases at work at once: many only wait.
const AT_ONCE: usize = 8;

async fn sweep(every: usize) {
    let calls = live(None).await.unwrap().calls;
    let cases = cases(&calls, every);
    let lives = cases.iter().map(async |case| {
        let lived = AssertUnwindSafe(live(Some(*case))).catch_unwind().await;
        (*case, lived.unwrap_or_else(|_| Err("it panicked".to_owned())))
    });
    let mut lives = stream::iter(lives).buffer_unordered(AT_ONCE);
    let (mut hits, mut broken) = (0, 0);
    while let Some((case, lived)) = lives.next().await {
        match lived {
            Ok(lived) => hits += lived.hits,
            Err(why) => {
                broken += 1;
                println!("{case}: {why}");
                println!(
                    "    SWEEP={case} cargo test -p sosw --test proof one_case -- --nocapture"
                );
            }
        }
    }
    println!("{} calls, {} cases, {hits} faults, {broken} broken", calls.len(), cases.len());
    assert_eq!(broken, 0);
}

/// Every fault at every call that it concerns (at one of `every`), once and for ever.
fn cases(calls: &[Call], every: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for fault in Fault::ALL {
        let concerned = (0..).zip(calls).filter(|(_, call)| fault.concerns(call));
        for (call, _) in concerned.step_by(every) {
            cases.extend([false, true].map(|for_ever| Case { fault, call, for_ever }));
        }
    }
    cases
}

/// A part of the sweep; `make sweep` does all of it.
#[tokio::test]
async fn no_fault_at_a_call_breaks_a_promise() {
    sweep(7).await;
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn no_fault_at_any_call_breaks_a_promise() {
    sweep(1).await;
}

/// Repeats the case that `SWEEP` names.
#[tokio::test]
async fn one_case() {
    let case = std::env::var("SWEEP").ok().map(|text| text.parse().unwrap());
    let lived = live(case).await.unwrap();
    println!("{} calls, {} faults", lived.calls.len(), lived.hits);
}
