//! Nested columns of Parquet.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryViewArray, Float64Array, Int32Array, Int64Array, ListArray, MapArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use super::*;
use crate::{
    mapping::value::encode,
    reject::Reason,
    row::{
        Rows,
        columns::{self, Kind as Type, Leaf, Member},
    },
};

type Column = (Type, ArrayRef);

fn texts(texts: &[Option<&str>]) -> Column {
    (Type::Leaf(Leaf::Text), Arc::new(texts.iter().map(|text| text.map(str::as_bytes)).collect::<BinaryViewArray>()))
}

fn integers(numbers: &[Option<i64>]) -> Column {
    (Type::Leaf(Leaf::Int64), Arc::new(numbers.iter().copied().collect::<Int64Array>()))
}

fn floats(numbers: &[f64]) -> Column {
    (Type::Leaf(Leaf::Float64), Arc::new(numbers.iter().copied().collect::<Float64Array>()))
}

fn field(name: &str, array: &ArrayRef) -> Arc<Field> {
    Arc::new(Field::new(name, array.data_type().clone(), true))
}

/// One row with all the values of a column.
fn list((kind, values): Column) -> Column {
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let array = ListArray::new(field("element", &values), offsets, values, None);
    (Type::List(Box::new(kind)), Arc::new(array))
}

/// As many rows as its columns have.
fn columns(members: Vec<(&str, Column)>) -> Column {
    let member = |(name, (kind, _)): &(&str, Column)| Member { name: (*name).into(), kind: kind.clone() };
    let kind = Type::Struct(members.iter().map(member).collect());
    let arrays = members.into_iter().map(|(name, (_, array))| (field(name, &array), array)).collect::<Vec<_>>();
    (kind, Arc::new(StructArray::from(arrays)))
}

/// One row with all the entries.
fn map((key, keys): Column, (value, values): Column) -> Column {
    let entries = StructArray::from(vec![
        (Arc::new(Field::new("key", keys.data_type().clone(), keys.null_count() > 0)), Arc::clone(&keys)),
        (field("value", &values), values),
    ]);
    let offsets = OffsetBuffer::from_lengths([entries.len()]);
    let entries_field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    let array = MapArray::new(entries_field, offsets, entries, None, false);
    (Type::Map(Box::new(key), Box::new(value)), Arc::new(array))
}

fn encoded(kind: Kind, (column, array): &Column) -> Result<(String, usize), Fault> {
    let rows = Rows::Columns(columns::Rows::new([Some((column, array))], array.len(), 1).unwrap());
    let mut out = b"before".to_vec();
    let size = encode(&Conversion { kind, ..PLAIN }, rows.cell(0, 0), &mut out);
    let text = String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned();
    assert_eq!(size.is_err(), text.is_empty());
    size.map(|size| (text, size))
}

#[track_caller]
fn check(kind: Kind, column: &Column, json: &str, size: usize) {
    assert_eq!(encoded(kind, column), Ok((json.to_owned(), size)));
}

#[track_caller]
fn refuse(kind: Kind, column: &Column, reason: Reason, detail: &str) {
    assert_eq!(encoded(kind, column), Err(Fault::new(reason, detail)));
}

