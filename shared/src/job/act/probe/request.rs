//! The request by which a permission is tried: one that cannot change anything, whatever the table holds.
//!
//! DynamoDB looks at a request in three steps. First at its form: names and values that no table could take, expressions
//! that do not parse. Then at the caller's permissions. Then at the table: only a caller who may use a table learns what
//! does not fit it, or that it does not exist. So each request here is well formed by itself, and each that is not simply
//! done fails in the third step: its key is not the table's. Whoever is told so has the permission.
//!
//! A key of the table is text, a number or bytes, so an item whose one attribute is BOOL has the key of no table, also
//! where the table could not be described and its keys are not known. The condition of a write is none that an item
//! could meet, for endpoints that take any key. `BatchWriteItem` takes no condition: it deletes, and there is
//! nothing under such a key. `PartiQLInsert` has none either, and never overwrites.

use serde_json::{Value, json};

use crate::{action::permission::Permission, definition::Kind, table::Table};

/// The attribute of the keys that are no table's.
const ATTRIBUTE: &str = "rowferry-permission-test";

/// A condition that no item meets, of an attribute `#a`.
const NEVER: &str = "attribute_exists(#a) AND attribute_not_exists(#a)";

/// A request that tries a permission.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    /// The operation.
    pub(super) operation: String,
    /// Its input.
    pub(super) input: Value,
    /// Whether only its being done shows the permission; of all others, a refusal as invalid does too.
    pub(super) done: bool,
}

/// A table as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The name or ARN by which it is asked for.
    pub(super) name: &'a str,
    /// Its ARN, where that is known.
    pub(super) arn: Option<&'a str>,
    /// Its description, where the caller may have it.
    pub(super) table: Option<&'a Table>,
}

/// Makes the request that lists tables.
pub(super) fn list() -> Request {
    Request { operation: "ListTables".to_owned(), input: json!({"Limit": 1}), done: true }
}

/// Makes the request that tries a permission on a table; none where the table's ARN is needed and not known.
pub(super) fn make(permission: Permission, of: Known<'_>) -> Option<Request> {
    let name = of.name;
    let attribute = attribute(of.table);
    let names = json!({"#a": attribute});
    let key = json!({&attribute: {"BOOL": true}});
    let done = |input| Some(Request { operation: format!("{permission:?}"), input, done: true });
    let refused = |input| Some(Request { operation: format!("{permission:?}"), input, done: false });
    let statement = |statement: String| {
        let input = json!({"Statement": statement});
        Some(Request { operation: "ExecuteStatement".to_owned(), input, done: false })
    };
    let (table, quoted) = (quoted(name), quoted(&attribute));
    let never = format!("{quoted} = true AND {quoted} IS MISSING");
    match permission {
        Permission::ListTables => Some(list()),
        Permission::DescribeContinuousBackups | Permission::DescribeTable | Permission::DescribeTimeToLive => {
            done(json!({"TableName": name}))
        }
        Permission::ListTagsOfResource => done(json!({"ResourceArn": of.arn?})),
        Permission::Scan => done(json!({"TableName": name, "Limit": 1})),
        Permission::PartiQLSelect => Some(select(of, &attribute)),
        Permission::Query => refused(json!({"TableName": name, "Limit": 1, "KeyConditionExpression": "#a = :a",
            "ExpressionAttributeNames": names, "ExpressionAttributeValues": {":a": {"S": ATTRIBUTE}}})),
        Permission::GetItem => refused(json!({"TableName": name, "Key": key})),
        Permission::BatchGetItem => refused(json!({"RequestItems": {name: {"Keys": [key]}}})),
        Permission::BatchWriteItem => refused(json!({"RequestItems": {name: [{"DeleteRequest": {"Key": key}}]}})),
        Permission::PutItem => refused(json!({"TableName": name, "Item": key, "ConditionExpression": NEVER,
            "ExpressionAttributeNames": names})),
        Permission::DeleteItem | Permission::UpdateItem => refused(json!({"TableName": name, "Key": key,
            "ConditionExpression": NEVER, "ExpressionAttributeNames": names})),
        Permission::PartiQLInsert => statement(format!("INSERT INTO {table} VALUE {{'{attribute}': true}}")),
        Permission::PartiQLUpdate => statement(format!("UPDATE {table} REMOVE {quoted} WHERE {never}")),
        Permission::PartiQLDelete => statement(format!("DELETE FROM {table} WHERE {never}")),
    }
}

/// Reads at most one item, by the table's own partition key where that is known: without it the statement would scan,
/// which a policy may forbid apart (`dynamodb:FullTableScan`).
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html>
fn select(of: Known<'_>, attribute: &str) -> Request {
    let (attribute, kind) =
        of.table.map_or((attribute, Kind::S), |table| (&table.partition_key.attribute, table.partition_key.kind));
    let value = match kind {
        Kind::N => json!({"N": "0"}),
        Kind::B => json!({"B": "AA=="}),
        _ => json!({"S": ATTRIBUTE}),
    };
    let statement = format!("SELECT * FROM {} WHERE {} = ?", quoted(of.name), quoted(attribute));
    let input = json!({"Statement": statement, "Parameters": [value], "Limit": 1});
    Request { operation: "ExecuteStatement".to_owned(), input, done: false }
}

/// A name that no key attribute of the table has.
fn attribute(table: Option<&Table>) -> String {
    let mut attribute = ATTRIBUTE.to_owned();
    while table.is_some_and(|table| table.keys().any(|key| key.attribute == attribute)) {
        attribute.push('-');
    }
    attribute
}

/// A name in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
