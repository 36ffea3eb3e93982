//! The table that a run writes to: what it says of itself, and how fast it may be written.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    definition::{Amount, Limits},
    dynamodb::{Class, Client},
    error::{Error, Kind},
    table::Table,
    time::Deadline,
};

/// How long a table is asked by what its items expire.
const TTL_TAKES: Duration = Duration::from_secs(2);

/// Asks a table for its keys, indexes and capacity, and by what its items expire.
pub(super) async fn describe(
    client: &Client,
    name: &str,
    connection: Option<&str>,
    deadline: Deadline,
) -> Result<Table, Error> {
    let through = connection.map(|name| format!(" through connection `{name}`")).unwrap_or_default();
    let asked = json!({"TableName": name});
    let described = client.call("DescribeTable", &asked, deadline);
    let answer = tokio::try_join!(described, async { Ok(ttl(client, &asked, deadline).await) });
    let (answer, ttl) = answer.map_err(|error| match error.class() {
        Class::Missing => Error::new(
            Kind::Table,
            format!("table `{name}` does not exist{through}; create it, or mend `destination` in the definition"),
        ),
        Class::Denied => Error::caused(
            Kind::Table,
            format!("table `{name}` may not be used{through}; its ARN belongs into the stack's parameter TargetTableArns, or into the policy of the connection's role"),
            error,
        ),
        _ => Error::from(error).of(format!("table `{name}`{through}")),
    })?;
    Ok(Table::read(name, &answer)?.expiring(&ttl.unwrap_or_default()))
}

/// What a table says of the life of its items. It is asked once, and not every role may ask: only a notice needs it.
async fn ttl(client: &Client, asked: &Value, deadline: Deadline) -> Option<Value> {
    let deadline = deadline.min(Deadline::after(TTL_TAKES));
    let answer = client.attempt("DescribeTimeToLive", asked.to_string().into(), deadline).await.ok()?;
    serde_json::from_slice(&answer).ok()
}

/// The write units a second that a run may take.
pub(super) fn ceiling(limits: &Limits, table: &Table) -> Option<f64> {
    /// What a new on-demand table takes.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
    const ON_DEMAND: f64 = 4_000.0;
    match limits.write_units_per_second? {
        Amount::Count(units) => Some(units),
        Amount::Percent(percent) => Some(table.write_units_per_second.unwrap_or(ON_DEMAND) * percent / 100.0),
    }
}
