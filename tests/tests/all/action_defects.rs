//! The defects of the component whose actions these are, which ours are free of: each has one place.
//!
//! | there | here |
//! | --- | --- |
//! | an on-demand table is told units, and refused | `actions::an_on_demand_table_is_told_no_units_and_a_provisioned_one_five_and_five` |
//! | a query answers numbers as floats, and bytes, sets and NULL as null | [`a_query_answers_every_digit_and_bytes_sets_and_null`] |
//! | writes take no names for reserved words and dots | [`writes_reach_reserved_words_and_names_with_dots`] |
//! | a query and a statement end with the first page | `action_pages::a_query_of_three_megabytes_comes_in_one_answer_or_in_pages`, `action_pages::pages_of_a_statement_go_on_too` |
//! | lists and maps go in as DynamoDB JSON only | [`lists_and_maps_go_in_as_they_stand_in_json`] |
//! | bytes go in as the UTF-8 of their text | [`bytes_go_in_as_base64`] |
//! | a failed condition tells no item | `action_faults::a_failed_condition_brings_the_item_as_the_format_says` |
//! | the empty text as a key reads as a missing one | [`the_empty_text_as_a_key_is_not_a_missing_one`] |
//! | nothing waits for a table | `action_faults::a_table_is_waited_for_as_long_as_there_is_time` |
//! | `REMOVE a` wants a value that nothing uses | [`an_update_that_only_removes_wants_no_values`] |

use rowferry_tests::world::World;
use serde_json::{Value, json};

/// A world with a table `tab` (pk S, sk S).
fn world() -> World {
    let world = World::new();
    world.create_table("tab", &[("pk", "S", "HASH"), ("sk", "S", "RANGE")], &json!({}));
    world
}

/// The same payload with more.
fn with(mut payload: Value, more: &Value) -> Value {
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payload
}

#[tokio::test]
async fn a_query_answers_every_digit_and_bytes_sets_and_null() {
    let world = world();
    world.put(
        "tab",
        &json!({"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "12345678901234567890.123456789012345678"},
            "b": {"B": "/wA="}, "ss": {"SS": ["x"]}, "ns": {"NS": ["9007199254740993"]}, "bs": {"BS": ["/wA="]},
            "null": {"NULL": true}, "m": {"M": {"deep": {"L": [{"N": "0.1"}, {"B": "/wA="}, {"NULL": true}]}}}}),
    );
    let answer = world
        .done(&json!({"action": "queryItems", "tableName": "tab", "keyConditionExpression": "pk = :pk",
            "expressionAttributeValues": {":pk": "a"}}))
        .await;
    let expected = r#"{"pk": "a", "sk": "b", "n": 12345678901234567890.123456789012345678, "b": "/wA=", "ss": ["x"],
        "ns": [9007199254740993], "bs": ["/wA="], "null": null, "m": {"deep": [0.1, "/wA=", null]}}"#;
    assert_eq!(answer["items"][0], serde_json::from_str::<Value>(expected).unwrap());
}

#[tokio::test]
async fn writes_reach_reserved_words_and_names_with_dots() {
    let world = world();
    let condition = json!({"tableName": "tab", "conditionExpression": "attribute_not_exists(#dots) OR #dots = :one",
        "expressionAttributeNames": {"#dots": "a.b"}, "expressionAttributeValues": {":one": 1}});
    let put = json!({"action": "upsertItem", "item": {"pk": "a", "sk": "b", "a.b": 1, "status": "new"}});
    world.done(&with(put, &condition)).await;
    let key = with(condition, &json!({"value": "a", "rangeKeyValue": "b"}));
    let update = json!({"action": "updateItem", "updateExpression": "SET #status = :one, #dots = :one",
        "returnValues": "ALL_NEW"});
    let mut update = with(key.clone(), &update);
    update["expressionAttributeNames"]["#status"] = json!("status");
    let answer = world.done(&update).await;
    assert_eq!(answer["attributes"], json!({"pk": "a", "sk": "b", "a.b": 1, "status": 1}));
    world.done(&with(key, &json!({"action": "deleteItem"}))).await;
    assert_eq!(world.items("tab"), Vec::<Value>::new());
}

#[tokio::test]
async fn lists_and_maps_go_in_as_they_stand_in_json() {
    let world = world();
    let item = json!({"pk": "a", "sk": "b", "l": ["x", 1, [true, null], {"y": 2}], "m": {"n": 1, "o": {"p": []}}});
    world.done(&json!({"action": "upsertItem", "tableName": "tab", "item": item})).await;
    let held = &world.items("tab")[0];
    assert_eq!(
        held["l"],
        json!({"L": [{"S": "x"}, {"N": "1"}, {"L": [{"BOOL": true}, {"NULL": true}]}, {"M": {"y": {"N": "2"}}}]})
    );
    assert_eq!(held["m"], json!({"M": {"n": {"N": "1"}, "o": {"M": {"p": {"L": []}}}}}));
}

#[tokio::test]
async fn bytes_go_in_as_base64() {
    let world = world();
    let item = json!({"pk": "a", "sk": "b", "photo": "/wA=", "parts": ["AAEC"]});
    world
        .done(&json!({"action": "upsertItem", "tableName": "tab", "item": item,
            "itemTypes": {"photo": "B", "parts": "BS"}}))
        .await;
    let held = &world.items("tab")[0];
    assert_eq!((&held["photo"], &held["parts"]), (&json!({"B": "/wA="}), &json!({"BS": ["AAEC"]})));
    let text = world
        .refused(&json!({"action": "upsertItem", "tableName": "tab", "item": {"pk": "ä"}, "itemTypes": {"pk": "B"}}))
        .await;
    assert!(text.starts_with("request: `item.pk` is "), "{text}");
}

#[tokio::test]
async fn the_empty_text_as_a_key_is_not_a_missing_one() {
    let world = world();
    for action in ["getItem", "deleteItem"] {
        let by = |more: &Value| with(json!({"action": action, "tableName": "tab"}), more);
        let text = world.refused(&by(&json!({"value": "a", "rangeKeyValue": ""}))).await;
        assert_eq!(text, "request: `rangeKeyValue` is empty; the key `sk` of an item never is");
        let text = world.refused(&by(&json!({"value": "", "rangeKeyValue": "b"}))).await;
        assert_eq!(text, "request: `value` is empty; the key `pk` of an item never is");
        let text = world.refused(&by(&json!({"value": "a"}))).await;
        assert_eq!(text, "request: `rangeKeyValue` is missing; table `tab` has the sort key `sk` (S)");
    }
}

#[tokio::test]
async fn an_update_that_only_removes_wants_no_values() {
    let world = world();
    world.put("tab", &json!({"pk": {"S": "a"}, "sk": {"S": "b"}, "x": {"N": "1"}}));
    let update = json!({"action": "updateItem", "tableName": "tab", "value": "a", "rangeKeyValue": "b",
        "updateExpression": "REMOVE x"});
    for more in [json!({}), json!({"expressionAttributeValues": {}, "expressionAttributeValueTypes": {}})] {
        assert_eq!(world.done(&with(update.clone(), &more)).await, json!({"attributes": null}));
    }
    assert_eq!(world.items("tab"), [json!({"pk": {"S": "a"}, "sk": {"S": "b"}})]);
}
