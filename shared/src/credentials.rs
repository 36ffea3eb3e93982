//! STUB
use aws_config::SdkConfig; use aws_credential_types::provider::SharedCredentialsProvider;
use crate::{connection::Connection, error::{Error, Kind}};
pub async fn provider(_: &Connection, config: &SdkConfig) -> Result<SharedCredentialsProvider, Error> { config.credentials_provider().ok_or_else(|| Error::new(Kind::Config, "x")) }
