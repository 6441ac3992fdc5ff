//! The Lambda function `sosw_scavenger`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::exit(scavenger::serve().await)
}
