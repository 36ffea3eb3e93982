//! Everything that a job needs, embedded: a bucket, DynamoDB, the runs table and the job itself.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use rowferry::{
    action::Failure,
    bucket::{Bucket, Object, memory::Memory},
    connection::Connection,
    dynamodb::{Client, Transport},
    error::{Error, Kind},
    job::{Act, Connect, Edges, Export, Job, Load, Mirror},
    ledger::Ledger,
    notice::Notify,
    time::{Clock, Deadline},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{embedded::Embedded, told};

/// The name of the data bucket.
pub const BUCKET: &str = "data";

/// The name of the runs table.
pub const RUNS: &str = "runs";

/// A world to run jobs in.
pub struct World {
    /// The data bucket.
    pub bucket: Arc<Memory>,
    /// DynamoDB, without faults.
    pub dynamodb: Embedded,
    /// The job of load-extract.
    pub load: Load,
    /// The job of mirror-table, over the same edges.
    pub mirror: Mirror,
    /// The job of table-action, over the same bucket and DynamoDB.
    pub act: Act,
    /// The job of export-catalog, over the same bucket and DynamoDB.
    pub export: Export,
    /// What people were told.
    notices: Arc<Told>,
    /// Seconds that the clock is ahead of the runtime's.
    ahead: Arc<AtomicU64>,
    sequencer: AtomicU64,
}

struct Direct(Client);

impl Connect for Direct {
    fn client<'a>(&'a self, _: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// Keeps notices, or refuses them.
#[derive(Default)]
struct Told {
    notices: Mutex<Vec<(String, String)>>,
    is_deaf: AtomicBool,
}

impl Notify for Told {
    fn publish<'a>(&'a self, subject: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        let answer = if self.is_deaf.load(Ordering::Relaxed) {
            Err(Error::new(Kind::Config, "the topic is gone"))
        } else {
            self.notices.lock().unwrap_or_else(PoisonError::into_inner).push((subject.into(), message.into()));
            Ok(())
        };
        Box::pin(async { answer })
    }
}

impl World {
    /// A world without faults, its bucket with versions.
    #[must_use]
    pub fn new() -> Self {
        let dynamodb = Embedded::new();
        Self::with(dynamodb.clone(), dynamodb)
    }

    /// A world with a table `items` of these keys, and a sync `s` that loads it by the rest of a definition.
    #[must_use]
    pub fn loading(keys: &[(&str, &str, &str)], definition: &str) -> Self {
        let world = Self::new();
        world.create_table("items", keys, &json!({}));
        world.redefine(definition);
        world
    }

    /// Gives the sync `s` another definition.
    pub fn redefine(&self, definition: &str) {
        self.define("s", &format!("destination: {{ table: items }}\n{definition}"));
    }

    /// A world whose job reaches DynamoDB through a transport of its own.
    #[must_use]
    pub fn with(dynamodb: Embedded, transport: impl Transport + 'static) -> Self {
        let bucket = Arc::new(Memory::versioned(BUCKET));
        let seen: Arc<dyn Bucket> = bucket.clone();
        Self::over(bucket, seen, dynamodb, transport)
    }

