//! A topic of SNS.

use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sns::Client;
use futures::future::BoxFuture;

use super::Notify;
use crate::error::{Error, Kind};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one call may take with all its attempts: no run waits long for a notice.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a call is tried.
const ATTEMPTS: u32 = 4;

/// A topic of SNS.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of an ARN, reached with the SDK's configuration.
    #[must_use]
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
        let config = aws_sdk_sns::config::Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .build();
        Self { client: Client::from_conf(config), arn: arn.into() }
    }

    async fn send(&self, subject: &str, message: &str) -> Result<(), Error> {
        let request = self.client.publish().topic_arn(&self.arn).subject(subject).message(message);
        let answer = request.send().await;
        answer
            .map(drop)
            .map_err(|error| Error::caused(Kind::Config, format!("topic `{}` did not take a notice", self.arn), error))
    }
}

impl Notify for Topic {
    fn publish<'a>(&'a self, subject: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.send(subject, message))
    }
}
