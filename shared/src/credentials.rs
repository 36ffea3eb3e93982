//! Credentials for a connection: the function's own, a profile's, a secret's or given keys, and a role assumed with
//! them. They are fetched once before a run begins, so that a mistake is found early, and renewed while it lasts.
//!
//! Says what went wrong and who can mend it; never what is in a secret. Who may not assume a role is told so by kind
//! `config`: the external id, the ARN and the trust policy are the operator's to bring together, and no retry helps.

mod failure;
mod renewing;
mod role;
mod secret;

use std::{sync::Arc, time::SystemTime};

use aws_config::{SdkConfig, profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use futures::future::BoxFuture;

pub use self::failure::Error;
use self::{renewing::Renewing, role::Assume, secret::FromSecret};
use crate::{
    connection::{Base, Connection, Keys, Secret},
    time::Clock,
};

/// Where credentials come from.
trait Source: Send + Sync + std::fmt::Debug {
    /// Asks for credentials.
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>>;
}

/// Makes the credentials of a connection and fetches them once.
///
/// `config` is the function's own: its credentials, its region and its endpoints are used to read a secret and to
/// assume a role. STS is called at the endpoint that is set for it (`AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`), else at
/// the connection's `endpoint_url` where that is no address of AWS, else at the region's own.
///
/// # Errors
///
/// An [`Error`] that says why they cannot be had.
pub async fn provider(
    connection: &Connection,
    config: &SdkConfig,
    clock: &Clock,
) -> Result<SharedCredentialsProvider, Error> {
    let base: Box<dyn Source> = match &connection.base {
        Base::Own => Box::new(Own(config.credentials_provider())),
        Base::Profile(name) => Box::new(Profile::new(name, config)),
        Base::Secret(name) => Box::new(FromSecret::new(name, config)),
        Base::Keys(keys) => Box::new(Given(keys.clone())),
    };
    let base = renewed(base, clock).await?;
    let Some(role) = &connection.role else { return Ok(base) };
    let assumed = Assume::new(role.clone(), base, connection, config);
    renewed(Box::new(assumed), clock).await
}

async fn renewed(source: Box<dyn Source>, clock: &Clock) -> Result<SharedCredentialsProvider, Error> {
    let renewing = Renewing::new(source, clock.clone());
    renewing.credentials().await?;
    Ok(SharedCredentialsProvider::new(renewing))
}

/// The function's own.
#[derive(Debug)]
struct Own(Option<SharedCredentialsProvider>);

impl Source for Own {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(async {
            let provider = self.0.as_ref().ok_or(Error::NoOwn { source: None })?;
            let fetched = provider.provide_credentials().await;
            fetched.map_err(|error| Error::NoOwn { source: Some(Arc::new(error)) })
        })
    }
}

/// A profile's.
#[derive(Debug)]
struct Profile {
    name: String,
    provider: ProfileFileCredentialsProvider,
}

impl Profile {
    fn new(name: &str, config: &SdkConfig) -> Self {
        let mut context = ProviderConfig::default().with_region(config.region().cloned());
        if let Some(client) = config.http_client() {
            context = context.with_http_client(client);
        }
        let provider = ProfileFileCredentialsProvider::builder().configure(&context).profile_name(name).build();
        Self { name: name.to_owned(), provider }
    }
}

impl Source for Profile {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(async {
            let fetched = self.provider.provide_credentials().await;
            fetched.map_err(|error| Error::Profile { name: self.name.clone(), source: Arc::new(error) })
        })
    }
}

/// Keys that came with the request.
#[derive(Debug)]
struct Given(Keys);

impl Source for Given {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(async { Ok(signing(&self.0, None)) })
    }
}

fn signing(keys: &Keys, expiry: Option<SystemTime>) -> Credentials {
    let Keys { access_key_id, secret_access_key, session_token } = keys;
    let token = session_token.as_ref().map(|token| Secret::expose(token).to_owned());
    Credentials::new(access_key_id, secret_access_key.expose(), token, expiry, "rowferry")
}

#[cfg(test)]
mod tests;
