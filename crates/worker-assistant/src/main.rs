//! The Lambda function `sosw_worker_assistant`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), function::Error> {
    worker_assistant::serve().await
}
