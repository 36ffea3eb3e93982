//! The clients of earlier invocations, with what they know of tables: a role is assumed and a table described once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    action::{Failure, Request, Task, Via},
    bucket::Bucket,
    connection::{Base, Connection},
    dynamodb::Client,
    error::{Error, Kind},
    job::{Connect, edges::connection},
    table::Key,
};

/// How many clients are kept, and the keys of how many tables by each.
const KEPT: usize = 16;

/// How long the keys of a table are believed. A table that was made anew with the same keys in the other order would take
/// what is meant for another item.
const BELIEVED: Duration = Duration::from_mins(1);

/// The ways to DynamoDB, and those that were gone before.
pub(super) struct Reach {
    bucket: Option<Arc<dyn Bucket>>,
    connect: Arc<dyn Connect>,
    /// The function's own region.
    region: Option<String>,
    kept: Mutex<Vec<Arc<Reached>>>,
}

/// A client and what it knows.
pub(super) struct Reached {
    pub(super) client: Client,
    connection: Connection,
    keys: Mutex<HashMap<String, (Instant, Vec<Key>)>>,
}

impl Reach {
    pub(super) fn new(bucket: Option<Arc<dyn Bucket>>, connect: Arc<dyn Connect>, region: Option<String>) -> Self {
        Self { bucket, connect, region, kept: Mutex::default() }
    }

    /// The client of a request's connection, and whether it is one of an earlier invocation.
    ///
    /// A connection that is tested is made anew: credentials of before would tell nothing of it.
    pub(super) async fn client(&self, request: &Request) -> Result<(Arc<Reached>, bool), Failure> {
        let mut connection = match &request.via {
            None => Connection::default(),
            Some(Via::Inline(connection)) => (**connection).clone(),
            Some(Via::Named(name)) => self.named(name).await?,
        };
        connection.region = request.region.clone().or(connection.region).or_else(|| self.region.clone());
        if matches!(request.task, Task::Test { .. }) {
            lock(&self.kept).retain(|kept| kept.connection != connection);
        }
        if let Some(reached) = lock(&self.kept).iter().find(|reached| reached.connection == connection) {
            return Ok((Arc::clone(reached), true));
        }
        let client = self.connect.client(Some(&connection)).await.map_err(|error| opened(error, &connection))?;
        let reached = Arc::new(Reached { client, connection, keys: Mutex::default() });
        let mut kept = lock(&self.kept);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Arc::clone(&reached));
        Ok((reached, false))
    }

    async fn named(&self, name: &str) -> Result<Connection, Failure> {
        let bucket = self.bucket.as_ref().ok_or_else(|| {
            let way_out = "set it, or give the connection's own keys";
            Failure::new(
                Kind::Config,
                format!("connection `{name}` stands in a bucket, and the environment has no `DATA_BUCKET`; {way_out}"),
            )
        })?;
        Ok(connection(&**bucket, name, Kind::Request).await?)
    }

    /// Drops a client whose credentials are not taken any more.
    pub(super) fn forget(&self, reached: &Arc<Reached>) {
        lock(&self.kept).retain(|kept| !Arc::ptr_eq(kept, reached));
    }
}

impl Reached {
    /// The region that the connection names.
    pub(super) fn region(&self) -> Option<&str> {
        self.connection.region.as_deref()
    }

    /// The keys of a table, as they were when it was asked a moment ago.
    pub(super) fn keys(&self, table: &str) -> Option<Vec<Key>> {
        let known = lock(&self.keys);
        let (at, keys) = known.get(table)?;
        (at.elapsed() < BELIEVED).then(|| keys.clone())
    }

    /// Keeps the keys of a table.
    pub(super) fn remember(&self, table: &str, keys: &[Key]) {
        let mut known = lock(&self.keys);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(table.to_owned(), (Instant::now(), keys.to_vec()));
    }
}

/// Says which parameter of the stack opens the role or secret of a connection.
fn opened(error: Error, connection: &Connection) -> Failure {
    let parameter = match (&connection.role, &connection.base) {
        (Some(_), _) => "its ARN belongs into the stack's parameter `ActionRoleArns`",
        (None, Base::Secret(_)) => "its ARN belongs into the stack's parameter `ActionSecretArns`",
        _ => return error.into(),
    };
    match error.kind() {
        Kind::Config => Failure::new(Kind::Config, format!("{}; {parameter}", error.text())),
        _ => error.into(),
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
