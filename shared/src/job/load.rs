//! load-extract: an extract is mapped and written to its table.

mod run;

use std::{sync::Arc, time::Duration};

use aws_config::BehaviorVersion;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::{
    bucket::{Bucket, s3::S3},
    connect::Aws,
    connection::Connection,
    dynamodb::Client,
    error::{Error, Kind},
    event::{self, Direct, ObjectEvent, Request},
    ledger::Ledger,
    report::{Report, Status, line},
    settings::Settings,
    sync,
    time::{Clock, Deadline},
};

/// What of a Parquet row group is in memory at once.
const ROW_GROUP_BYTES: u64 = 256 << 20;

/// The share of an invocation's time that is kept back for report and ledger, and its bounds.
const KEPT_BACK: f64 = 0.1;
const KEPT_BACK_LEAST: Duration = Duration::from_millis(500);
const KEPT_BACK_MOST: Duration = Duration::from_secs(10);

/// How long what has a deadline of its own may take to notice it.
const GRACE: Duration = Duration::from_millis(200);

const OUT_OF_TIME: &str =
    "time ran out before the extract was read; give the function more time, or deliver smaller extracts";

/// Makes clients of DynamoDB for connections.
pub trait Connect: Send + Sync {
    /// A client for a connection; for the function's own role, region and endpoint where there is none.
    fn client<'a>(&'a self, connection: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>>;
}

/// The job of load-extract.
pub struct Load {
    /// The data bucket.
    pub bucket: Arc<dyn Bucket>,
    /// The data bucket's name: events of others are not ours.
    pub bucket_name: String,
    /// The ways to DynamoDB.
    pub connect: Arc<dyn Connect>,
    /// The runs table.
    pub ledger: Ledger,
    /// The wall clock.
    pub clock: Clock,
    /// The function's name in metrics.
    pub function: String,
    /// What the mapped columns of one Parquet row group may take in memory, as they are compressed.
    pub row_group_bytes: u64,
    /// Takes lines for standard output.
    pub print: fn(&str),
}

/// What one run is asked to do.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) sync: String,
    pub(super) object_key: String,
    /// The event that asked; none when a person did.
    pub(super) event: Option<ObjectEvent>,
    pub(super) dry_run: bool,
}

/// What an invocation answers.
pub type Answer = Value;

/// Writes a line to standard output, where CloudWatch reads metrics; a closed pipe is nobody's error.
fn print(line: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout().lock(), "{line}");
}

impl Load {
    /// The job as the environment says it.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] when a setting is missing.
    pub async fn from_env(function: &str) -> Result<Self, Error> {
        let settings = Settings::from_env(function)?;
        let clock = Clock::system();
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let connect = Aws::new(config.clone(), settings.dynamodb_endpoint_url, clock.clone());
        let own = connect.client(None).await?;
        Ok(Self {
            bucket: Arc::new(S3::new(&config, settings.data_bucket.as_str())),
            bucket_name: settings.data_bucket,
            connect: Arc::new(connect),
            ledger: Ledger::new(own, settings.runs_table, clock.clone()),
            clock,
            function: settings.function,
            row_group_bytes: ROW_GROUP_BYTES,
            print,
        })
    }

    /// Handles one invocation.
    ///
    /// # Errors
    ///
    /// The first error of a run that failed, once all runs are done; [`Kind::Request`] for a payload that is none.
    pub async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Answer, Error> {
        match event::decode(payload).map_err(|error| Error::new(error.kind(), error.to_string()))? {
            Request::Direct(Direct { sync, object, dry_run }) => {
                let order = Order { sync, object_key: object, event: None, dry_run };
                let (report, error) = self.run(&order, deadline).await?;
                error.map_or_else(|| report.answer(), Err)
            }
            Request::Events(events) => {
                for ignored in &events.ignored {
                    tracing::info!(reason = ignored.reason, object_key = ignored.key.as_deref(), "event ignored");
                }
                let (mut reports, mut first) = (Vec::new(), None);
                for event in events.objects {
                    let error = match self.take(event, deadline).await {
                        Ok(None) => continue,
                        Ok(Some((report, error))) => {
                            reports.push(report.answer()?);
                            error
                        }
                        Err(error) => Some(error),
                    };
                    first = first.or(error);
                }
                first.map_or_else(|| Ok(json!({"runs": reports})), Err)
            }
        }
    }

    /// Runs what an event asks for, if it is for a sync.
    async fn take(&self, event: ObjectEvent, deadline: Deadline) -> Result<Option<(Report, Option<Error>)>, Error> {
        if event.bucket != self.bucket_name {
            tracing::warn!(bucket = event.bucket, "event ignored: it is of another bucket");
            return Ok(None);
        }
        let Some(name) = sync::of(&event.key).map(str::to_owned) else {
            tracing::info!(object_key = event.key, "event ignored: the object lies under no sync's prefix");
            return Ok(None);
        };
        let claimed = deadline.earlier(KEPT_BACK_LEAST).bound(self.claimed(&name)).await;
        if !claimed.unwrap_or_else(|| Err(Error::new(Kind::Service, OUT_OF_TIME)))? {
            tracing::info!(object_key = event.key, sync = name, "event ignored: no sync claims the object");
            return Ok(None);
        }
        let order = Order { sync: name, object_key: event.key.clone(), event: Some(event), dry_run: false };
        self.run(&order, deadline).await.map(Some)
    }

    /// Whether a definition claims a sync's extracts; two of them do too, and their run says so.
    async fn claimed(&self, name: &str) -> Result<bool, Error> {
        match sync::read(&*self.bucket, name).await {
            Ok(source) => Ok(source.is_some()),
            Err(sync::Error::Bucket(error @ crate::bucket::Error::Service { .. })) => Err(error.into()),
            Err(_) => Ok(true),
        }
    }

    /// Does one run, whatever comes of it, and leaves its report.
    async fn run(&self, order: &Order, deadline: Deadline) -> Result<(Report, Option<Error>), Error> {
        let kept_back = deadline.left().mul_f64(KEPT_BACK).clamp(KEPT_BACK_LEAST, KEPT_BACK_MOST);
        let mut run = run::Run::new(self, order);
        let end = deadline.earlier(kept_back);
        let attempt = end.later(GRACE).bound(run.attempt(end)).await;
        let outcome = attempt.unwrap_or_else(|| Err(Error::new(Kind::Service, OUT_OF_TIME)));
        let (report, error) = run.finish(outcome, deadline).await;
        if report.status() != Status::Skipped {
            (self.print)(&line::metrics(&report, &self.function, self.clock.epoch_ms()));
        }
        line::log(&report);
        Ok((report, error))
    }
}
