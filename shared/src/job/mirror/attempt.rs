//! One run of mirror-table.

use super::Order;
use crate::{
    definition::Behavior,
    error::{Error, Kind},
    job::{edges::Edges, run::Run},
    report::{Report, Status},
    time::Deadline,
};

/// A run under way.
pub(super) struct Attempt<'a> {
    run: Run<'a>,
    order: &'a Order,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(edges: &'a Edges, order: &'a Order) -> Self {
        Self { run: Run::new(edges, &order.sync, Behavior::Mirror, order.dry_run), order }
    }

    /// Does the run, up to the deadline.
    pub(super) async fn go(&mut self, deadline: Deadline) -> Result<Status, Error> {
        let Order { sync, verify, approve, undo, event, .. } = self.order;
        let definition = self.run.edges.definition(sync).await?;
        if definition.behavior != Behavior::Mirror {
            let message = format!(
                "sync `{sync}` has `behavior: update_or_create`, and load-extract applies its extracts; wanted a sync with `behavior: mirror`"
            );
            return Err(Error::new(Kind::Request, message));
        }
        self.run.target(&definition, deadline).await?;
        tracing::debug!(sync, "{verify} {approve:?} {undo:?} {event}");
        Ok(self.run.skip("nothing is mirrored yet"))
    }

    /// Closes the run and leaves its report.
    pub(super) async fn finish(self, outcome: Result<Status, Error>, deadline: Deadline) -> (Report, Option<Error>) {
        self.run.finish(outcome, deadline, async |_, _| Ok(())).await
    }
}
