//! The Lambda function `sosw_scavenger`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), function::Error> {
    scavenger::serve().await
}
