//! A table as `DescribeTable` tells it: keys, indexes, capacity; and what `DescribeTimeToLive` adds. Read once a run, before anything is written.

use serde_json::Value;

use crate::definition::Kind;

/// The longest partition key, in bytes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
pub const PARTITION_KEY_BYTES: usize = 2048;

/// The longest sort key, in bytes; same source.
pub const SORT_KEY_BYTES: usize = 1024;

/// The largest item, in bytes, names included; same source.
pub const ITEM_BYTES: usize = 400 * 1024;

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its id, which another table of the same name does not have.
    pub id: Option<String>,
    /// The partition key.
    pub partition_key: Key,
    /// The sort key, where it has one.
    pub sort_key: Option<Key>,
    /// Its secondary indexes.
    pub indexes: Vec<Index>,
    /// Write units a second that are provisioned, or the maximum of an on-demand table.
    pub write_units_per_second: Option<f64>,
    /// Read units a second that are provisioned, or the maximum of an on-demand table.
    pub read_units_per_second: Option<f64>,
    /// The size of its items, as it was within the last six hours or so.
    pub size_bytes: u64,
    /// How many items it had then.
    pub item_count: u64,
    /// The attribute by which items expire, where the table has one and the role may know.
    pub ttl: Option<String>,
}

/// A key attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub attribute: String,
    /// Its type: S, N or B.
    pub kind: Kind,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its keys, the partition key first.
    pub keys: Vec<Key>,
    /// The attributes that it holds beside the keys; all of them where this is none.
    pub projected: Option<Vec<String>>,
}

/// What can be wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such table.
    #[error("table `{table}` does not exist in {place}; create it, or mend `destination.table`")]
    Missing {
        /// The table's name.
        table: String,
        /// Region and connection.
        place: String,
    },
    /// The table takes no writes now.
    #[error("table `{table}` is {status}; wait until it is ACTIVE")]
    NotActive {
        /// The table's name.
        table: String,
        /// Its status.
        status: String,
    },
    /// The description lacks something.
    #[error("the description of table `{table}` has no {what}")]
    Undescribed {
        /// The table's name.
        table: String,
        /// What it lacks.
        what: &'static str,
    },
}

impl Table {
    /// Reads the answer of `DescribeTable`.
    ///
    /// # Errors
    ///
    /// [`Error::NotActive`] for a table that cannot be written, [`Error::Undescribed`] for an answer that is none.
    pub fn read(name: &str, answer: &Value) -> Result<Self, Error> {
        let undescribed = |what| Error::Undescribed { table: name.to_owned(), what };
        let table = answer.get("Table").ok_or_else(|| undescribed("table"))?;
        let status = text(table, "TableStatus");
        if !matches!(status.as_str(), "ACTIVE" | "UPDATING") {
            return Err(Error::NotActive { table: name.to_owned(), status });
        }
        let keys = |of: &Value| keys(table, of);
        let mut own = keys(table).ok_or_else(|| undescribed("key types"))?.into_iter();
        let index = |of: &Value| {
            let projection = of.get("Projection").unwrap_or(&Value::Null);
            let projected = match text(projection, "ProjectionType").as_str() {
                "ALL" => None,
                _ => Some(
                    entries(projection, "NonKeyAttributes")
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect(),
                ),
            };
            Some(Index { name: text(of, "IndexName"), keys: keys(of)?, projected })
        };
        let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
        let indexes = indexes.iter().flat_map(|kind| entries(table, kind)).map(index).collect::<Option<_>>();
        let units = |of: &str, key: &str| table.get(of)?.get(key)?.as_f64().filter(|units| *units > 0.0);
        let count = |key: &str| table.get(key).and_then(Value::as_u64).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            arn: text(table, "TableArn"),
            id: table.get("TableId").and_then(Value::as_str).map(str::to_owned),
            partition_key: own.next().ok_or_else(|| undescribed("partition key"))?,
            sort_key: own.next(),
            indexes: indexes.ok_or_else(|| undescribed("key types of an index"))?,
            write_units_per_second: units("ProvisionedThroughput", "WriteCapacityUnits")
                .or_else(|| units("OnDemandThroughput", "MaxWriteRequestUnits")),
            read_units_per_second: units("ProvisionedThroughput", "ReadCapacityUnits")
                .or_else(|| units("OnDemandThroughput", "MaxReadRequestUnits")),
            size_bytes: count("TableSizeBytes"),
            item_count: count("ItemCount"),
            ttl: None,
        })
    }

    /// Adds what the answer of `DescribeTimeToLive` tells.
    #[must_use]
    pub fn expiring(mut self, answer: &Value) -> Self {
        let told = answer.get("TimeToLiveDescription").unwrap_or(&Value::Null);
        let text = |key: &str| told.get(key).and_then(Value::as_str);
        let on = matches!(text("TimeToLiveStatus"), Some("ENABLED" | "ENABLING"));
        self.ttl = text("AttributeName").filter(|_| on).map(str::to_owned);
        self
    }

    /// The table's own keys.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.partition_key).chain(&self.sort_key)
    }
}

