//! One start of a program, as Lambda's Runtime API sees it.

use std::{
    fs,
    io::Read,
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A program that has not asked for work by then has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How a program asks for work.
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";

/// What a start came to.
#[derive(Clone, Copy)]
pub struct Start {
    /// Until it asked for work.
    pub took: Duration,
    /// How much of that it was on a processor.
    pub worked: Duration,
    /// The most memory that was resident by then, in bytes.
    pub peak: u64,
}

/// Starts a program, waits until it asks for work, and ends it.
pub fn watch(mut command: Command) -> Start {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    command.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut connection = accept(&listener, began, || child.try_wait().unwrap().is_some());
    let request = first_line(&mut connection);
    let took = began.elapsed();
    assert!(request.starts_with(NEXT), "{command:?} began with {request}");
    // It waits for work as long as the connection is open.
    let (worked, peak) = (time_on_processor(child.id()), peak_memory(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    Start { took, worked, peak }
}

/// Waits for a connection without blocking, so that a program that fails is noticed.
fn accept(
    listener: &TcpListener,
    began: Instant,
    mut has_ended: impl FnMut() -> bool,
) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        if let Ok((connection, _)) = listener.accept() {
            connection.set_nonblocking(false).unwrap();
            return connection;
        }
        assert!(!has_ended(), "the program ended before it asked for work");
        assert!(began.elapsed() < PATIENCE, "the program does not ask for work");
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn first_line(connection: &mut TcpStream) -> String {
    let mut request = [0; 256];
    let length = connection.read(&mut request).unwrap();
    let text = String::from_utf8_lossy(&request[..length]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Of its first thread; the functions have no other.
fn time_on_processor(process: u32) -> Duration {
    let times = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap();
    Duration::from_nanos(times.split_whitespace().next().unwrap().parse().unwrap())
}

/// `VmHWM` of Linux.
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
