//! Tables that come and go: what is asked for happens later, and is looked at until it has.

use std::time::Duration;

use serde_json::{Value, json};

use super::Ask;
use crate::{
    action::Failure,
    dynamodb::{self, Class},
    error::Kind,
};

/// How long the first pause between two looks is; each next one is half as long again, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Ask<'_> {
    /// Creates a table.
    pub(super) async fn create(&self, time_to_live: Option<&Value>, wait: bool) -> Result<Value, Failure> {
        let told = self.call("CreateTable", &self.body()).await?;
        let table = told.get("TableDescription").cloned().unwrap_or_default();
        if !wait && time_to_live.is_none() {
            return Ok(json!({"table": table, "waited": false}));
        }
        let name = self.request.table.as_deref().unwrap_or_default();
        let looked = self.look(table, |table| table.is_some_and(is_active)).await;
        let (table, waited) =
            looked.map_err(|failure| failure.after(&format!("table `{name}` is created, but cannot be looked at")))?;
        let Some(time_to_live) = time_to_live else { return Ok(json!({"table": table, "waited": waited})) };
        if !waited {
            let message = format!(
                "table `{name}` is created, but did not become ACTIVE in time, so that its time to live is not set; set it once it is, by `aws dynamodb update-time-to-live`"
            );
            return Err(Failure::new(Kind::Service, message));
        }
        let body = json!({"TableName": self.request.table, "TimeToLiveSpecification": time_to_live});
        self.call("UpdateTimeToLive", &body)
            .await
            .map_err(|failure| failure.after(&format!("table `{name}` is created, but its time to live is not set")))?;
        Ok(json!({"table": table, "timeToLive": time_to_live, "waited": true}))
    }

    /// Deletes a table.
    pub(super) async fn delete(&self, wait: bool) -> Result<Value, Failure> {
        let told = self.call("DeleteTable", &self.body()).await?;
        let table = told.get("TableDescription").cloned().unwrap_or_default();
        if !wait {
            return Ok(json!({"table": table, "waited": false}));
        }
        let name = self.request.table.as_deref().unwrap_or_default();
        let looked = self.look(table, |table| table.is_none()).await;
        let (table, waited) = looked
            .map_err(|failure| failure.after(&format!("table `{name}` is being deleted, but cannot be looked at")))?;
        Ok(json!({"table": table, "waited": waited}))
    }

    /// Looks at the table until it is as wanted or time is over; hands back how it was last, and whether it is so now.
    async fn look(&self, mut last: Value, is_so: impl Fn(Option<&Value>) -> bool) -> Result<(Value, bool), Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_call("DescribeTable", &json!({"TableName": self.request.table})).await {
                Ok(mut told) => {
                    last = told.get_mut("Table").map(Value::take).unwrap_or_default();
                    if is_so(Some(&last)) {
                        return Ok((last, true));
                    }
                }
                Err(error) if error.class() == Class::Missing => {
                    // A table that was created a moment ago may not be seen yet.
                    if is_so(None) {
                        return Ok((last, true));
                    }
                }
                Err(error) if !is_over(&error) => return Err(Failure::of(&error, self.request, "DescribeTable")),
                Err(_) => {}
            }
            if pause >= self.end.left() {
                return Ok((last, false));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether an error says that a table could not be looked at this time.
fn is_over(error: &dynamodb::Error) -> bool {
    matches!(error.class(), Class::Throttled | Class::Transient)
}

/// Whether a table and its indexes can be used.
fn is_active(table: &Value) -> bool {
    let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_array).into_iter().flatten();
    table.get("TableStatus").is_some_and(|status| status == "ACTIVE")
        && indexes.filter_map(|index| index.get("IndexStatus")).all(|status| status == "ACTIVE")
}
