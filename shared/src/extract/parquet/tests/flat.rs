use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};

use super::{
    write::{Maker, one},
    *,
};

fn bytes(bytes: &[u8]) -> ByteArray {
    bytes.to_vec().into()
}

fn fixed(bytes: &[u8]) -> FixedLenByteArray {
    self::bytes(bytes).into()
}

#[test]
fn integers_keep_their_sign_and_width() {
    check(&one::<Int32Type>("required int32 a;", &[i32::MIN, 7]), &["int -2147483648", "int 7"]);
    check(&one::<Int32Type>("required int32 a (UINT_32);", &[-1]), &["int 4294967295"]);
    check(&one::<Int32Type>("required int32 a (INTEGER(8,false));", &[255]), &["int 255"]);
    check(&one::<Int32Type>("required int32 a (INT_16);", &[-300]), &["int -300"]);
    check(&one::<Int64Type>("required int64 a;", &[i64::MIN]), &["int -9223372036854775808"]);
    check(&one::<Int64Type>("required int64 a (UINT_64);", &[-1, 5]), &["uint 18446744073709551615", "int 5"]);
    check(&one::<Int64Type>("required int64 a (INTEGER(64,false));", &[-1]), &["uint 18446744073709551615"]);
}

#[test]
fn decimals_of_every_physical_form_are_exact() {
    check(&one::<Int32Type>("required int32 a (DECIMAL(9,2));", &[-5, 12345]), &["decimal -0.05", "decimal 123.45"]);
    check(&one::<Int64Type>("required int64 a (DECIMAL(18,0));", &[-1]), &["decimal -1"]);
    let column = "required byte_array a (DECIMAL(38,3));";
    let long = [&[0xFF; 20][..], &[0x85]].concat();
    check(
        &one::<ByteArrayType>(column, &[bytes(&[0xFF]), bytes(&[]), bytes(&[0x7F, 0xFF]), bytes(&long)]),
        &["decimal -0.001", "decimal 0", "decimal 32.767", "decimal -0.123"],
    );
    let column = "required fixed_len_byte_array(5) a (DECIMAL(10,2));";
    check(
        &one::<FixedLenByteArrayType>(column, &[fixed(&[0x80, 0, 0, 0, 0]), fixed(&[0, 0, 0, 1, 0])]),
        &["decimal -5497558138.88", "decimal 2.56"],
    );
    let column = "required fixed_len_byte_array(32) a (DECIMAL(76,0));";
    let mut large = [0xFF; 32];
    large[0] = 0x7F;
    check(
        &one::<FixedLenByteArrayType>(column, &[fixed(&large), fixed(&[0xFF; 32])]),
        &["decimal256 57896044618658097711785492504343953926634992332820282019728792003956564819967", "decimal -1"],
    );
    let column = "required fixed_len_byte_array(40) a (DECIMAL(90,0));";
    check(
        &one::<FixedLenByteArrayType>(column, &[fixed(&[1; 40]), fixed(&[0; 40])]),
        &["unsupported a decimal of more than 256 bits", "decimal 0"],
    );
}

#[test]
fn floats_keep_their_width() {
    check(&one::<FloatType>("required float a;", &[0.1, f32::NAN]), &["f32 0.1", "f32 NaN"]);
    check(&one::<DoubleType>("required double a;", &[0.1, -0.0]), &["f64 0.1", "f64 0"]);
    let half = |value: f32| fixed(&half::f16::from_f32(value).to_le_bytes());
    let column = "required fixed_len_byte_array(2) a (FLOAT16);";
    check(&one::<FixedLenByteArrayType>(column, &[half(0.1), half(-1.5)]), &["f16 0.1", "f16 -1.5"]);
}

