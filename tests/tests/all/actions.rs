//! table-action: every action by its sample event, and what the actions promise.

use std::fs;

use rowferry::action::{Action, Failure};
use rowferry_tests::world::World;
use serde_json::{Value, json};

use crate::architecture::{root, text};

fn event(name: &str) -> Value {
    let path = root().join("tests/events").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap()
}

async fn done(world: &World, name: &str) -> Value {
    world.done(&event(name)).await
}

const BIG: &str = "12345678901234567890123456789012345678";

#[tokio::test]
async fn every_action_has_a_sample_event_and_does_what_it_says() {
    let world = World::new();
    let created = done(&world, "createTable").await;
    assert_eq!(created["table"]["TableStatus"], "ACTIVE");
    assert_eq!((&created["waited"], &created["timeToLive"]["Enabled"]), (&json!(true), &json!(true)));
    assert_eq!(done(&world, "listTables").await, json!({"tableNames": ["action-orders", "runs"], "nextToken": null}));
    let described = done(&world, "describeTable").await;
    assert_eq!(described["table"]["GlobalSecondaryIndexes"][0]["IndexName"], "by-status");
    assert_eq!(done(&world, "createItem").await, json!({"attributes": null}));
    assert!(world.refused(&event("createItem")).await.starts_with("ConditionalCheckFailedException: {"));
    assert_eq!(done(&world, "upsertItem").await, json!({"attributes": null}));
    assert_eq!(done(&world, "upsertItem").await["attributes"]["label"], json!({"B": "AAEC"}));
    let item = &done(&world, "getItem").await["item"];
    let expected = format!(
        r#"{{"amount":19.9,"customer":"ann","lines":[{{"sku":"A-1","count":2}},{{"sku":"B-7","count":1}}],"note":null,"order":{BIG},
            "status":"open","tags":["express","gift"]}}"#
    );
    assert_eq!(item, &serde_json::from_str::<Value>(&expected).unwrap());
    let found = done(&world, "queryItems").await;
    assert_eq!((&found["count"], &found["items"][0]["order"].to_string().as_str()), (&json!(1), &BIG));
    assert_eq!(done(&world, "scanItems").await["items"][0]["amount"], json!(7.5));
    let updated = done(&world, "updateItem").await;
    assert_eq!(updated["attributes"]["delivered.at"], "2026-05-28T20:26:40Z");
    assert_eq!(updated["attributes"].get("label"), None);
    let selected = done(&world, "rawRequest").await;
    assert_eq!((selected["count"].as_u64(), &selected["scannedCount"]), (Some(2), &json!(null)));
    let deleted = done(&world, "deleteItem").await;
    assert_eq!(deleted["attributes"]["status"], "delivered");
    assert_eq!(done(&world, "testConnection").await["ok"], json!(true));
    assert_eq!(done(&world, "deleteTable").await["waited"], json!(true));
    assert_eq!(done(&world, "listTables").await["tableNames"], json!(["runs"]));
    for (name, ..) in Action::ALL {
        assert_eq!(event(name)["action"], name);
    }
}

#[tokio::test]
async fn an_on_demand_table_is_told_no_units_and_a_provisioned_one_five_and_five() {
    let world = World::new();
    let mut event = event("createTable");
    event["readCapacityUnits"] = json!(7);
    event["globalSecondaryIndexes"][0]["ProvisionedThroughput"] =
        json!({"ReadCapacityUnits": 7, "WriteCapacityUnits": 7});
    let table = world.done(&event).await["table"].take();
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    let units = |of: &Value| {
        let of = &of["ProvisionedThroughput"];
        (of["ReadCapacityUnits"].as_u64(), of["WriteCapacityUnits"].as_u64())
    };
    for (name, read, expected) in [("five", json!(null), 5), ("seven", json!(7), 7)] {
        event["tableName"] = json!(name);
        event["billingMode"] = json!(null);
        event["readCapacityUnits"] = read;
        event["globalSecondaryIndexes"][0]["ProvisionedThroughput"].take();
        event["globalSecondaryIndexes"][0].as_object_mut().unwrap().shift_remove("ProvisionedThroughput");
        let table = world.done(&event).await["table"].take();
        assert_eq!(units(&table), (Some(expected), Some(5)));
        assert_eq!(units(&table["GlobalSecondaryIndexes"][0]), (Some(expected), Some(5)));
    }
}

