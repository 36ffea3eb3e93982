use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type, Int96, Int96Type};

use super::{write::Maker, *};

fn text(text: &str) -> ByteArray {
    text.into()
}

#[track_caller]
fn check_levels(columns: &str, levels: (&[i32], &[i16], &[i16]), expected: &[&str]) {
    let mut maker = Maker::new(columns);
    maker.group().levels::<Int32Type>(levels.0, Some(levels.1), Some(levels.2)).finish();
    check(&maker.finish(), expected);
}

#[test]
fn lists_of_three_levels() {
    let column = "optional group a (LIST) { repeated group list { optional int32 element; } }";
    let levels: (&[i32], &[i16], &[i16]) = (&[1, 2], &[3, 2, 3, 1, 0], &[0, 1, 1, 0, 0]);
    check_levels(column, levels, &["[int 1, NULL, int 2]", "[]", "NULL"]);
}

#[test]
fn lists_of_two_levels_by_every_rule() {
    let levels: (&[i32], &[i16], &[i16]) = (&[1, 2], &[2, 2, 1, 0], &[0, 1, 0, 0]);
    let expected = ["[int 1, int 2]", "[]", "NULL"];
    check_levels("optional group a (LIST) { repeated int32 element; }", levels, &expected);
    let expected = ["[{x: int 1}, {x: int 2}]", "[]", "NULL"];
    check_levels("optional group a (LIST) { repeated group array { required int32 x; } }", levels, &expected);
    check_levels("optional group a (LIST) { repeated group a_tuple { required int32 x; } }", levels, &expected);
    let expected = ["[int 1, int 2]", "[]", "NULL"];
    check_levels("optional group a (LIST) { repeated group bag { required int32 x; } }", levels, &expected);
    check_levels("repeated int32 a;", (&[1, 2], &[1, 1, 0], &[0, 1, 0]), &["[int 1, int 2]", "[]"]);

    let mut maker =
        Maker::new("required group a (LIST) { repeated group element { required int32 x; required int32 y; } }");
    let group = maker.group().levels::<Int32Type>(&[1, 2], Some(&[1, 1]), Some(&[0, 1]));
    group.levels::<Int32Type>(&[3, 4], Some(&[1, 1]), Some(&[0, 1])).finish();
    check(&maker.finish(), &["[{x: int 1, y: int 3}, {x: int 2, y: int 4}]"]);
}

#[test]
fn structs_have_absent_members() {
    let mut maker =
        Maker::new("optional group a { optional int32 x; optional group b { optional int32 y; } } required int32 n;");
    let group = maker.group().levels::<Int32Type>(&[1], Some(&[2, 1, 0]), None);
    group.levels::<Int32Type>(&[2], Some(&[3, 1, 0]), None).values::<Int32Type>(&[7, 8, 9]).finish();
    let file = maker.finish();
    check(&file, &["{x: int 1, b: {y: int 2}} | int 7", "{x: NULL, b: NULL} | int 8", "NULL | int 9"]);
    assert_eq!(shapes(&file), "a: Struct, n: Number");
    assert_eq!(render(Bytes::from(file), |name| name == "n", LIMIT).unwrap().lines().next(), Some("NULL | int 7"));
}

#[test]
fn maps_of_every_spelling_and_key() {
    for (annotation, inner) in [("MAP", "key_value"), ("MAP", "map"), ("MAP_KEY_VALUE", "map"), ("MAP", "entries")] {
        let mut maker = Maker::new(&format!(
            "optional group a ({annotation}) {{ repeated group {inner} {{ required int32 key; optional byte_array value (UTF8); }} }}"
        ));
        let group = maker.group().levels::<Int32Type>(&[1, 2, 1], Some(&[2, 2, 2, 1, 0]), Some(&[0, 1, 1, 0, 0]));
        let values = [text("x"), text("y")];
        group.levels::<ByteArrayType>(&values, Some(&[3, 2, 3, 1, 0]), Some(&[0, 1, 1, 0, 0])).finish();
        check(&maker.finish(), &["<int 1 => \"x\", int 2 => NULL, int 1 => \"y\">", "<>", "NULL"]);
    }
}

