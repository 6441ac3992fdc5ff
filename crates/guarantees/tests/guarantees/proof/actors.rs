//! Parts at work at the same time. Each goes on until it waits for an answer; who is answered
//! next, and how, is the script's to say. So there is one order of events for each script.

use std::{
    cell::Cell,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use guarantees::wire::{Call, Gate, Wire, WireFault};
use task_manager::{TaskManager, manager::attempts::receive::Receipt};

use super::{fault::Fault, parts::Part};

/// Those at work.
pub struct Actors {
    actors: Vec<Actor>,
    waiting: Arc<Mutex<Vec<Waiting>>>,
    next: u64,
}

struct Actor {
    id: u64,
    work: Pin<Box<dyn Future<Output = Option<Receipt>>>>,
    woken: Arc<Woken>,
}

/// A call that waits for its answer.
struct Waiting {
    actor: u64,
    call: Call,
    gate: Gate,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

thread_local! {
    /// Who is at work right now, if not an observer.
    static AT_WORK: Cell<Option<u64>> = const { Cell::new(None) };
}

impl Actors {
    /// Nobody yet. Their calls over this wire will wait.
    pub fn on(wire: &Wire) -> Self {
        let waiting = Arc::new(Mutex::new(Vec::new()));
        let list = waiting.clone();
        wire.decide(move |call| {
            let actor = AT_WORK.get()?;
            let gate = Gate::closed();
            list.lock().unwrap().push(Waiting { actor, call: call.clone(), gate: gate.clone() });
            Some(WireFault::Held(gate))
        });
        Self { actors: Vec::new(), waiting, next: 0 }
    }

    /// How many are at work.
    pub fn count(&self) -> usize {
        self.actors.len()
    }

    /// One more; answers its number.
    pub fn start(&mut self, part: Part, manager: TaskManager) -> u64 {
        let id = self.next;
        self.next += 1;
        let work = Box::pin(async move { part.work(&manager).await });
        self.actors.push(Actor { id, work, woken: Arc::new(Woken(AtomicBool::new(true))) });
        id
    }

    /// Nothing more is heard of the `nth`. What it has sent, and what was not answered, is lost.
    pub fn kill(&mut self, nth: usize) {
        if let Some(place) = nth.checked_rem(self.actors.len()) {
            let actor = self.actors.remove(place);
            self.waiting.lock().unwrap().retain(|waiting| waiting.actor != actor.id);
        }
    }

    /// The `nth` of the calls that wait is answered, with a fault if it concerns the call. Answers
    /// whether there was a fault; nothing if no call waits.
    pub fn answer(&mut self, nth: usize, fault: Option<Fault>) -> Option<bool> {
        let mut waiting = self.waiting.lock().unwrap();
        let place = nth.checked_rem(waiting.len())?;
        let Waiting { call, gate, .. } = waiting.remove(place);
        let fault = fault.filter(|fault| fault.concerns(&call));
        gate.open_to(fault.map(|fault| fault.trouble(&call, &Gate::closed())));
        Some(fault.is_some())
    }

    /// Everyone goes on until all wait. Answers who came to an end, and with what.
    pub fn go_on(&mut self) -> Vec<(u64, Option<Receipt>)> {
        let mut ended = Vec::new();
        while let Some(place) =
            self.actors.iter().position(|actor| actor.woken.0.swap(false, Ordering::SeqCst))
        {
            let Some(actor) = self.actors.get_mut(place) else { break };
            AT_WORK.set(Some(actor.id));
            let waker = Waker::from(actor.woken.clone());
            let polled = actor.work.as_mut().poll(&mut Context::from_waker(&waker));
            AT_WORK.set(None);
            if let Poll::Ready(receipt) = polled {
                ended.push((self.actors.remove(place).id, receipt));
            }
        }
        ended
    }
}
