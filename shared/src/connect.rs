//! The ways to DynamoDB: a client for each connection, with credentials that are renewed while it is used.

use aws_config::SdkConfig;
use futures::future::BoxFuture;

use crate::{
    connection::Connection,
    credentials,
    dynamodb::{Client, Http, Target},
    error::{Error, Kind},
    job::Connect,
    time::Clock,
};

/// Connections over HTTP, from the function's own configuration.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    endpoint_url: Option<String>,
    clock: Clock,
}

impl Aws {
    /// Connections that begin with a configuration; `endpoint_url` is DynamoDB's where a connection names none.
    #[must_use]
    pub fn new(config: SdkConfig, endpoint_url: Option<String>, clock: Clock) -> Self {
        Self { config, endpoint_url, clock }
    }

    /// Makes a client.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] when there is no region, or the credentials of a connection cannot be had.
    pub async fn client(&self, connection: Option<&Connection>) -> Result<Client, Error> {
        let own = Connection::default();
        let connection = connection.unwrap_or(&own);
        let region = connection.region.clone().or_else(|| self.config.region().map(ToString::to_string));
        let region = region.ok_or_else(|| {
            Error::new(Kind::Config, "there is no region; set `AWS_REGION`, or `region` in the connection")
        })?;
        let credentials = credentials::provider(connection, &self.config, &self.clock)
            .await
            .map_err(|error| Error::new(error.kind(), error.to_string()))?;
        let endpoint_url = connection.endpoint_url.clone().or_else(|| self.endpoint_url.clone());
        let http = Http::new(Target { region, endpoint_url, credentials }, self.clock.clone())
            .map_err(|message| Error::new(Kind::Config, message))?;
        Ok(Client::new(http))
    }
}

impl Connect for Aws {
    fn client<'a>(&'a self, connection: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>> {
        Box::pin(self.client(connection))
    }
}
