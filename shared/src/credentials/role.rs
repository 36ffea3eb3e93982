//! A role that is assumed. The SDK's own provider knows no source identity, which a trust policy may ask for.

use std::{sync::Arc, time::SystemTime};

use aws_config::{Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sts::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::assume_role::AssumeRoleError,
};
use futures::future::BoxFuture;

use super::{Error, Source, failure};
use crate::{
    connection::{Connection, Role},
    endpoint,
};

/// Assumes a role, for an hour: the most that AWS allows one role to assume another for
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
#[derive(Debug)]
pub(super) struct Assume {
    client: Client,
    role: Role,
}

#[derive(Debug, thiserror::Error)]
#[error("the answer has no credentials")]
struct NoCredentials;

impl Assume {
    pub(super) fn new(
        role: Role,
        base: SharedCredentialsProvider,
        connection: &Connection,
        config: &SdkConfig,
    ) -> Self {
        let mut builder = aws_sdk_sts::config::Builder::from(config)
            .credentials_provider(base)
            .timeout_config(failure::timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(4));
        if let Some(region) = &connection.region {
            builder = builder.region(Region::new(region.clone()));
        }
        if endpoint::of(config, "STS").is_none() {
            let own = connection.endpoint_url.as_ref().filter(|url| !is_of_aws(url));
            builder.set_endpoint_url(own.cloned());
        }
        Self { client: Client::from_conf(builder.build()), role }
    }

    async fn assume(&self) -> Result<Credentials, Error> {
        let Role { arn, external_id, session_name, source_identity } = &self.role;
        let request = self.client.assume_role().role_arn(arn).role_session_name(session_name);
        let request = request.set_external_id(external_id.clone()).set_source_identity(source_identity.clone());
        let answer = request.send().await.map_err(|error| self.failure(error))?;
        let granted = answer.credentials.ok_or_else(|| self.unreachable(NoCredentials))?;
        let expiry = SystemTime::try_from(granted.expiration).map_err(|error| self.unreachable(error))?;
        let token = Some(granted.session_token);
        Ok(Credentials::new(granted.access_key_id, granted.secret_access_key, token, Some(expiry), "assume-role"))
    }

    fn failure(&self, error: SdkError<AssumeRoleError>) -> Error {
        let arn = self.role.arn.clone();
        let Some(status) = error.raw_response().map(|answer| answer.status().as_u16()) else {
            return self.unreachable(error);
        };
        let code = error.code().map_or_else(|| status.to_string(), str::to_owned);
        let message = error.message().unwrap_or_default().to_owned();
        match (code.as_str(), status) {
            ("AccessDenied" | "AccessDeniedException", _) => {
                Error::RoleDenied { arn, external_id: self.role.external_id.is_some(), source: Arc::new(error) }
            }
            (
                "ExpiredToken"
                | "ExpiredTokenException"
                | "InvalidClientTokenId"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException"
                | "InvalidAccessKeyId",
                _,
            ) => Error::BaseRefused { arn, code },
            ("Throttling" | "ThrottlingException", _) | (_, 429 | 500..) => self.unreachable(error),
            _ => Error::RoleRefused { arn, code, message },
        }
    }

    fn unreachable(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Service { service: "STS", what: format!("role `{}`", self.role.arn), source: Arc::new(source) }
    }
}

impl Source for Assume {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(self.assume())
    }
}

/// Whether an endpoint is AWS's own, for DynamoDB alone: a region's, or that of an interface in a VPC.
fn is_of_aws(url: &str) -> bool {
    let host = url.split("://").last().and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
    let host = host.to_ascii_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|suffix| host.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::is_of_aws;

    #[test]
    fn an_endpoint_of_aws_is_not_one_of_sts() {
        let check = |url, expected| assert_eq!(is_of_aws(url), expected, "{url}");
        check("https://dynamodb.eu-west-1.amazonaws.com", true);
        check("https://vpce-1-2.dynamodb.us-east-1.vpce.amazonaws.com:443/", true);
        check("https://dynamodb.cn-north-1.amazonaws.com.cn", true);
        check("https://dynamodb.us-east-1.api.aws", true);
        check("http://127.0.0.1:4566", false);
        check("http://amazonaws.com.example:8000/x", false);
    }
}
