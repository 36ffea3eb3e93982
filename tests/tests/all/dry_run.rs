//! Dry runs: exact counts, units and samples, and nothing written.

use proptest::prelude::*;
use rowferry_tests::{told, world::World};
use serde_json::{Value, json};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];

#[tokio::test]
async fn a_dry_run_writes_nothing_and_can_be_followed_by_its_event() {
    let world = World::loading(&KEY, "fields: all");
    let event = world.drop("extracts/s/a.csv", "id,a\n1,x\n,y\n");
    let planned = world.direct("s", "extracts/s/a.csv", true).await;
    assert_eq!(told::summary(&planned), "planned: 2 read, 1 written, 1 rejected (key_missing 1)");
    assert_eq!(planned["dry_run"], true);
    assert!(world.items("items").is_empty());
    assert!(world.rejects(&planned).contains(",y,2,3,id,key_missing,"));
    let answer = world.invoke(&event).await.unwrap();
    assert_eq!(told::summary(&answer["runs"][0]), "succeeded: 2 read, 1 written, 1 rejected (key_missing 1)");
}

#[tokio::test]
async fn samples_show_items_before_and_after() {
    let world = World::loading(
        &KEY,
        "fields: [{ attribute: id, column: id }, { attribute: a, column: a }, { attribute: n, column: n, type: N }]",
    );
    world.put("items", &json!({"id": {"S": "1"}, "a": {"S": "old"}, "other": {"BOOL": true}}));
    world.drop("extracts/s/a.csv", "id,a,n\n1,,1.50\n2,new,\n3,a,1\n4,a,1\n5,a,1\n6,a,1\n");
    let planned = world.direct("s", "extracts/s/a.csv", true).await;
    let samples = planned["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 5);
    assert_eq!(
        samples[0],
        json!({
            "before": {"id": {"S": "1"}, "a": {"S": "old"}, "other": {"BOOL": true}},
            "after": {"id": {"S": "1"}, "other": {"BOOL": true}, "n": {"N": "1.5"}},
        })
    );
    assert_eq!(samples[1], json!({"before": null, "after": {"id": {"S": "2"}, "a": {"S": "new"}}}));
    let report = world.direct("s", "extracts/s/a.csv", false).await;
    assert_eq!(report.get("samples"), None);
}

#[tokio::test]
async fn it_tells_units_and_dollars() {
    let world = World::loading(&KEY, "write: replace\nfields: all");
    let rows: String = (0..100).map(|row| format!("{row},{}\n", "x".repeat(1_500))).collect();
    world.drop("extracts/s/a.csv", format!("id,a\n{rows}"));
    let planned = world.direct("s", "extracts/s/a.csv", true).await;
    assert_eq!(planned["capacity"]["write_units"], 200.0);
    assert_eq!(planned["capacity"]["read_units"], 100.0, "a strongly consistent look costs a unit, also at nothing");
    // 200 at 0.625 dollars a million: what the run itself would cost.
    assert_eq!(planned["estimated_cost_usd"].to_string(), "0.000125");
}

/// One random case: a definition, what the table holds, and two extracts after one another.
#[derive(Debug, Clone)]
struct Case {
    write: &'static str,
    duplicates: &'static str,
    version: bool,
    sync_key: bool,
    extracts: Vec<Vec<Row>>,
}

#[derive(Debug, Clone)]
struct Row {
    id: Option<u8>,
    version: Option<i8>,
    email: Option<u8>,
    tags: u8,
    note: usize,
}

fn row() -> impl Strategy<Value = Row> {
    let note = prop_oneof![Just(0), Just(1), 900..1_200_usize, Just(3_000)];
    (
        prop::option::weighted(0.95, 0..8_u8),
        prop::option::weighted(0.9, -3..12_i8),
        prop::option::of(0..3_u8),
        0..4_u8,
        note,
    )
        .prop_map(|(id, version, email, tags, note)| Row { id, version, email, tags, note })
}

fn case() -> impl Strategy<Value = Case> {
    let write = prop_oneof![Just("merge"), Just("replace"), Just("create_only")];
    let duplicates = prop_oneof![Just("last"), Just("first"), Just("reject")];
    let extracts = prop::collection::vec(prop::collection::vec(row(), 0..14), 1..4);
    (write, duplicates, any::<bool>(), prop::bool::weighted(0.2), extracts).prop_map(
        |(write, duplicates, version, sync_key, extracts)| {
            let version = version && write != "create_only";
            Case { write, duplicates, version, sync_key, extracts }
        },
    )
}

impl Case {
    fn definition(&self) -> String {
        let version = if self.version { "version: v\n" } else { "" };
        let sync_key = if self.sync_key { "sync_key: email\n" } else { "" };
        format!(
            "write: {}\nduplicates: {}\n{version}{sync_key}fields:
  - {{ attribute: id, column: id }}
  - {{ attribute: v, column: v, type: N }}
  - {{ attribute: email, column: email }}
  - {{ attribute: tags, column: tags, type: SS, split: ' ' }}
  - {{ attribute: note, column: note }}
",
            self.write, self.duplicates
        )
    }
}

impl Row {
    fn csv(&self) -> String {
        let text = |value: Option<String>| value.unwrap_or_default();
        let tags = ["", "b a", "a b", "c"][usize::from(self.tags)];
        // The number is spelled in a way that is not DynamoDB's.
        let version = text(self.version.map(|version| format!("{version}.0")));
        let (id, email) = (text(self.id.map(|id| id.to_string())), text(self.email.map(|email| format!("{email}@x"))));
        format!("{id},{version},{email},{tags},{}\n", "n".repeat(self.note))
    }
}

fn indexed(definition: &str) -> World {
    let world = World::new();
    let index = |name: &str, key: &str, projection: Value| json!({"IndexName": name, "Projection": projection, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}]});
    let more = json!({
        "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}, {"AttributeName": "v", "AttributeType": "N"}],
        "GlobalSecondaryIndexes": [
            index("by_email", "email", json!({"ProjectionType": "ALL"})),
            index("by_version", "v", json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tags"]})),
            index("keys", "email", json!({"ProjectionType": "KEYS_ONLY"})),
        ],
    });
    world.create_table("items", &KEY, &more);
    world.redefine(definition);
    world
}

/// What a dry run has to foretell.
fn told(report: &Value) -> String {
    let summary = told::summary(report);
    let summary = summary.split_once(": ").unwrap().1.to_owned();
    format!("{summary}; {} units, {} put", report["capacity"]["write_units"], report["items"]["put"])
}

async fn check(case: &Case) {
    let world = indexed(&case.definition());
    for (number, rows) in case.extracts.iter().enumerate() {
        let csv: String = rows.iter().map(Row::csv).collect();
        let key = format!("extracts/s/{number}.csv");
        world.drop(&key, format!("id,v,email,tags,note\n{csv}"));
        let before = world.lines("items");
        let planned = world.direct("s", &key, true).await;
        assert_eq!(world.lines("items"), before, "a dry run writes nothing");
        let done = world.direct("s", &key, false).await;
        assert_eq!(told(&planned), told(&done), "extract {number} of {case:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_dry_run_foretells_rows_and_units_of_the_run(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&case));
    }
}
