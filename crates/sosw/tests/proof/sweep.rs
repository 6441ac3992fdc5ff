//! The sweep: every call of the life, with every fault, once and for ever.

use std::{fmt, str::FromStr};

use futures::{StreamExt, stream};

use crate::{
    fault::{Fault, Injector},
    life::{Life, SCRIPT},
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

/// Lives the life with a fault at a call. Answers how many calls it hit.
async fn live(case: Option<Case>) -> Result<(usize, usize), String> {
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
    Ok((calls, life.injector.hits().len()))
}

/// Cases at work at once: many only wait.
const AT_ONCE: usize = 8;

async fn sweep(every: usize) {
    let (calls, _) = live(None).await.unwrap();
    let cases = Fault::ALL.into_iter().flat_map(|fault| {
        (0..calls)
            .step_by(every)
            .flat_map(move |call| [false, true].map(|for_ever| Case { fault, call, for_ever }))
    });
    let cases: Vec<_> = cases.collect();
    let lives = cases.iter().map(async |case| (*case, live(Some(*case)).await));
    let mut lives = stream::iter(lives).buffer_unordered(AT_ONCE);
    let (mut hit, mut broken) = (0, 0);
    while let Some((case, lived)) = lives.next().await {
        match lived {
            Ok((_, hits)) => hit += usize::from(hits > 0),
            Err(why) => {
                broken += 1;
                println!("{case}: {why}");
                println!(
                    "    SWEEP={case} cargo test -p sosw --test proof one_case -- --nocapture"
                );
            }
        }
    }
    println!("{calls} calls, {} cases, {hit} of them with a fault, {broken} broken", cases.len());
    assert_eq!(broken, 0);
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
    println!("{:?}", live(case).await.unwrap());
}
