//! A life: steps that the parts take one after the other, each of which may be cut short.

use std::collections::VecDeque;

use task_manager::manager::attempts::receive::Receipt;

use super::{
    books::Books,
    fault::{Cut, Injector},
    parts::{Attempt, DELAY, End, JOB_TASKS, LEASE, Part, TASKS_IN_BLOCKS, worker},
    sharing::{self, HeldBooks},
    stage::Stage,
};

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Submit,
    Cancel,
    RetryFailed,
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

/// The life of a job of three blocks: everything that can happen to a block happens to one of them.
pub const BLOCKS: &[Step] = {
    use End::*;
    use Step::*;
    &[
        Submit,
        Orchestrate,
        Finish(FailInPart), // the first: closed in part, two pieces go on; the slot is handed over
        FinishTwice(Succeed),
        Wait,
        Pass(LEASE),
        Scavenge, // the third is silent past its lease
        Wait,
        FinishTwice(FailInPart), // a piece of one task is exhausted
        Finish(Succeed),
        Pass(DELAY),
        Scavenge,
        Wait,
        Finish(Fail), // the third crashes: its attempts are spent
        Pass(DELAY),
        Scavenge, // and it is halved
        Scavenge,
        Orchestrate,
        Wait,
        Wait,
        Finish(Die), // the lower half is silent
        Wait,
        Finish(Succeed),
        Pass(LEASE),
        Scavenge, // and it is halved again
        Scavenge,
        Orchestrate,
        FinishTwice(Succeed), // the third's first attempt, late: its pieces succeed while they run
        Finish(Fail),
        Finish(Die),
        Pass(LEASE),
        Scavenge,
        RetryFailed,
        Orchestrate,
        Finish(Fail),
    ]
};

/// A job in blocks that is cancelled while one of them runs and pieces wait.
pub const CANCELLED: &[Step] = {
    use End::*;
    use Step::*;
    &[
        Submit,
        Orchestrate,
        Finish(FailInPart),
        Finish(Fail),
        Cancel,
        Finish(FailInPart),
        Scavenge,
        Pass(DELAY),
        Scavenge,
    ]
};

/// A stage, a life on it, and the books of what it promised.
pub struct Life {
    pub stage: Stage,
    /// Is its job made in blocks?
    in_blocks: bool,
    pub injector: Injector,
    pub books: Books,
    /// What is held, where resources are shared.
    pub held: Option<HeldBooks>,
    /// What labourers work on.
    pub attempts: VecDeque<Attempt>,
}

impl Life {
    pub async fn begin(in_blocks: bool, injector: impl FnOnce(&Stage) -> Injector) -> Self {
        Self::on(Stage::of([worker()], 1).await, in_blocks, injector)
    }

    /// One of labourers that share resources.
    pub async fn sharing(injector: impl FnOnce(&Stage) -> Injector) -> Self {
        let life = Self::on(Stage::with(sharing::config(), 1).await, false, injector);
        Self { held: Some(HeldBooks::default()), ..life }
    }

    fn on(stage: Stage, in_blocks: bool, injector: impl FnOnce(&Stage) -> Injector) -> Self {
        let (injector, books, attempts) = (injector(&stage), Books::default(), VecDeque::new());
        Self { stage, in_blocks, injector, books, held: None, attempts }
    }

    /// The submission of its job.
    pub fn submission(&self) -> Part {
        if self.in_blocks { Part::SubmitBlocks } else { Part::Submit }
    }

    /// Tasks of its job.
    pub fn job_tasks(&self) -> usize {
        if self.in_blocks { TASKS_IN_BLOCKS } else { JOB_TASKS }
    }

    /// Does a step, as far as it gets, and checks the books.
    pub async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pass(seconds) => self.stage.pass(seconds),
            Step::Submit => drop(self.cut(self.submission()).await),
            Step::Cancel => drop(self.cut(Part::Cancel).await),
            Step::RetryFailed => {
                self.books.lets_return();
                drop(self.cut(Part::RetryFailed).await);
            }
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
                    let others = self.stage.apart();
                    Part::Scavenge.work(&others).await;
                    Part::Orchestrate.work(&others).await;
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
                // While it was held up, others may have closed the task in another way.
                self.check().await?;
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
        self.check_tables()?;
        self.books.check(&self.stage)
    }

    /// Holds the tables against the books; where there are many tasks, against all of them now and then.
    pub fn check_tables(&mut self) -> Result<(), String> {
        match &mut self.held {
            None => self.books.check(&self.stage),
            Some(held) => {
                held.check(&self.stage)?;
                self.books.check_after(sharing::WRITES, &self.stage)
            }
        }
    }
}
