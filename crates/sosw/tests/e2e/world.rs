//! A directory with a config, and `sosw` run in it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// A directory of its own, with `config.json` in it.
pub struct Place {
    directory: tempfile::TempDir,
}

/// A `sosw` that runs.
pub struct Running {
    child: Child,
    output: PathBuf,
}

/// A `sosw` that has ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// The config of `plain`, a labourer without a word of sosw in it, that reports by destinations.
pub fn plain(slots: u32) -> Value {
    json!({
        "labourers": { "plain": labourer(slots) },
        "job_schema": { "chunkable_attrs": ["do", "n"] },
        "local": { "tick": 0.2, "labourers": { "plain": process(&["python3", &script("plain.py")]) } },
    })
}

/// A labourer whose silence would be noticed only after a quarter of an hour.
pub fn labourer(slots: u32) -> Value {
    json!({
        "max_simultaneous_invocations": slots,
        "max_attempts": 1,
        "duration": 600,
        "cooldown": 300,
        "after_failure": { "growth": "linear", "base": 0.2 },
    })
}

/// Its process.
pub fn process(command: &[&str]) -> Value {
    json!({ "command": command, "timeout": 30 })
}

/// A job of `count` tasks for `labourer`.
pub fn numbers(labourer: &str, count: u32) -> Value {
    let numbers: Vec<_> = (0..count).map(|n| n.to_string()).collect();
    json!({ "lambda_name": labourer, "isolate_ns": true, "ns": numbers })
}

/// The path of a script beside the tests.
pub fn script(name: &str) -> String {
    format!("{}/tests/e2e/labourers/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The path of an example of the workspace.
pub fn example(name: &str) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_sosw")).with_file_name("examples").join(name);
    assert!(built.is_file(), "build it first: cargo build --workspace --examples");
    built.to_string_lossy().into_owned()
}

/// The interpreter for labourers in Python, as `infra/python-venv.sh` sets it up; without it, a test says
/// that it is skipped.
pub fn python(test: &str) -> Option<String> {
    let python = std::env::var("SOSW_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!("{test}: skipped, for SOSW_TEST_PYTHON is not set: run it by `make test`");
    }
    python
}

impl Place {
    pub fn new(config: &Value) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        place.write("config.json", &config.to_string());
        place
    }

    /// The same with a job in `job.json`.
    pub fn with_job(config: &Value, job: &Value) -> Self {
        let place = Self::new(config);
        place.write("job.json", &job.to_string());
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// `sosw` with these arguments (separated by spaces), run to its end.
    pub fn sosw(&self, arguments: &str) -> Ended {
        self.start(arguments).end()
    }

    /// `sosw` with these arguments, in the directory, with nobody's AWS.
    pub fn start(&self, arguments: &str) -> Running {
        self.start_with(arguments, &[])
    }

    /// The same with these variables.
    pub fn start_with(&self, arguments: &str, variables: &[(&str, String)]) -> Running {
        self.spawn(Command::new(env!("CARGO_BIN_EXE_sosw")), arguments, variables)
    }

    /// The same in what a shell has set up, like `ulimit -n 256`.
    pub fn start_after(&self, setup: &str, arguments: &str) -> Running {
        let mut shell = Command::new("sh");
        let script = format!("{setup} && exec \"$@\"");
        shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_sosw")]);
        self.spawn(shell, arguments, &[])
    }

    fn spawn(
        &self,
        mut command: Command,
        arguments: &str,
        variables: &[(&str, String)],
    ) -> Running {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let output = self.path(&format!("output-{count}"));
        fs::create_dir(&output).unwrap();
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .env("NOTES", self.path("notes"))
            .env("USER", "ann")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(File::create(output.join("stdout")).unwrap())
            .stderr(File::create(output.join("stderr")).unwrap());
        Running { child: command.spawn().unwrap(), output }
    }

    /// The counts of a labourer, by `sosw status` from outside.
    pub fn counts(&self, labourer: &str) -> Option<Value> {
        let ended = self.sosw("status --json --data data");
        let all: Value = serde_json::from_str(&ended.stdout).ok()?;
        let all = all.as_array()?.iter();
        all.into_iter()
            .find(|status| status["labourer_id"] == labourer)
            .map(|status| status["counts"].clone())
    }

    /// Waits until that many tasks of a labourer have succeeded.
    pub fn await_succeeded(&self, labourer: &str, least: u64) {
        let began = Instant::now();
        loop {
            let counts = self.counts(labourer).unwrap_or_default();
            if counts["succeeded"].as_u64().is_some_and(|count| count >= least) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "too slow: {counts}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// All tasks of a labourer, by `sosw tasks list` from outside.
    pub fn tasks(&self, labourer: &str) -> Vec<Value> {
        let ended = self.sosw(&format!("tasks list {labourer} --limit 10000 --json --data data"));
        assert!(ended.status.success(), "{ended:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// What `plain` noted: process, task, attempt.
    pub fn notes(&self) -> Vec<(u32, String, u32)> {
        self.read("notes").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Running {
    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        Ended { status, stdout: self.stdout(), stderr: self.stderr() }
    }

    pub fn stdout(&self) -> String {
        fs::read_to_string(self.output.join("stdout")).unwrap()
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(self.output.join("stderr")).unwrap()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// `kill -NAME`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Waits until it has printed that.
    pub fn await_word(&self, word: &str) {
        self.await_text(word, Self::stdout);
    }

    /// Waits until it has warned of that.
    pub fn await_warning(&self, warning: &str) {
        self.await_text(warning, Self::stderr);
    }

    fn await_text(&self, text: &str, stream: impl Fn(&Self) -> String) {
        let began = Instant::now();
        while !stream(self).contains(text) {
            let (out, err) = (self.stdout(), self.stderr());
            assert!(began.elapsed() < PATIENCE, "no {text:?} in\n{out}\n{err}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The value of a variable in the `export` lines that it prints.
    pub fn exported(&self, name: &str) -> String {
        self.await_word(&format!("{name}="));
        let text = self.stdout();
        let value = text.split(&format!("{name}=")).nth(1).unwrap();
        value.split_whitespace().next().unwrap().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that fails leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// What it said on standard error, but that it was slow: it is on a busy machine.
    pub fn complaints(&self) -> String {
        let lines = self.stderr.lines().filter(|line| !line.contains("out of time: the tick"));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// Its exit code; a signal has none.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}
