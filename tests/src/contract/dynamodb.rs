//! What every way to DynamoDB promises.

use std::time::Duration;

use bytes::Bytes;
use rowferry::{
    dynamodb::{Class, Client, Error},
    time::Deadline,
};
use serde_json::{Value, json};

const TABLE: &str = "things";

async fn ask(client: &Client, operation: &str, input: &Value) -> Result<Value, Error> {
    let body = client.attempt(operation, Bytes::from(input.to_string()), minute()).await?;
    Ok(serde_json::from_slice(&body).expect("an answer is JSON"))
}

fn minute() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

async fn refusal(client: &Client, operation: &str, input: &Value) -> Error {
    ask(client, operation, input).await.expect_err("it is refused")
}

fn thing(id: &str) -> Value {
    json!({"id": {"S": id}, "n": {"N": "1.5"}})
}

async fn create(client: &Client) {
    let input = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    ask(client, "CreateTable", &input).await.expect("the table is created");
}

/// An item that was put can be read, in every kind of write.
///
/// # Panics
///
/// When it is not so.
pub async fn writes_and_reads_items(client: &Client) {
    create(client).await;
    let put = json!({"TableName": TABLE, "Item": thing("é \"1\""), "ReturnConsumedCapacity": "TOTAL"});
    let answer = ask(client, "PutItem", &put).await.expect("an item is put");
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], 1.0);
    let key = json!({"TableName": TABLE, "Key": {"id": {"S": "é \"1\""}}, "ConsistentRead": true});
    let answer = ask(client, "GetItem", &key).await.expect("an item is read");
    assert_eq!(answer["Item"], thing("é \"1\""));
    let puts: Vec<Value> = (0..25).map(|id| json!({"PutRequest": {"Item": thing(&format!("b{id}"))}})).collect();
    let batch = json!({"RequestItems": {TABLE: puts}, "ReturnConsumedCapacity": "TOTAL"});
    let answer = ask(client, "BatchWriteItem", &batch).await.expect("items are put");
    assert_eq!(answer["UnprocessedItems"], json!({}));
    assert_eq!(answer["ConsumedCapacity"][0]["CapacityUnits"], 25.0);
    let update = json!({
        "TableName": TABLE, "Key": {"id": {"S": "b1"}}, "UpdateExpression": "SET #1=:1 REMOVE #2",
        "ExpressionAttributeNames": {"#1": "a", "#2": "n"}, "ExpressionAttributeValues": {":1": {"S": "x"}},
    });
    ask(client, "UpdateItem", &update).await.expect("an item is updated");
    let key = json!({"TableName": TABLE, "Key": {"id": {"S": "b1"}}, "ConsistentRead": true});
    let answer = ask(client, "GetItem", &key).await.expect("an item is read");
    assert_eq!(answer["Item"], json!({"id": {"S": "b1"}, "a": {"S": "x"}}));
}

/// A refusal is told by what it means, in DynamoDB's words.
///
/// # Panics
///
/// When it is not so.
pub async fn tells_refusals_by_what_they_mean(client: &Client) {
    create(client).await;
    let missing = refusal(client, "DescribeTable", &json!({"TableName": "nothing"})).await;
    assert_eq!(missing.class(), Class::Missing);
    let invalid = refusal(client, "PutItem", &json!({"TableName": TABLE, "Item": {"id": {"S": ""}}})).await;
    assert_eq!(invalid.class(), Class::Invalid);
    assert!(!invalid.refusal().expect("a refusal").message.is_empty());
    let twice = json!({"PutRequest": {"Item": thing("a")}});
    let twice = refusal(client, "BatchWriteItem", &json!({"RequestItems": {TABLE: [twice, twice]}})).await;
    assert_eq!(twice.class(), Class::Invalid);
    for error in [&missing, &invalid, &twice] {
        assert!(!error.ambiguous());
    }
}

/// A condition that is not met brings the item that stood in the way, where it is asked for.
///
/// # Panics
///
/// When it is not so.
pub async fn brings_what_stood_in_the_way(client: &Client) {
    create(client).await;
    let mut put = json!({"TableName": TABLE, "Item": thing("a"), "ConditionExpression": "attribute_not_exists(id)"});
    ask(client, "PutItem", &put).await.expect("an item is put");
    let unmet = refusal(client, "PutItem", &put).await;
    assert_eq!((unmet.class(), unmet.refusal().and_then(|refusal| refusal.item.clone())), (Class::Condition, None));
    put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let unmet = refusal(client, "PutItem", &put).await;
    assert_eq!(unmet.refusal().and_then(|refusal| refusal.item.clone()), Some(thing("a")));
}

/// Requests go side by side.
///
/// # Panics
///
/// When it is not so.
pub async fn takes_requests_side_by_side(client: &Client) {
    create(client).await;
    let puts: Vec<Value> = (0..64).map(|id| json!({"TableName": TABLE, "Item": thing(&id.to_string())})).collect();
    let done = futures::future::join_all(puts.iter().map(|put| ask(client, "PutItem", put))).await;
    assert!(done.iter().all(Result::is_ok));
    let scan = ask(client, "Scan", &json!({"TableName": TABLE})).await.expect("a table is scanned");
    assert_eq!(scan["Count"], 64);
}
