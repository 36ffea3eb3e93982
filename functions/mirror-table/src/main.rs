//! Lambda function: makes tables equal to their newest extract.

use rowferry::{job::Mirror, lambda};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    lambda::serve(&Mirror::from_env("mirror-table").await?).await
}
