//! The Lambda function `sosw_scavenger`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    scavenger::serve().await
}
