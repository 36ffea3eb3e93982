//! DynamoDB of which some requests are answered by a test: words that no emulator says.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::dynamodb::{Answer, Failure, Transport};
use serde_json::{Value, json};

use crate::embedded::Embedded;

/// Answers a request, its operation and body, where it has something to say.
pub type Script = dyn FnMut(&str, &Bytes) -> Option<Answer> + Send;

/// DynamoDB, some of whose answers are a test's own.
#[derive(Clone)]
pub struct Replying {
    inner: Embedded,
    script: Arc<Mutex<Box<Script>>>,
    log: Arc<Mutex<Vec<(String, Bytes)>>>,
}

impl Replying {
    /// A DynamoDB whose requests are answered by a script, and by an embedded one where it says nothing.
    pub fn new(inner: Embedded, script: impl FnMut(&str, &Bytes) -> Option<Answer> + Send + 'static) -> Self {
        Self { inner, script: Arc::new(Mutex::new(Box::new(script))), log: Arc::default() }
    }

    /// The bodies of the requests that were made for an operation.
    #[must_use]
    pub fn bodies(&self, operation: &str) -> Vec<Bytes> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }
}

/// A refusal by an exception's short name, with more of what the service says.
#[must_use]
pub fn refusal(name: &str, more: &Value) -> Answer {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}")});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    Answer { status: 400, body: body.to_string().into() }
}

/// The answer to a write that is taken.
#[must_use]
pub fn taken() -> Answer {
    Answer { status: 200, body: Bytes::from_static(b"{}") }
}

impl Transport for Replying {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.log.lock().unwrap_or_else(PoisonError::into_inner).push((operation.to_owned(), body.clone()));
            let told = (self.script.lock().unwrap_or_else(PoisonError::into_inner))(operation, &body);
            Ok(told.unwrap_or_else(|| self.inner.answer(operation, &body)))
        })
    }
}
