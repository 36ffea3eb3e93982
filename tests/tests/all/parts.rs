//! Extracts of several parts: single objects, folders with a marker, manifests.

use rowferry_tests::{
    parquet::{DoubleType, Int32Type, Int64Type, Maker},
    told,
    world::World,
};
use serde_json::{Value, json};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];

fn loading(parts: &str) -> World {
    World::loading(&KEY, &format!("source: {{ parts: {parts} }}\nfields: all"))
}

async fn run(world: &World, event: &Value) -> Value {
    let mut answer = world.invoke(event).await.unwrap();
    answer["runs"][0].take()
}

#[tokio::test]
async fn single_objects_that_hide_are_no_extracts() {
    let world = loading("single");
    for name in [
        "_SUCCESS",
        "_started_1",
        "_committed_1",
        "_metadata",
        ".hidden",
        ".a.csv.crc",
        "a.csv.crc",
        "x/_temporary/a.csv",
        "folder_$folder$",
        "x/",
        ".tmp/a.csv",
    ] {
        let event = world.drop(&format!("extracts/s/{name}"), "id\n1\n");
        let report = run(&world, &event).await;
        assert_eq!(told::summary(&report), "skipped: no rows", "{name}");
        assert!(report["note"].as_str().unwrap().contains("is no extract"), "{report:#}");
    }
}

