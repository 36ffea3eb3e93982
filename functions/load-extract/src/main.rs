//! Lambda function: applies one extract to its DynamoDB table.

use rowferry::{job::Load, lambda};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    lambda::serve(&Load::from_env("load-extract").await?).await
}
