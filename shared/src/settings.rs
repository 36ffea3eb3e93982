//! What a function is told by its environment; the only module that reads it.

use crate::error::{Error, Kind};

/// The settings of a function that runs syncs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The data bucket (`DATA_BUCKET`).
    pub data_bucket: String,
    /// The runs table (`RUNS_TABLE`).
    pub runs_table: String,
    /// The topic that is told of mirrors that are held or failed (`NOTICE_TOPIC_ARN`); nobody is told without it.
    pub notice_topic_arn: Option<String>,
    /// The function's name in metrics (`AWS_LAMBDA_FUNCTION_NAME`, set by Lambda).
    pub function: String,
    /// Another endpoint for DynamoDB (`AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`).
    pub dynamodb_endpoint_url: Option<String>,
}

impl Settings {
    /// Reads the environment; `function` names the function where Lambda does not.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`], naming every variable that is missing.
    #[expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]
    pub fn from_env(function: &str) -> Result<Self, Error> {
        Self::read(function, |name| std::env::var(name).ok())
    }

    fn read(function: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (data_bucket, runs_table) = (variable("DATA_BUCKET"), variable("RUNS_TABLE"));
        if let (Some(data_bucket), Some(runs_table)) = (&data_bucket, &runs_table) {
            return Ok(Self {
                data_bucket: data_bucket.clone(),
                runs_table: runs_table.clone(),
                notice_topic_arn: variable("NOTICE_TOPIC_ARN"),
                function: variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| function.to_owned()),
                dynamodb_endpoint_url: dynamodb_endpoint_url(variable),
            });
        }
        let missing = [("DATA_BUCKET", data_bucket.is_none()), ("RUNS_TABLE", runs_table.is_none())];
        let names: Vec<_> =
            missing.iter().filter(|(_, missing)| *missing).map(|(name, _)| format!("`{name}`")).collect();
        Err(Error::new(
            Kind::Config,
            format!(
                "the environment has no {}; template.yaml sets it, elsewhere it has to be set by hand",
                names.join(" and no ")
            ),
        ))
    }
}

/// The settings of a function that runs no syncs: both may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The data bucket (`DATA_BUCKET`), where connections.yaml lies.
    pub data_bucket: Option<String>,
    /// The topic that brings an export's rest back to export-catalog (`CONTINUE_TOPIC_ARN`).
    pub continue_topic_arn: Option<String>,
    /// Another endpoint for DynamoDB (`AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`).
    pub dynamodb_endpoint_url: Option<String>,
}

impl Outside {
    /// Reads the environment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]
    pub fn from_env() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            data_bucket: variable("DATA_BUCKET"),
            continue_topic_arn: variable("CONTINUE_TOPIC_ARN"),
            dynamodb_endpoint_url: dynamodb_endpoint_url(variable),
        }
    }
}

fn dynamodb_endpoint_url(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_variable_that_is_missing() {
        let error = Settings::read("load-extract", |_| None).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains("no `DATA_BUCKET` and no `RUNS_TABLE`"), "{error}");
    }

    #[test]
    fn a_topic_for_notices_may_be_missing_or_empty() {
        let topic = |value: Option<&str>| {
            let read =
                |name: &str| if name == "NOTICE_TOPIC_ARN" { value.map(str::to_owned) } else { Some(name.into()) };
            Settings::read("mirror-table", read).unwrap().notice_topic_arn
        };
        assert_eq!(topic(None), None);
        assert_eq!(topic(Some("")), None);
        assert_eq!(
            topic(Some("arn:aws:sns:eu-west-1:111122223333:t")).as_deref(),
            Some("arn:aws:sns:eu-west-1:111122223333:t")
        );
    }

    #[test]
    fn takes_the_endpoint_that_is_meant_for_dynamodb_first() {
        let read = |name: &str| Some(name.to_lowercase());
        let settings = Settings::read("load-extract", read).unwrap();
        assert_eq!(settings.dynamodb_endpoint_url.as_deref(), Some("aws_endpoint_url_dynamodb"));
        assert_eq!(settings.function, "aws_lambda_function_name");
    }
}
