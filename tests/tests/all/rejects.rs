//! rejects.csv: every row that was not written, as it came; mended, it loads as it is.

use rowferry_tests::{
    parquet::{BoolType, ByteArrayType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type, Maker},
    told,
    world::World,
};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];
const FIELDS: &str = "
fields:
  - { attribute: id, column: id }
  - { attribute: a, column: a }
  - { attribute: n, column: n, type: N }
";

/// Drops what a run handed back, after a pen went over it; answers with the next report.
async fn mend(world: &World, report: &serde_json::Value, wrong: &str, right: &str) -> serde_json::Value {
    let rejects = world.rejects(report);
    assert!(rejects.contains(wrong), "{wrong} in {rejects}");
    world.load("extracts/s/mended.csv", rejects.replace(wrong, right)).await
}

#[tokio::test]
async fn every_dialect_comes_back_and_loads_again_when_mended() {
    for (source, name, text) in [
        (
            "",
            "a.csv",
            "id,a,n\n1,\"x,\"\"y\"\"\",oops\n2,,oops\n3,\"\",oops\n4,\\N,oops\n5,\"\\N\",oops\n6,\" z \",oops\n",
        ),
        (
            "",
            "a.tsv",
            "id\ta\tn\n1\t\"x,\"\"y\"\"\"\toops\n2\t\toops\n3\t\"\"\toops\n4\t\\N\toops\n5\t\"\\N\"\toops\n6\t z \toops\n",
        ),
        (
            r#"source: { csv: { delimiter: "|" } }"#,
            "0000_part_00",
            "id|a|n\n1|\"x,\"\"y\"\"\"|oops\n2||oops\n3|\"\"|oops\n4|\\N|oops\n5|\"\\N\"|oops\n6| z |oops\n",
        ),
        (
            "source: { csv: { header: false, columns: [id, a, n] } }",
            "a.csv",
            "1,\"x,\"\"y\"\"\",oops\n2,,oops\n3,\"\",oops\n4,\\N,oops\n5,\"\\N\",oops\n6, z ,oops\n",
        ),
    ] {
        let world = World::loading(&KEY, &format!("{source}\n{FIELDS}"));
        let first = world.load(&format!("extracts/s/{name}"), text).await;
        assert_eq!(told::summary(&first), "succeeded: 6 read, 6 rejected (number_invalid 6)", "{name}");
        let again = mend(&world, &first, "number_invalid", "number_invalid").await;
        assert_eq!(told::summary(&again), told::summary(&first), "unmended, they are rejected again");
        let cells = |report| {
            let rejects = world.rejects(report);
            rejects.lines().map(|line| line.split(",oops,").next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cells(&again), cells(&first), "and keep their cells");
        let mended = mend(&world, &again, ",oops,", ",7,").await;
        assert_eq!(told::summary(&mended), "succeeded: 6 read, 6 written", "{name}");
        let expected = [
            r#"a=" z " id="6" n=7"#,
            r#"a="" id="3" n=7"#,
            r#"a="\\N" id="5" n=7"#,
            r#"a="x,\"y\"" id="1" n=7"#,
            r#"id="2" n=7"#,
            r#"id="4" n=7"#,
        ];
        assert_eq!(world.lines("items"), expected, "{name}");
    }
}

#[tokio::test]
async fn null_markers_of_the_sync_are_those_of_its_rejects() {
    let source = r##"source: { csv: { delimiter: ";", nulls: ["#N/A", "a;b", "x,y"] } }"##;
    let world = World::loading(&KEY, &format!("{source}\n{FIELDS}"));
    let text = "id;a;n\n1;#N/A;oops\n2;\"#N/A\";oops\n3;x,y;oops\n4;\"x,y\";oops\n5;\\N;oops\n";
    let first = world.load("extracts/s/a.csv", text).await;
    mend(&world, &first, ",oops,", ",7,").await;
    let expected = [
        r##"a="#N/A" id="2" n=7"##,
        r#"a="\\N" id="5" n=7"#,
        r#"a="x,y" id="4" n=7"#,
        r#"id="1" n=7"#,
        r#"id="3" n=7"#,
    ];
    assert_eq!(world.lines("items"), expected);
}

#[tokio::test]
async fn rows_that_are_no_rows_come_back_as_they_were() {
    let world = World::loading(&KEY, "fields: all");
    let first = world.load("extracts/s/a.csv", b"id,a\n1\n2,b,c\n3,\xff\n4,\"d\"e\n".to_vec()).await;
    assert_eq!(told::summary(&first), "succeeded: 4 read, 4 rejected (cell_count 3, utf8_invalid 1)");
    let bytes = world.bucket.bytes(first["rejects"]["key"].as_str().unwrap()).unwrap();
    let again = world.load("extracts/s/again.csv", bytes).await;
    assert_eq!(again["rejects"]["by_reason"]["utf8_invalid"], 1, "no byte was replaced");
    assert_eq!(again["rejects"]["by_reason"]["cell_count"], 3, "rows that are not mended stay rejects");
    assert_eq!(again["rows"]["written"], 0, "{again:#}");
}

#[tokio::test]
async fn keys_duplicates_and_refusals_are_handed_back_too() {
    let world = World::loading(&KEY, "duplicates: reject\nfields: all");
    world.put("items", &serde_json::json!({"id": {"S": "3"}, "big": {"S": "x".repeat(399 * 1024)}}));
    let text = format!("id,a\n1,x\n1,y\n,z\n3,{}\n4,ok\n", "b".repeat(2_000));
    let report = world.load("extracts/s/a.csv", text).await;
    let expected = "succeeded: 5 read, 2 written, 3 rejected (key_duplicate 1, key_missing 1, refused_by_table 1)";
    assert_eq!(told::summary(&report), expected);
    assert_eq!(world.rejects(&report).lines().count(), 4);
}

#[tokio::test]
async fn a_failed_run_hands_back_what_it_rejected() {
    let world = World::loading(&KEY, &format!("limits: {{ max_rejects: 1 }}\n{FIELDS}"));
    let event = world.drop("extracts/s/a.csv", "id,a,n\n1,x,1\n2,x,bad\n3,x,worse\n");
    world.fail_invoke(&event).await;
    let report = &world.reports()[0];
    assert_eq!(report["rows"]["rejected"], 2);
    assert!(world.rejects(report).contains("3,x,worse,3,4,n,number_invalid,"));
}

#[tokio::test]
async fn more_rejects_than_a_buffer_holds_all_come_back() {
    let world = World::loading(&KEY, FIELDS);
    let note = "é".repeat(200);
    let rows: String = (0..3_000).map(|row| format!("{row},{note},bad\n")).collect();
    let report = world.load("extracts/s/a.csv", format!("id,a,n\n{rows}")).await;
    assert_eq!(told::summary(&report), "succeeded: 3000 read, 3000 rejected (number_invalid 3000)");
    let rejects = world.rejects(&report);
    assert!(rejects.len() > 1 << 20);
    for (row, line) in rejects.lines().skip(1).enumerate() {
        assert!(line.starts_with(&format!("{row},{note},bad,{},{},n,", row + 1, row + 2)), "{line}");
    }
}

/// Two rows of every shape of column; `bad` is no boolean in the first.
fn typed() -> bytes::Bytes {
    let mut maker = Maker::new(
        "required byte_array id (UTF8); required int32 flag; required int64 whole; required double float;
         required int32 price (DECIMAL(9,2)); required boolean yes; required byte_array raw;
         required byte_array text (UTF8); required byte_array json (JSON); required int64 at (TIMESTAMP_MICROS);
         required fixed_len_byte_array(16) uuid (UUID); required int32 day (DATE);
         optional group list (LIST) { repeated group list { optional int64 element; } }
         optional group map (MAP) { repeated group key_value { required byte_array key (UTF8); optional double value; } }
         optional group place { optional int32 x; optional byte_array y (UTF8); }
         optional int64 none; required byte_array note (UTF8);
         required byte_array ascii; required double whole_float;",
    );
    let group = maker.group().texts(&["1", "2"]).values::<Int32Type>(&[7, 1]);
    let group = group.values::<Int64Type>(&[i64::MIN, i64::MIN]).values::<DoubleType>(&[0.1, 0.1]);
    let group = group.values::<Int32Type>(&[12_340, 12_340]).values::<BoolType>(&[true, true]);
    let group = group.values::<ByteArrayType>(&[vec![0, 255].into(), vec![0, 255].into()]);
    let group = group.texts(&["\\N", "\\N"]).texts(&["{\"k\": 1}", "{\"k\": 1}"]);
    let group = group.values::<Int64Type>(&[1_780_000_000_120_000; 2]);
    let uuid: Vec<u8> = (0..16).collect();
    let group = group.values::<FixedLenByteArrayType>(&[uuid.clone().into(), uuid.into()]).values::<Int32Type>(&[0, 0]);
    let group = group.levels::<Int64Type>(&[1, 1], Some(&[3, 2, 3, 2]), Some(&[0, 1, 0, 1]));
    let group = group.texts_of_levels(&["k", "k"], &[2, 2], &[0, 0]).levels::<DoubleType>(
        &[2.5, 2.5],
        Some(&[3, 3]),
        Some(&[0, 0]),
    );
    let group = group.levels::<Int32Type>(&[5, 5], Some(&[2, 2]), None).texts_of_levels(&["", ""], &[2, 2], &[]);
    group
        .optional::<Int64Type>(&[None, None])
        .texts(&["not mapped", "not mapped"])
        .texts(&["bytes", "bytes"])
        .values::<DoubleType>(&[5.0, 5.0])
        .finish();
    maker.finish()
}

const TYPED: &str = "
fields:
  - { attribute: id, column: id }
  - { attribute: flag, column: flag, type: BOOL }
  - { attribute: whole, column: whole }
  - { attribute: float, column: float, type: auto }
  - { attribute: price, column: price }
  - { attribute: yes, column: 'yes' }
  - { attribute: raw, column: raw, type: B, encoding: hex }
  - { attribute: raw_text, column: ascii, type: S }
  - { attribute: text, column: text }
  - { attribute: json, column: json }
  - { attribute: json_map, column: json, type: M }
  - { attribute: at, column: at }
  - { attribute: seconds, column: at, convert: epoch_seconds }
  - { attribute: uuid, column: uuid }
  - { attribute: uuid_bytes, column: uuid, type: B }
  - { attribute: float_text, column: whole_float, type: S }
  - { attribute: day, column: day }
  - { attribute: list, column: list, on_null: keep }
  - { attribute: map, column: map }
  - { attribute: place, column: place }
  - { attribute: none, column: none, on_null: 'null' }
  - { attribute: key, template: '{whole}/{price}/{yes}/{day}/{whole_float}/{ascii}/{uuid}' }
";

#[tokio::test]
async fn rejects_of_parquet_load_again_with_the_types_of_its_columns() {
    for definition in [TYPED.to_owned(), format!("source: {{ format: parquet }}\n{TYPED}")] {
        let world = World::loading(&KEY, &definition);
        let first = world.load("extracts/s/a.parquet", typed()).await;
        assert_eq!(told::summary(&first), "succeeded: 2 read, 1 written, 1 rejected (boolean_invalid 1)");
        assert!(!world.rejects(&first).contains("not mapped"), "columns that are not mapped are not read");
        let again = mend(&world, &first, "boolean_invalid", "boolean_invalid").await;
        assert_eq!(told::summary(&again), "succeeded: 1 read, 1 rejected (boolean_invalid 1)");
        let mended = mend(&world, &again, "1,7,", "1,1,").await;
        assert_eq!(told::summary(&mended), "succeeded: 1 read, 1 written");
        let items = world.lines("items");
        let [one, two] = items.as_slice() else { panic!("{items:?}") };
        assert_eq!(*one, two.replace(r#"id="2""#, r#"id="1""#), "the mended row is as if it had never been wrong");
        assert!(one.contains("whole=-9223372036854775808") && one.contains("raw=b64:AP8="), "{one}");
        assert!(one.contains("seconds=1780000000") && one.contains("list=[1 null]"), "{one}");
    }
}

#[tokio::test]
async fn rejects_of_parquet_keep_their_types_with_fields_all() {
    let world = World::loading(&[("id", "N", "HASH")], "fields: all");
    let mut maker = Maker::new("required byte_array id (UTF8); required int64 n; required boolean b;");
    maker.group().texts(&["one", "2"]).values::<Int64Type>(&[7, 7]).values::<BoolType>(&[true, true]).finish();
    let first = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&first), "succeeded: 2 read, 1 written, 1 rejected (key_missing 1)");
    mend(&world, &first, "\"one\"", "1").await;
    assert_eq!(world.lines("items"), ["b=true id=1 n=7", "b=true id=2 n=7"]);
}

#[tokio::test]
async fn text_beside_parquet_keeps_its_own_default() {
    let world = World::loading(&KEY, TYPED);
    world.load("extracts/s/a.parquet", typed()).await;
    world.redefine("fields: all");
    world.load("extracts/s/b.csv", "id,whole\n3,007\n").await;
    assert!(world.lines("items").contains(&r#"id="3" whole="007""#.to_owned()), "{:?}", world.lines("items"));
}

#[tokio::test]
async fn rejects_of_text_stay_text_where_parquet_came_before() {
    let fields = "fields:\n  - { attribute: id, column: id }\n  - { attribute: flag, column: flag, type: BOOL }\n  - { attribute: zip, column: zip }\n";
    let world = World::loading(&KEY, fields);
    let mut maker = Maker::new("required binary id (string); required binary flag (string); required int64 zip;");
    maker.group().texts(&["1"]).texts(&["maybe"]).values::<Int64Type>(&[501]).finish();
    let parquet = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&parquet), "succeeded: 1 read, 1 rejected (boolean_invalid 1)");
    let text = world.load("extracts/s/b.csv", "id,flag,zip\n2,maybe,00501\n").await;
    assert_eq!(told::summary(&text), "succeeded: 1 read, 1 rejected (boolean_invalid 1)");
    mend(&world, &text, "2,maybe,", "2,true,").await;
    assert_eq!(world.lines("items"), [r#"flag=true id="2" zip="00501""#]);
}
