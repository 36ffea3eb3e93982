//! A small client of DynamoDB's JSON protocol.
//!
//! Owns how a request reaches DynamoDB, which refusals there are and which of them a second try may mend. Knows no
//! tables, items or runs. A [`Transport`] makes one attempt; [`Client::call`] makes several. What writes extracts
//! ([`crate::write`]) retries by itself, because it paces and splits.

mod http;
mod refusal;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;

pub use self::{
    http::{Http, Target},
    refusal::{Class, Refusal, Throttle},
};
use crate::time::Deadline;

/// How long one attempt may take.
/// DynamoDB answers within its own limits in milliseconds; what takes longer is a lost connection.
const ATTEMPT: Duration = Duration::from_secs(10);

/// The first pause between attempts; each next one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A way to DynamoDB: one request, one attempt, one answer.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for its whole answer.
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>>;

    /// Throws away what is remembered of credentials, after the service called them expired.
    fn renew(&self) {}
}

/// An answer, good or bad.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There are no credentials.
    #[error("there are no credentials: {0}")]
    Credentials(String),
    /// The request never reached the service.
    #[error("the service could not be reached: {0}")]
    Unreached(String),
    /// The request was sent, and whether it took effect is not known.
    #[error("the answer was lost: {0}")]
    Lost(String),
}

/// What an attempt or a call comes to when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB refused.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer came.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The last of several attempts failed, and there is no time for another.
    #[error("`{operation}` was tried {attempts} times in {waited_ms} ms")]
    Exhausted {
        /// The operation.
        operation: String,
        /// How often.
        attempts: u32,
        /// How long.
        waited_ms: u128,
        /// Whether one of them may have taken effect.
        ambiguous: bool,
        /// How the last attempt ended.
        #[source]
        last: Box<Error>,
    },
    /// The answer is not what the operation answers with.
    #[error("`{operation}` was answered with something that cannot be read")]
    Unreadable {
        /// The operation.
        operation: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

impl Error {
    /// What the error means for whoever tried.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused(refusal) => refusal.class(),
            Self::Failed(Failure::Credentials(_)) => Class::Credentials,
            Self::Failed(_) | Self::Unreadable { .. } => Class::Transient,
            Self::Exhausted { last, .. } => last.class(),
        }
    }

    /// Whether the request may have taken effect all the same.
    #[must_use]
    pub fn ambiguous(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.status >= 500 && refusal.class() == Class::Transient,
            Self::Failed(failure) => matches!(failure, Failure::Lost(_)),
            Self::Unreadable { .. } => true,
            Self::Exhausted { ambiguous, .. } => *ambiguous,
        }
    }

    /// The refusal in it, where there is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Exhausted { last, .. } => last.refusal(),
            Self::Failed(_) | Self::Unreadable { .. } => None,
        }
    }
}

/// A client of one DynamoDB endpoint under one set of credentials.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client over a transport.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self { transport: Arc::new(transport) }
    }

    /// Makes one attempt.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with DynamoDB's own words, or [`Error::Failed`] without an answer in time.
    pub async fn attempt(&self, operation: &str, body: Bytes, deadline: Deadline) -> Result<Bytes, Error> {
        let time = deadline.left().min(ATTEMPT);
        let answer = match tokio::time::timeout(time, self.transport.send(operation, body)).await {
            Ok(answer) => answer?,
            Err(_) => return Err(Failure::Lost(format!("none came in {} ms", time.as_millis())).into()),
        };
        if answer.status == 200 {
            return Ok(answer.body);
        }
        // What begins like a refusal and breaks off tells nothing.
        if answer.body.starts_with(b"{")
            && let Err(source) = serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body)
        {
            return Err(Error::Unreadable { operation: operation.to_owned(), source });
        }
        let refusal = Refusal::read(&answer);
        if refusal.class() == Class::Expired {
            self.transport.renew();
        }
        Err(Error::Refused(Box::new(refusal)))
    }

    /// Makes a call, again after throttling, server errors and lost answers, with a growing, random pause between,
    /// until the deadline. So only calls that may happen twice should go through here.
    ///
    /// # Errors
    ///
    /// A refusal that another try cannot mend at once, [`Error::Exhausted`] at the deadline.
    pub async fn call(&self, operation: &str, input: &Value, deadline: Deadline) -> Result<Value, Error> {
        self.calls(operation, input, deadline, true).await
    }

    /// Makes a call as [`Client::call`] does, but never again once it may have taken effect.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; an error that is [`Error::ambiguous`] leaves open whether it took effect.
    pub async fn call_once(&self, operation: &str, input: &Value, deadline: Deadline) -> Result<Value, Error> {
        self.calls(operation, input, deadline, false).await
    }

    async fn calls(&self, operation: &str, input: &Value, deadline: Deadline, again: bool) -> Result<Value, Error> {
        let body = Bytes::from(input.to_string());
        let begun = tokio::time::Instant::now();
        let (mut attempts, mut renewals, mut ambiguous) = (0, 0, false);
        loop {
            attempts += 1;
            let error = match self.attempt(operation, body.clone(), deadline).await {
                Ok(body) => match serde_json::from_slice(&body) {
                    Ok(value) => return Ok(value),
                    Err(source) => Error::Unreadable { operation: operation.to_owned(), source },
                },
                Err(error) => error,
            };
            ambiguous |= error.ambiguous();
            let again = match error.class() {
                Class::Throttled | Class::Transient => again || !error.ambiguous(),
                Class::Expired => {
                    renewals += 1;
                    renewals < 3
                }
                _ => false,
            };
            if !again {
                return Err(error);
            }
            let pause = pause(attempts);
            if pause >= deadline.left() {
                let waited_ms = begun.elapsed().as_millis();
                return Err(Error::Exhausted {
                    operation: operation.to_owned(),
                    attempts,
                    waited_ms,
                    ambiguous,
                    last: Box::new(error),
                });
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// The pause after so many attempts: random between nothing and a bound that doubles.
#[must_use]
pub fn pause(attempts: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    bound.mul_f64(fastrand::f64())
}
