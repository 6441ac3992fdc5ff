//! The Lambda function `sosw_orchestrator`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::exit(orchestrator::serve().await)
}