/// The keys of a table, or of one of its indexes, the partition key first: the members `Table` of `DescribeTable`'s
/// answer, and the one that has the `KeySchema`. None where it tells no types of them.
#[must_use]
pub fn keys(table: &Value, of: &Value) -> Option<Vec<Key>> {
    let kinds = entries(table, "AttributeDefinitions");
    let kind_of = |attribute: &str| {
        let definition = kinds.iter().find(|definition| text(definition, "AttributeName") == attribute)?;
        match text(definition, "AttributeType").as_str() {
            "S" => Some(Kind::S),
            "N" => Some(Kind::N),
            "B" => Some(Kind::B),
            _ => None,
        }
    };
    let mut schema: Vec<&Value> = entries(of, "KeySchema").iter().collect();
    schema.sort_by_key(|part| text(part, "KeyType") != "HASH");
    let names = schema.into_iter().map(|part| text(part, "AttributeName"));
    names.map(|attribute| Some(Key { kind: kind_of(&attribute)?, attribute })).collect()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn entries<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_keys_indexes_and_capacity() {
        let answer = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn", "TableId": "id", "TableSizeBytes": 4096, "ItemCount": 2,
            "AttributeDefinitions": [{"AttributeName": "sk", "AttributeType": "N"}, {"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "sk", "KeyType": "RANGE"}, {"AttributeName": "pk", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"WriteCapacityUnits": 5, "ReadCapacityUnits": 6},
            "GlobalSecondaryIndexes": [{"IndexName": "by_sk", "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}}]}});
        let table = Table::read("t", &answer).unwrap();
        assert_eq!(table.partition_key, Key { attribute: "pk".into(), kind: Kind::S });
        assert_eq!(table.sort_key, Some(Key { attribute: "sk".into(), kind: Kind::N }));
        assert_eq!(table.indexes[0].projected, Some(vec!["a".to_owned()]));
        assert_eq!((table.write_units_per_second, table.read_units_per_second), (Some(5.0), Some(6.0)));
        assert_eq!((table.id.as_deref(), table.size_bytes, table.item_count), (Some("id"), 4096, 2));
    }

    #[test]
    fn an_on_demand_table_has_a_maximum_or_none() {
        let mut answer = json!({"Table": {"TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "ProvisionedThroughput": {"WriteCapacityUnits": 0, "ReadCapacityUnits": 0},
            "OnDemandThroughput": {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": -1}}});
        let table = Table::read("t", &answer).unwrap();
        assert_eq!((table.read_units_per_second, table.write_units_per_second), (Some(100.0), None));
        answer["Table"]["OnDemandThroughput"].take();
        assert_eq!(Table::read("t", &answer).unwrap().read_units_per_second, None);
    }

    #[test]
    fn knows_by_what_items_expire_only_while_they_do() {
        let answer = json!({"Table": {"TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}});
        let table = Table::read("t", &answer).unwrap();
        for (status, expected) in
            [("ENABLED", Some("at")), ("ENABLING", Some("at")), ("DISABLING", None), ("DISABLED", None)]
        {
            let told = json!({"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": "at"}});
            assert_eq!(table.clone().expiring(&told).ttl.as_deref(), expected, "{status}");
        }
        assert_eq!(table.expiring(&json!({})).ttl, None);
    }

    #[test]
    fn refuses_a_table_that_is_being_deleted() {
        let error = Table::read("t", &json!({"Table": {"TableStatus": "DELETING"}})).unwrap_err();
        assert_eq!(error.to_string(), "table `t` is DELETING; wait until it is ACTIVE");
    }
}
