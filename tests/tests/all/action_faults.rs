//! Actions when something goes wrong: what is sent again, what is not, what is said, and tables that take their time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use rowferry::{job::Job, time::Deadline};
use rowferry_tests::{
    embedded::Embedded,
    fault::{Fault, Faulty},
    world::World,
};
use serde_json::{Value, json};

/// A world with a table `tab` (pk S) and an item `a` with n = 1, whose requests of one operation go wrong in this order.
fn faulty(operation: &'static str, faults: impl IntoIterator<Item = Fault>) -> (World, Faulty) {
    let dynamodb = Embedded::new();
    let mut faults: VecDeque<Fault> = faults.into_iter().collect();
    let transport = Faulty::new(dynamodb.clone(), move |asked, _| {
        if asked == operation { faults.pop_front().unwrap_or(Fault::None) } else { Fault::None }
    });
    let world = World::with(dynamodb, transport.clone());
    world.create_table("tab", &[("pk", "S", "HASH")], &json!({}));
    world.put("tab", &json!({"pk": {"S": "a"}, "n": {"N": "1"}}));
    (world, transport)
}

fn count_up() -> Value {
    json!({"action": "updateItem", "tableName": "tab", "value": "a", "updateExpression": "SET n = n + :one",
        "expressionAttributeValues": {":one": 1}})
}

fn with(mut payload: Value, more: &Value) -> Value {
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payload
}