#[tokio::test]
async fn a_folder_is_complete_with_its_marker() {
    let world = loading("marker");
    for (name, csv) in [
        ("day=1/part-1.csv", "id,a\n2,second\n3,x\n"),
        ("day=1/part-0.csv", "id,a\n1,x\n2,first\n"),
        ("day=1/_temporary/part-9.csv", "id\nno\n"),
        ("day=1/_started_1", "x"),
        ("day=1/.part-0.csv.crc", "x"),
        ("day=1/_year=2024/part-2.csv", "id,a\n4,y\n"),
        ("day=2/part-0.csv", "id,a\n5,other\n"),
    ] {
        let event = world.drop(&format!("extracts/s/{name}"), csv);
        let report = run(&world, &event).await;
        assert_eq!(report["status"], "skipped", "{name}");
    }
    assert!(world.items("items").is_empty(), "nothing is written before the marker");
    let event = world.drop("extracts/s/day=1/_SUCCESS", "");
    let report = run(&world, &event).await;
    assert_eq!(told::summary(&report), "succeeded: 5 read, 4 written, 1 superseded");
    let keys: Vec<&Value> =
        report["extract"]["objects"].as_array().unwrap().iter().map(|object| &object["key"]).collect();
    let under = "extracts/s/day=1";
    assert_eq!(
        keys,
        [&format!("{under}/_year=2024/part-2.csv"), &format!("{under}/part-0.csv"), &format!("{under}/part-1.csv")]
    );
    let items = [r#"a="second" id="2""#, r#"a="x" id="1""#, r#"a="x" id="3""#, r#"a="y" id="4""#];
    assert_eq!(world.lines("items"), items, "parts are read in the order of their keys");
    assert_eq!(run(&world, &event).await["status"], "skipped", "twice is once");
}

#[tokio::test]
async fn parts_that_changed_make_another_extract() {
    let world = loading("marker");
    world.drop("extracts/s/p.csv", "id,a\n1,x\n");
    let event = world.drop("extracts/s/_SUCCESS", "");
    assert_eq!(told::summary(&run(&world, &event).await), "succeeded: 1 read, 1 written");
    world.drop("extracts/s/p.csv", "id,a\n1,y\n");
    let event = world.drop("extracts/s/_SUCCESS", "");
    assert_eq!(told::summary(&run(&world, &event).await), "succeeded: 1 read, 1 written");
    assert_eq!(world.lines("items"), [r#"a="y" id="1""#]);
}

fn manifest(world: &World, name: &str, entries: &Value) -> Value {
    world.drop(&format!("extracts/s/{name}"), json!({"entries": entries}).to_string())
}

#[tokio::test]
async fn a_manifest_names_its_parts_in_its_order() {
    let world = loading("manifest");
    world.drop("extracts/s/0000_part_00", "id,a\n1,x\n2,first\n");
    let event = world.drop("extracts/s/0001_part_00", "id,a\n2,second\n");
    let part = run(&world, &event).await;
    assert_eq!(part["note"], "`extracts/s/0001_part_00` is a part; the extract is complete with its manifest");
    // As Redshift's UNLOAD writes it: `<prefix>manifest`, with sizes and a schema.
    let text = json!({
        "entries": [
            {"url": "s3://data/extracts/s/0001_part_00", "meta": {"content_length": 14, "record_count": 1}},
            {"url": "s3://data/extracts/s/0000_part_00", "meta": {"content_length": 17, "record_count": 2}},
        ],
        "schema": {"elements": []}, "meta": {"content_length": 31},
    });
    let event = world.drop("extracts/s/orders_manifest", text.to_string());
    let report = run(&world, &event).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 2 written, 1 superseded");
    assert_eq!(world.lines("items"), [r#"a="first" id="2""#, r#"a="x" id="1""#]);
}

#[tokio::test]
async fn a_mandatory_part_that_is_missing_fails_the_run_before_any_write() {
    let world = loading("manifest");
    world.drop("extracts/s/a", "id\n1\n");
    let url = |key: &str| format!("s3://data/{key}");
    for (entry, expected) in [
        (
            json!({"url": url("extracts/s/b"), "mandatory": true}),
            "extract: manifest `extracts/s/manifest` lists `extracts/s/b`, which does not exist; deliver it, then the manifest again",
        ),
        (
            json!({"url": url("extracts/s/b")}),
            "extract: manifest `extracts/s/manifest` lists `extracts/s/b`, which does not exist; deliver it, then the manifest again",
        ),
        (
            json!({"url": url("extracts/s/a"), "meta": {"content_length": 9}}),
            "extract: manifest `extracts/s/manifest`: entry 2 lists `extracts/s/a` a second time; its rows would count twice",
        ),
        (
            json!({"url": "s3://elsewhere/x"}),
            "extract: manifest `extracts/s/manifest`: entry 2 lies in bucket `elsewhere`; parts must lie in the data bucket `data`",
        ),
        (
            json!({"url": "https://x/y"}),
            "extract: manifest `extracts/s/manifest`: entry 2 has the url `https://x/y`; wanted `s3://<bucket>/<key>`",
        ),
    ] {
        let event = manifest(&world, "manifest", &json!([{"url": url("extracts/s/a"), "mandatory": true}, entry]));
        assert_eq!(world.fail_invoke(&event).await, expected);
    }
    let event = manifest(&world, "m.manifest", &json!([{"url": url("extracts/s/a"), "meta": {"content_length": 9}}]));
    let error = world.fail_invoke(&event).await;
    assert!(
        error.starts_with("extract: `extracts/s/a` has 5 bytes, manifest `extracts/s/m.manifest` says 9"),
        "{error}"
    );
    let event = world.drop("extracts/s/manifest.json", "no json");
    assert!(world.fail_invoke(&event).await.starts_with("extract: manifest `extracts/s/manifest.json`: it is no JSON"));
    assert!(world.items("items").is_empty());
}

#[tokio::test]
async fn an_optional_part_may_be_missing() {
    let world = loading("manifest");
    world.drop("extracts/s/a", "id\n1\n");
    let entries = json!([{"url": "s3://data/extracts/s/a"}, {"url": "s3://data/extracts/s/b", "mandatory": false}]);
    let event = manifest(&world, "manifest", &entries);
    assert_eq!(told::summary(&run(&world, &event).await), "succeeded: 1 read, 1 written");
}

#[tokio::test]
async fn parts_may_order_their_columns_differently() {
    let world = World::loading(
        &KEY,
        "source: { parts: marker }\nfields: [{ attribute: id, column: id }, { attribute: a, column: a, type: N }]",
    );
    world.drop("extracts/s/0.csv", "id,a,b\n1,10,x\n2,bad,\"y,z\"\n");
    world.drop("extracts/s/1.csv", "b,a,id\nx,30,3\ny,worse,4\n");
    world.drop("extracts/s/2.csv", "a,id,c\n50,5,x\nworst,6,\"\"\n");
    world.drop("extracts/s/3.csv", "");
    let event = world.drop("extracts/s/_SUCCESS", "");
    let report = run(&world, &event).await;
    assert_eq!(told::summary(&report), "succeeded: 6 read, 3 written, 3 rejected (number_invalid 3)");
    assert_eq!(world.lines("items"), [r#"a=10 id="1""#, r#"a=30 id="3""#, r#"a=50 id="5""#]);
    let rejects = world.rejects(&report);
    let records: Vec<&str> = rejects.lines().collect();
    assert!(records[0].starts_with("id,a,b,c,reject_row,reject_line,"), "{rejects}");
    assert!(records[1].starts_with("2,bad,\"y,z\",,2,3,a,number_invalid,"), "{rejects}");
    assert!(records[2].starts_with("4,worse,y,,4,3,a,number_invalid,"), "{rejects}");
    assert!(records[3].starts_with("6,worst,,\"\",6,3,a,number_invalid,"), "{rejects}");
}

#[tokio::test]
async fn a_part_that_lacks_a_mapped_column_fails_the_run_before_any_write() {
    let world = World::loading(
        &KEY,
        "source: { parts: marker }\nfields: [{ attribute: id, column: id }, { attribute: a, column: amount }]",
    );
    world.drop("extracts/s/0.csv", "id,amount\n1,10\n");
    world.drop("extracts/s/1.csv", "id,amuont\n2,20\n");
    let event = world.drop("extracts/s/_SUCCESS", "");
    let error = world.fail_invoke(&event).await;
    let expected =
        "column `amount` is mapped, but the extract has no such column; it has 2 columns; did you mean `amuont`";
    assert!(
        error.starts_with("extract: `extracts/s/1.csv` does not fit the definition:") && error.contains(expected),
        "{error}"
    );
    assert!(world.items("items").is_empty());
}

#[tokio::test]
async fn parts_of_text_and_parquet_make_one_extract() {
    let world = loading("marker");
    let mut maker = Maker::new("required byte_array id (UTF8); required int64 a;");
    maker.group().texts(&["1", "2"]).values::<Int64Type>(&[1, 2]).finish();
    world.drop("extracts/s/0.parquet", maker.finish());
    world.drop("extracts/s/1.csv", "id,a\n2,two\n");
    let event = world.drop("extracts/s/_SUCCESS", "");
    assert_eq!(told::summary(&run(&world, &event).await), "succeeded: 3 read, 2 written, 1 superseded");
    assert_eq!(world.lines("items"), [r#"a="two" id="2""#, r#"a=1 id="1""#]);
}

#[tokio::test]
async fn parts_that_spell_a_column_in_another_case_fail_before_any_write() {
    for (first, second, expected) in [
        ("id,Amount\n1,10\n", "id,amount\n2,20\n", Some(("Amount", "amount"))),
        ("id,É\n1,10\n", "é,id\n20,2\n", Some(("É", "é"))),
        // Where both stand side by side, they are two columns.
        ("id,Amount,amount\n1,10,11\n", "id,amount\n2,20\n", None),
        ("id,a\n1,10\n", "id,A,a\n2,20,21\n", None),
        ("id,a\n1,10\n", "id,b\n2,20\n", None),
        ("id,a\n1,10\n", "", None),
    ] {
        let world = loading("marker");
        world.drop("extracts/s/x/0.csv", first);
        world.drop("extracts/s/x/1.csv", second);
        let event = world.drop("extracts/s/x/_SUCCESS", "");
        if let Some((was, is)) = expected {
            let error = world.fail_invoke(&event).await;
            let expected = format!(
                "extract: column `{is}` of `extracts/s/x/1.csv` is called `{was}` in a part before it; make all parts of an extract alike"
            );
            assert_eq!(error, expected);
            assert!(world.items("items").is_empty());
        } else {
            assert_eq!(run(&world, &event).await["status"], "succeeded", "{first} {second}");
        }
    }
    let mut maker = Maker::new("required byte_array id (UTF8); required int64 A;");
    maker.group().texts(&["1"]).values::<Int64Type>(&[5]).finish();
    let upper = maker.finish();
    let mut maker = Maker::new("required int64 a; required byte_array id (UTF8);");
    maker.group().values::<Int64Type>(&[5]).texts(&["2"]).finish();
    let world = loading("marker");
    world.drop("extracts/s/x/0.parquet", upper);
    world.drop("extracts/s/x/1.parquet", maker.finish());
    let error = world.fail("extracts/s/x/_SUCCESS", "").await;
    assert!(error.starts_with("extract: column `a` of `extracts/s/x/1.parquet` is called `A`"), "{error}");
}

#[tokio::test]
async fn parquet_parts_are_matched_by_the_names_of_their_columns() {
    let world = loading("marker");
    let mut maker = Maker::new("required byte_array id (UTF8); required int64 a; required int32 b;");
    maker.group().texts(&["1"]).values::<Int64Type>(&[5]).values::<Int32Type>(&[7]).finish();
    world.drop("extracts/s/x/0.parquet", maker.finish());
    let mut maker = Maker::new("required int32 b; required byte_array id (UTF8); optional double c; optional int64 a;");
    let group = maker.group().values::<Int32Type>(&[70]).texts(&["2"]);
    group.optional::<DoubleType>(&[Some(0.5)]).optional::<Int64Type>(&[None]).finish();
    world.drop("extracts/s/x/1.parquet", maker.finish());
    let event = world.drop("extracts/s/x/_SUCCESS", "");
    assert_eq!(told::summary(&run(&world, &event).await), "succeeded: 2 read, 2 written");
    assert_eq!(world.lines("items"), [r#"a=5 b=7 id="1""#, r#"b=70 c=0.5 id="2""#]);
}

#[tokio::test]
async fn parquet_parts_that_disagree_about_a_column_fail_before_any_write() {
    let world = loading("marker");
    let mut numbers = Maker::new("required byte_array id (UTF8); required int64 a;");
    numbers.group().texts(&["1"]).values::<Int64Type>(&[5]).finish();
    world.drop("extracts/s/x/0.parquet", numbers.finish());
    let mut texts = Maker::new("required byte_array id (UTF8); required byte_array a (UTF8);");
    texts.group().texts(&["2"]).texts(&["five"]).finish();
    world.drop("extracts/s/x/1.parquet", texts.finish());
    let error = world.fail("extracts/s/x/_SUCCESS", "").await;
    let expected = "column `a` holds text in `extracts/s/x/1.parquet`, but numbers in a part before it";
    assert!(error.starts_with("extract: ") && error.contains(expected), "{error}");
    assert!(world.lines("items").is_empty());
}
