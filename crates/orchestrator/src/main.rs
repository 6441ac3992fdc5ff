//! The Lambda function `sosw_orchestrator`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), function::Error> {
    orchestrator::serve().await
}