fn n(world: &World) -> Value {
    world.items("tab")[0]["n"]["N"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_count_whose_answer_was_lost_is_not_sent_again() {
    for fault in [Fault::LostAfter, Fault::ServerErrorAfter, Fault::Truncated, Fault::SlowAfter(60_000)] {
        let (world, _) = faulty("UpdateItem", [fault.clone()]);
        let text = world.refused(&count_up()).await;
        assert!(text.ends_with("whether it took effect is not known: look before you send it again"), "{text}");
        let name = if fault == Fault::ServerErrorAfter { "InternalServerError: " } else { "service: " };
        assert!(text.starts_with(name), "{text}");
        assert_eq!(n(&world), "2", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_was_not_done_is_sent_again() {
    let faults = [Fault::Throttled("TableWriteProvisionedThroughputExceeded"), Fault::Unreached, Fault::Expired];
    let (world, _) = faulty("UpdateItem", faults);
    assert_eq!(world.done(&count_up()).await, json!({"attributes": null}));
    assert_eq!(n(&world), "2");
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_the_second_time_is_sent_again() {
    let lost = || [Fault::LostAfter, Fault::ServerErrorAfter, Fault::Truncated, Fault::LostBefore];
    let set = json!({"action": "updateItem", "tableName": "tab", "value": "a", "updateExpression": "SET n = :n",
        "expressionAttributeValues": {":n": 7}, "returnValues": "ALL_NEW"});
    let (world, _) = faulty("UpdateItem", lost());
    assert_eq!(world.done(&set).await, json!({"attributes": {"pk": "a", "n": 7}}));
    let (world, _) = faulty("PutItem", lost());
    world.done(&json!({"action": "upsertItem", "tableName": "tab", "item": {"pk": "b"}})).await;
    assert_eq!(world.items("tab").len(), 2);
    let (world, _) = faulty("DeleteItem", lost());
    world.done(&json!({"action": "deleteItem", "tableName": "tab", "value": "a"})).await;
    assert_eq!(world.items("tab").len(), 0);
    let (world, _) = faulty("GetItem", lost());
    assert_eq!(world.done(&json!({"action": "getItem", "tableName": "tab", "value": "a"})).await["item"]["n"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_once_and_throttled_since_is_not_called_undone() {
    let faults = std::iter::once(Fault::LostAfter)
        .chain((0..1_000).map(|_| Fault::Throttled("TableWriteProvisionedThroughputExceeded")));
    let (world, _) = faulty("PutItem", faults);
    let text = world.refused(&json!({"action": "upsertItem", "tableName": "tab", "item": {"pk": "b"}})).await;
    assert!(text.starts_with("ProvisionedThroughputExceededException: "), "{text}");
    assert!(text.ends_with("whether it took effect is not known: look before you send it again"), "{text}");
    assert_eq!(world.items("tab").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_write_under_a_condition_whose_answer_was_lost_is_not_called_failed() {
    let (world, _) = faulty("PutItem", [Fault::LostAfter]);
    let put = json!({"action": "createItem", "tableName": "tab", "item": {"pk": "b"},
        "conditionExpression": "attribute_not_exists(pk)"});
    assert!(world.refused(&put).await.starts_with("service: "));
    assert_eq!(world.items("tab").len(), 2);
}

#[tokio::test]
async fn a_failed_condition_brings_the_item_as_the_format_says() {
    let (world, _) = faulty("none", []);
    for (action, more) in [
        ("updateItem", json!({"value": "a", "updateExpression": "SET n = :n"})),
        ("upsertItem", json!({"item": {"pk": "a"}})),
        ("deleteItem", json!({"value": "a"})),
    ] {
        let mut payload = json!({"action": action, "tableName": "tab", "conditionExpression": "n = :n",
            "expressionAttributeValues": {":n": 7}});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let failure = world.act(&payload).await.unwrap_err();
        assert_eq!(failure.name, "ConditionalCheckFailedException");
        let told: Value = serde_json::from_str(&failure.message).unwrap();
        assert_eq!(told, json!({"message": "The conditional request failed", "item": {"pk": "a", "n": 1}}));
    }
    let typed = json!({"action": "deleteItem", "tableName": "tab", "value": {"S": "a"}, "conditionExpression": "n = :n",
        "expressionAttributeValues": {":n": {"N": "7"}}, "format": "typed"});
    let told: Value = serde_json::from_str(&world.act(&typed).await.unwrap_err().message).unwrap();
    assert_eq!(told["item"], json!({"pk": {"S": "a"}, "n": {"N": "1"}}));
    let statement = json!({"action": "rawRequest", "statement": "UPDATE tab SET n = 2 WHERE pk = 'a' AND n = 7"});
    let told: Value = serde_json::from_str(&world.act(&statement).await.unwrap_err().message).unwrap();
    assert_eq!(told["item"]["n"], 1);
    let absent = json!({"action": "deleteItem", "tableName": "tab", "value": "z", "conditionExpression": "attribute_exists(pk)"});
    let told: Value = serde_json::from_str(&world.act(&absent).await.unwrap_err().message).unwrap();
    assert_eq!(told["item"], json!(null));
}

#[tokio::test]
async fn errors_have_the_names_that_dynamodb_gives_them() {
    let (world, _) = faulty("none", []);
    let insert = json!({"action": "rawRequest", "statement": "INSERT INTO tab VALUE {'pk': 'a'}"});
    for (payload, name) in [
        (json!({"action": "getItem", "tableName": "no-such", "value": "a"}), "ResourceNotFoundException"),
        (json!({"action": "describeTable", "tableName": "no-such"}), "ResourceNotFoundException"),
        (json!({"action": "scanItems", "tableName": "tab", "filterExpression": "status = 1"}), "ValidationException"),
        (
            json!({"action": "createTable", "tableName": "tab", "attributeDefinition": [{"AttributeName": "pk", "AttributeType": "S"}],
                "keySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}),
            "ResourceInUseException",
        ),
        (insert, "DuplicateItemException"),
    ] {
        assert_eq!(world.act(&payload).await.unwrap_err().name, name, "{payload}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_action_the_table_and_what_would_allow_it() {
    let wants = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    let (world, _) = faulty("Query", [Fault::Denied]);
    let query = json!({"action": "queryItems", "tableName": "tab", "keyConditionExpression": "pk = :pk",
        "expressionAttributeValues": {":pk": "a"}});
    let text = world.refused(&query).await;
    wants(&text, &["AccessDeniedException: a fault", "`queryItems`", "table `tab`", "`ActionTableArns`"]);
    assert!(!text.contains("ActionAccess"), "{text}");
    let (world, _) = faulty("DeleteItem", [Fault::Denied]);
    let text = world.refused(&json!({"action": "deleteItem", "tableName": "tab", "value": "a"})).await;
    wants(&text, &["`deleteItem`", "table `tab`", "`ActionAccess=items`", "`ActionTableArns`"]);
    let (world, _) = faulty("DeleteTable", [Fault::Denied]);
    let text = world.refused(&json!({"action": "deleteTable", "tableName": "tab"})).await;
    wants(&text, &["`deleteTable`", "table `tab`", "`ActionAccess=tables`", "`ActionTableArns`"]);
    let (world, _) = faulty("DescribeTable", [Fault::Denied]);
    let text = world
        .refused(
            &json!({"action": "deleteItem", "tableName": "tab", "value": "a", "connection": {"region": "eu-west-1"}}),
        )
        .await;
    wants(&text, &["`deleteItem`", "table `tab`", "through this connection", "`dynamodb:DescribeTable`"]);
}

/// A world whose tables say for a while that they are not there yet, or still.
fn slow_tables(looks: usize, status: &'static str) -> World {
    let dynamodb = Embedded::new();
    let inner = dynamodb.clone();
    World::with(dynamodb, Slow { inner, looks: Mutex::new(looks), status })
}

struct Slow {
    inner: Embedded,
    looks: Mutex<usize>,
    status: &'static str,
}

impl rowferry::dynamodb::Transport for Slow {
    fn send<'a>(
        &'a self,
        operation: &'a str,
        body: bytes::Bytes,
    ) -> futures::future::BoxFuture<'a, Result<rowferry::dynamodb::Answer, rowferry::dynamodb::Failure>> {
        Box::pin(async move {
            let answer = self.inner.answer(operation, &body);
            let mut looks = self.looks.lock().unwrap();
            if operation != "DescribeTable" || *looks == 0 {
                return Ok(answer);
            }
            *looks -= 1;
            let body = json!({"Table": {"TableName": "tab", "TableStatus": self.status}}).to_string();
            Ok(rowferry::dynamodb::Answer { status: 200, body: body.into() })
        })
    }
}

fn create(more: &Value) -> Value {
    let mut payload = json!({"action": "createTable", "tableName": "tab",
        "attributeDefinition": [{"AttributeName": "pk", "AttributeType": "S"}],
        "keySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]});
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    payload
}

#[tokio::test(start_paused = true)]
async fn a_table_is_waited_for_as_long_as_there_is_time() {
    let world = slow_tables(7, "CREATING");
    let answer = world.done(&create(&json!({"wait": true}))).await;
    assert_eq!((&answer["table"]["TableStatus"], &answer["waited"]), (&json!("ACTIVE"), &json!(true)));
    let world = slow_tables(1_000, "CREATING");
    let begun = tokio::time::Instant::now();
    let answer = world.done(&create(&json!({"wait": true}))).await;
    assert_eq!((&answer["table"]["TableStatus"], &answer["waited"]), (&json!("CREATING"), &json!(false)));
    assert!(begun.elapsed() < Duration::from_mins(1));
    let answer = world.done(&json!({"action": "deleteTable", "tableName": "tab"})).await;
    assert_eq!(answer["waited"], json!(false));
    let world = slow_tables(0, "DELETING");
    world.create_table("tab", &[("pk", "S", "HASH")], &json!({}));
    assert_eq!(
        world.done(&json!({"action": "deleteTable", "tableName": "tab", "wait": true})).await["waited"],
        json!(true)
    );
    let world = slow_tables(1_000, "DELETING");
    world.create_table("tab", &[("pk", "S", "HASH")], &json!({}));
    let answer = world.done(&json!({"action": "deleteTable", "tableName": "tab", "wait": true})).await;
    assert_eq!((&answer["table"]["TableStatus"], &answer["waited"]), (&json!("DELETING"), &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn a_time_to_live_that_could_not_be_set_is_told() {
    let world = slow_tables(1_000, "CREATING");
    let text = world.refused(&create(&json!({"timeToLive": {"AttributeName": "expires"}}))).await;
    assert!(text.starts_with("service: table `tab` is created, but did not become ACTIVE in time"), "{text}");
    let world = slow_tables(3, "CREATING");
    let answer = world.done(&create(&json!({"timeToLive": {"AttributeName": "expires"}}))).await;
    assert_eq!(answer["waited"], json!(true));
    let told = world.ask("DescribeTimeToLive", &json!({"TableName": "tab"}));
    assert_eq!(told["TimeToLiveDescription"]["AttributeName"], "expires");
    let (world, _) = faulty("UpdateTimeToLive", [Fault::Denied]);
    let mut payload = create(&json!({"timeToLive": {"AttributeName": "expires"}}));
    payload["tableName"] = json!("other");
    let text = world.refused(&payload).await;
    assert!(
        text.starts_with("AccessDeniedException: table `other` is created, but its time to live is not set: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_table_that_cannot_be_looked_at_is_created_or_deleted_all_the_same() {
    let (world, _) = faulty("DescribeTable", [Fault::Denied, Fault::Denied]);
    let mut payload = create(&json!({"wait": true}));
    payload["tableName"] = json!("other");
    let text = world.refused(&payload).await;
    assert!(text.starts_with("AccessDeniedException: table `other` is created, but cannot be looked at: "), "{text}");
    let text = world.refused(&json!({"action": "deleteTable", "tableName": "other", "wait": true})).await;
    assert!(
        text.starts_with("AccessDeniedException: table `other` is being deleted, but cannot be looked at: "),
        "{text}"
    );
}

/// Hands out one client after the other, as credentials are made anew each time.
struct Anew(Arc<Mutex<VecDeque<rowferry::dynamodb::Client>>>);

impl rowferry::job::Connect for Anew {
    fn client<'a>(
        &'a self,
        _: Option<&'a rowferry::connection::Connection>,
    ) -> futures::future::BoxFuture<'a, Result<rowferry::dynamodb::Client, rowferry::error::Error>> {
        Box::pin(async { Ok(self.0.lock().unwrap().pop_front().unwrap()) })
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_taken_any_more_are_made_anew_and_new_ones_are_not() {
    let (world, _) = faulty("none", []);
    let client = |faults: Vec<Fault>| {
        let mut faults = VecDeque::from(faults);
        let script = move |_: &str, _: &bytes::Bytes| faults.pop_front().unwrap_or(Fault::None);
        rowferry::dynamodb::Client::new(Faulty::new(world.dynamodb.clone(), script))
    };
    let expired = || vec![Fault::Expired; 3];
    let after_two = [vec![Fault::None; 2], expired()].concat();
    let clients: Arc<Mutex<VecDeque<_>>> =
        Arc::new(Mutex::new([client(after_two), client(vec![]), client(expired()), client(vec![])].into()));
    let connect = Anew(clients.clone());
    let clock = rowferry::time::Clock::system();
    let act = rowferry::job::Act::new(None, Arc::new(connect), None, clock);
    let act = |payload: Value| {
        let act = &act;
        async move { act.handle(&payload, Deadline::after(Duration::from_mins(1))).await }
    };
    let get = json!({"action": "getItem", "tableName": "tab", "value": "a"});
    assert_eq!(act(get).await.unwrap()["item"]["n"], 1);
    assert_eq!(act(count_up()).await.unwrap(), json!({"attributes": null}), "the first client's are not taken");
    assert_eq!(n(&world), "2");
    let elsewhere = with(count_up(), &json!({"awsRegion": "eu-west-1"}));
    assert_eq!(act(elsewhere).await.unwrap_err().name, "ExpiredTokenException", "a new client's are not taken");
    let test = json!({"action": "testConnection", "functions": ["table-action"]});
    assert_eq!(act(test).await.unwrap()["ok"], json!(true));
    assert!(clients.lock().unwrap().is_empty(), "a connection is tested by a client of its own");
}

#[tokio::test]
async fn a_new_table_has_no_time_to_live_that_could_be_turned_off() {
    let (world, requests) = faulty("none", []);
    let mut payload = create(&json!({"timeToLive": {"AttributeName": "expires", "Enabled": false}}));
    payload["tableName"] = json!("other");
    assert_eq!(world.done(&payload).await["table"]["TableName"], "other");
    assert!(requests.requests().iter().all(|(operation, _)| operation != "UpdateTimeToLive"));
}

#[tokio::test(start_paused = true)]
async fn keys_are_asked_for_again_after_a_minute() {
    let (world, requests) = faulty("none", []);
    world.create_table("pairs", &[("a", "S", "HASH"), ("b", "S", "RANGE")], &json!({}));
    let put = json!({"action": "updateItem", "tableName": "pairs", "value": "x", "rangeKeyValue": "y",
        "updateExpression": "SET n = :n", "expressionAttributeValues": {":n": 1}});
    world.done(&put).await;
    _ = world.ask("DeleteTable", &json!({"TableName": "pairs"}));
    world.create_table("pairs", &[("b", "S", "HASH"), ("a", "S", "RANGE")], &json!({}));
    tokio::time::advance(Duration::from_mins(1)).await;
    world.done(&put).await;
    assert_eq!(world.items("pairs"), [json!({"a": {"S": "y"}, "b": {"S": "x"}, "n": {"N": "1"}})]);
    assert_eq!(requests.requests().iter().filter(|(operation, _)| operation == "DescribeTable").count(), 2);
}

#[tokio::test]
async fn keys_are_asked_for_once_and_again_where_the_table_is_another() {
    let (world, requests) = faulty("none", []);
    let get = |value: Value| json!({"action": "getItem", "tableName": "tab", "value": value});
    let asked = || requests.requests().iter().filter(|(operation, _)| operation == "DescribeTable").count();
    for _ in 0..3 {
        assert_eq!(world.done(&get(json!("a"))).await["item"]["n"], 1);
    }
    assert_eq!(asked(), 1);
    _ = world.ask("DeleteTable", &json!({"TableName": "tab"}));
    world.create_table("tab", &[("id", "N", "HASH")], &json!({}));
    world.put("tab", &json!({"id": {"N": "5"}}));
    assert_eq!(world.done(&get(json!(5))).await["item"], json!({"id": 5}));
    assert_eq!(asked(), 2);
    let text = world.refused(&get(json!("x"))).await;
    assert!(text.starts_with("request: `value`"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_action_ends_before_its_invocation() {
    for operation in ["DescribeTable", "GetItem"] {
        let (world, _) = faulty(operation, (0..100).map(|_| Fault::Slow(3_600_000)));
        let begun = tokio::time::Instant::now();
        let payload = json!({"action": "getItem", "tableName": "tab", "value": "a"});
        let failure = world.act.handle(&payload, Deadline::after(Duration::from_secs(8))).await.unwrap_err();
        assert_eq!(failure.name, "service");
        assert!(!failure.message.contains("took effect"), "a read has no effect: {}", failure.message);
        assert!(begun.elapsed() < Duration::from_secs(8));
    }
}
