//! Parquet to items, by the types of its columns.

use rowferry_tests::{
    parquet::{
        BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
        Int64Type, Maker,
    },
    told,
    world::World,
};

const KEY: [(&str, &str, &str); 1] = [("id", "S", "HASH")];

fn bytes(bytes: &[u8]) -> ByteArray {
    bytes.to_vec().into()
}

fn fixed(bytes: &[u8]) -> FixedLenByteArray {
    bytes.to_vec().into()
}

/// Loads a file with `id` 1 and one value; tells the attribute `v`, or why the row was rejected.
async fn value<T: rowferry_tests::parquet::DataType>(field: &str, column: &str, of: T::T) -> String {
    let fields = format!("fields: [{{ attribute: id, column: id }}, {{ attribute: v, column: v{field} }}]");
    let world = World::loading(&KEY, &fields);
    let mut maker = Maker::new(&format!("required byte_array id (UTF8); required {column};"));
    maker.group().texts(&["1"]).values::<T>(&[of]).finish();
    let report = world.load("extracts/s/a.parquet", maker.finish()).await;
    match world.items("items").first() {
        Some(item) => item.get("v").map_or("nothing".to_owned(), told::value),
        None => told::summary(&report).replace("succeeded: 1 read, 1 rejected ", ""),
    }
}

#[tokio::test]
async fn integers_and_decimals_are_exact() {
    assert_eq!(value::<Int32Type>("", "int32 v", -7).await, "-7");
    assert_eq!(value::<Int64Type>("", "int64 v", i64::MIN).await, "-9223372036854775808");
    assert_eq!(value::<Int64Type>("", "int64 v (UINT_64)", -1).await, "18446744073709551615");
    assert_eq!(value::<Int32Type>("", "int32 v (UINT_32)", -1).await, "4294967295");
    assert_eq!(value::<Int32Type>("", "int32 v (DECIMAL(9,2))", -12_345).await, "-123.45");
    assert_eq!(value::<Int64Type>("", "int64 v (DECIMAL(18,4))", 5_000).await, "0.5");
    let all = 99_999_999_999_999_999_999_999_999_999_999_999_999_i128;
    let column = "fixed_len_byte_array(16) v (DECIMAL(38,0))";
    assert_eq!(value::<FixedLenByteArrayType>("", column, fixed(&all.to_be_bytes())).await, "9".repeat(38));
    assert_eq!(value::<ByteArrayType>("", "byte_array v (DECIMAL(5,2))", bytes(&[0xff, 0x9c])).await, "-1");
    let wide = |first: u8| [&[first][..], &[0; 31]].concat();
    let column = "fixed_len_byte_array(32) v (DECIMAL(76,0))";
    assert_eq!(value::<FixedLenByteArrayType>("", column, fixed(&wide(1))).await, "(number_precision 1)");
    assert_eq!(value::<FixedLenByteArrayType>("", column, fixed(&[0; 32])).await, "0");
}

#[tokio::test]
async fn floats_are_the_shortest_text_of_their_width() {
    assert_eq!(value::<FloatType>("", "float v", 0.1).await, "0.1");
    assert_eq!(value::<DoubleType>("", "double v", 0.1).await, "0.1");
    assert_eq!(value::<DoubleType>("", "double v", -0.0).await, "0");
    assert_eq!(value::<DoubleType>("", "double v", 1e21).await, "1000000000000000000000");
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(value::<DoubleType>("", "double v", odd).await, "(number_invalid 1)");
    }
    assert_eq!(value::<DoubleType>("", "double v", 1e300).await, "(number_out_of_range 1)");
}

