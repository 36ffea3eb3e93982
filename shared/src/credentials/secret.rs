//! An access key in Secrets Manager. It is read again every few minutes, so that a rotated one is taken up.

use std::sync::Arc;

use aws_config::{Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};
use futures::future::BoxFuture;
use serde_json::Value;

use super::{Error, Source, failure, signing};
use crate::connection::{Keys, Secret};

/// Reads an access key from a secret.
#[derive(Debug)]
pub(super) struct FromSecret {
    client: Client,
    name: String,
}

impl FromSecret {
    pub(super) fn new(name: &str, config: &SdkConfig) -> Self {
        let mut builder = aws_sdk_secretsmanager::config::Builder::from(config)
            .timeout_config(failure::timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(4));
        if let Some(region) = region_of(name) {
            builder = builder.region(Region::new(region.to_owned()));
        }
        Self { client: Client::from_conf(builder.build()), name: name.to_owned() }
    }

    async fn read(&self) -> Result<Credentials, Error> {
        let answer = self.client.get_secret_value().secret_id(&self.name).send().await;
        let answer = answer.map_err(|error| self.failure(error))?;
        let malformed = |problem| Error::Malformed { name: self.name.clone(), problem };
        let text = answer.secret_string.ok_or_else(|| malformed("it holds bytes, not text"))?;
        keys(&text).map(|keys| signing(&keys, None)).map_err(malformed)
    }

    fn failure(&self, error: SdkError<GetSecretValueError>) -> Error {
        let name = self.name.clone();
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        let code = error.code().unwrap_or("403").to_owned();
        match (code.as_str(), status) {
            ("ResourceNotFoundException", _) => Error::NoSecret { name },
            (_, Some(429 | 500..) | None) | ("ThrottlingException", _) => {
                Error::Service { service: "Secrets Manager", what: format!("secret `{name}`"), source: Arc::new(error) }
            }
            _ => Error::SecretDenied { name, code },
        }
    }
}

impl Source for FromSecret {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        Box::pin(self.read())
    }
}

/// The region that stands in an ARN.
fn region_of(name: &str) -> Option<&str> {
    let mut fields = name.split(':');
    (fields.next()? == "arn").then_some(())?;
    fields.nth(2).filter(|region| !region.is_empty())
}

/// The keys of a secret's text. Messages of the parser could repeat it, and are not used.
fn keys(text: &str) -> Result<Keys, &'static str> {
    let secret: Value = serde_json::from_str(text).map_err(|_| "it is no JSON")?;
    let secret = secret.as_object().ok_or("it is no JSON object")?;
    let text = |name| secret.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Ok(Keys {
        access_key_id: text("access_key_id").ok_or("`access_key_id` is missing or no text")?.to_owned(),
        secret_access_key: Secret::new(text("secret_access_key").ok_or("`secret_access_key` is missing or no text")?),
        session_token: text("session_token").map(Secret::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_region_of_an_arn() {
        let check = |name, expected| assert_eq!(region_of(name), expected, "{name}");
        check("arn:aws:secretsmanager:eu-west-1:111122223333:secret:census-Ab1", Some("eu-west-1"));
        check("prod/census", None);
        check("arn:aws", None);
    }

    #[test]
    fn names_what_is_wrong_with_a_secret_and_keeps_it() {
        let check = |text, expected| assert_eq!(keys(text).map(|keys| keys.access_key_id), expected, "{text}");
        check(r#"{"access_key_id": "AKIA", "secret_access_key": "hush", "note": 1}"#, Ok("AKIA".into()));
        check("hush", Err("it is no JSON"));
        check(r#""hush""#, Err("it is no JSON object"));
        check(r#"{"access_key_id": 7}"#, Err("`access_key_id` is missing or no text"));
        check(r#"{"access_key_id": "AKIA"}"#, Err("`secret_access_key` is missing or no text"));
        check(
            r#"{"access_key_id": "AKIA", "secret_access_key": ""}"#,
            Err("`secret_access_key` is missing or no text"),
        );
    }
}
