//! A life: steps that the parts take one after the other, each of which may be cut short.

use std::collections::VecDeque;

use task_manager::manager::attempts::receive::Receipt;

use super::{
    books::Books,
    fault::{Cut, Injector},
    parts::{Attempt, DELAY, End, LEASE, Part, worker},
    stage::Stage,
};

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Submit,
    Create,
    Orchestrate,
    Scavenge,
    Pass(f64),
    /// The work on the oldest event ends so.
    Finish(End),
    /// The same, and its report comes twice.
    FinishTwice(End),
    /// The work on the oldest event takes longer than that on the others.
    Wait,
}

/// The life that the sweep cuts: everything that can happen to a task happens to one of them.
pub const SCRIPT: &[Step] = {
    use End::*;
    use Step::*;
    &[
        Submit,
        Create,
        Orchestrate, // two of five at work
        Finish(Succeed),
        Finish(Fail), // handed over twice
        Finish(Snooze),
        Finish(Die), // handed over, and one is lost
        Orchestrate,
        Wait,
        FinishTwice(Succeed),
        Pass(LEASE),
        Scavenge, // two leases pass
        Pass(DELAY),
        Scavenge,
        Orchestrate,     // all are back
        Finish(Succeed), // the one that waited: late, or of an older attempt
        Finish(Fail),
        Finish(Die),
        Orchestrate,
        Finish(Fail),
        Pass(LEASE),
        Scavenge,
        Pass(DELAY),
        Scavenge,
        Orchestrate,
        Finish(Succeed),
        Finish(Succeed),
        Finish(Fail),
    ]
};

/// A stage, a life on it, and the books of what it promised.
pub struct Life {
    pub stage: Stage,
    pub injector: Injector,
    pub books: Books,
    /// What labourers work on.
    pub attempts: VecDeque<Attempt>,
}

impl Life {
    pub async fn begin(injector: impl FnOnce(&Stage) -> Injector) -> Self {
        let stage = Stage::of([worker()], 1).await;
        let injector = injector(&stage);
        Self { stage, injector, books: Books::default(), attempts: VecDeque::new() }
    }

    /// Does a step, as far as it gets, and checks the books.
    pub async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pass(seconds) => self.stage.pass(seconds),
            Step::Submit => drop(self.cut(Part::Submit).await),
            Step::Create => drop(self.cut(Part::Create(0)).await),
            Step::Orchestrate => drop(self.cut(Part::Orchestrate).await),
            Step::Scavenge => drop(self.cut(Part::Scavenge).await),
            Step::Finish(end) => self.finish(end, 1).await?,
            Step::FinishTwice(end) => self.finish(end, 2).await?,
            Step::Wait => {
                let oldest = self.attempts.pop_front();
                self.attempts.extend(oldest);
            }
        }
        self.check().await
    }

    /// Does it with the wire as broken as it is. When it is held up, time passes and others tick;
    /// when it is killed, nothing more is heard of it.
    async fn cut(&self, part: Part) -> Option<Receipt> {
        self.injector.arm(true);
        let mut work = Box::pin(part.work(&self.stage.manager));
        let done = loop {
            let cut = tokio::select! {
                done = &mut work => break done,
                cut = self.injector.cut() => cut,
            };
            match cut {
                Cut::Killed => break None,
                Cut::Held(gate) => {
                    self.injector.arm(false);
                    self.stage.pass(LEASE);
                    let elsewhere = self.stage.elsewhere(0.0);
                    Part::Scavenge.work(&elsewhere).await;
                    Part::Orchestrate.work(&elsewhere).await;
                    self.injector.arm(true);
                    gate.open();
                }
            }
        };
        self.injector.arm(false);
        done
    }

    /// A labourer ends its work on the oldest event.
    async fn finish(&mut self, end: End, times: usize) -> Result<(), String> {
        let Some(attempt) = self.attempts.pop_front() else { return Ok(()) };
        for _ in 0..times {
            let Some(report) = attempt.report(end) else { continue };
            if let Some(receipt) = self.cut(report).await {
                self.books.answered(&attempt, end, receipt.outcome)?;
            }
        }
        Ok(())
    }

    /// Takes what reached the labourer, and looks into the tables.
    pub async fn check(&mut self) -> Result<(), String> {
        for event in self.stage.aws.events() {
            let attempt = Attempt::of(event);
            if attempt.may_start(self.stage.now()) {
                self.books.start(&attempt)?;
                self.attempts.push_back(attempt);
            }
        }
        self.books.check(&self.stage)
    }
}
