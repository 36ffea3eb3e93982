//! Actions that read pages: all of them, up to a limit, a size and a deadline, and from where an answer ended.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rowferry::{job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};

/// A world with a table `tab` that has so many items `a`, 0, 1, … of about so many bytes.
fn filled(count: usize, bytes: usize) -> World {
    let world = World::new();
    fill(&world, count, &json!({"S": "x".repeat(bytes)}));
    world
}

fn fill(world: &World, count: usize, value: &Value) {
    world.create_table("tab", &[("pk", "S", "HASH"), ("sk", "N", "RANGE")], &json!({}));
    for place in 0..count {
        let item =
            json!({"pk": {"S": "a"}, "sk": {"N": place.to_string()}, "v": value, "even": {"BOOL": place % 2 == 0}});
        world.put("tab", &item);
    }
}

fn query(more: &Value) -> Value {
    let mut payload = json!({"action": "queryItems", "tableName": "tab", "keyConditionExpression": "pk = :pk",
        "expressionAttributeValues": {":pk": "a"}});
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload
}

fn keys(answer: &Value) -> Vec<u64> {
    answer["items"].as_array().unwrap().iter().map(|item| item["sk"].as_u64().unwrap()).collect()
}

/// Asks again with each token until there is none; answers with the answers.
async fn to_the_end(world: &World, mut payload: Value) -> Vec<Value> {
    let mut answers = Vec::new();
    loop {
        let answer = world.done(&payload).await;
        payload["nextToken"] = answer["nextToken"].clone();
        answers.push(answer);
        if payload["nextToken"].is_null() {
            return answers;
        }
        assert!(answers.len() < 100, "it goes on for ever");
    }
}

#[tokio::test]
async fn a_hundred_and_twenty_tables_are_listed() {
    let world = World::new();
    for place in 0..119 {
        world.create_table(&format!("t{place:03}"), &[("id", "S", "HASH")], &json!({}));
    }
    let first = world.done(&json!({"action": "listTables"})).await;
    assert_eq!(first["tableNames"].as_array().unwrap().len(), 100);
    let rest = world.done(&json!({"action": "listTables", "nextToken": first["nextToken"]})).await;
    assert_eq!((rest["tableNames"].as_array().unwrap().len(), &rest["nextToken"]), (20, &json!(null)));
    let all = world.done(&json!({"action": "listTables", "fetchAll": true})).await;
    assert_eq!((all["tableNames"].as_array().unwrap().len(), &all["nextToken"]), (120, &json!(null)));
    for fetch_all in [false, true] {
        let some = world.done(&json!({"action": "listTables", "fetchAll": fetch_all, "limit": 7})).await;
        assert_eq!((some["tableNames"].as_array().unwrap().len(), some["nextToken"].is_string()), (7, true));
    }
    let many = world.done(&json!({"action": "listTables", "fetchAll": true, "limit": 110})).await;
    assert_eq!(many["tableNames"].as_array().unwrap().len(), 110);
}

#[tokio::test]
async fn a_query_of_three_megabytes_comes_in_one_answer_or_in_pages() {
    let world = filled(300, 10_000);
    let all = world.done(&query(&json!({"fetchAll": true}))).await;
    assert_eq!(keys(&all), (0..300).collect::<Vec<u64>>());
    assert_eq!((&all["count"], &all["nextToken"]), (&json!(300), &json!(null)));
    // The embedded DynamoDB counts the item that did not fit onto a page with that page, too.
    assert!(all["scannedCount"].as_u64() >= Some(300));
    let pages = to_the_end(&world, query(&json!({}))).await;
    assert!(pages.len() >= 3, "a page has one megabyte at most");
    assert_eq!(pages.iter().flat_map(keys).collect::<Vec<u64>>(), (0..300).collect::<Vec<u64>>());
    let few = to_the_end(&world, query(&json!({"fetchAll": true, "limit": 110, "scanIndexForward": false}))).await;
    assert_eq!(few.iter().map(|answer| keys(answer).len()).collect::<Vec<_>>(), [110, 110, 80]);
    assert_eq!(few.iter().flat_map(keys).collect::<Vec<u64>>(), (0..300).rev().collect::<Vec<u64>>());
}

#[tokio::test]
async fn an_answer_has_at_most_six_megabytes_also_where_one_page_has_more() {
    let world = World::new();
    fill(&world, 45, &json!({"L": vec![json!({"S": ""}); 20_000]}));
    let mut payload = query(&json!({"format": "typed"}));
    payload["expressionAttributeValues"] = json!({":pk": {"S": "a"}});
    let answers = to_the_end(&world, payload).await;
    assert!(answers.len() > 1);
    assert!(answers.iter().all(|answer| answer.to_string().len() < 6_100_000));
    let found: BTreeSet<String> = answers
        .iter()
        .flat_map(|answer| answer["items"].as_array().unwrap())
        .map(|item| item["sk"].to_string())
        .collect();
    assert_eq!(found.len(), 45);
}

#[tokio::test]
async fn empty_pages_are_no_end() {
    let world = filled(300, 10_000);
    let filter = json!({"filterExpression": "sk >= :least", "fetchAll": true,
        "expressionAttributeValues": {":least": 298}});
    let mut scan = json!({"action": "scanItems", "tableName": "tab"});
    for (name, value) in filter.as_object().unwrap() {
        scan[name] = value.clone();
    }
    let found = world.done(&scan).await;
    assert_eq!((keys(&found), &found["nextToken"]), (vec![298, 299], &json!(null)));
    assert!(found["scannedCount"].as_u64() >= Some(300));
    scan["fetchAll"] = json!(false);
    let one = world.done(&scan).await;
    assert_eq!((&one["items"], one["nextToken"].is_string()), (&json!([]), true));
    assert_eq!(to_the_end(&world, scan).await.iter().flat_map(keys).collect::<Vec<_>>(), [298, 299]);
}

