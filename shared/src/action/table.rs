//! What `CreateTable` is told beyond the inputs as they stand.

use serde_json::{Map, Value, json};

/// Completes the body of `CreateTable`: how it is charged, and indexes and tags where there are any.
///
/// Units are told of a provisioned table only: DynamoDB refuses an on-demand one that has them.
pub(super) fn complete(body: &mut Map<String, Value>, given: &Map<String, Value>) {
    let mode = given.get("billingMode").cloned().unwrap_or_else(|| "PROVISIONED".into());
    let units = |name: &str| given.get(name).cloned().unwrap_or_else(|| 5.into());
    let throughput = (mode == "PROVISIONED").then(
        || json!({"ReadCapacityUnits": units("readCapacityUnits"), "WriteCapacityUnits": units("writeCapacityUnits")}),
    );
    body.insert("BillingMode".into(), mode);
    let list = |name: &str| given.get(name).and_then(Value::as_array).filter(|list| !list.is_empty()).cloned();
    if let Some(mut indexes) = list("globalSecondaryIndexes") {
        for index in indexes.iter_mut().filter_map(Value::as_object_mut) {
            match &throughput {
                Some(throughput) => _ = index.entry("ProvisionedThroughput").or_insert_with(|| throughput.clone()),
                None => _ = index.shift_remove("ProvisionedThroughput"),
            }
        }
        body.insert("GlobalSecondaryIndexes".into(), indexes.into());
    }
    body.extend(throughput.map(|throughput| ("ProvisionedThroughput".to_owned(), throughput)));
    for (name, member) in [("localSecondaryIndexes", "LocalSecondaryIndexes"), ("tags", "Tags")] {
        body.extend(list(name).map(|list| (member.to_owned(), list.into())));
    }
}

/// What `UpdateTimeToLive` is told: an attribute that is named is meant. Nothing, where items are not to expire: those of
/// a new table do not, and DynamoDB refuses to turn off what is off.
pub(super) fn time_to_live(given: &Value) -> Option<Value> {
    let is_on = given.get("Enabled").and_then(Value::as_bool).unwrap_or(true);
    is_on.then(|| json!({"AttributeName": given.get("AttributeName"), "Enabled": true}))
}
