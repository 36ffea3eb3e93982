//! What DynamoDB tells of a table to its native form, without the attributes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::native::{Capacity, Index, Key, Replica, Stream, Table, TimeToLive};

/// What is asked of a table. Only the description may not be missing.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// Of `DescribeTable`.
    pub description: &'a Value,
    /// Of `DescribeTimeToLive`.
    pub time_to_live: Option<&'a Value>,
    /// Of `DescribeContinuousBackups`.
    pub backups: Option<&'a Value>,
    /// Of `ListTagsOfResource`: the tags of all pages.
    pub tags: Option<&'a [Value]>,
}

/// Makes the table of what was answered; what the answers do not tell is empty.
#[must_use]
pub fn table(answers: Answers<'_>) -> Table {
    let table = answers.description.get("Table").unwrap_or(&Value::Null);
    let arn = text(table, "TableArn");
    let (region, account) = place(&arn);
    let billing = table.get("BillingModeSummary").map(|summary| text(summary, "BillingMode"));
    let on_demand = billing.as_deref() == Some("PAY_PER_REQUEST");
    let is_on = |of: &Value, key: &str| of.get(key).and_then(Value::as_bool).unwrap_or(false);
    let stream = table.get("StreamSpecification").filter(|stream| is_on(stream, "StreamEnabled"));
    let encryption = table.get("SSEDescription").filter(|sse| text(sse, "Status") == "ENABLED");
    Table {
        account,
        region,
        table: text(table, "TableName"),
        table_id: some_text(table, "TableId"),
        status: text(table, "TableStatus"),
        created_at: table.get("CreationDateTime").and_then(Value::as_f64).and_then(time),
        keys: keys(table, table),
        indexes: indexes(table, on_demand),
        billing_mode: if on_demand { "PAY_PER_REQUEST" } else { "PROVISIONED" }.to_owned(),
        capacity: capacity(table, on_demand),
        table_class: table
            .get("TableClassSummary")
            .and_then(|class| some_text(class, "TableClass"))
            .unwrap_or_else(|| "STANDARD".to_owned()),
        item_count: count(table, "ItemCount"),
        size_bytes: count(table, "TableSizeBytes"),
        time_to_live: answers.time_to_live.map(time_to_live),
        stream: stream.map(|stream| Stream {
            view_type: text(stream, "StreamViewType"),
            arn: some_text(table, "LatestStreamArn"),
        }),
        point_in_time_recovery: answers.backups.map(restorable),
        encryption: encryption.and_then(|sse| some_text(sse, "KMSMasterKeyArn")).unwrap_or_else(|| "AWS_OWNED".into()),
        deletion_protection: is_on(table, "DeletionProtectionEnabled"),
        replicas: entries(table, "Replicas")
            .iter()
            .map(|replica| Replica { region: text(replica, "RegionName"), status: text(replica, "ReplicaStatus") })
            .collect(),
        tags: answers
            .tags
            .map(|tags| tags.iter().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect::<BTreeMap<_, _>>()),
        arn,
        ..Table::default()
    }
}