#[tokio::test]
async fn each_logical_type_has_its_attribute_type() {
    assert_eq!(value::<BoolType>("", "boolean v", true).await, "true");
    assert_eq!(value::<ByteArrayType>("", "byte_array v", bytes(b"\x01\x02\x03")).await, "b64:AQID");
    assert_eq!(value::<ByteArrayType>("", "byte_array v (UTF8)", bytes("é".as_bytes())).await, "\"é\"");
    assert_eq!(value::<ByteArrayType>("", "byte_array v (ENUM)", bytes(b"RED")).await, "\"RED\"");
    assert_eq!(value::<ByteArrayType>("", "byte_array v (JSON)", bytes(b"{\"a\": 1}")).await, r#""{\"a\": 1}""#);
    assert_eq!(value::<ByteArrayType>(", type: M", "byte_array v (JSON)", bytes(b"{\"a\": 1.0}")).await, "{a=1}");
    let uuid: Vec<u8> = (0..16).collect();
    let column = "fixed_len_byte_array(16) v (UUID)";
    let text = "00010203-0405-0607-0809-0a0b0c0d0e0f";
    assert_eq!(value::<FixedLenByteArrayType>("", column, fixed(&uuid)).await, format!("\"{text}\""));
    assert_eq!(value::<FixedLenByteArrayType>(", type: B", column, fixed(&uuid)).await, "b64:AAECAwQFBgcICQoLDA0ODw==");
    assert_eq!(value::<Int32Type>("", "int32 v (DATE)", -1).await, "\"1969-12-31\"");
    assert_eq!(value::<Int32Type>("", "int32 v (TIME_MILLIS)", 1_500).await, "\"00:00:01.5\"");
    let micros = 1_780_000_000_120_000;
    assert_eq!(value::<Int64Type>("", "int64 v (TIMESTAMP_MICROS)", micros).await, "\"2026-05-28T20:26:40.12Z\"");
    let local = "int64 v (TIMESTAMP(MICROS,false))";
    assert_eq!(value::<Int64Type>("", local, micros).await, "\"2026-05-28T20:26:40.12\"");
    let epoch = ", type: N, convert: epoch_seconds";
    assert_eq!(value::<Int64Type>(epoch, "int64 v (TIMESTAMP_MICROS)", micros).await, "1780000000");
    assert_eq!(value::<ByteArrayType>("", "byte_array v (UTF8)", bytes(b"\xff")).await, "(utf8_invalid 1)");
}

#[tokio::test]
async fn a_declared_type_goes_before_that_of_the_column() {
    assert_eq!(value::<Int64Type>(", type: S", "int64 v", 7).await, "\"7\"");
    assert_eq!(value::<ByteArrayType>(", type: N", "byte_array v (UTF8)", bytes(b"007")).await, "7");
    assert_eq!(value::<Int32Type>(", type: BOOL", "int32 v", 1).await, "true");
    assert_eq!(value::<Int32Type>(", type: BOOL", "int32 v", 2).await, "(boolean_invalid 1)");
    assert_eq!(value::<BoolType>(", type: N", "boolean v", true).await, "(type_unsupported 1)");
    assert_eq!(value::<ByteArrayType>(", type: S", "byte_array v", bytes(b"text")).await, "\"text\"");
}

#[tokio::test]
async fn nested_columns_become_documents_and_sets() {
    let world = World::loading(
        &KEY,
        "
fields:
  - { attribute: id, column: id }
  - { attribute: list, column: tags }
  - { attribute: set, column: tags, type: SS, on_null: keep }
  - { attribute: map, column: scores }
  - { attribute: struct, column: place }
",
    );
    let mut maker = Maker::new(
        "required byte_array id (UTF8);
         optional group tags (LIST) { repeated group list { optional byte_array element (UTF8); } }
         optional group scores (MAP) { repeated group key_value { required int32 key; optional int64 value; } }
         optional group place { optional int32 x; optional group deep { required boolean y; } }",
    );
    let group = maker.group().texts(&["1", "2", "3"]);
    let group = group.levels::<ByteArrayType>(&["b".into(), "a".into()], Some(&[3, 3, 2, 0]), Some(&[0, 1, 0, 0]));
    let group = group.levels::<Int32Type>(&[1, 2, 1], Some(&[2, 2, 2, 0, 1]), Some(&[0, 1, 1, 0, 0]));
    let group = group.levels::<Int64Type>(&[10, 30], Some(&[3, 2, 3, 0, 1]), Some(&[0, 1, 1, 0, 0]));
    group
        .levels::<Int32Type>(&[5], Some(&[2, 1, 0]), None)
        .levels::<BoolType>(&[true], Some(&[2, 1, 0]), None)
        .finish();
    let report = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 2 written, 1 rejected (null_not_allowed 1)");
    assert_eq!(
        world.lines("items"),
        [r#"id="1" list=["b" "a"] map={1=30 2=null} set=<"a" "b"> struct={deep={y=true} x=5}"#, r#"id="3" map={}"#,]
    );
    let rejects = world.rejects(&report);
    assert!(rejects.contains(r#""2","[null]",,"{}",2,,tags,null_not_allowed,"#), "{rejects}");
}

#[tokio::test]
async fn only_mapped_columns_are_read_and_handed_back() {
    let world = World::loading(
        &KEY,
        "fields: [{ attribute: id, template: 'U#{n}' }, { attribute: v, column: v, type: BOOL, on_null: keep }]",
    );
    let mut maker = Maker::new(
        "required int64 n; required byte_array note (UTF8); optional int32 v; required group odd { required int96 t; }",
    );
    for base in [0, 2] {
        let group = maker.group().values::<Int64Type>(&[base, base + 1]).texts(&["private", "private"]);
        let group = group.optional::<Int32Type>(&[Some(1), (base > 0).then_some(7)]);
        let mut day = rowferry_tests::parquet::Int96::new();
        day.set_data(0, 0, 2_440_588);
        group.values::<rowferry_tests::parquet::Int96Type>(&[day, day]).finish();
    }
    let report = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&report), "succeeded: 4 read, 3 written, 1 rejected (boolean_invalid 1)");
    assert_eq!(world.lines("items"), [r#"id="U#0" v=true"#, r#"id="U#1""#, r#"id="U#2" v=true"#]);
    let rejects = world.rejects(&report);
    assert!(
        rejects.starts_with("n,v,reject_row,") && rejects.contains("\n\"3\",\"7\",4,,v,boolean_invalid,"),
        "{rejects}"
    );
}

#[tokio::test]
async fn fields_all_takes_every_column_by_its_case() {
    let world = World::loading(&KEY, "fields: all");
    let mut maker = Maker::new("required byte_array id (UTF8); required int32 a; required int32 A;");
    maker.group().texts(&["1"]).values::<Int32Type>(&[1]).values::<Int32Type>(&[2]).finish();
    world.load("extracts/s/whatever-name", maker.finish()).await;
    assert_eq!(world.lines("items"), [r#"A=2 a=1 id="1""#]);
}

#[tokio::test]
async fn a_number_for_a_text_key_is_its_text_and_a_binary_key_its_bytes() {
    let world = World::loading(&[("id", "S", "HASH"), ("b", "B", "RANGE")], "fields: all");
    let mut maker = Maker::new("required int64 id; required byte_array b;");
    maker.group().values::<Int64Type>(&[42]).values::<ByteArrayType>(&[bytes(b"\x01")]).finish();
    world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(world.lines("items"), [r#"b=b64:AQ== id="42""#]);
}

#[tokio::test]
async fn a_file_without_rows_is_sound_and_one_that_is_none_is_not() {
    let empty = Maker::new("required byte_array id (UTF8);").finish();
    let world = World::loading(&KEY, "fields: all");
    assert_eq!(told::summary(&world.load("extracts/s/a.parquet", empty.clone()).await), "succeeded: no rows");
    for (name, broken) in [
        ("empty.parquet", empty.slice(..0)),
        ("half.parquet", empty.slice(..empty.len() / 2)),
        ("tail.parquet", empty.slice(empty.len() - 8..)),
    ] {
        let error = world.fail(&format!("extracts/s/{name}"), broken).await;
        assert!(error.starts_with(&format!("extract: `extracts/s/{name}`: ")), "{error}");
    }
}

#[tokio::test]
async fn a_mapped_column_of_a_type_that_nobody_takes_fails_the_run_before_any_write() {
    let mut maker = Maker::new("required byte_array id (UTF8); required fixed_len_byte_array(12) v (INTERVAL);");
    maker.group().texts(&["1"]).values::<FixedLenByteArrayType>(&[fixed(&[0; 12])]).finish();
    let file = maker.finish();
    let world = World::loading(&KEY, "fields: all");
    let error = world.fail("extracts/s/a.parquet", file.clone()).await;
    assert!(
        error.starts_with("mapping: ") && error.contains("column `v` is of type INTERVAL, which cannot be loaded"),
        "{error}"
    );
    assert!(world.items("items").is_empty());
    world.redefine("fields: [{ attribute: id, column: id }]");
    assert_eq!(told::summary(&world.load("extracts/s/b.parquet", file).await), "succeeded: 1 read, 1 written");
}

#[tokio::test]
async fn many_row_groups_are_loaded_in_order() {
    let world = World::loading(&KEY, "write: replace\nfields: all");
    let mut maker = Maker::new("required int64 id; required int64 a;");
    for group in 0..20_i64 {
        let ids: Vec<i64> = (0..200).map(|row| (group * 200 + row) % 3_900).collect();
        let groups = vec![group; 200];
        maker.group().values::<Int64Type>(&ids).values::<Int64Type>(&groups).finish();
    }
    let report = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&report), "succeeded: 4000 read, 3900 written, 100 superseded");
    assert!(world.lines("items").contains(&r#"a=19 id="0""#.to_owned()));
}