#[tokio::test]
async fn a_limit_counts_what_is_found_and_no_item_is_left_out_or_doubled() {
    let world = filled(300, 5_000);
    for limit in [1, 2, 7, 50, 149, 150, 151] {
        let payload = query(&json!({"filterExpression": "even = :yes", "fetchAll": true, "limit": limit,
            "expressionAttributeValues": {":pk": "a", ":yes": true}}));
        let answers = if limit < 7 { vec![world.done(&payload).await] } else { to_the_end(&world, payload).await };
        let found: Vec<u64> = answers.iter().flat_map(keys).collect();
        let expected: Vec<u64> = (0..300).step_by(2).take(if limit < 7 { limit } else { 150 }).collect();
        assert_eq!(found, expected, "{limit}");
        assert!(answers.iter().all(|answer| keys(answer).len() <= limit));
        assert_eq!(keys(&answers[0]).len(), limit.min(150));
    }
}

#[tokio::test]
async fn pages_of_a_statement_go_on_too() {
    let world = filled(300, 10_000);
    let mut payload =
        json!({"action": "rawRequest", "statement": "SELECT sk FROM tab WHERE pk = ?", "parameters": ["a"]});
    payload["limit"] = json!(70);
    let pages = to_the_end(&world, payload.clone()).await;
    payload["limit"].take();
    assert_eq!(pages.iter().flat_map(keys).collect::<Vec<u64>>(), (0..300).collect::<Vec<u64>>());
    assert_eq!(pages.len(), 5);
    let mut all = payload;
    all["fetchAll"] = json!(true);
    assert_eq!(world.done(&all).await["count"], 300);
    all["limit"] = json!(250);
    let answers = to_the_end(&world, all).await;
    assert_eq!(answers.iter().map(|answer| keys(answer).len()).collect::<Vec<_>>(), [250, 50]);
}

#[tokio::test]
async fn counts_are_added_up_where_items_are_not_asked_for() {
    let world = filled(300, 10_000);
    let found = world.done(&query(&json!({"fetchAll": true, "queryParameters": {"Select": "COUNT"}}))).await;
    assert_eq!((&found["items"], &found["count"], &found["nextToken"]), (&json!([]), &json!(300), &json!(null)));
}

#[tokio::test]
async fn query_parameters_go_over_the_inputs() {
    let world = filled(10, 1);
    let found = world
        .done(&query(&json!({"scanIndexForward": true, "limit": 9,
            "queryParameters": {"ScanIndexForward": false, "Limit": 3, "ProjectionExpression": "sk"}})))
        .await;
    assert_eq!(found["items"], json!([{"sk": 9}, {"sk": 8}, {"sk": 7}]));
}

#[tokio::test]
async fn a_token_is_of_its_own_request() {
    let world = filled(10, 1);
    let answer = world.done(&query(&json!({"limit": 3}))).await;
    let scan = json!({"action": "scanItems", "tableName": "tab", "nextToken": answer["nextToken"]});
    assert!(world.refused(&scan).await.starts_with("request: `nextToken` is of another request"));
    let cut = query(&json!({"nextToken": "abc"}));
    assert!(world.refused(&cut).await.starts_with("request: `nextToken` is no token"));
}

#[tokio::test(start_paused = true)]
async fn what_was_read_in_time_is_the_answer() {
    let dynamodb = Embedded::new();
    let world = World::with(
        dynamodb.clone(),
        Faulty::new(dynamodb, |operation, _| match operation {
            "Query" => Fault::Slow(2_000),
            _ => Fault::None,
        }),
    );
    fill(&world, 300, &json!({"S": "x".repeat(10_000)}));
    let answer =
        world.act.handle(&query(&json!({"fetchAll": true})), Deadline::after(Duration::from_secs(5))).await.unwrap();
    assert!(answer["nextToken"].is_string());
    let rest = world.done(&query(&json!({"fetchAll": true, "nextToken": answer["nextToken"]}))).await;
    assert_eq!([keys(&answer), keys(&rest)].concat(), (0..300).collect::<Vec<u64>>());
    let failure = world.act.handle(&query(&json!({})), Deadline::after(Duration::from_secs(1))).await.unwrap_err();
    assert_eq!(failure.name, "service");
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_long_throttle_is_the_answer() {
    let dynamodb = Embedded::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let world = World::with(
        dynamodb.clone(),
        Faulty::new(dynamodb, move |operation, _| {
            if operation == "Query" && count.fetch_add(1, Ordering::Relaxed) > 0 {
                Fault::Throttled("TableReadProvisionedThroughputExceeded")
            } else {
                Fault::None
            }
        }),
    );
    fill(&world, 300, &json!({"S": "x".repeat(10_000)}));
    let answer = world.done(&query(&json!({"fetchAll": true}))).await;
    assert!(keys(&answer).len() > 50 && answer["nextToken"].is_string());
    let text = world.refused(&query(&json!({}))).await;
    assert!(text.starts_with("ProvisionedThroughputExceededException: a fault (`Query` was tried "), "{text}");
    assert!(asked.load(Ordering::Relaxed) > 10);
}
