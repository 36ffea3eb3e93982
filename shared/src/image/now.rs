//! Items as the table holds them now.

use serde_json::{Value, json};

use crate::{
    dynamodb::{Client, pause},
    error::Error,
    mapping::KeyMap,
    table::Table,
    time::Deadline,
    write::{Spent, key_of_item},
};

/// Reads the items of at most 100 different keys, strongly consistent; a key without an item is not in the answer.
pub(crate) async fn now(
    client: &Client,
    table: &Table,
    mut keys: Vec<Value>,
    deadline: Deadline,
    spent: &mut Spent,
) -> Result<KeyMap<Value>, Error> {
    let mut found = KeyMap::default();
    let mut attempts = 0;
    while !keys.is_empty() {
        if attempts > 0 {
            tokio::time::sleep(pause(attempts).min(deadline.left())).await;
        }
        attempts += 1;
        let input = json!({
            "RequestItems": {&table.name: {"Keys": keys, "ConsistentRead": true}},
            "ReturnConsumedCapacity": "TOTAL",
        });
        let mut answer = client.call("BatchGetItem", &input, deadline).await?;
        let consumed = answer.get("ConsumedCapacity").and_then(Value::as_array).into_iter().flatten();
        spent.read_units += consumed.filter_map(|table| table.get("CapacityUnits")?.as_f64()).sum::<f64>();
        let items = answer.get_mut("Responses").and_then(|tables| tables.get_mut(&table.name));
        for item in items.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(key) = key_of_item(item, table) {
                found.insert(key, item.take());
            }
        }
        let left = answer.get("UnprocessedKeys").and_then(|tables| tables.get(&table.name)?.get("Keys"));
        keys = left.and_then(Value::as_array).cloned().unwrap_or_default();
    }
    Ok(found)
}
