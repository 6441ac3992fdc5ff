//! The Lambda function `sosw_scheduler`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    scheduler::serve().await
}
