use serde_json::json;

use super::*;
use crate::{
    definition::Kind,
    mapping::key_hash,
    table::{self, ITEM_BYTES},
    write::key_of_item,
};

fn table(sort: Option<Kind>) -> Table {
    let key = |attribute: &str, kind| table::Key { attribute: attribute.to_owned(), kind };
    Table {
        name: "items".to_owned(),
        arn: String::new(),
        id: None,
        partition_key: key("pk", Kind::S),
        sort_key: sort.map(|kind| key("s\"k", kind)),
        indexes: Vec::new(),
        ttl: None,
        write_units_per_second: None,
        read_units_per_second: None,
        size_bytes: 0,
        item_count: 0,
    }
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// Deletes so many keys; answers with the requests.
fn erase(table: &Table, images: bool, keys: &[(&str, &str)], seen: Option<&Value>) -> Vec<Request> {
    let mut eraser = Eraser::new(table, images);
    let mut requests = Vec::new();
    for (partition, sort) in keys {
        let key = Key { partition: partition.as_bytes(), sort: sort.as_bytes() };
        let mut members = b"{".to_vec();
        key.append_members(table, &mut members);
        members.push(b'}');
        let hash = key_of_item(&serde_json::from_slice(&members).unwrap(), table).unwrap();
        eraser.push(key, hash, seen, |request| requests.push(request));
    }
    requests.extend(eraser.take());
    assert!(eraser.take().is_none());
    requests
}

#[test]
fn deletes_go_in_batches_of_25() {
    let names: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    let keys: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1.5")).collect();
    let table = table(Some(Kind::N));
    let requests = erase(&table, false, &keys, None);
    assert_eq!(requests.iter().map(|request| request.entries.len()).collect::<Vec<_>>(), [25, 25, 1]);
    for (request, keys) in requests.iter().zip(keys.chunks(25)) {
        assert_eq!(request.operation, Operation::BatchWriteItem);
        assert!((request.write_units() - as_units(keys.len())).abs() < f64::EPSILON);
        let body = body(request);
        assert_eq!(body["ReturnConsumedCapacity"], "TOTAL");
        let deletes = body["RequestItems"]["items"].as_array().unwrap();
        for ((delete, entry), (name, _)) in deletes.iter().zip(&request.entries).zip(keys) {
            let key = json!({"pk": {"S": name}, "s\"k": {"N": "1.5"}});
            assert_eq!(delete, &json!({"DeleteRequest": {"Key": key}}));
            assert_eq!(serde_json::from_slice::<Value>(request.text(entry)).unwrap(), *delete);
            assert_eq!(entry.key, key_of_item(&key, &table).unwrap());
        }
    }
}

fn as_units(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

#[test]
fn a_key_stands_once_in_a_batch() {
    let requests = erase(&table(None), false, &[("a", ""), ("b", ""), ("a", "")], None);
    assert_eq!(requests.iter().map(|request| request.entries.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(requests[1].entries[0].key, key_hash(br#"{"S":"a"}"#, b""));
}

#[test]
fn with_images_each_delete_goes_alone_and_asks_for_its_item() {
    let requests = erase(&table(None), true, &[("a", ""), ("b", "")], None);
    let expected = |name: &str| {
        json!({"TableName": "items", "Key": {"pk": {"S": name}}, "ReturnValues": "ALL_OLD",
            "ReturnConsumedCapacity": "TOTAL"})
    };
    assert_eq!(requests.iter().map(body).collect::<Vec<_>>(), [expected("a"), expected("b")]);
    assert!(requests.iter().all(|request| request.images && request.operation == Operation::DeleteItem));
}

#[test]
fn a_condition_compares_each_attribute_beside_the_key() {
    let seen = json!({"s\"k": {"N": "1"}, "a b": {"SS": ["x", "y"]}, "pk": {"S": "a"}, "c": {"M": {}}});
    let requests = erase(&table(Some(Kind::N)), false, &[("a", "1")], Some(&seen));
    let expected = json!({
        "TableName": "items", "Key": {"pk": {"S": "a"}, "s\"k": {"N": "1"}},
        "ConditionExpression": "#0=:0 AND #1=:1", "ExpressionAttributeNames": {"#0": "a b", "#1": "c"},
        "ExpressionAttributeValues": {":0": {"SS": ["x", "y"]}, ":1": {"M": {}}}, "ReturnConsumedCapacity": "TOTAL",
    });
    assert_eq!(requests.iter().map(body).collect::<Vec<_>>(), [expected]);
}

#[test]
fn the_condition_of_an_item_that_is_all_key_is_that_it_is_there() {
    let requests = erase(&table(None), false, &[("a", "")], Some(&json!({"pk": {"S": "a"}})));
    let body = body(&requests[0]);
    assert_eq!(body["ConditionExpression"], "attribute_exists(#0)");
    assert_eq!(body["ExpressionAttributeNames"], json!({"#0": "pk"}));
    assert!(body.get("ExpressionAttributeValues").is_none());
}

#[test]
fn a_condition_keeps_within_what_an_expression_holds() {
    let mut seen = json!({"pk": {"S": "a"}, "huge": {"B": "A".repeat(ITEM_BYTES)}});
    for number in 0..400 {
        seen[format!("attribute {number}")] = json!({"N": number.to_string()});
    }
    let body = body(&erase(&table(None), false, &[("a", "")], Some(&seen))[0]);
    let text = body["ConditionExpression"].as_str().unwrap();
    assert!(text.len() <= 4096 && text.matches('=').count() + text.matches(" AND ").count() <= 300, "{text}");
    assert_eq!(text.matches('=').count(), 150);
    assert_eq!(body["ExpressionAttributeNames"]["#0"], "attribute 0");
    assert_eq!(body["ExpressionAttributeValues"][":149"], json!({"N": "149"}));
}
