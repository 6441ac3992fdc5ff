//! The Lambda function `sosw_orchestrator`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    orchestrator::serve().await
}
