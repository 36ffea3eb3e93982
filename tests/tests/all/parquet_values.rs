//! Any values in Parquet are the same values in the table.

use dynoxide::types::normalize_dynamo_number;
use proptest::prelude::*;
use rowferry_tests::{
    parquet::{
        BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Maker,
    },
    told,
    world::World,
};
use serde_json::{Value, json};

const COLUMNS: &str = "
required byte_array id (UTF8); optional int64 whole; optional int64 unsigned (UINT_64); optional int32 small (INT_16);
optional fixed_len_byte_array(16) price (DECIMAL(38,9)); optional byte_array change (DECIMAL(38,9));
optional double double; optional float single; optional byte_array text (UTF8); optional byte_array raw;
optional boolean flag; optional group list (LIST) { repeated group list { optional byte_array element (UTF8); } }";

#[derive(Debug, Clone)]
struct Row {
    whole: Option<i64>,
    small: Option<i16>,
    price: Option<i128>,
    double: Option<f64>,
    text: Option<String>,
    raw: Option<Vec<u8>>,
    list: Option<Vec<Option<String>>>,
}

fn row() -> impl Strategy<Value = Row> {
    let most = 10_i128.pow(38) - 1;
    let text = || "[a-c\"\\\\\u{0}é😀]{0,6}";
    let double = prop_oneof![
        -1e6..1e6_f64,
        any::<f64>().prop_filter("DynamoDB has less range", |float| {
            *float == 0.0 || (1e-130..1e125).contains(&float.abs())
        })
    ];
    let price = prop_oneof![-most..=most, -1_000_i128..1_000];
    let (raw, list) = (prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(prop::option::of(text()), 0..4));
    let scalars = (any::<Option<i64>>(), any::<Option<i16>>(), prop::option::of(price), prop::option::of(double));
    (scalars, prop::option::of(text()), prop::option::of(raw), prop::option::of(list)).prop_map(
        |((whole, small, price, double), text, raw, list)| Row { whole, small, price, double, text, raw, list },
    )
}

impl Row {
    fn single(&self) -> Option<f32> {
        self.small.map(|small| f32::from(small) / 8.0)
    }

    fn flag(&self) -> Option<bool> {
        self.small.map(|small| small % 2 == 0)
    }
}

/// The file of rows, their `id` being their number.
fn file(rows: &[Row]) -> bytes::Bytes {
    fn all<T>(rows: &[Row], value: impl Fn(&Row) -> Option<T>) -> Vec<Option<T>> {
        rows.iter().map(value).collect()
    }
    let mut maker = Maker::new(COLUMNS);
    for (number, rows) in rows.chunks(5).enumerate() {
        let ids: Vec<String> = (0..rows.len()).map(|row| (number * 5 + row).to_string()).collect();
        let group = maker.group().texts(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let group = group.optional::<Int64Type>(&all(rows, |row| row.whole));
        // The same bits, without a sign.
        let group = group.optional::<Int64Type>(&all(rows, |row| row.whole));
        let group = group.optional::<Int32Type>(&all(rows, |row| row.small.map(i32::from)));
        let group =
            group.optional::<FixedLenByteArrayType>(&all(rows, |row| Some(row.price?.to_be_bytes().to_vec().into())));
        let group = group.optional::<ByteArrayType>(&all(rows, |row| Some(shortest(row.price?).into())));
        let group = group.optional::<DoubleType>(&all(rows, |row| row.double));
        let group = group.optional::<FloatType>(&all(rows, Row::single));
        let group = group.optional::<ByteArrayType>(&all(rows, |row| Some(row.text.as_deref()?.into())));
        let group = group.optional::<ByteArrayType>(&all(rows, |row| Some(row.raw.clone()?.into())));
        let group = group.optional::<BoolType>(&all(rows, Row::flag));
        let (mut values, mut definition, mut repetition): (Vec<ByteArray>, Vec<i16>, Vec<i16>) = Default::default();
        for list in rows.iter().map(|row| &row.list) {
            let members = list.iter().flatten();
            let start = definition.len();
            definition.extend(members.clone().map(|member| if member.is_some() { 3 } else { 2 }));
            if definition.len() == start {
                definition.push(i16::from(list.is_some()));
            }
            repetition.push(0);
            repetition.resize(definition.len(), 1);
            values.extend(members.flatten().map(|member| member.as_str().into()));
        }
        group.levels::<ByteArrayType>(&values, Some(&definition), Some(&repetition)).finish();
    }
    maker.finish()
}

/// The bytes of a number without those that only repeat its sign.
fn shortest(value: i128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let sign = if value < 0 { 0xFF } else { 0 };
    let spare = bytes.windows(2).take_while(|pair| pair[0] == sign && pair[1] >> 7 == sign >> 7).count();
    bytes[spare..].to_vec()
}

/// The item that a row is to become.
fn item(number: usize, row: &Row) -> Value {
    let n = |text: String| json!({"N": normalize_dynamo_number(&text)});
    let mut item = json!({"id": {"S": number.to_string()}});
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            item[name] = value;
        }
    };
    set("whole", row.whole.map(|whole| n(whole.to_string())));
    set("unsigned", row.whole.map(|whole| n(whole.cast_unsigned().to_string())));
    set("small", row.small.map(|small| n(small.to_string())));
    set("price", row.price.map(|price| n(format!("{price}E-9"))));
    set("change", row.price.map(|price| n(format!("{price}E-9"))));
    set("double", row.double.map(|double| n(format!("{double:e}"))));
    set("single", row.single().map(|single| n(format!("{single:e}"))));
    set("text", row.text.as_ref().map(|text| json!({"S": text})));
    set("raw", row.raw.as_ref().map(|raw| json!({"B": base64(raw)})));
    set("flag", row.flag().map(|flag| json!({"BOOL": flag})));
    let member = |member: &Option<String>| member.as_ref().map_or(json!({"NULL": true}), |text| json!({"S": text}));
    set("list", row.list.as_ref().map(|list| json!({"L": list.iter().map(member).collect::<Vec<_>>()})));
    item
}

/// RFC 4648, by its definition.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        let digit =
            |place: usize| if place > chunk.len() { '=' } else { char::from(DIGITS[bits >> (18 - 6 * place) & 63]) };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

async fn check(rows: &[Row]) {
    let world = World::loading(&[("id", "S", "HASH")], "write: replace\nfields: all");
    let report = world.load("extracts/s/a.parquet", file(rows)).await;
    assert_eq!(told::summary(&report), format!("succeeded: {0} read, {0} written", rows.len()));
    let mut items = world.items("items");
    items.sort_by_key(|item| item["id"]["S"].as_str().unwrap().parse::<usize>().unwrap());
    for (number, (row, found)) in rows.iter().zip(items).enumerate() {
        let mut expected = item(number, row);
        // Two texts may be equally short and equally near; then either will do.
        let text = |name: &str| found[name]["N"].as_str().unwrap_or_default();
        for (name, is_same) in [
            ("double", row.double.is_some_and(|double| text("double").parse() == Ok(double))),
            ("single", row.single().is_some_and(|single| text("single").parse() == Ok(single))),
        ] {
            if is_same && text(name).len() == expected[name]["N"].as_str().unwrap_or_default().len() {
                expected[name] = found[name].clone();
            }
        }
        expected.sort_all_objects();
        assert_eq!(found, expected, "{row:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_are_the_same_in_the_table(rows in prop::collection::vec(row(), 1..17)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&rows));
    }
}
