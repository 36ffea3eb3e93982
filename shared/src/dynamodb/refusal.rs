//! What DynamoDB says when it refuses, and what that means.

use std::fmt;

use serde_json::Value;

use super::Answer;

/// A refusal in DynamoDB's own words.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The exception's short name, such as `ValidationException`.
    pub name: String,
    /// The service's message. It may quote values of the request, so it belongs in no log.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// What throttled, where the service says so.
    pub throttles: Vec<Throttle>,
    /// The item that stood in the way of a condition, in DynamoDB JSON, where it was asked for.
    pub item: Option<Value>,
}

/// One cause of throttling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// The cause, such as `TableWriteKeyRangeThroughputExceeded`.
    pub reason: String,
    /// The ARN of the table or index.
    pub resource: String,
}

/// What a refusal means for whoever tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too much at once; later it will be taken.
    Throttled,
    /// The service's own trouble; another try may do.
    Transient,
    /// The credentials have expired; new ones will do.
    Expired,
    /// There are no credentials, or they are not accepted.
    Credentials,
    /// A condition was not met.
    Condition,
    /// The request or an item in it is not acceptable.
    Invalid,
    /// The policy does not allow it.
    Denied,
    /// There is no such table or index.
    Missing,
    /// Anything else.
    Other,
}

impl Refusal {
    pub(super) fn read(answer: &Answer) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("__type").unwrap_or_else(|| format!("HTTP {}", answer.status));
        let throttles = body.get("ThrottlingReasons").or_else(|| body.get("throttlingReasons"));
        Self {
            name: name.rsplit('#').next().unwrap_or_default().to_owned(),
            message: text("message").or_else(|| text("Message")).unwrap_or_default(),
            status: answer.status,
            throttles: throttles.and_then(Value::as_array).into_iter().flatten().map(Throttle::read).collect(),
            item: body.get("Item").cloned(),
        }
    }

    /// What it means.
    #[must_use]
    pub fn class(&self) -> Class {
        match self.name.as_str() {
            "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded" => {
                Class::Throttled
            }
            "ExpiredTokenException" | "ExpiredToken" => Class::Expired,
            "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException"
            | "InvalidClientTokenId" => Class::Credentials,
            "ConditionalCheckFailedException" => Class::Condition,
            "ValidationException" | "ItemCollectionSizeLimitExceededException" | "SerializationException" => {
                Class::Invalid
            }
            "AccessDeniedException" | "AccessDenied" | "KMSAccessDeniedException" => Class::Denied,
            "ResourceNotFoundException" | "TableNotFoundException" => Class::Missing,
            "TransactionConflictException" | "ReplicatedWriteConflictException" | "TransactionInProgressException" => {
                Class::Transient
            }
            _ if self.status >= 500 || self.status == 408 => Class::Transient,
            _ if self.status == 429 => Class::Throttled,
            _ => Class::Other,
        }
    }
}

/// The message of a request that is not acceptable is left out: it may quote values, and this text reaches logs.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() || matches!(self.class(), Class::Invalid | Class::Condition) {
            return f.write_str(&self.name);
        }
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl Throttle {
    fn read(value: &Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { reason: text("reason"), resource: text("resource") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, name: &str, class: Class) {
        let refusal = Refusal::read(&Answer { status, body: body.to_owned().into() });
        assert_eq!((refusal.name.as_str(), refusal.class()), (name, class));
    }

    #[test]
    fn says_what_a_refusal_means() {
        let typed = |name: &str| format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"no"}}"#);
        for (name, class) in [
            ("ValidationException", Class::Invalid),
            ("ItemCollectionSizeLimitExceededException", Class::Invalid),
            ("ConditionalCheckFailedException", Class::Condition),
            ("ProvisionedThroughputExceededException", Class::Throttled),
            ("RequestLimitExceeded", Class::Throttled),
            ("ResourceNotFoundException", Class::Missing),
            ("TableNotFoundException", Class::Missing),
            ("AccessDeniedException", Class::Denied),
            ("ExpiredTokenException", Class::Expired),
            ("UnrecognizedClientException", Class::Credentials),
        ] {
            check(400, &typed(name), name, class);
        }
        check(500, &typed("InternalServerError"), "InternalServerError", Class::Transient);
        check(503, "<html>", "HTTP 503", Class::Transient);
        check(429, "", "HTTP 429", Class::Throttled);
        check(418, "", "HTTP 418", Class::Other);
    }

    #[test]
    fn names_what_throttled() {
        let body = r#"{"__type":"x#ThrottlingException","message":"slow down","throttlingReasons":
            [{"reason":"TableWriteKeyRangeThroughputExceeded","resource":"arn:aws:dynamodb:eu-west-1:1:table/t"}]}"#;
        let refusal = Refusal::read(&Answer { status: 400, body: body.into() });
        assert_eq!(refusal.throttles[0].reason, "TableWriteKeyRangeThroughputExceeded");
    }
}
