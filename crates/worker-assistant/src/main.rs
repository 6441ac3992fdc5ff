//! The Lambda function `sosw_worker_assistant`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::exit(worker_assistant::serve().await)
}
