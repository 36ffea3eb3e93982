//! What a job reaches: the data bucket, the ways to DynamoDB, the runs table, the clock.

use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use futures::future::BoxFuture;

use crate::{
    bucket::{self, Bucket, s3::S3},
    connect::Aws,
    connection::{self, Connection},
    definition::{self, Definition},
    dynamodb::Client,
    error::{Error, Kind},
    ledger::Ledger,
    report::{Report, Status, line},
    settings::Settings,
    sync,
    time::Clock,
};

/// What of a Parquet row group is in memory at once.
const ROW_GROUP_BYTES: u64 = 256 << 20;

/// Makes clients of DynamoDB for connections.
pub trait Connect: Send + Sync {
    /// A client for a connection; for the function's own role, region and endpoint where there is none.
    fn client<'a>(&'a self, connection: Option<&'a Connection>) -> BoxFuture<'a, Result<Client, Error>>;
}

/// The outside of a job.
pub struct Edges {
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

/// Writes a line to standard output, where CloudWatch reads metrics; a closed pipe is nobody's error.
fn print(line: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout().lock(), "{line}");
}

impl Edges {
    /// The edges as the environment says them, with the AWS configuration that they share.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] when a setting is missing.
    pub async fn from_env(settings: Settings) -> Result<(Self, SdkConfig), Error> {
        let clock = Clock::system();
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let connect = Aws::new(config.clone(), settings.dynamodb_endpoint_url, clock.clone());
        let own = connect.client(None).await?;
        let edges = Self {
            bucket: Arc::new(S3::new(&config, settings.data_bucket.as_str())),
            bucket_name: settings.data_bucket,
            connect: Arc::new(connect),
            ledger: Ledger::new(own, settings.runs_table, clock.clone()),
            clock,
            function: settings.function,
            row_group_bytes: ROW_GROUP_BYTES,
            print,
        };
        Ok((edges, config))
    }

    /// The definition of a sync, checked.
    pub(super) async fn definition(&self, name: &str) -> Result<Definition, Error> {
        let source = sync::read(&*self.bucket, name).await;
        let source = source.map_err(|error| Error::new(error.kind(), error.to_string()))?;
        let source = source.ok_or_else(|| {
            Error::new(Kind::Request, format!("there is no sync `{name}`; its definition would be `syncs/{name}.yaml`"))
        })?;
        let definition = definition::parse(name, &source.text);
        let definition = definition.map_err(|problems| Error::problems(&source.object.key, &problems))?;
        for notice in &definition.notices {
            tracing::warn!(object_key = source.object.key, %notice, "the definition says something that has no effect");
        }
        Ok(definition)
    }

    /// The connection of a name, from connections.yaml.
    pub(super) async fn connection(&self, name: &str) -> Result<Connection, Error> {
        connection(&*self.bucket, name, Kind::Mapping).await
    }

    /// Leaves the metrics and the log line of a run.
    pub(super) fn tell(&self, report: &Report) {
        if report.status() != Status::Skipped {
            (self.print)(&line::metrics(report, &self.function, self.clock.epoch_ms()));
        }
        line::log(report);
    }
}

/// The connection of a name, from connections.yaml. `unknown` says who must act where it has no such name.
pub(super) async fn connection(bucket: &dyn Bucket, name: &str, unknown: Kind) -> Result<Connection, Error> {
    const FILE: &str = "connections.yaml";
    const LIMIT_BYTES: u64 = 1 << 20;
    let (_, bytes) = bucket.read(FILE, LIMIT_BYTES).await.map_err(|error| match error {
        bucket::Error::Missing { .. } => Error::new(
            Kind::Mapping,
            format!("connection `{name}` is named, but the data bucket has no `{FILE}`; put it there"),
        ),
        other => other.into(),
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::new(Kind::Mapping, format!("`{FILE}` is no UTF-8")))?;
    let connections = connection::parse(text).map_err(|problems| Error::problems(FILE, &problems))?;
    connections.get(name).cloned().map_err(|error| Error::new(unknown, error.to_string()))
}
