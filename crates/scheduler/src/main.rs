//! The Lambda function `sosw_scheduler`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), function::Error> {
    scheduler::serve().await
}