#[test]
fn lists_keep_their_order_and_their_nulls() {
    let numbers = list(integers(&[Some(20), None, Some(-3), Some(20)]));
    check(Kind::Auto, &numbers, r#"{"L":[{"N":"20"},{"NULL":true},{"N":"-3"},{"N":"20"}]}"#, 15);
    check(Kind::L, &numbers, r#"{"L":[{"N":"20"},{"NULL":true},{"N":"-3"},{"N":"20"}]}"#, 15);
    check(Kind::Auto, &list(integers(&[])), r#"{"L":[]}"#, 3);
    check(Kind::Auto, &list(list(texts(&[Some("é\"")]))), r#"{"L":[{"L":[{"S":"é\""}]}]}"#, 11);
    refuse(Kind::Auto, &list(floats(&[1.0, f64::NAN])), Reason::NumberInvalid, "found NaN, wanted a finite number");
    refuse(Kind::M, &numbers, Reason::TypeUnsupported, "found a list, wanted a struct, a map or a JSON object");
    refuse(Kind::S, &numbers, Reason::TypeUnsupported, "found a list, wanted text");
    refuse(Kind::N, &numbers, Reason::TypeUnsupported, "found a list, wanted a number");
}

#[test]
fn structs_leave_null_members_out() {
    let person = columns(vec![
        ("name", texts(&[Some("Ann")])),
        ("age", integers(&[None])),
        ("a\"b", columns(vec![("y", floats(&[0.5])), ("x", floats(&[-2.0]))])),
    ]);
    let json = r#"{"M":{"a\"b":{"M":{"x":{"N":"-2"},"y":{"N":"0.5"}}},"name":{"S":"Ann"}}}"#;
    check(Kind::Auto, &person, json, 27);
    check(Kind::M, &person, json, 27);
    check(Kind::Auto, &columns(vec![("age", integers(&[None]))]), r#"{"M":{}}"#, 3);
    refuse(Kind::L, &person, Reason::TypeUnsupported, "found a struct, wanted a list or text that holds one");
    let absent = StructArray::new(
        vec![Field::new("age", DataType::Int64, true)].into(),
        vec![Arc::new(Int64Array::from(vec![Some(1)]))],
        Some(NullBuffer::new_null(1)),
    );
    let absent: Column = (columns(vec![("age", integers(&[Some(1)]))]).0, Arc::new(absent));
    check(Kind::Auto, &absent, r#"{"NULL":true}"#, 1);
}

#[test]
fn maps_take_the_last_of_equal_keys_and_keep_null_values() {
    let entries = map(texts(&[Some("b"), Some("a"), Some("b")]), integers(&[Some(1), None, Some(22)]));
    check(Kind::Auto, &entries, r#"{"M":{"a":{"NULL":true},"b":{"N":"22"}}}"#, 10);
    check(Kind::M, &entries, r#"{"M":{"a":{"NULL":true},"b":{"N":"22"}}}"#, 10);
    let keys = (Type::Leaf(Leaf::Date), Arc::new(Int32Array::from(vec![0, -1])) as ArrayRef);
    let dates = map(keys, texts(&[Some("x"), Some("y")]));
    check(Kind::Auto, &dates, r#"{"M":{"1969-12-31":{"S":"y"},"1970-01-01":{"S":"x"}}}"#, 27);
    let numbers = map(floats(&[1.0, 0.1, 1e40]), integers(&[Some(1), Some(2), Some(3)]));
    check(Kind::Auto, &numbers, r#"{"M":{"0.1":{"N":"2"},"1":{"N":"1"},"1E+40":{"N":"3"}}}"#, 21);
    check(Kind::Auto, &map(texts(&[]), texts(&[])), r#"{"M":{}}"#, 3);
    let lists = map(list(integers(&[Some(1)])), integers(&[Some(1)]));
    refuse(Kind::Auto, &lists, Reason::TypeUnsupported, "found a list, wanted text");
}

#[test]
fn sets_come_from_lists_without_null_and_without_repetition() {
    check(Kind::Ss, &list(texts(&[Some("b"), Some("a")])), r#"{"SS":["a","b"]}"#, 2);
    check(Kind::Ns, &list(integers(&[Some(10), Some(-1)])), r#"{"NS":["-1","10"]}"#, 5);
    check(Kind::Ss, &list(integers(&[Some(10)])), r#"{"SS":["10"]}"#, 2);
    let bytes: ArrayRef = Arc::new([b"a", b"b"].into_iter().map(Some).collect::<BinaryViewArray>());
    check(Kind::Bs, &list((Type::Leaf(Leaf::Bytes), bytes)), r#"{"BS":["YQ==","Yg=="]}"#, 2);
    let twice = list(floats(&[1.0, 0.0, -0.0]));
    refuse(Kind::Ns, &twice, Reason::SetDuplicate, "found `0` twice, wanted each member once");
    let empty = list(texts(&[]));
    refuse(Kind::Ss, &empty, Reason::SetEmpty, "found no member, wanted one at least");
    let null = list(texts(&[Some("a"), None]));
    refuse(Kind::Ss, &null, Reason::NullNotAllowed, "found NULL, wanted a value");
    refuse(Kind::Ns, &list(texts(&[Some("x")])), Reason::NumberInvalid, "found `x`, wanted a decimal number");
    refuse(Kind::Ns, &list(list(texts(&[]))), Reason::TypeUnsupported, "found a list, wanted a number");
}

#[test]
fn columns_nest_as_deep_as_dynamodb() {
    let deep = |levels| (0..levels).fold(integers(&[Some(1)]), |inner, _| list(inner));
    check(Kind::Auto, &deep(31), &format!("{}{}{}", r#"{"L":["#.repeat(31), r#"{"N":"1"}"#, "]}".repeat(31)), 126);
    refuse(Kind::Auto, &deep(32), Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
    let deep = |levels| (0..levels).fold(integers(&[Some(1)]), |inner, _| columns(vec![("a", inner)]));
    assert_eq!(encoded(Kind::Auto, &deep(31)).unwrap().1, 31 * 5 + 2);
    refuse(Kind::Auto, &deep(32), Reason::NestingTooDeep, "found a value at level 33, wanted at most 32 levels");
}