#[test]
fn times_of_every_unit_neither_wrap_nor_lose_digits() {
    let days = [-719_162, 0, 2_932_896, i32::MAX];
    check(
        &one::<Int32Type>("required int32 a (DATE);", &days),
        &["0001-01-01", "1970-01-01", "9999-12-31", "+5881580-07-11"],
    );
    check(&one::<Int32Type>("required int32 a (TIME_MILLIS);", &[86_399_999]), &["23:59:59.999"]);
    check(&one::<Int64Type>("required int64 a (TIME(MICROS,true));", &[1]), &["00:00:00.000001"]);
    check(&one::<Int64Type>("required int64 a (TIME(NANOS,false));", &[1]), &["00:00:00.000000001"]);
    check(
        &one::<Int64Type>("required int64 a (TIME_MICROS);", &[i64::MAX]),
        &["unsupported a time of day beyond 292 years"],
    );
    let stamp = |unit: &str, value: i64| {
        let text =
            render(Bytes::from(one::<Int64Type>(&format!("required int64 a ({unit});"), &[value])), |_| true, LIMIT);
        text.unwrap().trim().to_owned()
    };
    assert_eq!(stamp("TIMESTAMP_MILLIS", -1), "1969-12-31T23:59:59.999Z");
    assert_eq!(stamp("TIMESTAMP(MILLIS,false)", 253_402_300_799_000), "9999-12-31T23:59:59");
    assert_eq!(stamp("TIMESTAMP(MICROS,true)", -62_135_596_800_000_000), "0001-01-01T00:00:00Z");
    assert_eq!(stamp("TIMESTAMP_MICROS", i64::MAX), "+294247-01-10T04:00:54.775807Z");
    assert_eq!(stamp("TIMESTAMP(NANOS,true)", i64::MAX), "2262-04-11T23:47:16.854775807Z");
    assert_eq!(stamp("TIMESTAMP(NANOS,false)", i64::MIN), "1677-09-21T00:12:43.145224192");
}

#[test]
fn int96_reaches_as_far_as_its_days_do() {
    let int96 = |nanos: u64, day: u32| {
        let mut value = Int96::new();
        #[expect(clippy::cast_possible_truncation, reason = "halves of a number")]
        value.set_data(nanos as u32, (nanos >> 32) as u32, day);
        value
    };
    let values = [
        int96(1, 2_440_588),
        int96(86_399_999_999_999, 5_373_484),
        int96(0, 1_721_426),
        int96(86_400_000_000_000, 2_440_588),
        int96(u64::MAX, 2_440_588),
        int96(0, 0),
    ];
    check(
        &one::<Int96Type>("required int96 a;", &values),
        &[
            "1970-01-01T00:00:00.000000001",
            "9999-12-31T23:59:59.999999999",
            "0001-01-01T00:00:00",
            "1970-01-02T00:00:00",
            "1969-12-31T23:59:59.999999999",
            "-4713-11-24T00:00:00",
        ],
    );
}

#[test]
fn bytes_are_what_their_annotation_says() {
    let text = [bytes("é".as_bytes()), bytes(b"")];
    check(&one::<ByteArrayType>("required byte_array a (UTF8);", &text), &["\"é\"", "\"\""]);
    check(&one::<ByteArrayType>("required byte_array a (STRING);", &text), &["\"é\"", "\"\""]);
    check(&one::<ByteArrayType>("required byte_array a (ENUM);", &[bytes(b"RED")]), &["\"RED\""]);
    check(&one::<ByteArrayType>("required byte_array a (JSON);", &[bytes(b"{\"a\":1}")]), &["json {\"a\":1}"]);
    check(&one::<ByteArrayType>("required byte_array a (BSON);", &[bytes(&[5, 0])]), &["bytes [5, 0]"]);
    check(&one::<ByteArrayType>("required byte_array a;", &[bytes(b"a")]), &["bytes [97]"]);
    check(
        &one::<FixedLenByteArrayType>("required fixed_len_byte_array(3) a;", &[fixed(b"abc")]),
        &["bytes [97, 98, 99]"],
    );
    let uuid = fixed(&0x1234_5678_9abc_def0_0fed_cba9_8765_4321_u128.to_be_bytes());
    let column = "required fixed_len_byte_array(16) a (UUID);";
    check(&one::<FixedLenByteArrayType>(column, &[uuid]), &["12345678-9abc-def0-0fed-cba987654321"]);
    check(&one::<BoolType>("required boolean a;", &[true, false]), &["true", "false"]);
}

#[test]
fn text_that_is_no_utf8_makes_its_row_a_fault() {
    let mut maker = Maker::new("required int32 n; required byte_array a (UTF8);");
    let text = [bytes(b"good"), bytes(b"caf\xE9"), bytes("a long text that is good".as_bytes())];
    maker.group().values::<Int32Type>(&[1, 2, 3]).values::<ByteArrayType>(&text).finish();
    let file = maker.finish();
    let good = "int 3 | \"a long text that is good\"";
    check(&file, &["int 1 | \"good\"", "utf8_invalid[1]; int 2 | unsupported text that is no UTF-8", good]);
    let (file, _) = open(Bytes::from(file)).unwrap();
    let rows = Rows::Columns(file.read(0..1, |_| true, LIMIT).next(1).unwrap().unwrap());
    let mut out = Vec::new();
    rows.write_csv(1, 1, &mut out);
    assert_eq!(out, b"\"caf\xE9\"");
    let json = one::<ByteArrayType>("required byte_array a (JSON);", &[bytes(b"[1]"), bytes(b"\xE9")]);
    check(&json, &["json [1]", "utf8_invalid[0]; unsupported text that is no UTF-8"]);
}

