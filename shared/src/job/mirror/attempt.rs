//! One run of a mirror: hold the table, choose the extract, plan, guard, seal, write, promote.

use super::{Order, choose, lease, state::State, undo};
use crate::{
    definition::{Behavior, Definition},
    error::{Error, Kind},
    job::{
        edges::Edges,
        run::{Run, Target},
    },
    ledger::{Lease, Ledger},
    mirror::current,
    report::{Report, Status},
    time::Deadline,
};

/// A run under way.
pub(super) struct Attempt<'a> {
    pub(super) run: Run<'a>,
    pub(super) order: &'a Order,
    lease: Option<Lease>,
    /// A run that has nothing to do leaves a log line and nothing else: schedules ask often.
    traceless: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(edges: &'a Edges, order: &'a Order) -> Self {
        let run = Run::new(edges, &order.sync, Behavior::Mirror, order.dry_run);
        Self { run, order, lease: None, traceless: false }
    }

    /// Does the run, up to the deadline.
    pub(super) async fn go(&mut self, deadline: Deadline) -> Result<Status, Error> {
        let edges = self.run.edges;
        let definition = edges.definition(&self.order.sync).await?;
        if definition.behavior != Behavior::Mirror {
            let message = format!(
                "sync `{0}` is no mirror; load-extract applies its extracts, or set `behavior: mirror` in `syncs/{0}.yaml`",
                self.order.sync
            );
            return Err(Error::new(Kind::Request, message));
        }
        let target = self.run.target(&definition, deadline).await?;
        if self.order.dry_run {
            return Box::pin(self.work(definition, target, deadline)).await;
        }
        let lease = match lease::hold(&self.run, &definition, &target.table, deadline).await? {
            Ok(lease) => lease,
            Err(reason) => return Ok(self.run.skip(&reason)),
        };
        self.lease = Some(lease.clone());
        tokio::select! {
            result = Box::pin(self.work(definition, target, deadline)) => result,
            lost = keep(&edges.ledger, &lease, deadline) => Err(lost),
        }
    }

    async fn work(&mut self, definition: Definition, target: Target, deadline: Deadline) -> Result<Status, Error> {
        let state = self.state(&target).await?;
        if let Some(run_id) = &self.order.undo {
            return undo::undo(&mut self.run, definition, target, state, run_id, deadline).await;
        }
        if let Some(run_id) = &self.order.approve {
            return Box::pin(self.approve(definition, target, state, run_id, deadline)).await;
        }
        match choose::choose(self.run.edges, &definition, &state.current, self.order.verify).await? {
            Ok(choice) => self.follow(definition, target, state, choice, None, deadline).await,
            Err(reason) => {
                self.traceless = self.order.event;
                Ok(self.run.skip(&reason))
            }
        }
    }

    /// What is in force, if it is about this table.
    async fn state(&mut self, target: &Target) -> Result<State<'a>, Error> {
        let mut state = State::read(&*self.run.edges.bucket, &self.order.sync).await?;
        let (table, keys) = (&target.table, current::keys(&target.table));
        if let Some(snapshot) = state.current.snapshot.as_ref().filter(|snapshot| snapshot.keys != keys) {
            let told = |keys: &[(String, String)]| {
                keys.iter().map(|(name, kind)| format!("`{name}` of type {kind}")).collect::<Vec<_>>().join(" and ")
            };
            let message = format!(
                "the keys of table `{}` are {}, and were {} when this mirror last ran: every item would be deleted and created again; if that is meant, remove `{}` and run again",
                table.name,
                told(&keys),
                told(&snapshot.keys),
                current::object_key(&self.order.sync),
            );
            return Err(Error::new(Kind::Table, message));
        }
        let is_of = state.current.is_of(table);
        let elsewhere = |run_id: &&String| !is_of || state.current.is_before(run_id);
        if let Some(run_id) = self.order.undo.as_ref().filter(elsewhere) {
            let what = if is_of { "that run wrote to" } else { "this mirror last wrote to" };
            let message = format!("run `{run_id}` cannot be undone: table `{}` is another one than {what}", table.name);
            return Err(Error::new(Kind::Request, message));
        }
        if !is_of {
            let message = format!(
                "table `{}` is another one than this mirror last wrote to: nothing in it counts as written by this sync, and nothing in the other is deleted",
                table.name
            );
            self.run.draft.notices.push(message);
            state.current = state.current.anew(table);
        }
        state.current = std::mem::take(&mut state.current).of(table);
        state.current.since.get_or_insert_with(|| self.run.draft.run_id.clone());
        Ok(state)
    }

    /// Closes the run, leaves its report and gives the table back.
    pub(super) async fn finish(self, outcome: Result<Status, Error>, deadline: Deadline) -> (Report, Option<Error>) {
        let Self { run, lease, traceless, .. } = self;
        let ledger = &run.edges.ledger;
        let give_back = async |_, deadline| match &lease {
            Some(lease) => ledger.let_go(lease, deadline).await,
            None => Ok(()),
        };
        if traceless && outcome.is_ok() {
            if let Err(error) = give_back(true, deadline).await {
                tracing::warn!(
                    run_id = run.draft.run_id,
                    error = error.text(),
                    "the table could not be given back; its lease ends by itself"
                );
            }
            return run.leave_no_trace(outcome);
        }
        run.finish(outcome, deadline, give_back).await
    }
}

/// Renews a lease for as long as it is polled; answers when it is lost.
async fn keep(ledger: &Ledger, lease: &Lease, deadline: Deadline) -> Error {
    loop {
        tokio::time::sleep(Ledger::renewal()).await;
        if let Err(error) = ledger.renew_lease(lease, deadline).await {
            return error;
        }
    }
}
