//! What every way to DynamoDB promises. The first promises are kept by every backend, also over a transport whose faults
//! pass; those that begin with `over_a_wire` say what becomes of faults, and need a server that makes them.

use std::time::Duration;

use bytes::Bytes;
use rowferry::{
    dynamodb::{Class, Client, Error, Throttle},
    table::Table,
    time::Deadline,
};
use serde_json::{Value, json};

use crate::{
    wire::{Fault, PAGE, REASONS, Wire, refusal as refusal_body, throttling},
    world::sorted,
};

const TABLE: &str = "things";

async fn ask(client: &Client, operation: &str, input: &Value) -> Result<Value, Error> {
    client.call(operation, input, minute()).await
}

/// One attempt, which is expected to succeed or to fail.
async fn attempt(client: &Client, operation: &str, input: &Value) -> Result<Value, Error> {
    let body = client.attempt(operation, Bytes::from(input.to_string()), minute()).await?;
    Ok(serde_json::from_slice(&body).expect("an answer is JSON"))
}

fn minute() -> Deadline {
    Deadline::after(Duration::from_mins(1))
}

async fn done(client: &Client, operation: &str, input: &Value) -> Value {
    ask(client, operation, input).await.unwrap_or_else(|error| panic!("{operation}: {error}"))
}

async fn refusal(client: &Client, operation: &str, input: &Value) -> Error {
    ask(client, operation, input).await.expect_err("it is refused")
}

fn thing(id: &str) -> Value {
    json!({"id": {"S": id}, "at": {"N": "1"}, "n": {"N": "1.5"}})
}

fn key(id: &str) -> Value {
    json!({"id": {"S": id}, "at": {"N": "1"}})
}

/// A request that puts the thing of an id, with conditions or what else is given.
fn put(id: &str, more: &Value) -> Value {
    let mut input = json!({"TableName": TABLE, "Item": thing(id)});
    input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    input
}

fn batch(ids: impl IntoIterator<Item = usize>) -> Value {
    let puts: Vec<Value> =
        ids.into_iter().map(|id| json!({"PutRequest": {"Item": thing(&format!("b{id}"))}})).collect();
    json!({"RequestItems": {TABLE: puts}, "ReturnConsumedCapacity": "TOTAL"})
}

async fn get(client: &Client, id: &str) -> Value {
    let input = json!({"TableName": TABLE, "Key": key(id), "ConsistentRead": true});
    sorted(vec![done(client, "GetItem", &input).await["Item"].take()]).remove(0)
}

fn told(item: Value) -> Value {
    sorted(vec![item]).remove(0)
}

async fn create(client: &Client) {
    let input = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions":
            [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    });
    _ = done(client, "CreateTable", &input).await;
}

/// A table says its keys and that it is there.
///
/// # Panics
///
/// When it is not so.
pub async fn describes_a_table(client: &Client) {
    create(client).await;
    let answer = done(client, "DescribeTable", &json!({"TableName": TABLE})).await;
    let table = Table::read(TABLE, &answer).expect("a table");
    let keys: Vec<String> = table.keys().map(|key| format!("{} {:?}", key.attribute, key.kind)).collect();
    assert_eq!(keys, ["id S", "at N"]);
    assert_eq!(answer["Table"]["TableStatus"], "ACTIVE");
}