/// Region and account of an ARN.
fn place(arn: &str) -> (String, String) {
    let mut parts = arn.split(':').skip(3).map(str::to_owned);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn keys(table: &Value, of: &Value) -> Vec<Key> {
    let kind = |attribute: &str| {
        let definitions = entries(table, "AttributeDefinitions");
        definitions.iter().find(|definition| text(definition, "AttributeName") == attribute)
    };
    let mut keys: Vec<Key> = entries(of, "KeySchema")
        .iter()
        .map(|part| {
            let attribute = text(part, "AttributeName");
            let role = if text(part, "KeyType") == "HASH" { "partition" } else { "sort" };
            let kind = kind(&attribute).map(|definition| text(definition, "AttributeType")).unwrap_or_default();
            Key { attribute, role: role.to_owned(), kind }
        })
        .collect();
    keys.sort_by_key(|key| key.role != "partition");
    keys
}

fn indexes(table: &Value, on_demand: bool) -> Vec<Index> {
    let index = |of: &Value, kind: &str| {
        let projection = of.get("Projection").unwrap_or(&Value::Null);
        let projected = entries(projection, "NonKeyAttributes").iter().filter_map(Value::as_str);
        Index {
            name: text(of, "IndexName"),
            kind: kind.to_owned(),
            keys: keys(table, of),
            projection: text(projection, "ProjectionType"),
            projected: projected.map(str::to_owned).collect(),
            status: some_text(of, "IndexStatus"),
            item_count: count(of, "ItemCount"),
            size_bytes: count(of, "IndexSizeBytes"),
            capacity: (kind == "global").then(|| capacity(of, on_demand)),
        }
    };
    let mut all = Vec::new();
    for (member, kind) in [("GlobalSecondaryIndexes", "global"), ("LocalSecondaryIndexes", "local")] {
        let mut of_kind: Vec<Index> = entries(table, member).iter().map(|of| index(of, kind)).collect();
        of_kind.sort_by(|one, other| one.name.cmp(&other.name));
        all.append(&mut of_kind);
    }
    all
}

/// What is provisioned; on demand, the most that the owner allows.
fn capacity(of: &Value, on_demand: bool) -> Capacity {
    let (member, read, write) = if on_demand {
        ("OnDemandThroughput", "MaxReadRequestUnits", "MaxWriteRequestUnits")
    } else {
        ("ProvisionedThroughput", "ReadCapacityUnits", "WriteCapacityUnits")
    };
    let units = |key: &str| of.get(member)?.get(key)?.as_u64().filter(|units| *units > 0);
    Capacity { read_units: units(read), write_units: units(write) }
}

fn time_to_live(answer: &Value) -> TimeToLive {
    let told = answer.get("TimeToLiveDescription").unwrap_or(&Value::Null);
    let enabled = matches!(text(told, "TimeToLiveStatus").as_str(), "ENABLED" | "ENABLING");
    TimeToLive { enabled, attribute: some_text(told, "AttributeName") }
}

fn restorable(answer: &Value) -> bool {
    let told = answer.get("ContinuousBackupsDescription").and_then(|told| told.get("PointInTimeRecoveryDescription"));
    told.is_some_and(|told| text(told, "PointInTimeRecoveryStatus") == "ENABLED")
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of any year that a table was created in")]
fn time(seconds: f64) -> Option<String> {
    Timestamp::from_millisecond((seconds * 1000.0) as i64).ok().map(|time| time.to_string())
}

fn text(of: &Value, key: &str) -> String {
    some_text(of, key).unwrap_or_default()
}

fn some_text(of: &Value, key: &str) -> Option<String> {
    of.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn count(of: &Value, key: &str) -> u64 {
    of.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn entries<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description() -> Value {
        json!({"Table": {
            "TableName": "orders", "TableArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "TableId": "id",
            "TableStatus": "ACTIVE", "CreationDateTime": 1_780_000_000.25, "ItemCount": 12, "TableSizeBytes": 3_400,
            "AttributeDefinitions": [{"AttributeName": "sk", "AttributeType": "N"}, {"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "sk", "KeyType": "RANGE"}, {"AttributeName": "pk", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
            "GlobalSecondaryIndexes": [
                {"IndexName": "z", "IndexStatus": "ACTIVE", "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}, "ItemCount": 4,
                    "IndexSizeBytes": 50, "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}},
                {"IndexName": "b", "KeySchema": [], "Projection": {"ProjectionType": "ALL"}}],
            "LocalSecondaryIndexes": [{"IndexName": "a", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"}}],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}, "LatestStreamArn": "stream",
            "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:key"},
            "DeletionProtectionEnabled": true, "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
            "Replicas": [{"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}],
        }})
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a snapshot of every member")]
    fn tells_all_that_dynamodb_told() {
        let description = description();
        let ttl = json!({"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}});
        let backups = json!({"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}});
        let tags = [json!({"Key": "team", "Value": "sales"}), json!({"Key": "env", "Value": ""})];
        let answers =
            Answers { description: &description, time_to_live: Some(&ttl), backups: Some(&backups), tags: Some(&tags) };
        insta::assert_json_snapshot!(table(answers), @r#"
        {
          "account": "111122223333",
          "region": "eu-west-1",
          "table": "orders",
          "arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
          "connection": null,
          "table_id": "id",
          "status": "ACTIVE",
          "created_at": "2026-05-28T20:26:40.25Z",
          "keys": [
            {
              "attribute": "pk",
              "role": "partition",
              "type": "S"
            },
            {
              "attribute": "sk",
              "role": "sort",
              "type": "N"
            }
          ],
          "indexes": [
            {
              "name": "b",
              "kind": "global",
              "keys": [],
              "projection": "ALL",
              "projected": [],
              "status": null,
              "item_count": 0,
              "size_bytes": 0,
              "capacity": {
                "read_units": null,
                "write_units": null
              }
            },
            {
              "name": "z",
              "kind": "global",
              "keys": [
                {
                  "attribute": "sk",
                  "role": "partition",
                  "type": "N"
                }
              ],
              "projection": "INCLUDE",
              "projected": [
                "a"
              ],
              "status": "ACTIVE",
              "item_count": 4,
              "size_bytes": 50,
              "capacity": {
                "read_units": 1,
                "write_units": 2
              }
            },
            {
              "name": "a",
              "kind": "local",
              "keys": [
                {
                  "attribute": "pk",
                  "role": "partition",
                  "type": "S"
                }
              ],
              "projection": "KEYS_ONLY",
              "projected": [],
              "status": null,
              "item_count": 0,
              "size_bytes": 0,
              "capacity": null
            }
          ],
          "billing_mode": "PROVISIONED",
          "capacity": {
            "read_units": 5,
            "write_units": 6
          },
          "table_class": "STANDARD_INFREQUENT_ACCESS",
          "item_count": 12,
          "size_bytes": 3400,
          "time_to_live": {
            "enabled": true,
            "attribute": "expires"
          },
          "stream": {
            "view_type": "NEW_IMAGE",
            "arn": "stream"
          },
          "point_in_time_recovery": true,
          "encryption": "arn:key",
          "deletion_protection": true,
          "replicas": [
            {
              "region": "us-east-1",
              "status": "ACTIVE"
            }
          ],
          "tags": {
            "env": "",
            "team": "sales"
          },
          "missing_permissions": [],
          "sample": null,
          "cut_short": null,
          "values_left_out": 0,
          "items_read": 0,
          "read_units": 0.0,
          "profiled_at": "",
          "attributes": []
        }
        "#);
    }

    #[test]
    fn what_could_not_be_asked_is_not_known() {
        let description = json!({"Table": {"TableName": "t", "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            "OnDemandThroughput": {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": -1}}});
        let told = table(Answers { description: &description, time_to_live: None, backups: None, tags: None });
        assert_eq!((told.time_to_live, told.point_in_time_recovery, told.tags), (None, None, None));
        assert_eq!((told.billing_mode.as_str(), told.encryption.as_str()), ("PAY_PER_REQUEST", "AWS_OWNED"));
        assert_eq!(told.capacity, Capacity { read_units: Some(100), write_units: None });
        assert_eq!(table(Answers { description: &json!([]), time_to_live: None, backups: None, tags: None }).keys, []);
    }
}