    /// A world whose job sees the bucket through another one, with faults of its own.
    #[must_use]
    pub fn over(
        bucket: Arc<Memory>,
        seen: Arc<dyn Bucket>,
        dynamodb: Embedded,
        transport: impl Transport + 'static,
    ) -> Self {
        let ahead = Arc::new(AtomicU64::new(0));
        let (start, told) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000), Arc::clone(&ahead));
        let begun = Instant::now();
        let clock = Clock::from_fn(move || start + begun.elapsed() + Duration::from_secs(told.load(Ordering::Relaxed)));
        let client = Client::new(transport);
        let act = Act::new(
            Some(Arc::clone(&seen)),
            Arc::new(Direct(client.clone())),
            Some("us-east-1".into()),
            clock.clone(),
        );
        let notices = Arc::new(Told::default());
        let export = Export {
            bucket: Arc::clone(&seen),
            connect: Arc::new(Direct(client.clone())),
            region: Some("us-east-1".into()),
            clock: clock.clone(),
            again: Some(notices.clone()),
        };
        let edges = move |function: &str| Edges {
            bucket: Arc::clone(&seen),
            bucket_name: BUCKET.to_owned(),
            connect: Arc::new(Direct(client.clone())),
            ledger: Ledger::new(client.clone(), RUNS.to_owned(), clock.clone()),
            clock: clock.clone(),
            function: function.to_owned(),
            row_group_bytes: 256 << 20,
            print: |_| {},
        };
        let load = Load { edges: edges("load-extract") };
        let mirror = Mirror { edges: edges("mirror-table"), notify: notices.clone() };
        let world = Self { bucket, dynamodb, load, mirror, act, export, notices, ahead, sequencer: AtomicU64::new(1) };
        world.create_table(RUNS, &[("pk", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
        world
    }

    /// Creates a table with keys given as name, type and role, and more of `CreateTable`'s own parameters.
    ///
    /// # Panics
    ///
    /// When it cannot be created.
    pub fn create_table(&self, name: &str, keys: &[(&str, &str, &str)], more: &Value) {
        let mut definitions: Vec<Value> =
            keys.iter().map(|(name, kind, _)| json!({"AttributeName": name, "AttributeType": kind})).collect();
        definitions.extend(more["AttributeDefinitions"].as_array().cloned().unwrap_or_default());
        let schema: Vec<Value> =
            keys.iter().map(|(name, _, role)| json!({"AttributeName": name, "KeyType": role})).collect();
        let mut input = json!({"TableName": name, "KeySchema": schema, "BillingMode": "PAY_PER_REQUEST"});
        for (key, value) in more.as_object().expect("parameters are an object") {
            input[key] = value.clone();
        }
        input["AttributeDefinitions"] = definitions.into();
        _ = self.ask("CreateTable", &input);
    }

    /// Asks DynamoDB, without faults.
    ///
    /// # Panics
    ///
    /// When it refuses.
    #[must_use = "what DynamoDB answers"]
    pub fn ask(&self, operation: &str, input: &Value) -> Value {
        let answer = self.dynamodb.answer(operation, input.to_string().as_bytes());
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{operation}: {text}");
        serde_json::from_str(&text).expect("an answer is JSON")
    }

    /// All items of a table, in the order of their JSON texts.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<Value> {
        sorted(self.ask("Scan", &json!({"TableName": table}))["Items"].as_array().cloned().unwrap_or_default())
    }

    /// All items of a table as [`told::item`] says them, in the order of their texts.
    #[must_use]
    pub fn lines(&self, table: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.items(table).iter().map(told::item).collect();
        lines.sort();
        lines
    }

    /// Puts an item, given in DynamoDB JSON.
    pub fn put(&self, table: &str, item: &Value) {
        _ = self.ask("PutItem", &json!({"TableName": table, "Item": item}));
    }

    /// Puts a sync definition into the bucket.
    pub fn define(&self, sync: &str, yaml: &str) {
        self.bucket.insert(&format!("syncs/{sync}.yaml"), yaml.to_owned());
    }

    /// Drops an extract; answers with the event that S3 sends of it.
    pub fn drop(&self, object_key: &str, bytes: impl Into<Bytes>) -> Value {
        let object = self.bucket.insert(object_key, bytes);
        self.event(&object)
    }

    /// The event that S3 sends of an object, which comes after all others so far.
    pub fn event(&self, object: &Object) -> Value {
        let sequencer = self.sequencer.fetch_add(1, Ordering::Relaxed);
        let encoded = object.key.replace('%', "%25").replace('+', "%2B").replace(' ', "+");
        json!({"Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "eventTime": "2026-05-28T20:26:40.000Z", "awsRegion": "us-east-1",
            "s3": {
                "bucket": {"name": BUCKET, "arn": format!("arn:aws:s3:::{BUCKET}")},
                "object": {"key": encoded, "size": object.size_bytes, "eTag": object.etag,
                    "versionId": object.version_id, "sequencer": format!("{sequencer:016X}")},
            },
        }]})
    }

    /// Invokes the job, with a minute's time.
    ///
    /// # Errors
    ///
    /// What the invocation ends with.
    pub async fn invoke(&self, payload: &Value) -> Result<Value, Error> {
        self.load.handle(payload, Deadline::after(Duration::from_mins(1))).await
    }

    /// Invokes the job of mirror-table, with a minute's time.
    ///
    /// # Errors
    ///
    /// What the invocation ends with.
    pub async fn mirror(&self, payload: &Value) -> Result<Value, Error> {
        self.mirror.handle(payload, Deadline::after(Duration::from_mins(1))).await
    }

    /// Invokes the job of export-catalog, with a minute's time.
    ///
    /// # Errors
    ///
    /// What the invocation ends with.
    pub async fn export(&self, payload: &Value) -> Result<Value, Error> {
        self.export.handle(payload, Deadline::after(Duration::from_mins(1))).await
    }

    /// The event by which the topic brings the newest message back to export-catalog.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn message(&self) -> Value {
        let (_, message) = self.notices().pop().expect("a message");
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
    }

    /// Goes on with an export, each invocation in so much time, until it is published; answers with what each answered.
    ///
    /// # Panics
    ///
    /// When one fails or is skipped, or it goes on for ever.
    pub async fn export_all(&self, first: Value, invocation: Duration) -> Vec<Value> {
        let (mut payload, mut answers) = (first, Vec::new());
        while answers.len() < 200 {
            let answer = self.export.handle(&payload, Deadline::after(invocation)).await;
            let answer = answer.unwrap_or_else(|error| panic!("{}", error.text()));
            let status = answer["status"].clone();
            answers.push(answer);
            match status.as_str() {
                Some("continued") => payload = self.message(),
                Some("succeeded") => return answers,
                _ => panic!("{answers:?}"),
            }
        }
        panic!("it goes on for ever");
    }

    /// Invokes the job of table-action, with a minute's time.
    ///
    /// # Errors
    ///
    /// What the invocation ends with.
    pub async fn act(&self, payload: &Value) -> Result<Value, Failure> {
        self.act.handle(payload, Deadline::after(Duration::from_mins(1))).await
    }

    /// Does an action that succeeds; answers with its answer.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub async fn done(&self, payload: &Value) -> Value {
        self.act(payload).await.unwrap_or_else(|failure| panic!("{payload}: {}: {}", failure.name, failure.message))
    }

    /// Does an action that fails; answers with `errorType: errorMessage`.
    ///
    /// # Panics
    ///
    /// When it succeeds.
    pub async fn refused(&self, payload: &Value) -> String {
        let failure = self.act(payload).await.expect_err("the action fails");
        format!("{}: {}", failure.name, failure.message)
    }

    /// Subject and message of each notice so far.
    #[must_use]
    pub fn notices(&self) -> Vec<(String, String)> {
        self.notices.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets every notice from now on be refused.
    pub fn refuse_notices(&self) {
        self.notices.is_deaf.store(true, Ordering::Relaxed);
    }

    /// Drops an extract and handles its event; answers with the report.
    ///
    /// # Panics
    ///
    /// When the run fails.
    pub async fn load(&self, object_key: &str, bytes: impl Into<Bytes>) -> Value {
        let event = self.drop(object_key, bytes);
        let mut answer = self.invoke(&event).await.expect("the run succeeds");
        let report = answer["runs"][0].take();
        balanced(&report);
        report
    }

    /// Drops an extract whose run fails; answers with `kind: message`, which the report that the run left says too.
    ///
    /// # Panics
    ///
    /// When the run does not fail, or its report says something else.
    pub async fn fail(&self, object_key: &str, bytes: impl Into<Bytes>) -> String {
        let event = self.drop(object_key, bytes);
        self.fail_invoke(&event).await
    }

    /// The same for any payload of one run.
    ///
    /// # Panics
    ///
    /// As [`fail`](Self::fail).
    pub async fn fail_invoke(&self, payload: &Value) -> String {
        let error = self.invoke(payload).await.expect_err("the run fails");
        let mut reports = self.reports().into_iter();
        let report = reports.find(|report| report["error"]["message"] == error.text().as_str());
        let report = report.unwrap_or_else(|| panic!("no report says: {}", error.text()));
        assert_eq!(report["status"], "failed");
        assert_eq!(report["error"]["kind"], error.kind().name());
        balanced(&report);
        format!("{}: {}", error.kind().name(), error.text())
    }

    /// Loads an object by a direct invoke; answers with the report.
    ///
    /// # Panics
    ///
    /// When the run fails.
    pub async fn direct(&self, sync: &str, object_key: &str, dry_run: bool) -> Value {
        let payload = json!({"sync": sync, "object": object_key, "dry_run": dry_run});
        let report = self.invoke(&payload).await.expect("the run succeeds");
        balanced(&report);
        report
    }

    /// The rejects that a report names.
    ///
    /// # Panics
    ///
    /// When it names none.
    #[must_use]
    pub fn rejects(&self, report: &Value) -> String {
        self.text(report["rejects"]["key"].as_str().expect("the run has rejects"))
    }

    /// Turns the clock on.
    pub fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The text of an object.
    ///
    /// # Panics
    ///
    /// When there is no such object.
    #[must_use]
    pub fn text(&self, object_key: &str) -> String {
        let bytes = self.bucket.bytes(object_key).unwrap_or_else(|| panic!("no object {object_key}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The report that a run left, newest last.
    ///
    /// # Panics
    ///
    /// When one is no JSON.
    #[must_use]
    pub fn reports(&self) -> Vec<Value> {
        let keys = self.bucket.keys().into_iter().filter(|key| key.ends_with("/report.json"));
        keys.map(|key| serde_json::from_str(&self.text(&key)).expect("a report is JSON")).collect()
    }
}

/// Checks that each row of a report is accounted for.
///
/// # Panics
///
/// When one is not.
pub fn balanced(report: &Value) {
    let rows = |name: &str| report["rows"][name].as_u64().expect("a count");
    let accounted = rows("written") + rows("unchanged") + rows("superseded") + rows("rejected");
    assert_eq!(rows("read"), accounted, "{report:#}");
    let reasons = report["rejects"]["by_reason"].as_object().into_iter().flatten();
    assert_eq!(rows("rejected"), reasons.filter_map(|(_, count)| count.as_u64()).sum::<u64>(), "{report:#}");
}

/// Items in one order, their attributes too.
#[must_use]
pub fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.iter_mut().for_each(Value::sort_all_objects);
    items.sort_by_key(ToString::to_string);
    items
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
