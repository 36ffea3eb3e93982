//! A table to itself: one mirror at a time, and several only where each deletes nothing but its own.

use crate::{
    bucket,
    definition::{self, Behavior, Definition, Scope},
    error::{Error, Kind},
    job::{edges::Edges, run::Run},
    ledger::{Held, Lease},
    sync,
    table::Table,
    time::Deadline,
};

/// Holds a table for a run; the reason where another run keeps it.
pub(super) async fn hold(
    run: &Run<'_>,
    definition: &Definition,
    table: &Table,
    deadline: Deadline,
) -> Result<Result<Lease, String>, Error> {
    let (ledger, run_id, scope) = (&run.edges.ledger, &run.draft.run_id, definition.mirror.scope);
    let mut stale = Vec::new();
    for (other, was) in ledger.mirrors(&table.arn, deadline).await? {
        if other != definition.name && !claims(run.edges, &other, was, table).await? {
            stale.push(other);
        }
    }
    match ledger.hold(&table.arn, &definition.name, scope, &stale, run_id, deadline).await? {
        Held::Mine(lease) => Ok(Ok(lease)),
        Held::Busy { run_id, sync } => Ok(Err(format!("run `{run_id}` of sync `{sync}` holds table `{}`", table.name))),
        Held::Shared { sync, scope: theirs } => {
            let name = |scope| if scope == Scope::Table { "table" } else { "synced" };
            let message = format!(
                "syncs `{}` (`scope: {}`) and `{sync}` (`scope: {}`) mirror the same table `{}`; one would delete what the other writes: give both `mirror: {{ scope: synced }}`, or remove one",
                definition.name,
                name(scope),
                name(theirs),
                table.name,
            );
            Err(Error::new(Kind::Mapping, message))
        }
    }
}

/// Whether a sync still mirrors a table, and with the scope that it last had or a wider one. A definition that cannot be
/// understood may.
async fn claims(edges: &Edges, other: &str, was: Scope, table: &Table) -> Result<bool, Error> {
    match sync::read(&*edges.bucket, other).await {
        Ok(None) => Ok(false),
        Ok(Some(source)) => Ok(definition::parse(other, &source.text).map_or(true, |definition| {
            definition.behavior == Behavior::Mirror
                && definition.destination.table == table.name
                && (was == Scope::Synced || definition.mirror.scope == Scope::Table)
        })),
        Err(sync::Error::Bucket(error @ bucket::Error::Service { .. })) => Err(error.into()),
        Err(_) => Ok(true),
    }
}
