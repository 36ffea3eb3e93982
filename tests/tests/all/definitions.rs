//! Definitions that do not fit themselves, the table or the extract: told whole, before anything is written.

use rowferry_tests::world::World;
use serde_json::json;

const KEYS: [(&str, &str, &str); 2] = [("pk", "S", "HASH"), ("sk", "N", "RANGE")];

/// The error of a load by a definition of table `items`, whose keys are `pk` (S) and `sk` (N).
async fn error(definition: &str) -> String {
    let world = World::loading(&KEYS, definition);
    let error = world.fail("extracts/s/a.csv", "a,b,c\n1,2,3\n").await;
    assert!(world.items("items").is_empty());
    error
}

#[tokio::test]
async fn every_problem_of_a_definition_is_told_with_its_place() {
    let error = error("behavour: mirror\nwrite: marge\nfields:\n  - { attribute: pk, colum: a }\n").await;
    let expected = "mapping: `syncs/s.yaml` has 4 problems:\n  2:1: ";
    assert!(error.starts_with(expected), "{error}");
    for hint in ["did you mean `behavior`", "did you mean `merge`", "did you mean `column`"] {
        assert!(error.contains(hint), "{hint} in {error}");
    }
}

#[tokio::test]
async fn keys_must_be_mapped_in_the_tables_own_type() {
    let unmapped = error("fields:\n  - { attribute: pk, column: a }\n  - { attribute: s, column: b }\n").await;
    let expected = "key attribute `sk` of table `items` is not mapped; add a field for it";
    assert!(unmapped.starts_with("mapping: ") && unmapped.contains(expected), "{unmapped}");
    let kind =
        error("fields:\n  - { attribute: pk, column: a, type: N }\n  - { attribute: sk, column: b, type: S }\n").await;
    for expected in [
        "3:5: attribute `pk` is mapped as N, but it is the partition key of table `items`, of type S; leave `type` out",
        "4:5: attribute `sk` is mapped as S, but it is the sort key of table `items`, of type N; leave `type` out",
    ] {
        assert!(kind.contains(expected), "{expected} in {kind}");
    }
    let nan = error(
        "fields:\n  - { attribute: pk, column: a, on_nan: text }\n  - { attribute: sk, column: b, on_nan: 'null' }\n",
    );
    let nan = nan.await;
    for expected in
        ["3:5: `on_nan` on `pk` can only be `reject`: it is the partition key", "4:5: `on_nan` on `sk` can only be"]
    {
        assert!(nan.contains(expected), "{expected} in {nan}");
    }
    for rule in ["remove", "keep", "'null'", "reject"] {
        let fields = format!(
            "fields:\n  - {{ attribute: pk, column: a, on_null: {rule} }}\n  - {{ attribute: sk, value: null }}\n"
        );
        let null = error(&fields).await;
        assert!(null.contains("`on_null` on `pk` has no meaning") && null.contains("`sk`"), "{rule}: {null}");
    }
}

#[tokio::test]
async fn one_attribute_has_one_field() {
    let twice = error("fields:\n  - { attribute: pk, column: a }\n  - { attribute: sk, column: b }\n  - { attribute: pk, column: c }\n").await;
    assert!(twice.contains("attribute `pk` is mapped twice; remove one of lines 3 and 5"), "{twice}");
}

#[tokio::test]
async fn keep_cannot_be_with_replace() {
    let keep = error("write: replace\nfields:\n  - { attribute: pk, column: a }\n  - { attribute: sk, column: b }\n  - { attribute: c, column: c, on_null: keep }\n").await;
    assert!(keep.contains("`on_null: keep` of attribute `c` cannot be with `write: replace`"), "{keep}");
}

#[tokio::test]
async fn a_mapped_column_must_be_there() {
    let missing = error(
        "sync_key: cc\nfields:\n  - { attribute: pk, template: '{a}{aa}' }\n  - { attribute: sk, column: b }\n  - { attribute: d, column: total }\n",
    )
    .await;
    let found = "but the extract has no such column; it has 3 columns";
    let expected = format!(
        "extract: `extracts/s/a.csv` does not fit the definition:\n  column `aa` is mapped, {found}; did you mean `a`\n  column `total` is mapped, {found}\n  column `cc` is mapped, {found}; did you mean `c`"
    );
    assert_eq!(missing, expected);
}

#[tokio::test]
async fn a_file_without_its_header_leaves_none_of_its_values_in_the_message() {
    for (fields, row) in [
        ("fields:\n  - { attribute: pk, column: id }\n  - { attribute: sk, column: b }\n", "secret,77,x\n"),
        ("fields: all\n", "secret,77,x\n"),
        ("fields: all\n", "secret,77,secret\n"),
    ] {
        let world = World::loading(&KEYS, fields);
        let error = world.fail("extracts/s/a.csv", row).await;
        assert!(error.starts_with("extract: ") && !error.contains("secret") && !error.contains("77"), "{error}");
    }
}

#[tokio::test]
async fn constants_must_fit_their_types() {
    let constant = error("fields:\n  - { attribute: pk, value: 5 }\n  - { attribute: sk, value: x }\n  - { attribute: n, value: abc, type: N }\n").await;
    assert!(
        constant.starts_with("mapping: ") && constant.contains("5:28: `value` is `abc`; wanted a number"),
        "{constant}"
    );
}

#[tokio::test]
async fn a_table_must_be_there_and_active() {
    let world = World::loading(&KEYS, "fields: all");
    world.define("s", "destination: { table: nope }\nfields: all\n");
    let missing = world.fail("extracts/s/a.csv", "pk,sk\n1,2\n").await;
    assert_eq!(missing, "table: table `nope` does not exist; create it, or mend `destination` in the definition");
}

#[tokio::test]
async fn a_connection_must_be_known() {
    let world = World::loading(&KEYS, "fields: all");
    world.define("s", "destination: { table: items, connection: prod }\nfields: all\n");
    let none = world.fail("extracts/s/a.csv", "pk,sk\n1,2\n").await;
    assert_eq!(
        none,
        "mapping: connection `prod` is named, but the data bucket has no `connections.yaml`; put it there"
    );
    world.bucket.insert("connections.yaml", "prd: { region: eu-west-1 }\n");
    let near = world.fail("extracts/s/b.csv", "pk,sk\n1,2\n").await;
    assert!(near.starts_with("mapping: ") && near.contains("`prod`") && near.contains("did you mean `prd`"), "{near}");
    world.bucket.insert("connections.yaml", "prod: { regoin: eu-west-1 }\n");
    let broken = world.fail("extracts/s/c.csv", "pk,sk\n1,2\n").await;
    assert!(broken.starts_with("mapping: `connections.yaml` has 1 problem:\n  1:9: "), "{broken}");
    world.bucket.insert("connections.yaml", "prod: { region: eu-west-1 }\n");
    let report = world.load("extracts/s/d.csv", "pk,sk\n1,2\n").await;
    assert_eq!(report["status"], "succeeded");
}

#[tokio::test]
async fn a_definition_error_leaves_its_report_too() {
    let world = World::loading(&KEYS, "fields: al\n");
    world.fail("extracts/s/a.csv", "pk,sk\n1,2\n").await;
    let reports = world.reports();
    let rows = json!({"read": 0, "written": 0, "unchanged": 0, "superseded": 0, "rejected": 0});
    assert_eq!((reports.len(), &reports[0]["rows"], &reports[0]["sync"]), (1, &rows, &json!("s")));
}
