//! DynamoDB in this process: what DynamoDB would answer, without a network between.

use bytes::Bytes;
use dynoxide::Database;
use futures::future::BoxFuture;
use rowferry::dynamodb::{Answer, Failure, Transport};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// An embedded DynamoDB.
#[derive(Clone)]
pub struct Embedded(Database);

impl Embedded {
    /// An empty one, in memory.
    ///
    /// # Panics
    ///
    /// When there is no memory for it.
    #[must_use]
    pub fn new() -> Self {
        Self(Database::memory().expect("memory for an embedded DynamoDB"))
    }

    /// Answers a request.
    ///
    /// # Panics
    ///
    /// When it is asked for something that no test needed before.
    #[must_use]
    pub fn answer(&self, operation: &str, body: &[u8]) -> Answer {
        let database = &self.0;
        match operation {
            "CreateTable" => Self::call(body, |request| database.create_table(request)),
            "UpdateTable" => Self::call(body, |request| database.update_table(request)),
            "DeleteTable" => Self::call(body, |request| database.delete_table(request)),
            "DescribeTable" => Self::call(body, |request| database.describe_table(request)),
            "DescribeTimeToLive" => Self::call(body, |request| database.describe_time_to_live(request)),
            "UpdateTimeToLive" => Self::call(body, |request| database.update_time_to_live(request)),
            "GetItem" => Self::call(body, |request| database.get_item(request)),
            "PutItem" => Self::call(body, |request| database.put_item(request)),
            "UpdateItem" => self.update(body),
            "DeleteItem" => Self::call(body, |request| database.delete_item(request)),
            "BatchGetItem" => Self::call(body, |request| database.batch_get_item(request)),
            "BatchWriteItem" => Self::call(body, |request| database.batch_write_item(request)),
            "Query" => Self::call(body, |request| database.query(request)),
            "Scan" => Self::call(body, |request| database.scan(request)),
            _ => panic!("the embedded DynamoDB is not asked for {operation} yet"),
        }
    }

    /// Updates an item. Where it creates it, DynamoDB tells no item as it was; this one tells the key.
    fn update(&self, body: &[u8]) -> Answer {
        let input: Value = serde_json::from_slice(body).unwrap_or_default();
        let key = json!({"TableName": input["TableName"], "Key": input["Key"]});
        let creates = input["ReturnValues"] == "ALL_OLD"
            && self.answer("GetItem", key.to_string().as_bytes()).body.as_ref() == b"{}";
        let answer = Self::call(body, |request| self.0.update_item(request));
        if !creates || answer.status != 200 {
            return answer;
        }
        let mut told: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        told.as_object_mut().expect("an answer is an object").remove("Attributes");
        Answer { body: told.to_string().into(), ..answer }
    }

    fn call<Q: DeserializeOwned, A: Serialize>(body: &[u8], ask: impl FnOnce(Q) -> dynoxide::Result<A>) -> Answer {
        let request = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                // This one tells what it finds invalid while it reads a request by a mark.
                let text = error.to_string();
                let (name, message) = match text.strip_prefix("VALIDATION:") {
                    Some(message) => ("com.amazon.coral.validate#ValidationException", message),
                    None => ("com.amazon.coral.service#SerializationException", text.as_str()),
                };
                return refusal(&json!({"__type": name, "message": message}));
            }
        };
        match ask(request) {
            Ok(answer) => Answer { status: 200, body: serde_json::to_vec(&answer).expect("an answer is JSON").into() },
            Err(error) => Answer { status: error.status_code(), body: error.to_json().into() },
        }
    }
}

impl Default for Embedded {
    fn default() -> Self {
        Self::new()
    }
}

fn refusal(body: &Value) -> Answer {
    Answer { status: 400, body: body.to_string().into() }
}

impl Transport for Embedded {
    fn send<'a>(&'a self, operation: &'a str, body: Bytes) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move {
            // A real answer never comes before the caller has yielded once.
            tokio::task::yield_now().await;
            Ok(self.answer(operation, &body))
        })
    }
}
