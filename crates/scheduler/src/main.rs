//! The Lambda function `sosw_scheduler`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::exit(scheduler::serve().await)
}
