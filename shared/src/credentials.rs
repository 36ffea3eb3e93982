//! STUB
use crate::{
    connection::Connection,
    error::{Error, Kind},
};
use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
pub async fn provider(_: &Connection, config: &SdkConfig) -> Result<SharedCredentialsProvider, Error> {
    config.credentials_provider().ok_or_else(|| Error::new(Kind::Config, "x"))
}
