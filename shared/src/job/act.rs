//! table-action: one operation on a table or an item.

mod page;
mod probe;
mod reach;
mod wait;

use std::{sync::Arc, time::Duration};

use aws_config::BehaviorVersion;
use serde_json::{Value, json};
use tokio::time::Instant;

pub use self::probe::probe;
use self::reach::{Reach, Reached};
use super::{Connect, Job};
use crate::{
    action::{Action, Failure, Format, KeyValues, Request, Task, Via, plain},
    bucket::{Bucket, s3::S3},
    connect::Aws,
    dynamodb,
    error::Kind,
    settings::Outside,
    time::{Clock, Deadline},
};

/// What is kept back of an invocation's time to answer.
const KEPT_BACK: Duration = Duration::from_millis(500);

/// How long one request is tried; who asks would rather know than wait for a table that stays throttled.
const PATIENCE: Duration = Duration::from_secs(30);

/// The job of table-action.
pub struct Act {
    reach: Reach,
    clock: Clock,
}

impl Act {
    /// A job over a bucket, where there is one, and the ways to DynamoDB; `region` is the function's own.
    #[must_use]
    pub fn new(
        bucket: Option<Arc<dyn Bucket>>,
        connect: Arc<dyn Connect>,
        region: Option<String>,
        clock: Clock,
    ) -> Self {
        Self { reach: Reach::new(bucket, connect, region), clock }
    }

    /// The job as the environment says it.
    pub async fn from_env() -> Self {
        let settings = Outside::from_env();
        let clock = Clock::system();
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let bucket = settings.data_bucket.map(|name| -> Arc<dyn Bucket> { Arc::new(S3::new(&config, name.as_str())) });
        let region = config.region().map(ToString::to_string);
        let connect = Aws::new(config, settings.dynamodb_endpoint_url, clock.clone());
        Self::new(bucket, Arc::new(connect), region, clock)
    }
}

impl Job for Act {
    type Error = Failure;

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Value, Failure> {
        let begun = Instant::now();
        let request = Request::read(payload).map_err(|problems| Failure::problems(&problems));
        let outcome = match &request {
            Ok(request) => self.go(request, deadline.earlier(KEPT_BACK)).await,
            Err(failure) => Err(failure.clone()),
        };
        let request = request.as_ref().ok();
        tracing::info!(
            action = request.map(|request| request.action.name()),
            table = request.and_then(|request| request.table.as_deref()),
            connection = request.map(|request| match &request.via {
                Some(Via::Named(name)) => name.as_str(),
                Some(Via::Inline(_)) => "inline",
                None => "own",
            }),
            error_type = outcome.as_ref().err().map(|failure| failure.name.as_str()),
            duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "action finished"
        );
        outcome
    }
}

impl Act {
    /// Does a request; once more where a client of an earlier invocation has credentials that are not taken any more.
    async fn go(&self, request: &Request, end: Deadline) -> Result<Value, Failure> {
        let (reached, is_kept) = self.reach(request, end).await?;
        let outcome = Ask { request, reached: &reached, end }.go().await;
        if !outcome.as_ref().is_err_and(Failure::is_of_credentials) {
            return outcome;
        }
        self.reach.forget(&reached);
        // What follows a table's creation or deletion may have failed: a second one would be refused.
        if !is_kept || request.writes_tables() {
            return outcome;
        }
        let (reached, _) = self.reach(request, end).await?;
        Ask { request, reached: &reached, end }.go().await
    }

    async fn reach(&self, request: &Request, end: Deadline) -> Result<(Arc<Reached>, bool), Failure> {
        let reached = end.bound(self.reach.client(request)).await;
        reached.unwrap_or_else(|| Err(Failure::new(Kind::Service, "no time was left to connect")))
    }
}

/// A request on its way.
struct Ask<'a> {
    request: &'a Request,
    reached: &'a Reached,
    /// When the answer must be ready.
    end: Deadline,
}

impl Ask<'_> {
    async fn go(&self) -> Result<Value, Failure> {
        let operation = self.request.action.operation();
        match &self.request.task {
            Task::Once => Ok(self.answer(self.call(operation, &self.body()).await?)),
            Task::Keyed(key) => self.keyed(key).await,
            Task::Pages(pages) => self.pages(pages).await,
            Task::Create { time_to_live, wait } => self.create(time_to_live.as_ref(), *wait).await,
            Task::Delete { wait } => self.delete(*wait).await,
            Task::Test { tables, functions } => {
                let region = self.reached.region();
                Ok(probe(&self.reached.client, tables, functions, region, self.end).await?)
            }
        }
    }

    /// Does what names one item: its key is what the table says.
    async fn keyed(&self, key: &KeyValues) -> Result<Value, Failure> {
        let table = self.request.table.as_deref().unwrap_or_default();
        let ask = async |keys: &_| {
            let key = key.fit(table, keys, self.request.format).map_err(|problems| Failure::problems(&problems))?;
            let mut body = self.request.body.clone();
            body.insert("Key".into(), key.into());
            self.call(self.request.action.operation(), &body.into()).await
        };
        let known = self.reached.keys(table);
        if let Some(keys) = &known {
            match ask(keys).await {
                // The table may be another one by now, with other keys.
                Err(failure) if failure.is_of_input() => {}
                other => return other.map(|answer| self.answer(answer)),
            }
        }
        let keys = self.describe_keys(table).await?;
        let answer = ask(&keys).await?;
        Ok(self.answer(answer))
    }

    async fn describe_keys(&self, table: &str) -> Result<Vec<crate::table::Key>, Failure> {
        let answer = self.call("DescribeTable", &json!({"TableName": table})).await?;
        let described = answer.get("Table").unwrap_or(&Value::Null);
        let keys = crate::table::keys(described, described).filter(|keys| !keys.is_empty());
        let keys = keys.ok_or_else(|| Failure::new(Kind::Table, format!("table `{table}` tells no keys")))?;
        self.reached.remember(table, &keys);
        Ok(keys)
    }

    fn body(&self) -> Value {
        Value::Object(self.request.body.clone())
    }

    /// Makes a call: again after trouble, where that is harmless.
    async fn call(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        self.try_call(operation, body).await.map_err(|error| Failure::of(&error, self.request, operation))
    }

    async fn try_call(&self, operation: &str, body: &Value) -> Result<Value, dynamodb::Error> {
        let client = &self.reached.client;
        let end = self.end.min(Deadline::after(PATIENCE));
        if operation == "DescribeTable" || self.request.is_repeatable() {
            client.call(operation, body, end).await
        } else {
            client.call_once(operation, body, end).await
        }
    }

    /// The answer to what is asked once, of DynamoDB's own.
    fn answer(&self, mut told: Value) -> Value {
        let mut take = |member: &str| told.get_mut(member).map(Value::take).unwrap_or_default();
        let item = |value: Value, format: Format| if value.is_null() { value } else { plain::from_item(value, format) };
        match self.request.action {
            Action::DescribeTable => json!({"table": take("Table"), "waited": false}),
            Action::GetItem => json!({"item": item(take("Item"), self.request.format)}),
            _ => json!({"attributes": item(take("Attributes"), self.request.format)}),
        }
    }
}
