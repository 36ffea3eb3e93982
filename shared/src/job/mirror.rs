//! mirror-table: tables are made equal to their newest complete extract.

mod apply;
mod attempt;
mod before;
mod choose;
mod find;
mod follow;
mod gather;
mod known;
mod lease;
mod object;
mod plan;
mod promote;
mod rehearse;
mod saved;
mod scanned;
mod state;
mod undo;

pub(super) use self::gather::Missed;
use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use self::find::Found;
use super::{
    Job,
    edges::Edges,
    run::{KEPT_BACK_LEAST, OUT_OF_TIME, bound, end_of_work},
};
use crate::{
    error::{Error, Kind},
    event::{self, Events, Request},
    notice::{self, Notify, Place, Silent, Topic},
    report::Report,
    settings::Settings,
    sync,
    time::{Clock, Deadline},
};

/// The job of mirror-table.
pub struct Mirror {
    /// What it reaches.
    pub edges: Edges,
    /// The way to people.
    pub notify: Arc<dyn Notify>,
}

/// Syncs to mirror, by name, and the first definition that could not be read.
#[derive(Default)]
struct Mirrors {
    names: Vec<String>,
    first: Option<Error>,
}

impl Mirrors {
    fn add(&mut self, name: String, found: Result<Found, Error>) {
        match found {
            Ok(Found::Mirror { .. }) => self.names.push(name),
            Ok(Found::Nothing | Found::Other) => {}
            Err(error) => _ = self.first.get_or_insert(error),
        }
    }
}

/// What one run is asked to do.
#[derive(Debug, Clone)]
struct Order {
    sync: String,
    dry_run: bool,
    /// Whether to compare with the table itself.
    verify: bool,
    /// The run whose held deletes are approved.
    approve: Option<String>,
    /// The run that is to be undone.
    undo: Option<String>,
    /// Whether nobody asked for this sync by its name, but an object that arrived or a schedule of every sync.
    event: bool,
}

impl Job for Mirror {
    type Error = Error;

    fn clock(&self) -> &Clock {
        &self.edges.clock
    }

    async fn handle(&self, payload: &Value, deadline: Deadline) -> Result<Value, Error> {
        let (Mirrors { names, mut first }, asked) = match event::decode_mirror(payload)? {
            Request::Direct(event::Mirror { sync: Some(sync), dry_run, verify, approve, undo }) => {
                let order = Order { sync, dry_run, verify, approve, undo, event: false };
                let (report, error) = self.run(&order, deadline).await;
                return error.map_or_else(|| report.answer(), Err);
            }
            Request::Direct(asked) => (in_time(deadline, self.every()).await?, asked),
            Request::Events(events) => {
                (in_time(deadline, async { Ok(self.claiming(events).await) }).await?, event::Mirror::default())
            }
        };
        let mut reports = Vec::new();
        let runs = u32::try_from(names.len()).unwrap_or(u32::MAX);
        for (still, sync) in (1..=runs).rev().zip(names) {
            let order =
                Order { sync, dry_run: asked.dry_run, verify: asked.verify, approve: None, undo: None, event: true };
            // Each has as much of what is left of the time as those that come after it.
            let (report, error) = self.run(&order, Deadline::after(deadline.left() / still)).await;
            reports.push(report.answer()?);
            first = first.or(error);
        }
        first.map_or_else(|| Ok(json!({"runs": reports})), Err)
    }
}

impl Mirror {
    /// The job as the environment says it.
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] when a setting is missing.
    pub async fn from_env(function: &str) -> Result<Self, Error> {
        let settings = Settings::from_env(function)?;
        let topic = settings.notice_topic_arn.clone();
        let (edges, config) = Edges::from_env(settings).await?;
        let notify: Arc<dyn Notify> = match topic {
            Some(arn) => Arc::new(Topic::new(&config, arn)),
            None => Arc::new(Silent),
        };
        Ok(Self { edges, notify })
    }

    /// Every sync that mirrors.
    async fn every(&self) -> Result<Mirrors, Error> {
        let names = sync::names(&*self.edges.bucket).await?;
        let found = find::all(&*self.edges.bucket, &names).await;
        let mut mirrors = Mirrors::default();
        for (name, found) in names.into_iter().zip(found) {
            mirrors.add(name, found);
        }
        Ok(mirrors)
    }

    /// The syncs that mirror and of which an object of these events may complete an extract.
    async fn claiming(&self, events: Events) -> Mirrors {
        for ignored in &events.ignored {
            tracing::info!(reason = ignored.reason, object_key = ignored.key.as_deref(), "event ignored");
        }
        let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in events.objects {
            if event.bucket != self.edges.bucket_name {
                tracing::warn!(bucket = event.bucket, "event ignored: it is of another bucket");
            } else if let Some(name) = sync::of(&event.key) {
                arrived.entry(name.to_owned()).or_default().push(event.key);
            } else {
                tracing::info!(object_key = event.key, "event ignored: the object lies under no sync's prefix");
            }
        }
        let names: Vec<String> = arrived.keys().cloned().collect();
        let found = find::all(&*self.edges.bucket, &names).await;
        let mut mirrors = Mirrors::default();
        for ((sync, keys), found) in arrived.into_iter().zip(found) {
            if let Ok(found) = found
                && !keys.iter().any(|key| found.is_completed_by(key, &sync))
            {
                tracing::info!(sync, object_key = keys.first(), "event ignored: it completes no extract of a mirror");
                continue;
            }
            mirrors.add(sync, found);
        }
        mirrors
    }

    /// Does one run, whatever comes of it, leaves its report, and tells people where it wants them.
    async fn run(&self, order: &Order, deadline: Deadline) -> (Report, Option<Error>) {
        let mut attempt = attempt::Attempt::new(&self.edges, order);
        let end = end_of_work(deadline);
        let outcome = if end.passed() {
            Err(Error::new(Kind::Service, NOT_BEGUN))
        } else {
            bound(end, Box::pin(attempt.go(end))).await
        };
        let (report, error) = Box::pin(attempt.finish(outcome, deadline)).await;
        self.edges.tell(&report);
        let place = Place { function: &self.edges.function, bucket: &self.edges.bucket_name };
        if let Some((subject, message)) = notice::text(&report, place) {
            let told = deadline.bound(self.notify.publish(&subject, &message)).await;
            if let Err(error) = told.unwrap_or_else(|| Err(Error::new(Kind::Service, "there was no time left"))) {
                tracing::warn!(run_id = report.run_id, error = error.text(), "nobody could be told of the run");
            }
        }
        (report, error)
    }
}

/// What is said of a run for which no time is left.
const NOT_BEGUN: &str = "no time was left to begin; give the function more time, or the sync a schedule of its own";

/// Waits for what must be known before the first run.
async fn in_time<T>(deadline: Deadline, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let found = deadline.earlier(KEPT_BACK_LEAST).bound(work).await;
    found.unwrap_or_else(|| Err(Error::new(Kind::Service, OUT_OF_TIME)))
}
