//! load-extract: an extract is mapped and written to its table.

mod attempt;

use serde_json::{Value, json};

use super::{
    Job,
    edges::Edges,
    run::{KEPT_BACK_LEAST, OUT_OF_TIME, bound, end_of_work},
};
use crate::{
    bucket,
    error::{Error, Kind},
    event::{self, Direct, ObjectEvent, Request},
    report::Report,
    settings::Settings,
    sync,
    time::{Clock, Deadline},
};

/// The job of load-extract.
pub struct Load {
    /// What it reaches.
    pub edges: Edges,
}

/// What one run is asked to do.
#[derive(Debug, Clone)]
struct Order {
    sync: String,
    object_key: String,
    /// The event that asked; none when a person did.
    event: Option<ObjectEvent>,
    dry_run: bool,
}

impl Job for Load {
    type Error = Error;

    fn clock(&self) -> &Clock {
        &self.edges.clock
    }

    async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Value, Error> {
        match event::decode(payload).map_err(|error| Error::new(error.kind(), error.to_string()))? {
            Request::Direct(Direct { sync, object, dry_run }) => {
                let order = Order { sync, object_key: object, event: None, dry_run };
                let (report, error) = self.run(&order, deadline).await;
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
}

impl Load {
    /// The job as the environment says it.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] when a setting is missing.
    pub async fn from_env(function: &str) -> Result<Self, Error> {
        let (edges, _) = Edges::from_env(Settings::from_env(function)?).await?;
        Ok(Self { edges })
    }

    /// Runs what an event asks for, if it is for a sync.
    async fn take(&self, event: ObjectEvent, deadline: Deadline) -> Result<Option<(Report, Option<Error>)>, Error> {
        if event.bucket != self.edges.bucket_name {
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
        Ok(Some(self.run(&order, deadline).await))
    }

    /// Whether a definition claims a sync's extracts; two of them do too, and their run says so.
    async fn claimed(&self, name: &str) -> Result<bool, Error> {
        match sync::read(&*self.edges.bucket, name).await {
            Ok(source) => Ok(source.is_some()),
            Err(sync::Error::Bucket(error @ bucket::Error::Service { .. })) => Err(error.into()),
            Err(_) => Ok(true),
        }
    }

    /// Does one run, whatever comes of it, and leaves its report.
    async fn run(&self, order: &Order, deadline: Deadline) -> (Report, Option<Error>) {
        let mut attempt = attempt::Attempt::new(&self.edges, order);
        let end = end_of_work(deadline);
        let outcome = bound(end, Box::pin(attempt.go(end))).await;
        let (report, error) = Box::pin(attempt.finish(outcome, deadline)).await;
        self.edges.tell(&report);
        (report, error)
    }
}