#[test]
fn types_that_are_not_taken_are_named() {
    let mut maker = Maker::new(
        "required int32 a; required fixed_len_byte_array(12) i (INTERVAL); required int32 t (UNKNOWN); \
         required group v (VARIANT) { required byte_array metadata; required byte_array value; } \
         required group bad (LIST) { required int32 x; }",
    );
    let group = maker.group().values::<Int32Type>(&[1]).values::<FixedLenByteArrayType>(&[fixed(&[0; 12])]);
    let group = group.values::<Int32Type>(&[9]).values::<ByteArrayType>(&[bytes(b"")]);
    group.values::<ByteArrayType>(&[bytes(b"")]).values::<Int32Type>(&[5]).finish();
    let file = maker.finish();
    assert_eq!(
        shapes(&file),
        "a: Number, i: Unsupported(\"INTERVAL\"), t: Null, v: Unsupported(\"VARIANT\"), \
         bad: Unsupported(\"a group that is neither LIST nor MAP as the format wants them\")"
    );
    check(&file, &["int 1 | NULL | NULL | NULL | NULL"]);
    let geometry = one::<ByteArrayType>("required byte_array g (GEOMETRY);", &[bytes(b"")]);
    assert_eq!(shapes(&geometry), "g: Unsupported(\"GEOMETRY\")");
}

#[test]
fn nulls_and_dictionaries_and_several_row_groups() {
    let mut maker = Maker::new("optional byte_array a (UTF8); optional int64 b;");
    let text = |text: &str| Some(bytes(text.as_bytes()));
    for n in 0..3 {
        let values = [text("the same long text in all of them"), None, text("the same long text in all of them")];
        maker.group().optional::<ByteArrayType>(&values).optional::<Int64Type>(&[None, Some(n), None]).finish();
    }
    let same = "\"the same long text in all of them\" | NULL";
    let rows: Vec<String> = (0..3).flat_map(|n| [same.into(), format!("NULL | int {n}"), same.into()]).collect();
    check(&maker.finish(), &rows.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn names_may_hold_anything_but_only_once() {
    let mut maker = Maker::new("required int32 a.b; required int32 A.b; required group a { required int32 b; }");
    maker.group().values::<Int32Type>(&[1]).values::<Int32Type>(&[2]).values::<Int32Type>(&[3]).finish();
    let file = maker.finish();
    check(&file, &["int 1 | int 2 | {b: int 3}"]);
    let some = render(Bytes::from(file), |name| name == "A.b", LIMIT).unwrap();
    assert_eq!(some, "NULL | int 2 | NULL\n");

    let mut maker = Maker::new("required int32 a; required int32 a;");
    maker.group().values::<Int32Type>(&[1]).values::<Int32Type>(&[2]).finish();
    let error = open(Bytes::from(maker.finish())).unwrap_err().to_string();
    assert_eq!(error, "the header cannot be used: two columns are called `a`; rename or drop one of them");
}

#[test]
fn a_file_may_have_no_rows() {
    let file = Maker::new("required int32 a;").finish();
    check(&file, &[]);
    assert_eq!(shapes(&file), "a: Number");
}

#[test]
fn cells_are_written_as_csv_that_reads_back() {
    let mut maker =
        Maker::new("required byte_array a (UTF8); required int32 n; optional int32 m; required byte_array b;");
    let group = maker.group().values::<ByteArrayType>(&[bytes(b"5\" nail"), bytes(b"")]).values::<Int32Type>(&[1, 2]);
    group.optional::<Int32Type>(&[None, None]).values::<ByteArrayType>(&[bytes(&[1]), bytes(&[])]).finish();
    let (file, _) = open(Bytes::from(maker.finish())).unwrap();
    let rows = Rows::Columns(file.read(0..1, |_| true, LIMIT).next(1).unwrap().unwrap());
    let line = |row| {
        let mut out = Vec::new();
        for column in 0..4 {
            rows.write_csv(row, column, &mut out);
            out.push(b';');
        }
        String::from_utf8(out).unwrap()
    };
    assert_eq!(line(0), r#""5"" nail";"1";;"AQ==";"#);
    assert_eq!(line(1), r#""";"2";;"";"#);
}
