//! Parquet to items, by the types of its columns.

use rowferry_tests::{
    parquet::{
        BoolType, ByteArray, ByteArrayType, Compression, DataType, DoubleType, FixedLenByteArray,
        FixedLenByteArrayType, FloatType, GzipLevel, Int32Type, Int64Type, Int96, Int96Type, Maker, WriterProperties,
        ZstdLevel,
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

/// A time of day in nanoseconds and a Julian day, as Spark and Impala write them.
fn int96(nanos: u64, day: u32) -> Int96 {
    let mut value = Int96::new();
    #[expect(clippy::cast_possible_truncation, reason = "halves of a number")]
    value.set_data(nanos as u32, (nanos >> 32) as u32, day);
    value
}

/// Loads a file with `id` 1 and one value; tells the attribute `v`, or why the row was rejected.
async fn value<T: DataType>(field: &str, column: &str, of: T::T) -> String {
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
async fn integers_of_every_width_keep_their_sign() {
    for (column, stored, expected) in [
        ("int32 v (INT_8)", -128, "-128"),
        ("int32 v (INT_16)", -32_768, "-32768"),
        ("int32 v (INT_32)", i32::MIN, "-2147483648"),
        ("int32 v (UINT_8)", 255, "255"),
        ("int32 v (UINT_16)", 65_535, "65535"),
        ("int32 v (INTEGER(32,false))", -1, "4294967295"),
    ] {
        assert_eq!(value::<Int32Type>("", column, stored).await, expected, "{column}");
    }
    for (column, stored, expected) in [
        ("int64 v (INT_64)", i64::MAX, "9223372036854775807"),
        ("int64 v (INTEGER(64,false))", i64::MIN, "9223372036854775808"),
        ("int64 v (UINT_64)", -1, "18446744073709551615"),
    ] {
        assert_eq!(value::<Int64Type>("", column, stored).await, expected, "{column}");
        let text = format!("{expected:?}");
        assert_eq!(value::<Int64Type>(", type: S", column, stored).await, text, "{column}");
    }
}

#[tokio::test]
async fn decimals_are_judged_by_their_value_and_not_their_precision() {
    let fixed_of = |bytes: &[u8], width: usize| {
        let sign = if bytes[0] >= 0x80 { 0xFF } else { 0 };
        fixed(&[vec![sign; width - bytes.len()].as_slice(), bytes].concat())
    };
    let digits = |count: u32| (10_i128.pow(count) - 1).to_be_bytes();
    for (width, column, stored, expected) in [
        (16, "DECIMAL(38,38)", (-digits_of(38)).to_be_bytes().to_vec(), format!("-0.{}", "9".repeat(38))),
        (16, "DECIMAL(38,0)", i128::MIN.to_be_bytes().to_vec(), "(number_precision 1)".to_owned()),
        (32, "DECIMAL(76,0)", digits(38).to_vec(), "9".repeat(38)),
        (32, "DECIMAL(76,2)", vec![0xFF], "-0.01".to_owned()),
        (32, "DECIMAL(76,38)", (10_i128.pow(38)).to_be_bytes().to_vec(), "1".to_owned()),
        (32, "DECIMAL(76,0)", (-10_i128.pow(38)).to_be_bytes().to_vec(), format!("-1{}", "0".repeat(38))),
        (32, "DECIMAL(76,0)", (10_i128.pow(38) + 1).to_be_bytes().to_vec(), "(number_precision 1)".to_owned()),
    ] {
        let named = format!("fixed_len_byte_array({width}) v ({column})");
        let found = value::<FixedLenByteArrayType>("", &named, fixed_of(&stored, width)).await;
        assert_eq!(found, expected, "{named}");
        let found = value::<ByteArrayType>("", &format!("byte_array v ({column})"), bytes(&stored)).await;
        assert_eq!(found, expected, "{column} of {} bytes", stored.len());
    }
}

fn digits_of(count: u32) -> i128 {
    10_i128.pow(count) - 1
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
    assert_eq!(value::<FloatType>("", "float v", f32::NAN).await, "(number_invalid 1)");
    for (bits, expected) in [
        ([0x66, 0x2E], "0.1"),
        ([0x00, 0xBE], "-1.5"),
        ([0xFF, 0x7B], "65500"),
        ([0x00, 0x7C], "(number_invalid 1)"),
        ([0x00, 0x7E], "(number_invalid 1)"),
    ] {
        let half = value::<FixedLenByteArrayType>("", "fixed_len_byte_array(2) v (FLOAT16)", fixed(&bits)).await;
        assert_eq!(half, expected, "{bits:?}");
    }
}

#[tokio::test]
async fn floats_that_are_no_numbers_become_what_the_field_says() {
    for (rule, stored, expected) in [
        (", on_nan: null", f64::NAN, "nothing"),
        (", on_nan: null, on_null: null", f64::INFINITY, "null"),
        (", on_nan: null, type: S", f64::NAN, "nothing"),
        (", on_nan: text", f64::NEG_INFINITY, "\"-Infinity\""),
        (", on_nan: text, type: S", f64::NAN, "\"NaN\""),
        (", on_nan: text", 0.5, "0.5"),
        (", type: S", f64::NAN, "(number_invalid 1)"),
        (", on_nan: reject", f64::NAN, "(number_invalid 1)"),
    ] {
        assert_eq!(value::<DoubleType>(rule, "double v", stored).await, expected, "{rule} {stored}");
        #[expect(clippy::cast_possible_truncation, reason = "one half is a float, too")]
        let single = stored as f32;
        assert_eq!(value::<FloatType>(rule, "float v", single).await, expected, "{rule} {stored}");
    }
}

/// Seconds from 1970 to the end of the year 9999, and the begin of the year 1.
const LAST: i64 = 253_402_300_799;
const FIRST: i64 = -62_135_596_800;

#[tokio::test]
async fn timestamps_of_every_unit_have_a_zone_only_where_they_are_adjusted_to_it() {
    let late = "(timestamp_invalid 1)";
    for (unit, per_second, stored, expected) in [
        ("MILLIS", 1_000, -1, "1969-12-31T23:59:59.999"),
        ("MILLIS", 1_000, LAST * 1_000 + 999, "9999-12-31T23:59:59.999"),
        ("MILLIS", 1_000, LAST * 1_000 + 1_000, late),
        ("MILLIS", 1_000, FIRST * 1_000, "0001-01-01T00:00:00"),
        ("MILLIS", 1_000, FIRST * 1_000 - 1, late),
        ("MICROS", 1_000_000, 1_780_000_000_120_000, "2026-05-28T20:26:40.12"),
        ("MICROS", 1_000_000, LAST * 1_000_000 + 999_999, "9999-12-31T23:59:59.999999"),
        ("MICROS", 1_000_000, i64::MAX, late),
        ("NANOS", 1_000_000_000, i64::MAX, "2262-04-11T23:47:16.854775807"),
        ("NANOS", 1_000_000_000, i64::MIN, "1677-09-21T00:12:43.145224192"),
    ] {
        for (utc, zone) in [(true, "Z"), (false, "")] {
            let column = format!("int64 v (TIMESTAMP({unit},{utc}))");
            let text = if expected == late { late.to_owned() } else { format!("\"{expected}{zone}\"") };
            assert_eq!(value::<Int64Type>("", &column, stored).await, text, "{column} of {stored}");
            let epoch = value::<Int64Type>(", type: N, convert: epoch_seconds", &column, stored).await;
            let seconds = stored.div_euclid(per_second).to_string();
            assert_eq!(epoch, if expected == late { late } else { &seconds }, "{column} of {stored}");
        }
    }
}

#[tokio::test]
async fn int96_reaches_beyond_2262_and_to_the_sentinel_of_warehouses() {
    let noon = 43_200_000_000_000;
    for (stored, field, expected) in [
        (int96(noon, 2_440_588), "", "\"1970-01-01T12:00:00\""),
        (int96(0, 2_547_340), "", "\"2262-04-12T00:00:00\""),
        (int96(1, 2_547_341), "", "\"2262-04-13T00:00:00.000000001\""),
        (int96(0, 5_373_484), "", "\"9999-12-31T00:00:00\""),
        (int96(86_399_999_999_999, 5_373_484), "", "\"9999-12-31T23:59:59.999999999\""),
        (int96(0, 1_721_426), "", "\"0001-01-01T00:00:00\""),
        (int96(0, 5_373_484), ", convert: date", "\"9999-12-31\""),
        (int96(0, 5_373_484), ", type: N, convert: epoch_seconds", "253402214400"),
        (int96(0, 5_373_485), "", "(timestamp_invalid 1)"),
        (int96(0, 0), "", "(timestamp_invalid 1)"),
    ] {
        assert_eq!(value::<Int96Type>(field, "int96 v", stored).await, expected, "{stored:?}{field}");
    }
}

#[tokio::test]
async fn dates_and_times_of_day_are_iso_8601() {
    for (column, field, stored, expected) in [
        ("int32 v (DATE)", "", -719_162, "\"0001-01-01\""),
        ("int32 v (DATE)", "", 2_932_896, "\"9999-12-31\""),
        ("int32 v (DATE)", "", 2_932_897, "(timestamp_invalid 1)"),
        ("int32 v (DATE)", "", i32::MIN, "(timestamp_invalid 1)"),
        ("int32 v (DATE)", ", type: N, convert: epoch_seconds", -1, "-86400"),
        ("int32 v (DATE)", ", type: N, convert: epoch_millis", 1, "86400000"),
        ("int32 v (DATE)", ", convert: iso8601", 0, "\"1970-01-01T00:00:00Z\""),
        ("int32 v (TIME(MILLIS,true))", "", 86_399_999, "\"23:59:59.999\""),
        ("int32 v (TIME(MILLIS,false))", "", 86_400_000, "(timestamp_invalid 1)"),
    ] {
        assert_eq!(value::<Int32Type>(field, column, stored).await, expected, "{column} of {stored}");
    }
    for (column, stored, expected) in [
        ("int64 v (TIME(MICROS,false))", 1, "\"00:00:00.000001\""),
        ("int64 v (TIME(NANOS,true))", 86_399_999_999_999, "\"23:59:59.999999999\""),
        ("int64 v (TIME(NANOS,true))", -1, "(timestamp_invalid 1)"),
    ] {
        assert_eq!(value::<Int64Type>("", column, stored).await, expected, "{column} of {stored}");
    }
}

#[tokio::test]
async fn bytes_are_what_their_annotation_or_the_field_says() {
    for (column, field, stored, expected) in [
        ("byte_array v", "", b"caf\xC3\xA9".as_slice(), "b64:Y2Fmw6k="),
        ("byte_array v", ", type: S", b"caf\xC3\xA9", "\"café\""),
        ("byte_array v", ", type: S", b"caf\xE9", "(utf8_invalid 1)"),
        ("byte_array v (BSON)", "", b"\x05\x00\x00\x00\x00", "b64:BQAAAAA="),
        ("byte_array v (ENUM)", "", b"RED", "\"RED\""),
        ("byte_array v (JSON)", "", b"[1.0]", "\"[1.0]\""),
        ("byte_array v (JSON)", ", type: L", b"[1.0]", "[1]"),
        ("byte_array v (JSON)", ", type: L", b"[1.0", "(json_invalid 1)"),
        ("byte_array v (STRING)", "", b"", "\"\""),
        ("byte_array v (UTF8)", "", b"\xC3", "(utf8_invalid 1)"),
    ] {
        assert_eq!(value::<ByteArrayType>(field, column, bytes(stored)).await, expected, "{column}{field}");
    }
    let sixteen: Vec<u8> = (240..=255).collect();
    for (column, field, expected) in [
        ("fixed_len_byte_array(16) v", "", "b64:8PHy8/T19vf4+fr7/P3+/w=="),
        ("fixed_len_byte_array(16) v (UUID)", "", "\"f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff\""),
        ("fixed_len_byte_array(16) v (UUID)", ", type: B", "b64:8PHy8/T19vf4+fr7/P3+/w=="),
    ] {
        assert_eq!(value::<FixedLenByteArrayType>(field, column, fixed(&sixteen)).await, expected, "{column}{field}");
    }
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

/// Loads a file of `id` 1 and a column `v` of one row with one leaf, by its levels; tells the attribute `v`.
async fn leaf(field: &str, column: &str, texts: &[&str], definition: &[i16], repetition: &[i16]) -> String {
    let fields = format!("fields: [{{ attribute: id, column: id }}, {{ attribute: v, column: v{field} }}]");
    let world = World::loading(&KEY, &fields);
    let mut maker = Maker::new(&format!("required byte_array id (UTF8); {column}"));
    maker.group().texts(&["1"]).texts_of_levels(texts, definition, repetition).finish();
    let report = world.load("extracts/s/a.parquet", maker.finish()).await;
    match world.items("items").first() {
        Some(item) => item.get("v").map_or("nothing".to_owned(), told::value),
        None => told::summary(&report).replace("succeeded: 1 read, 1 rejected ", ""),
    }
}

#[tokio::test]
async fn lists_of_every_spelling_are_lists() {
    let text = "byte_array";
    for (column, levels) in [
        (format!("optional group v (LIST) {{ repeated group list {{ optional {text} element (UTF8); }} }}"), 3),
        (format!("optional group v (LIST) {{ repeated group bag {{ optional {text} array_element (UTF8); }} }}"), 3),
        (format!("optional group v (LIST) {{ repeated {text} element (UTF8); }}"), 2),
        (format!("repeated {text} v (UTF8);"), 1),
    ] {
        assert_eq!(leaf("", &column, &["b", "a"], &[levels; 2], &[0, 1]).await, r#"["b" "a"]"#, "{column}");
        assert_eq!(leaf(", type: SS", &column, &["b", "a"], &[levels; 2], &[0, 1]).await, r#"<"a" "b">"#, "{column}");
        assert_eq!(leaf(", type: SS", &column, &["a", "a"], &[levels; 2], &[0, 1]).await, "(set_duplicate 1)");
        let none = levels.min(2) - 1;
        assert_eq!(leaf("", &column, &[], &[none], &[0]).await, "[]", "{column}");
        assert_eq!(leaf(", type: SS", &column, &[], &[none], &[0]).await, "(set_empty 1)", "{column}");
    }
    let column = "optional group v (LIST) { repeated group array { required byte_array x (UTF8); } }";
    assert_eq!(leaf("", column, &["a"], &[2], &[0]).await, r#"[{x="a"}]"#, "a member that is a group of its own");
    let column = "optional group v (LIST) { repeated group v_tuple { required byte_array x (UTF8); } }";
    assert_eq!(leaf("", column, &["a"], &[2], &[0]).await, r#"[{x="a"}]"#);
    let column = "optional group v (LIST) { repeated group list { optional byte_array element (UTF8); } }";
    assert_eq!(leaf("", column, &["a"], &[3, 2], &[0, 1]).await, r#"["a" null]"#);
    assert_eq!(leaf(", type: SS", column, &["a"], &[3, 2], &[0, 1]).await, "(null_not_allowed 1)");
    assert_eq!(leaf("", column, &[], &[0], &[0]).await, "nothing");
}

#[tokio::test]
async fn maps_of_every_spelling_keep_the_last_of_equal_keys() {
    for (annotation, inner) in [("MAP", "key_value"), ("MAP_KEY_VALUE", "map"), ("MAP", "entries")] {
        let world = World::loading(&KEY, "fields: all");
        let mut maker = Maker::new(&format!(
            "required byte_array id (UTF8); optional group v ({annotation}) {{ repeated group {inner} {{ required int64 key; optional byte_array value (UTF8); }} }}"
        ));
        let group = maker.group().texts(&["1"]).levels::<Int64Type>(&[-7, 5, -7], Some(&[2; 3]), Some(&[0, 1, 1]));
        group.texts_of_levels(&["first", "last"], &[3, 2, 3], &[0, 1, 1]).finish();
        world.load("extracts/s/a.parquet", maker.finish()).await;
        assert_eq!(world.lines("items"), [r#"id="1" v={-7="last" 5=null}"#], "{annotation} {inner}");
    }
}

#[tokio::test]
async fn columns_nest_32_levels_deep() {
    for (levels, expected) in [(31, "1 written"), (32, "1 rejected (nesting_too_deep 1)")] {
        // The leaf is a level of its own.
        let column = (0..levels).fold("required int32 x;".to_owned(), |inner, level| {
            let name = if level == levels - 1 { "v".to_owned() } else { format!("g{level}") };
            format!("required group {name} {{ {inner} }}")
        });
        let world = World::loading(&KEY, "fields: all");
        let mut maker = Maker::new(&format!("required byte_array id (UTF8); {column}"));
        maker.group().texts(&["1"]).values::<Int32Type>(&[7]).finish();
        let report = world.load("extracts/s/a.parquet", maker.finish()).await;
        assert_eq!(told::summary(&report), format!("succeeded: 1 read, {expected}"), "{levels}");
    }
}

#[tokio::test]
async fn a_column_that_is_always_null_is_null() {
    for (on_null, expected) in [("remove", r#"id="1""#), ("'null'", r#"id="1" v=null"#)] {
        let fields = format!("[{{ attribute: id, column: id }}, {{ attribute: v, column: v, on_null: {on_null} }}]");
        let world = World::loading(&KEY, &format!("fields: {fields}"));
        let mut maker = Maker::new("required byte_array id (UTF8); optional int32 v (UNKNOWN);");
        maker.group().texts(&["1"]).optional::<Int32Type>(&[None]).finish();
        world.load("extracts/s/a.parquet", maker.finish()).await;
        assert_eq!(world.lines("items"), [expected], "{on_null}");
    }
}

#[tokio::test]
async fn every_compression_that_warehouses_write_is_read() {
    for by in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        let world = World::loading(&KEY, "write: replace\nfields: all");
        let properties = WriterProperties::builder().set_compression(by).build();
        let mut maker = Maker::with("required byte_array id (UTF8); required byte_array a (UTF8);", properties);
        let ids: Vec<String> = (0..300).map(|row| row.to_string()).collect();
        for ids in ids.chunks(100) {
            // The second column's few values stand in a dictionary.
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let texts: Vec<&str> = (0..100).map(|row| ["red", "green", "blue"][row % 3]).collect();
            maker.group().texts(&ids).texts(&texts).finish();
        }
        let report = world.load("extracts/s/a.parquet", maker.finish()).await;
        assert_eq!(told::summary(&report), "succeeded: 300 read, 300 written", "{by:?}");
        assert!(world.lines("items").contains(&r#"a="blue" id="2""#.to_owned()), "{by:?}");
    }
}

/// A row group of 3 MB, a value of 30 KB a row, in pages of so many rows.
fn large(rows_a_page: usize) -> bytes::Bytes {
    let properties = WriterProperties::builder().set_dictionary_enabled(false);
    let properties =
        properties.set_data_page_size_limit(rows_a_page * 30_000).set_write_batch_size(rows_a_page).build();
    let mut maker = Maker::with("required byte_array id (UTF8); required byte_array a (UTF8);", properties);
    let ids: Vec<String> = (0..100).map(|row| row.to_string()).collect();
    let values: Vec<ByteArray> = (0..100).map(|row| format!("{row:030000}").as_str().into()).collect();
    let group = maker.group().texts(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    group.values::<ByteArrayType>(&values).finish();
    maker.finish()
}

#[tokio::test]
async fn a_row_group_larger_than_memory_is_read_piece_by_piece_and_a_larger_page_is_refused() {
    let mut world = World::loading(&KEY, "write: replace\nfields: all");
    world.load.edges.row_group_bytes = 1 << 20;
    let report = world.load("extracts/s/a.parquet", large(10)).await;
    assert_eq!(told::summary(&report), "succeeded: 100 read, 100 written");
    let last = world.ask("GetItem", &serde_json::json!({"TableName": "items", "Key": {"id": {"S": "99"}}}));
    assert_eq!(last["Item"]["a"]["S"], format!("{:030000}", 99));
    let error = world.fail("extracts/s/b.parquet", large(100)).await;
    let expected = " bytes of pages are needed at once, and there is memory for 1048576; write smaller pages, or map fewer columns";
    assert!(error.starts_with("extract: `extracts/s/b.parquet`: 3") && error.ends_with(expected), "{error}");
}

#[tokio::test]
async fn an_encrypted_file_is_refused_with_a_way_out() {
    // A file whose footer is encrypted begins and ends with PARE; one whose columns are has it at its end or PAR1.
    let mut file = Maker::new("required byte_array id (UTF8);");
    file.group().texts(&["1"]).finish();
    let mut bytes = file.finish().to_vec();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(b"PARE");
    for begin in [b"PARE", b"PAR1"] {
        bytes[..4].copy_from_slice(begin);
        let world = World::loading(&KEY, "fields: all");
        let error = world.fail("extracts/s/a.parquet", bytes.clone()).await;
        let expected = "extract: `extracts/s/a.parquet`: an encrypted Parquet file cannot be read; deliver it unencrypted; the bucket can encrypt it";
        assert_eq!(error, expected);
        assert!(world.items("items").is_empty());
    }
}

#[tokio::test]
async fn types_that_nobody_takes_are_named_before_any_write() {
    let column = "required group v (VARIANT) { required byte_array metadata; required byte_array value; }";
    for (column, leaves, name) in [
        (column, 2, "VARIANT"),
        ("required byte_array v (GEOMETRY);", 1, "GEOMETRY"),
        ("required byte_array v (GEOGRAPHY);", 1, "GEOGRAPHY"),
    ] {
        let mut maker = Maker::new(&format!("required byte_array id (UTF8); {column}"));
        let group = maker.group().texts(&["1"]);
        (0..leaves).fold(group, |group, _| group.texts(&["x"])).finish();
        let file = maker.finish();
        let world = World::loading(&KEY, "fields: all");
        let error = world.fail("extracts/s/a.parquet", file.clone()).await;
        let expected = format!("column `v` is of type {name}, which cannot be loaded; leave it out of `fields`");
        assert!(error.starts_with("mapping: ") && error.contains(&expected), "{error}");
        assert!(world.items("items").is_empty());
        world.redefine("fields: [{ attribute: id, column: id }]");
        assert_eq!(told::summary(&world.load("extracts/s/b.parquet", file).await), "succeeded: 1 read, 1 written");
    }
}

#[tokio::test]
async fn floats_and_bytes_that_no_text_holds_come_back_in_rejects() {
    let world = World::loading(&KEY, "fields: all");
    let mut maker = Maker::new(
        "required byte_array id (UTF8); required double double; required float single; required byte_array raw;",
    );
    let group = maker.group().texts(&["1", "2", "3"]).values::<DoubleType>(&[f64::NAN, f64::INFINITY, -0.0]);
    let group = group.values::<FloatType>(&[f32::NEG_INFINITY, 0.1, f32::NAN]);
    group.values::<ByteArrayType>(&[bytes(b"\x00\xFF"), bytes(b"text"), bytes(b"")]).finish();
    let first = world.load("extracts/s/a.parquet", maker.finish()).await;
    assert_eq!(told::summary(&first), "succeeded: 3 read, 3 rejected (number_invalid 3)");
    let again = world.load("extracts/s/again.csv", world.rejects(&first)).await;
    assert_eq!(told::summary(&again), told::summary(&first), "unmended, they are rejected again");
    let mended = world.rejects(&again).replace("-inf", "-1.5").replace("NaN", "2").replace("inf", "1e3");
    let report = world.load("extracts/s/mended.csv", mended).await;
    assert_eq!(told::summary(&report), "succeeded: 3 read, 3 written");
    let expected = [
        r#"double=0 id="3" raw=b64: single=2"#,
        r#"double=1000 id="2" raw=b64:dGV4dA== single=0.1"#,
        r#"double=2 id="1" raw=b64:AP8= single=-1.5"#,
    ];
    assert_eq!(world.lines("items"), expected);
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
        let day = int96(0, 2_440_588);
        group.values::<Int96Type>(&[day, day]).finish();
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
