//! The embedded engine in a process of its own: this program, called with `--engine`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use local::dynamodb::{DynamoDb, DynamoDbConfig};

/// A running engine, which ends with this value.
pub struct Engine {
    process: Child,
    endpoint: String,
}

impl Engine {
    pub fn start() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut process =
            Command::new(program).arg("--engine").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, endpoint: line.trim().to_owned() }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Is the engine until the process is killed.
pub async fn serve() {
    let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    println!("{}", engine.url());
    std::future::pending::<()>().await;
}
