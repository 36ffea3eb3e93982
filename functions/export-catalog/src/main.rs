//! Lambda function: writes a catalog of tables.

use rowferry::{job::Export, lambda};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    lambda::serve(&Export::from_env().await?).await
}