/// What was put can be read, by every kind of write and of read.
///
/// # Panics
///
/// When it is not so.
pub async fn writes_and_reads_items(client: &Client) {
    create(client).await;
    _ = done(client, "PutItem", &put("é \"1\"", &Value::Null)).await;
    assert_eq!(get(client, "é \"1\"").await, told(thing("é \"1\"")));
    let answer = done(client, "BatchWriteItem", &batch(0..25)).await;
    assert_eq!(answer["UnprocessedItems"], json!({}));
    let update = json!({
        "TableName": TABLE, "Key": key("b1"), "UpdateExpression": "SET #1=:1 REMOVE #2", "ReturnValues": "ALL_NEW",
        "ExpressionAttributeNames": {"#1": "a", "#2": "n"}, "ExpressionAttributeValues": {":1": {"S": "x"}},
    });
    let after = told(json!({"id": {"S": "b1"}, "at": {"N": "1"}, "a": {"S": "x"}}));
    assert_eq!(told(done(client, "UpdateItem", &update).await["Attributes"].take()), after);
    assert_eq!(get(client, "b1").await, after);
    let keys: Vec<Value> = [1, 2, 99].map(|id| key(&format!("b{id}"))).into();
    let read = json!({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": true}}});
    let mut found = done(client, "BatchGetItem", &read).await;
    let items = found["Responses"][TABLE].as_array_mut().expect("items");
    assert_eq!(sorted(std::mem::take(items)), sorted(vec![after, thing("b2")]));
    assert_eq!(found["UnprocessedKeys"], json!({}));
    let delete = json!({"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key("b2")}}]}});
    _ = done(client, "BatchWriteItem", &delete).await;
    _ = done(client, "DeleteItem", &json!({"TableName": TABLE, "Key": key("b3")})).await;
    assert_eq!((get(client, "b2").await, get(client, "b3").await), (Value::Null, Value::Null));
}

/// Every type of value comes back as it went, with each digit and byte.
///
/// # Panics
///
/// When it is not so.
pub async fn keeps_every_type_of_value(client: &Client) {
    create(client).await;
    let item = json!({
        "id": {"S": "all"}, "at": {"N": "1"}, "S": {"S": "a \u{1F980}\n\"\\\u{0}"}, "empty": {"S": ""},
        "N": {"N": "-9.9999999999999999999999999999999999999E+125"},
        "small": {"N": "0.0000000000000000000000000000000000001"},
        "B": {"B": "AP/+"}, "no bytes": {"B": ""}, "BOOL": {"BOOL": false}, "NULL": {"NULL": true},
        "SS": {"SS": ["x", "y"]}, "NS": {"NS": ["2.5", "3"]}, "BS": {"BS": ["AA==", "AQ=="]},
        "L": {"L": [{"N": "1"}, {"L": []}, {"NULL": true}]}, "M": {"M": {"a.b": {"M": {}}, "#": {"S": "x"}}},
    });
    _ = done(client, "PutItem", &json!({"TableName": TABLE, "Item": item})).await;
    let read = get(client, "all").await;
    let texts = |name: &str| (crate::told::value(&item[name]), crate::told::value(&read[name]));
    for name in item.as_object().expect("an item").keys().filter(|name| !["N", "small"].contains(&name.as_str())) {
        let (written, read) = texts(name);
        assert_eq!(written, read, "{name}");
    }
    // Their text is the table's own to choose; both have 38 digits at most, and so one value.
    let digits = |text: &str| text.chars().filter(|digit| ('1'..='9').contains(digit)).collect::<String>();
    for name in ["N", "small"] {
        let (written, read) = texts(name);
        let written = digits(written.split('E').next().unwrap_or_default());
        assert!(digits(&read).starts_with(&written), "{name}: {written} {read}");
    }
}

/// What a request consumed is told where it is asked for, also of a batch.
///
/// # Panics
///
/// When it is not so.
pub async fn tells_what_was_consumed(client: &Client) {
    create(client).await;
    let total = json!({"ReturnConsumedCapacity": "TOTAL"});
    let answer = done(client, "PutItem", &put("a", &total)).await;
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], 1.0);
    let large = json!({"id": {"S": "large"}, "at": {"N": "1"}, "x": {"S": "x".repeat(3_000)}});
    let input = json!({"TableName": TABLE, "Item": large, "ReturnConsumedCapacity": "TOTAL"});
    assert_eq!(done(client, "PutItem", &input).await["ConsumedCapacity"]["CapacityUnits"], 3.0);
    let answer = done(client, "BatchWriteItem", &batch(0..25)).await;
    assert_eq!(answer["ConsumedCapacity"][0]["CapacityUnits"], 25.0);
    assert_eq!(answer["ConsumedCapacity"][0]["TableName"], TABLE);
    assert_eq!(done(client, "PutItem", &put("a", &Value::Null)).await["ConsumedCapacity"], Value::Null);
}

/// A refusal is told by what it means, in DynamoDB's words.
///
/// # Panics
///
/// When it is not so.
pub async fn tells_refusals_by_what_they_mean(client: &Client) {
    create(client).await;
    let missing = refusal(client, "DescribeTable", &json!({"TableName": "nothing"})).await;
    let elsewhere = refusal(client, "PutItem", &json!({"TableName": "nothing", "Item": thing("a")})).await;
    let empty = json!({"id": {"S": ""}, "at": {"N": "1"}});
    let invalid = refusal(client, "PutItem", &json!({"TableName": TABLE, "Item": empty})).await;
    let twice = refusal(client, "BatchWriteItem", &batch([1, 1])).await;
    let many = refusal(client, "BatchWriteItem", &batch(0..26)).await;
    let (missing_name, invalid_name) = ("ResourceNotFoundException", "ValidationException");
    for (error, class, name) in [
        (missing, Class::Missing, missing_name),
        (elsewhere, Class::Missing, missing_name),
        (invalid, Class::Invalid, invalid_name),
        (twice, Class::Invalid, invalid_name),
        (many, Class::Invalid, invalid_name),
    ] {
        assert_eq!((error.class(), error.ambiguous()), (class, false), "{error}");
        let refusal = error.refusal().expect("a refusal");
        assert_eq!((refusal.name.as_str(), refusal.status), (name, 400));
        assert!(!refusal.message.is_empty());
    }
}

/// A condition that is not met brings the item that stood in the way, where it is asked for.
///
/// # Panics
///
/// When it is not so.
pub async fn brings_what_stood_in_the_way(client: &Client) {
    create(client).await;
    let mut more = json!({"ConditionExpression": "attribute_not_exists(id)"});
    _ = done(client, "PutItem", &put("a", &more)).await;
    let unmet = refusal(client, "PutItem", &put("a", &more)).await;
    assert_eq!((unmet.class(), unmet.refusal().and_then(|refusal| refusal.item.clone())), (Class::Condition, None));
    more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let update = json!({
        "TableName": TABLE, "Key": key("a"), "UpdateExpression": "SET n = :n", "ConditionExpression": "n < :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let unmet_put = refusal(client, "PutItem", &put("a", &more)).await;
    let unmet_update = refusal(client, "UpdateItem", &update).await;
    for unmet in [unmet_put, unmet_update] {
        assert_eq!(unmet.class(), Class::Condition);
        let item = unmet.refusal().and_then(|refusal| refusal.item.clone()).expect("the item in the way");
        assert_eq!(told(item), told(thing("a")));
    }
}

/// Who writes an item gets it as it was, where that is asked for, and nothing where there was none.
///
/// # Panics
///
/// When it is not so.
pub async fn gives_back_the_item_as_it_was(client: &Client) {
    create(client).await;
    let old = json!({"ReturnValues": "ALL_OLD"});
    let update = json!({
        "TableName": TABLE, "Key": key("a"), "UpdateExpression": "SET n = :n", "ReturnValues": "ALL_OLD",
        "ExpressionAttributeValues": {":n": {"N": "2"}},
    });
    let delete = json!({"TableName": TABLE, "Key": key("a"), "ReturnValues": "ALL_OLD"});
    let mut changed = thing("a");
    changed["n"] = json!({"N": "2"});
    for (operation, input, expected) in [
        ("DeleteItem", &delete, Value::Null),
        ("PutItem", &put("a", &old), Value::Null),
        ("PutItem", &put("a", &old), told(thing("a"))),
        ("UpdateItem", &update, told(thing("a"))),
        ("DeleteItem", &delete, told(changed)),
        ("DeleteItem", &delete, Value::Null),
    ] {
        let mut answer = done(client, operation, input).await;
        assert_eq!(told(answer["Attributes"].take()), expected, "{operation}");
    }
}

/// An item is deleted only where a condition holds; else it comes back, where it is asked for and there.
///
/// # Panics
///
/// When it is not so.
pub async fn deletes_on_a_condition(client: &Client) {
    create(client).await;
    _ = done(client, "PutItem", &put("a", &Value::Null)).await;
    let delete = |n: &str| {
        json!({
            "TableName": TABLE, "Key": key("a"), "ConditionExpression": "#0=:0",
            "ExpressionAttributeNames": {"#0": "n"}, "ExpressionAttributeValues": {":0": {"N": n}},
            "ReturnConsumedCapacity": "TOTAL", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    };
    let unmet = refusal(client, "DeleteItem", &delete("2")).await;
    let item = unmet.refusal().and_then(|refusal| refusal.item.clone());
    assert_eq!((unmet.class(), told(item.expect("the item in the way"))), (Class::Condition, told(thing("a"))));
    // Numbers compare by their values.
    let answer = done(client, "DeleteItem", &delete("15E-1")).await;
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], 1.0);
    assert_eq!(get(client, "a").await, Value::Null);
    let gone = refusal(client, "DeleteItem", &delete("1.5")).await;
    assert_eq!((gone.class(), gone.refusal().and_then(|refusal| refusal.item.clone())), (Class::Condition, None));
}

/// Reads of many items come page by page.
///
/// # Panics
///
/// When it is not so.
pub async fn reads_page_by_page(client: &Client) {
    create(client).await;
    let item = |at: i32| json!({"id": {"S": "p"}, "at": {"N": at.to_string()}});
    for at in [10, 9, 1, -3, 2] {
        _ = done(client, "PutItem", &json!({"TableName": TABLE, "Item": item(at)})).await;
    }
    for operation in ["Query", "Scan"] {
        let mut input = json!({"TableName": TABLE, "Limit": 2, "ConsistentRead": true});
        if operation == "Query" {
            input["KeyConditionExpression"] = "id = :id".into();
            input["ExpressionAttributeValues"] = json!({":id": {"S": "p"}});
        }
        let mut pages = Vec::new();
        loop {
            let mut page = done(client, operation, &input).await;
            let items = page["Items"].as_array().expect("items").iter();
            pages.push(items.map(|item| item["at"]["N"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>());
            assert_eq!(page["Count"], pages.last().map(Vec::len).unwrap_or_default());
            if page["LastEvaluatedKey"].is_null() {
                break;
            }
            input["ExclusiveStartKey"] = page["LastEvaluatedKey"].take();
        }
        assert_eq!(pages.concat(), ["-3", "1", "2", "9", "10"], "{operation}");
        assert!(pages.iter().all(|page| page.len() <= 2) && pages.len() >= 3, "{operation}");
    }
}

/// Requests go side by side.
///
/// # Panics
///
/// When it is not so.
pub async fn takes_requests_side_by_side(client: &Client) {
    create(client).await;
    let puts: Vec<Value> = (0..64).map(|id| put(&id.to_string(), &Value::Null)).collect();
    let done = futures::future::join_all(puts.iter().map(|put| ask(client, "PutItem", put))).await;
    assert!(done.iter().all(Result::is_ok));
    let scan = ask(client, "Scan", &json!({"TableName": TABLE})).await.expect("a table is scanned");
    assert_eq!(scan["Count"], 64);
}

/// Throttling is told with its reason and its table or index, whichever exception it comes by.
///
/// # Panics
///
/// When it is not so.
pub async fn over_a_wire_throttling_has_its_reason(client: &Client, wire: &Wire) {
    create(client).await;
    let requests = [
        ("PutItem", put("a", &Value::Null)),
        ("BatchWriteItem", batch(0..2)),
        ("GetItem", json!({"TableName": TABLE, "Key": key("a")})),
    ];
    for reason in REASONS {
        for exception in ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"] {
            wire.faults(move |_, _| Fault::Answered(400, throttling(exception, reason)));
            for (operation, input) in &requests {
                let error = attempt(client, operation, input).await.expect_err("it is throttled");
                assert_eq!((error.class(), error.ambiguous()), (Class::Throttled, false), "{error}");
                let index = if reason.starts_with("Index") { "/index/by_a" } else { "" };
                let resource = format!("arn:aws:dynamodb:us-east-1:111122223333:table/items{index}");
                let refusal = error.refusal().expect("a refusal");
                assert_eq!(refusal.name, exception);
                assert_eq!(refusal.throttles, [Throttle { reason: reason.to_owned(), resource }], "{exception}");
            }
        }
    }
}

/// What of a batch was not done comes back, as it was asked for.
///
/// # Panics
///
/// When it is not so.
pub async fn over_a_wire_unprocessed_entries_come_back(client: &Client, wire: &Wire) {
    create(client).await;
    wire.faults(|_, _| Fault::Unprocessed(2));
    let input = batch(0..5);
    let answer = attempt(client, "BatchWriteItem", &input).await.expect("a part is done");
    let left = answer["UnprocessedItems"][TABLE].as_array().cloned().expect("what is left");
    assert_eq!(sorted(left), sorted(batch(3..5)["RequestItems"][TABLE].as_array().cloned().expect("puts")));
    assert_eq!(answer["ConsumedCapacity"][0]["CapacityUnits"], 3.0);
    let keys: Vec<Value> = (0..3).map(|id| key(&format!("b{id}"))).collect();
    let read = json!({"RequestItems": {TABLE: {"Keys": &keys, "ConsistentRead": true}}});
    let answer = attempt(client, "BatchGetItem", &read).await.expect("a part is read");
    let left = &answer["UnprocessedKeys"][TABLE];
    assert_eq!(sorted(left["Keys"].as_array().cloned().expect("keys")), sorted(vec![key("b1"), key("b2")]));
    assert_eq!(left["ConsistentRead"], true);
    let deletes: Vec<Value> = keys.iter().map(|key| json!({"DeleteRequest": {"Key": key}})).collect();
    let input = json!({"RequestItems": {TABLE: deletes}});
    let answer = attempt(client, "BatchWriteItem", &input).await.expect("a part is deleted");
    assert_eq!(
        sorted(answer["UnprocessedItems"][TABLE].as_array().cloned().expect("deletes")),
        sorted(deletes[1..].into())
    );
}

/// A service that fails and an answer that is lost leave open what was done; what is refused was not done.
///
/// # Panics
///
/// When it is not so.
pub async fn over_a_wire_failures_say_whether_it_may_have_been_done(client: &Client, wire: &Wire) {
    create(client).await;
    let refused = |status, name: &str| Fault::Answered(status, refusal_body(name));
    for (fault, class, ambiguous) in [
        (Fault::ResetBefore, Class::Transient, true),
        (Fault::ResetAfter, Class::Transient, true),
        (Fault::ResetWithin, Class::Transient, true),
        (Fault::Short, Class::Transient, true),
        (Fault::Bytes(Vec::new()), Class::Transient, true),
        (Fault::Bytes(b"HTTP/1.1 200 x\r\ncontent-le".to_vec()), Class::Transient, true),
        (Fault::Bytes(b"no HTTP at all\r\n\r\n".to_vec()), Class::Transient, true),
        (refused(500, "InternalServerError"), Class::Transient, true),
        (Fault::Answered(500, PAGE.to_owned()), Class::Transient, true),
        (Fault::Answered(502, PAGE.to_owned()), Class::Transient, true),
        (Fault::Answered(503, PAGE.to_owned()), Class::Transient, true),
        (Fault::Answered(504, String::new()), Class::Transient, true),
        (Fault::Answered(429, PAGE.to_owned()), Class::Throttled, false),
        (Fault::Answered(403, PAGE.to_owned()), Class::Other, false),
        (refused(400, "ExpiredTokenException"), Class::Expired, false),
        (refused(400, "UnrecognizedClientException"), Class::Credentials, false),
        (refused(400, "AccessDeniedException"), Class::Denied, false),
        (refused(400, "ItemCollectionSizeLimitExceededException"), Class::Invalid, false),
        (refused(400, "TransactionConflictException"), Class::Transient, false),
    ] {
        let wrong = fault.clone();
        wire.faults(move |_, _| wrong.clone());
        let error = attempt(client, "PutItem", &put("a", &Value::Null)).await.expect_err("it goes wrong");
        assert_eq!((error.class(), error.ambiguous()), (class, ambiguous), "{fault:?}: {error}");
    }
}

/// Connections that are closed between requests, or while an answer comes slowly, are no failures.
///
/// # Panics
///
/// When it is not so.
pub async fn over_a_wire_connections_come_and_go(client: &Client, wire: &Wire) {
    create(client).await;
    wire.reset_unread(2);
    for fault in [Fault::Closing, Fault::Halting(20), Fault::None] {
        wire.faults(move |_, _| fault.clone());
        for id in 0..10 {
            _ = done(client, "PutItem", &put(&id.to_string(), &Value::Null)).await;
        }
    }
    assert_eq!(done(client, "Scan", &json!({"TableName": TABLE})).await["Count"], 10);
}
