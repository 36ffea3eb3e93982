//! Mirrors in a world: a table `items` that follows the extracts of a sync `s`, and what tests ask of both.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::world::{World, balanced};

/// The fields of the definitions that [`define`] makes: the rows of [`rows`].
pub const FIELDS: &str = "fields: [{ attribute: id, column: id }, { attribute: n, column: n, type: N }]";

/// A world with a mirror of the table `items`, and more of its definition.
#[must_use]
pub fn world(more: &str) -> World {
    furnished(World::new(), more)
}

/// The same in a world with faults of its own.
#[must_use]
pub fn furnished(world: World, more: &str) -> World {
    world.create_table("items", &[("id", "S", "HASH")], &json!({}));
    define(&world, more);
    world
}

/// Gives the sync `s` another definition: a mirror with [`FIELDS`] and more.
pub fn define(world: &World, more: &str) {
    define_as(world, &format!("{FIELDS}\n{more}"));
}

/// Gives the sync `s` another definition: a mirror with fields of its own.
pub fn define_as(world: &World, rest: &str) {
    world.redefine(&format!("behavior: mirror\n{rest}"));
}

/// Asks mirror-table for something that it does; answers with the report, which is the one that the run left.
///
/// # Panics
///
/// When the run fails, or its counts do not balance.
pub async fn ask(world: &World, payload: Value) -> Value {
    let report = world.mirror(&payload).await.expect("the run succeeds");
    balanced(&report);
    report
}

/// Asks mirror-table for something that fails; answers with `kind: message`, which the report that the run left says
/// too.
///
/// # Panics
///
/// When the run does not fail, or its report says something else.
pub async fn refuse(world: &World, payload: Value) -> String {
    let error = world.mirror(&payload).await.expect_err("the run fails");
    let mut reports = world.reports().into_iter();
    let report = reports.find(|report| report["error"]["message"] == error.text().as_str());
    let report = report.unwrap_or_else(|| panic!("no report says: {}", error.text()));
    assert_eq!((&report["status"], &report["error"]["kind"]), (&json!("failed"), &json!(error.kind().name())));
    balanced(&report);
    format!("{}: {}", error.kind().name(), error.text())
}

/// Mirrors the newest extract of the sync `s`.
pub async fn mirror(world: &World) -> Value {
    ask(world, json!({"sync": "s"})).await
}

/// Drops an extract and mirrors it.
pub async fn follow(world: &World, name: &str, bytes: impl Into<Bytes>) -> Value {
    world.drop(&format!("extracts/s/{name}"), bytes);
    mirror(world).await
}

/// Drops an extract whose run fails; answers as [`refuse`] does.
pub async fn fail(world: &World, name: &str, bytes: impl Into<Bytes>) -> String {
    world.drop(&format!("extracts/s/{name}"), bytes);
    refuse(world, json!({"sync": "s"})).await
}

/// Approves or undoes a run of the sync `s`, by its report.
pub async fn again(world: &World, verb: &str, report: &Value) -> Value {
    ask(world, json!({"sync": "s", verb: report["run_id"]})).await
}

/// The same where it fails; answers as [`refuse`] does.
pub async fn fail_again(world: &World, verb: &str, report: &Value) -> String {
    refuse(world, json!({"sync": "s", verb: report["run_id"]})).await
}

/// A text of rows `id,n`, where each `n` is its id.
pub fn rows(ids: impl IntoIterator<Item = u32>) -> String {
    let lines: Vec<String> = ids.into_iter().map(|id| format!("{id},{id}\n")).collect();
    format!("id,n\n{}", lines.concat())
}

/// What a report says of items, in one line: `held: 2 put, 0 deleted, 50 held`.
#[must_use]
pub fn items(report: &Value) -> String {
    let items = &report["items"];
    format!(
        "{}: {} put, {} deleted, {} held",
        report["status"].as_str().unwrap_or_default(),
        items["put"],
        items["deleted"],
        items["deletes_held"]
    )
}

/// The guards of a report, each as `name: message`.
#[must_use]
pub fn guards(report: &Value) -> Vec<String> {
    let each = |guard: &Value| {
        format!("{}: {}", guard["guard"].as_str().unwrap_or_default(), guard["message"].as_str().unwrap_or_default())
    };
    report["guards"].as_array().into_iter().flatten().map(each).collect()
}

/// The notices of a report.
#[must_use]
pub fn notices(report: &Value) -> Vec<&str> {
    report["notices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The ids of all items of the table, numbers in their order and texts after them.
#[must_use]
pub fn ids(world: &World) -> Vec<String> {
    let mut ids: Vec<String> =
        world.items("items").iter().filter_map(|item| item["id"]["S"].as_str().map(str::to_owned)).collect();
    ids.sort_by_key(|id| (id.parse::<u32>().unwrap_or(u32::MAX), id.clone()));
    ids
}

/// The ids of a range, as [`ids`] says them.
pub fn numbers(ids: impl IntoIterator<Item = u32>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// The keys of the objects in `snapshots/s/`.
#[must_use]
pub fn snapshots(world: &World) -> Vec<String> {
    world.bucket.keys().into_iter().filter(|key| key.starts_with("snapshots/s/")).collect()
}

/// What `current.json` of the sync `s` says.
///
/// # Panics
///
/// When it is not there.
#[must_use]
pub fn current(world: &World) -> Value {
    serde_json::from_str(&world.text("snapshots/s/current.json")).expect("current.json is JSON")
}