#[tokio::test]
async fn all_problems_of_a_payload_are_told_at_once() {
    let world = World::new();
    let text = world
        .refused(&json!({"action": "queryItems", "tableNam": "t", "limit": 0, "consistentRead": "yes",
            "format": "json", "expressionAttributeNames": {"status": "s"}, "queryParameters": {"Limits": 3},
            "connection": {"role_arn": "x", "access_key_id": "AKIA", "secret_access_key": "s3cr3t-s3cr3t", "regin": "r"}}))
        .await;
    for part in [
        "request: the request has 10 problems:\n",
        "unknown input `tableNam`; did you mean `tableName`?",
        "`tableName` is missing; wanted a text that is not empty",
        "`limit` is `0`; wanted a whole number, 1 or more",
        "`consistentRead` is the text `yes`; wanted true or false",
        "`format` is the text `json`; wanted `plain` or `typed`",
        "`expressionAttributeNames.status` wants a name that begins with `#`",
        "`queryParameters` has an unknown member `Limits`; did you mean `Limit`?",
        "`connection`: unknown key `regin`; did you mean `region`?",
        "`connection`: `role_arn` is `x`; wanted the ARN of a role",
        "`keyConditionExpression` is missing",
    ] {
        assert!(text.contains(part), "{part}\n\n{text}");
    }
    assert!(!text.contains("s3cr3t"), "{text}");
    for (payload, expected) in [
        (json!([]), "request: the payload is no object; wanted one like"),
        (json!({"tableName": "t"}), "request: `action` is missing; wanted `createTable`, `deleteTable`"),
        (json!({"action": "queryItem"}), "request: `action` is `queryItem`; did you mean `queryItems`?"),
        (json!({"action": 7}), "request: `action` is no text; wanted"),
        (
            json!({"action": "scanItems", "tableName": "t", "queryParameters": {"Limit": "3"}}),
            "request: `queryParameters.Limit` is the text `3`; wanted a whole number, 1 or more",
        ),
        (
            json!({"action": "scanItems", "tableName": "t", "queryParameters": {"TableName": 3}}),
            "request: `queryParameters.TableName` is `3`; wanted a text that is not empty",
        ),
        (
            json!({"action": "getItem", "tableName": "t", "value": true}),
            "request: `value` is `true`; wanted the value of a key",
        ),
    ] {
        let text = world.refused(&payload).await;
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn the_text_that_is_logged_of_a_failure_holds_no_message() {
    let failure = Failure::from(rowferry::error::Error::new(rowferry::error::Kind::Request, "a value"));
    assert_eq!(format!("{failure:?}"), "request; the answer says why");
}

#[test]
fn the_function_s_readme_lists_every_input() {
    let readme = text("functions/table-action/README.md");
    let row = |name: &str| {
        let first = |row: &str| row.split('|').nth(1).unwrap_or_default().split(',').any(|each| each.trim() == name);
        readme
            .lines()
            .find(|line| line.starts_with("| ") && first(line))
            .unwrap_or_else(|| panic!("{name} is not listed"))
    };
    for (name, action, _) in Action::ALL {
        // scanItems is told by what it lacks.
        let row = if row(name).contains("as queryItems, but for") { row("queryItems") } else { row(name) };
        for input in action.inputs().skip(4) {
            let listed = if input.wanted { format!("**`{}`**", input.name) } else { format!("`{}`", input.name) };
            assert!(row.contains(&listed), "{name}: {listed}");
            let default = input.default.map(|default| format!("` ({}", default.trim_matches('"')));
            let told = default.filter(|default| default != "` (false");
            assert!(told.is_none_or(|told| row.contains(&format!("`{}{told}", input.name))), "{name}: {}", input.name);
        }
    }
}

#[test]
fn readme_shows_a_sample_event_as_it_is() {
    assert!(text("README.md").contains(&format!("```json\n{}```", text("tests/events/updateItem.json"))));
}
