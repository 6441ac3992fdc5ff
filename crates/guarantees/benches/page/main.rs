//! The first screen of the page, with a hundred labourers and as many tasks as are asked for (`--tasks`): calls, time, and
//! what it writes. The time is given beside that of reading one item by the same client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::{Duration, Instant};

use clap::Parser;
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, ready},
    stream,
};
use guarantees::{
    table,
    wire::Call,
    world::{World, labourer},
};
use operator::{TaskManager, tasks::TaskDetails};
use serde_json::json;
use task_manager::labourer::Labourer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use web::{
    Options, Page,
    stack::{Printed, Stack},
};

/// The embedded engine is half as fast with most others.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LABOURERS: usize = 100;
/// Minutes of history, and looks of each kind.
const MINUTES: usize = 20;
const LOOKS: usize = 20;
/// Tasks that are created together.
const BATCH: usize = 500;
/// Between two reads of a page that is open, and a little more.
const EVERY: Duration = Duration::from_millis(5_050);
/// The bounds that it must keep.
const MOST_CALLS: usize = 20;
const MOST_TIME: Duration = Duration::from_millis(300);

#[derive(Parser)]
struct Args {
    /// Tasks that wait.
    #[arg(long, default_value_t = 20_000)]
    tasks: usize,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

struct OfWorld(TaskManager);

impl Stack for OfWorld {
    fn name(&self) -> String {
        "bench".to_owned()
    }

    fn manager(&self) -> BoxFuture<'_, Result<TaskManager, String>> {
        ready(Ok(self.0.clone())).boxed()
    }

    fn printed<'a>(&'a self, _: &'a TaskDetails) -> BoxFuture<'a, Result<Printed, String>> {
        ready(Ok(Printed::Attempts(Vec::new()))).boxed()
    }
}

/// What one look cost.
struct Look {
    took: Duration,
    calls: Vec<Call>,
}

#[tokio::main]
async fn main() {
    let Args { tasks, .. } = Args::parse();
    let world = filled(tasks).await;
    let floor = median((0..LOOKS).map(|_| one_item(&world)).collect::<Vec<_>>()).await;
    let mut first = Vec::new();
    for _ in 0..LOOKS {
        // A page that nobody has looked at before.
        let host = serve(&world.manager).await;
        first.push(look(&world, &host).await);
    }
    let host = serve(&world.manager).await;
    look(&world, &host).await;
    let mut again = Vec::new();
    for _ in 0..LOOKS {
        tokio::time::sleep(EVERY).await;
        again.push(look(&world, &host).await);
    }
    let rows =
        [("first", &first), ("every 5 s", &again)].map(|(name, looks)| row(name, looks, floor));
    let title = format!("GET / with {LABOURERS} labourers and {tasks} tasks");
    let header = ["look", "calls at most", "calls a second", "ms", "of reading an item", "writes"];
    table::print(&title, header, rows.into());
    let (calls, took) = (most(&first), middle(&first));
    println!(
        "bounds: {calls} of {MOST_CALLS} calls, {} of {} ms",
        took.as_millis(),
        MOST_TIME.as_millis()
    );
    assert!(calls <= MOST_CALLS, "a first look takes {calls} calls");
}

/// Labourers with queues, and some minutes of work.
async fn filled(tasks: usize) -> World {
    let names: Vec<_> = (0..LABOURERS).map(|number| format!("labourer-{number:03}")).collect();
    let labourers =
        names.iter().map(|name| Labourer { max_simultaneous_invocations: 4, ..labourer(name) });
    let world = World::of(labourers).await;
    let each = tasks.div_ceil(LABOURERS);
    let fills = names.iter().map(|name| async {
        for begin in (0..each).step_by(BATCH) {
            let payloads = (begin..each.min(begin + BATCH)).map(|n| json!({ "n": n }));
            world.create(name, payloads).await;
        }
    });
    stream::iter(fills).for_each_concurrent(8, |fill| fill).await;
    for _ in 0..MINUTES {
        world.orchestrate_and_record().await;
        world.pass(60.0);
        for event in world.events().await {
            world.succeed(&event).await;
        }
    }
    world.orchestrate_and_record().await;
    world.wire.calls();
    world
}

async fn serve(manager: &TaskManager) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let page = Page::new(OfWorld(manager.clone()), &Options::default());
    tokio::spawn(web::serve(listener, page, std::future::pending()));
    host
}

async fn look(world: &World, host: &str) -> Look {
    world.wire.calls();
    let began = Instant::now();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let took = began.elapsed();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("labourer-099"), "{answer}");
    Look { took, calls: world.wire.calls() }
}

async fn one_item(world: &World) -> Duration {
    let began = Instant::now();
    let labourer = guarantees::world::id("labourer-000");
    world.manager.store().labourers().row(&labourer).await.unwrap();
    began.elapsed()
}

async fn median(times: Vec<impl Future<Output = Duration>>) -> Duration {
    let mut all = Vec::new();
    for time in times {
        all.push(time.await);
    }
    all.sort();
    all[all.len() / 2]
}

fn middle(looks: &[Look]) -> Duration {
    let mut times: Vec<_> = looks.iter().map(|look| look.took).collect();
    times.sort();
    times[times.len() / 2]
}

fn most(looks: &[Look]) -> usize {
    looks.iter().map(|look| look.calls.len()).max().unwrap()
}

fn row(name: &str, looks: &[Look], floor: Duration) -> [String; 6] {
    let took = middle(looks).as_secs_f64();
    let calls: usize = looks.iter().map(|look| look.calls.len()).sum();
    let writes = looks.iter().flat_map(|look| &look.calls).filter(|call| call.is_write()).count();
    [
        name.to_owned(),
        most(looks).to_string(),
        table::one(calls as f64 / looks.len() as f64 / 5.0),
        table::one(took * 1e3),
        table::one(took / floor.as_secs_f64()),
        writes.to_string(),
    ]
}
