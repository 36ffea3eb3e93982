//! Why credentials cannot be had.

use std::{error::Error as StdError, sync::Arc};

use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::error::CredentialsError;

use crate::error::{self, Kind};

/// How long one call to STS or Secrets Manager may take, and all its attempts.
pub(super) fn timeouts() -> TimeoutConfig {
    use std::time::Duration;
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(30))
        .build()
}

/// A cause, shared with those who wait for the same credentials.
pub(super) type Cause = Arc<dyn StdError + Send + Sync>;

/// Why credentials cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The function has none.
    #[error(
        "the function has no credentials of its own; give it a role, or set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"
    )]
    NoOwn {
        /// The cause.
        source: Option<Arc<CredentialsError>>,
    },
    /// A profile gives none.
    #[error("profile `{name}` gives no credentials; look for it in the AWS configuration files of where this runs")]
    Profile {
        /// The profile's name.
        name: String,
        /// The cause.
        source: Arc<CredentialsError>,
    },
    /// There is no such secret.
    #[error("there is no secret `{name}` in Secrets Manager in this account and region; mend `access_key_secret`")]
    NoSecret {
        /// The secret's name or ARN.
        name: String,
    },
    /// The secret may not be read.
    #[error(
        "secret `{name}` may not be read ({code}); allow the function `secretsmanager:GetSecretValue` on it, and `kms:Decrypt` on its key"
    )]
    SecretDenied {
        /// The secret's name or ARN.
        name: String,
        /// The service's own name for it.
        code: String,
    },
    /// The secret is no access key.
    #[error(
        "secret `{name}` is no access key: {problem}; wanted JSON with the texts `access_key_id` and `secret_access_key`"
    )]
    Malformed {
        /// The secret's name or ARN.
        name: String,
        /// What is wrong, without its value.
        problem: &'static str,
    },
    /// The role may not be assumed.
    #[error(
        "role `{arn}` may not be assumed{}: check that its trust policy names who calls{}, and that who calls is allowed `sts:AssumeRole` on it",
        if *.external_id { " with the `external_id` of the connection" } else { "" },
        if *.external_id { " and asks for the same external id" } else { ", and whether it asks for an external id, which the connection does not give" }
    )]
    RoleDenied {
        /// The role's ARN.
        arn: String,
        /// Whether an external id was sent.
        external_id: bool,
        /// The cause.
        source: Cause,
    },
    /// The credentials to begin with are not accepted.
    #[error("role `{arn}` cannot be assumed: the credentials beside it are not valid ({code})")]
    BaseRefused {
        /// The role's ARN.
        arn: String,
        /// The service's own name for it.
        code: String,
    },
    /// The role's ARN or the name of the session cannot be.
    #[error("role `{arn}` cannot be assumed ({code}): {message}")]
    RoleRefused {
        /// The role's ARN.
        arn: String,
        /// The service's own name for it.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// The service did not answer, or not well.
    #[error("{service} could not be reached for {what}")]
    Service {
        /// Which service.
        service: &'static str,
        /// What was wanted.
        what: String,
        /// The cause.
        source: Cause,
    },
}

impl Error {
    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Service { .. } => Kind::Service,
            _ => Kind::Config,
        }
    }
}

impl From<Error> for CredentialsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Service { .. } => Self::provider_error(error),
            _ => Self::invalid_configuration(error),
        }
    }
}

impl From<Error> for error::Error {
    fn from(error: Error) -> Self {
        let (kind, message) = (error.kind(), error.to_string());
        match error.source() {
            Some(_) => Self::caused(kind, message, error),
            None => Self::new(kind, message),
        }
    }
}
