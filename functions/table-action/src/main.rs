//! Lambda function: one operation on a table or an item.

use rowferry::{job::Act, lambda};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    lambda::serve(&Act::from_env().await).await
}