#[test]
fn a_map_without_values_is_a_list_of_keys() {
    let column = "required group a (MAP) { repeated group key_value { required int32 key; } }";
    check_levels(column, (&[1, 2], &[1, 1], &[0, 1]), &["[int 1, int 2]"]);
}

#[test]
fn leaves_mean_the_same_within_groups() {
    let mut maker = Maker::new(
        "required group a { required int96 t; required int64 u (UINT_64); required byte_array j (JSON); \
         required group v (VARIANT) { required byte_array metadata; required byte_array value; } \
         required group l (LIST) { repeated group list { required byte_array e (DECIMAL(5,2)); } } }",
    );
    let mut day = Int96::new();
    day.set_data(0, 0, 5_373_484);
    let group =
        maker.group().values::<Int96Type>(&[day]).values::<Int64Type>(&[-1]).values::<ByteArrayType>(&[text("[1]")]);
    let group = group.values::<ByteArrayType>(&[text("m")]).values::<ByteArrayType>(&[text("v")]);
    group.levels::<ByteArrayType>(&[text("\x01"), text("\x02")], Some(&[1, 1]), Some(&[0, 1])).finish();
    check(
        &maker.finish(),
        &["{t: 9999-12-31T00:00:00, u: uint 18446744073709551615, j: json [1], \
          v: {metadata: unsupported VARIANT, value: unsupported VARIANT}, l: [decimal 0.01, decimal 0.02]}"],
    );
}

#[test]
fn deep_text_that_is_no_utf8_makes_its_row_a_fault() {
    let mut maker = Maker::new("required group a (LIST) { repeated group list { required byte_array e (UTF8); } }");
    let values = [text("x"), vec![0xFF].into(), text("y")];
    maker.group().levels::<ByteArrayType>(&values, Some(&[1, 1, 1]), Some(&[0, 0, 1])).finish();
    check(&maker.finish(), &["[\"x\"]", "utf8_invalid[0]; [unsupported text that is no UTF-8, \"y\"]"]);
}

#[test]
fn nested_cells_are_written_as_json() {
    let mut maker = Maker::new(
        "required group a { optional int32 x; optional int32 y; required byte_array t (UTF8); required byte_array j (JSON); \
         required group m (MAP) { repeated group key_value { required int32 key; required double value; } } }",
    );
    let group = maker.group().levels::<Int32Type>(&[1], Some(&[1]), None).levels::<Int32Type>(&[], Some(&[0]), None);
    let group = group.values::<ByteArrayType>(&[text("say \"hi\"")]).values::<ByteArrayType>(&[text("{\"k\": 1.50}")]);
    let group = group.levels::<Int32Type>(&[5, 6], Some(&[1, 1]), Some(&[0, 1]));
    group.levels::<parquet::data_type::DoubleType>(&[0.1, f64::INFINITY], Some(&[1, 1]), Some(&[0, 1])).finish();
    let (file, _) = open(Bytes::from(maker.finish())).unwrap();
    let rows = Rows::Columns(file.read(0..1, |_| true, LIMIT).next(1).unwrap().unwrap());
    let mut out = Vec::new();
    print::append(rows.cell(0, 0), &mut out);
    let json = r#"{"x":1,"t":"say \"hi\"","j":{"k": 1.50},"m":{"5":0.1,"6":"inf"}}"#;
    assert_eq!(String::from_utf8(out).unwrap(), json);
}

#[test]
fn members_of_one_name_are_not_taken() {
    let mut maker = Maker::new("required group a { required int32 x; required int32 x; } required int32 n;");
    maker.group().values::<Int32Type>(&[1]).values::<Int32Type>(&[2]).values::<Int32Type>(&[3]).finish();
    let file = maker.finish();
    assert_eq!(shapes(&file), "a: Unsupported(\"a group with two members `x`\"), n: Number");
    check(&file, &["NULL | int 3"]);
}
