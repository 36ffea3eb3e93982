//! Faults between a job and DynamoDB: every way in which a request can go wrong that no emulator shows.

pub mod bucket;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::dynamodb::{Answer, Failure, Transport};
use serde_json::{Value, json};

use crate::embedded::Embedded;

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Throttled, for a reason such as `TableWriteProvisionedThroughputExceeded`.
    Throttled(&'static str),
    /// A server error, nothing done.
    ServerError,
    /// A server error after it was done.
    ServerErrorAfter,
    /// The connection could not be made.
    Unreached,
    /// The connection broke before the request took effect.
    LostBefore,
    /// The connection broke after the request took effect.
    LostAfter,
    /// The answer breaks off in the middle.
    Truncated,
    /// A batch is done but for its last items, so many of them.
    Unprocessed(usize),
    /// The credentials have expired.
    Expired,
    /// The policy does not allow it.
    Denied,
    /// There is no such table.
    Missing,
    /// The request or an item in it is not acceptable.
    Invalid,
    /// The answer takes so many milliseconds; the request takes effect at their end.
    Slow(u64),
    /// The request takes effect at once, its answer takes so many milliseconds.
    SlowAfter(u64),
}

/// Decides what goes wrong with a request: its operation and body.
pub type Script<F = Fault> = dyn FnMut(&str, &Bytes) -> F + Send;

/// DynamoDB with faults.
#[derive(Clone)]
pub struct Faulty {
    inner: Embedded,
    script: Arc<Mutex<Box<Script>>>,
    log: Arc<Mutex<Vec<(String, Bytes)>>>,
}

impl Faulty {
    /// A DynamoDB whose requests go wrong as a script says.
    pub fn new(inner: Embedded, script: impl FnMut(&str, &Bytes) -> Fault + Send + 'static) -> Self {
        Self { inner, script: Arc::new(Mutex::new(Box::new(script))), log: Arc::default() }
    }

    /// One where the writes of items go wrong in this order, and nothing after.
    #[must_use]
    pub fn writes(inner: Embedded, faults: impl IntoIterator<Item = Fault>) -> Self {
        let mut faults: VecDeque<Fault> = faults.into_iter().collect();
        Self::new(inner, move |operation, body| {
            if is_write(operation, body) { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None }
        })
    }

    /// The requests that were made: operation and body.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, Bytes)> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, operation: &str, body: &Bytes, fault: &Fault) -> Result<Answer, Failure> {
        let done = || self.inner.answer(operation, body);
        let refused = |status, name: &str, more: Value| {
            let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "a fault"});
            if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
                body.extend(more.clone());
            }
            Ok(Answer { status, body: body.to_string().into() })
        };
        match fault {
            Fault::None | Fault::Slow(_) | Fault::SlowAfter(_) => Ok(done()),
            Fault::Throttled(reason) => {
                let resource = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
                let reasons = json!({"ThrottlingReasons": [{"reason": reason, "resource": resource}]});
                refused(400, "ProvisionedThroughputExceededException", reasons)
            }
            Fault::ServerError => refused(500, "InternalServerError", Value::Null),
            Fault::ServerErrorAfter => {
                done();
                refused(500, "InternalServerError", Value::Null)
            }
            Fault::Unreached => Err(Failure::Unreached("connection refused".to_owned())),
            Fault::LostBefore => Err(Failure::Lost("connection reset".to_owned())),
            Fault::LostAfter => {
                done();
                Err(Failure::Lost("connection reset".to_owned()))
            }
            Fault::Truncated => {
                let answer = done();
                let half = answer.body.len() / 2;
                Ok(Answer { body: answer.body.slice(..half), ..answer })
            }
            Fault::Unprocessed(count) => match in_part(&self.inner, operation, body, *count) {
                Some(answer) => Ok(answer),
                None => refused(400, "ProvisionedThroughputExceededException", Value::Null),
            },
            Fault::Expired => refused(400, "ExpiredTokenException", Value::Null),
            Fault::Invalid => refused(400, "ValidationException", Value::Null),
            Fault::Missing => refused(400, "ResourceNotFoundException", Value::Null),
            Fault::Denied => refused(400, "AccessDeniedException", Value::Null),
        }
    }
}

/// Does a batch without its last items, and gives those back; none where the request is no batch.
pub(crate) fn in_part(inner: &Embedded, operation: &str, body: &[u8], count: usize) -> Option<Answer> {
    let left = match operation {
        "BatchWriteItem" => "UnprocessedItems",
        "BatchGetItem" => "UnprocessedKeys",
        _ => return None,
    };
    let mut request: Value = serde_json::from_slice(body).expect("a batch is JSON");
    let tables = request["RequestItems"].as_object_mut().expect("a batch has tables");
    let (table, batch) = tables.iter_mut().next().expect("a batch has a table");
    let (table, mut rest) = (table.clone(), batch.clone());
    let entries = entries(batch);
    let unprocessed = entries.split_off(entries.len() - count.min(entries.len() - 1));
    let mut answer = inner.answer(operation, request.to_string().as_bytes());
    if answer.status == 200 && !unprocessed.is_empty() {
        *self::entries(&mut rest) = unprocessed;
        let mut body: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        body[left] = json!({table: rest});
        answer.body = body.to_string().into();
    }
    Some(answer)
}

/// What a batch writes into a table, or the keys that it reads of it.
fn entries(batch: &mut Value) -> &mut Vec<Value> {
    let entries = if batch.is_array() { batch } else { &mut batch["Keys"] };
    entries.as_array_mut().expect("a batch has entries")
}

/// Whether a request writes or deletes items of a table, not of the ledger.
#[must_use]
pub fn is_write(operation: &str, body: &[u8]) -> bool {
    matches!(operation, "BatchWriteItem" | "PutItem" | "UpdateItem" | "DeleteItem")
        && !contains(body, "\"TableName\":\"runs\"")
}

/// Whether a body holds a text.
#[must_use]
pub fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Drives a future for so many polls, and then drops it: a crash. None where it had not ended by then.
pub async fn crash<T>(work: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut work = Box::pin(work);
    let mut polled = 0;
    poll_fn(move |context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

impl Transport for Faulty {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let fault = (self.script.lock().unwrap_or_else(PoisonError::into_inner))(operation, &body);
            self.log.lock().unwrap_or_else(PoisonError::into_inner).push((operation.to_owned(), body.clone()));
            if let Fault::Slow(milliseconds) = fault {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            let answer = self.answer(operation, &body, &fault);
            if let Fault::SlowAfter(milliseconds) = fault {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            answer
        })
    }
}
