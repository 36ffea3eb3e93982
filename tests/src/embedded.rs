//! DynamoDB in this process: what DynamoDB would answer, without a network between.

use std::sync::Arc;

use bytes::Bytes;
use dynoxide::Database;
use futures::future::BoxFuture;
use rowferry::dynamodb::{Answer, Failure, Transport};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Sees what takes effect: a request's operation and body, and the answer to it.
pub type Watch = dyn Fn(&str, &[u8], &Answer) + Send + Sync;

/// An embedded DynamoDB.
#[derive(Clone)]
pub struct Embedded {
    database: Database,
    watch: Option<Arc<Watch>>,
}

impl Embedded {
    /// An empty one, in memory.
    ///
    /// # Panics
    ///
    /// When there is no memory for it.
    #[must_use]
    pub fn new() -> Self {
        Self { database: Database::memory().expect("memory for an embedded DynamoDB"), watch: None }
    }

    /// The same database, through which each request is seen when it takes effect.
    #[must_use]
    pub fn watched(&self, watch: impl Fn(&str, &[u8], &Answer) + Send + Sync + 'static) -> Self {
        Self { database: self.database.clone(), watch: Some(Arc::new(watch)) }
    }

    /// Answers a request.
    ///
    /// # Panics
    ///
    /// When it is asked for something that no test needed before.
    #[must_use]
    pub fn answer(&self, operation: &str, body: &[u8]) -> Answer {
        let answer = self.ask(operation, body);
        if let Some(watch) = &self.watch {
            watch(operation, body, &answer);
        }
        answer
    }

    fn ask(&self, operation: &str, body: &[u8]) -> Answer {
        let database = &self.database;
        match operation {
            "CreateTable" => Self::call(body, |request| database.create_table(request)),
            "UpdateTable" => Self::call(body, |request| database.update_table(request)),
            "DeleteTable" => Self::call(body, |request| database.delete_table(request)),
            "DescribeTable" => Self::call(body, |request| database.describe_table(request)),
            "DescribeTimeToLive" => Self::call(body, |request| database.describe_time_to_live(request)),
            "UpdateTimeToLive" => Self::call(body, |request| database.update_time_to_live(request)),
            "ListTables" => Self::call(body, |request| database.list_tables(request)),
            "ListTagsOfResource" => Self::call(body, |request| database.list_tags_of_resource(request)),
            "TagResource" => Self::call(body, |request| database.tag_resource(request)),
            "DescribeContinuousBackups" => self.backups(body),
            "GetItem" => Self::call(body, |request| database.get_item(request)),
            "PutItem" => Self::call(body, |request| database.put_item(request)),
            "UpdateItem" => self.update(body),
            "DeleteItem" => Self::call(body, |request| database.delete_item(request)),
            "BatchGetItem" => Self::call(body, |request| database.batch_get_item(request)),
            "BatchWriteItem" => Self::call(body, |request| database.batch_write_item(request)),
            "Query" => Self::call(body, |request| database.query(request)),
            "ExecuteStatement" => Self::call(body, |request| database.execute_statement(request)),
            "Scan" => Self::call(body, |request| database.scan(request)),
            _ => panic!("the embedded DynamoDB is not asked for {operation} yet"),
        }
    }

    /// This one keeps no backups.
    fn backups(&self, body: &[u8]) -> Answer {
        let description = self.ask("DescribeTable", body);
        if description.status != 200 {
            return refusal(&json!({"__type": "x#TableNotFoundException", "message": "Table not found"}));
        }
        let told = json!({"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "DISABLED"}});
        Answer { status: 200, body: told.to_string().into() }
    }

    /// This one answers with the key where there was no item, and DynamoDB with nothing.
    fn update(&self, body: &[u8]) -> Answer {
        let answer = || Self::call(body, |request| self.database.update_item(request));
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        if request["ReturnValues"] != "ALL_OLD" {
            return answer();
        }
        let key = json!({"TableName": request["TableName"], "Key": request["Key"]});
        let before = self.ask("GetItem", key.to_string().as_bytes());
        let before: Value = serde_json::from_slice(&before.body).expect("an answer is JSON");
        let answer = answer();
        if answer.status != 200 || before.get("Item").is_some() {
            return answer;
        }
        let mut told: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        told["Attributes"].take();
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
