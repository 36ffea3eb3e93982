//! What goes into a table by an action comes out by every other one: random items of all types and random keys, in both
//! formats, over the embedded DynamoDB.
//!
//! `ROWFERRY_CASES=n` runs more cases.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{
    collection,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rowferry::action::plain::{self, to_value};
use rowferry_tests::world::World;
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;

use crate::model::setting;

/// How many cases run by default.
const CASES: u32 = 60;

/// A key attribute: its name and, in DynamoDB JSON, its value.
type Key = (String, Value);

#[derive(Debug, Clone)]
struct Case {
    partition: Key,
    sort: Option<Key>,
    /// The other attributes, in DynamoDB JSON.
    attributes: Map<String, Value>,
    /// What an attribute is set to.
    set: Value,
    put: Format,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Format {
    Plain,
    Typed,
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{0,18}[1-9])?",
        "[1-9][0-9]{37}",
        "-?[1-9]\\.[0-9]{0,30}[1-9]E-?1[01][0-9]"
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}", "\\PC{1,6}"]
}

fn bytes(least: usize) -> impl Strategy<Value = String> {
    collection::vec(any::<u8>(), least..9).prop_map(|bytes| STANDARD.encode(bytes))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(|text| json!({"S": text})),
        number().prop_map(|number| json!({"N": number})),
        bytes(0).prop_map(|bytes| json!({"B": bytes})),
        any::<bool>().prop_map(|flag| json!({"BOOL": flag})),
        Just(json!({"NULL": true})),
        collection::btree_set(any::<String>(), 1..4).prop_map(|texts| json!({"SS": texts})),
        collection::btree_set(-99..99_i32, 1..4)
            .prop_map(|numbers| json!({"NS": numbers.iter().map(ToString::to_string).collect::<Vec<_>>()})),
        collection::btree_set(bytes(0), 1..4).prop_map(|bytes| json!({"BS": bytes})),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(|list| json!({"L": list})),
            collection::btree_map(text(), inner, 0..4).prop_map(|map| json!({"M": map})),
        ]
    })
}

fn key_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(|text| json!({"S": text})),
        number().prop_map(|number| json!({"N": number})),
        bytes(1).prop_map(|bytes| json!({"B": bytes})),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let name = |names: &'static [&'static str]| prop::sample::select(names).prop_map(str::to_owned);
    let partition = (name(&["pk", "a.b", "名", "size"]), key_value());
    let sort = prop::option::of((name(&["sk", "c-d", "order"]), key_value()));
    let attributes = collection::btree_map("x[a-c.☃]{0,3}", value(), 0..5).prop_map(Map::from_iter);
    let put = prop::sample::select(vec![Format::Plain, Format::Typed]);
    (partition, sort, attributes, value(), put).prop_map(|(partition, sort, attributes, set, put)| Case {
        partition,
        sort,
        attributes,
        set,
        put,
    })
}

/// A value's type and what stands under it.
fn parts(value: &Value) -> (&str, &Value) {
    let (kind, inner) = value.as_object().unwrap().iter().next().unwrap();
    (kind, inner)
}

/// What a value is in ordinary JSON.
fn ordinary(value: &Value) -> Value {
    let number = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap();
    match parts(value) {
        ("N", text) => number(text),
        ("NS", texts) => texts.as_array().unwrap().iter().map(number).collect(),
        ("NULL", _) => Value::Null,
        ("L", list) => list.as_array().unwrap().iter().map(ordinary).collect(),
        ("M", map) => plain_item(map.as_object().unwrap()),
        (_, inner) => inner.clone(),
    }
}

fn plain_item(item: &Map<String, Value>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), ordinary(value))).collect()
}

/// The type that a value wants in plain format, none where JSON's own does; an error where there is no such type.
fn type_of(value: &Value) -> Result<Option<Value>, ()> {
    match parts(value) {
        (kind @ ("B" | "SS" | "NS" | "BS"), _) => Ok(Some(kind.into())),
        ("M", map) => {
            let types = types_of(map.as_object().unwrap())?;
            Ok((!types.is_empty()).then(|| types.into()))
        }
        ("L", list) => {
            let mut types = list.as_array().unwrap().iter().map(type_of).collect::<Result<Vec<_>, ()>>()?;
            types.dedup();
            match types.as_slice() {
                [] | [None] => Ok(None),
                [Some(one)] => Ok(Some(json!([one]))),
                _ => Err(()),
            }
        }
        _ => Ok(None),
    }
}

fn types_of(item: &Map<String, Value>) -> Result<Map<String, Value>, ()> {
    let typed = item.iter().map(|(name, value)| Ok(type_of(value)?.map(|kind| (name.clone(), kind))));
    typed.filter_map(Result::transpose).collect()
}

impl Format {
    fn of(self, value: &Value) -> Value {
        if self == Self::Plain { ordinary(value) } else { value.clone() }
    }

    fn of_item(self, item: &Map<String, Value>) -> Value {
        if self == Self::Plain { plain_item(item) } else { item.clone().into() }
    }

    /// The types that go with values; typed format takes them, too, and plain format may have none for them.
    fn types(self, item: &Map<String, Value>) -> Option<Value> {
        let types = types_of(item);
        if self == Self::Plain { types.ok().map(Value::Object) } else { Some(types.unwrap_or_default().into()) }
    }

    fn payload(self, action: &str, more: &Value) -> Value {
        let mut payload = json!({"action": action, "format": if self == Self::Plain { "plain" } else { "typed" }});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        payload
    }
}

/// The payload's part that names the item.
fn by_key(format: Format, case: &Case) -> Value {
    let range = case.sort.as_ref().map(|(_, value)| format.of(value));
    json!({"tableName": "tab", "value": format.of(&case.partition.1), "rangeKeyValue": range})
}

/// Every other way to read the one item of the table.
fn reads(format: Format, case: &Case) -> Vec<Value> {
    let (name, value) = &case.partition;
    let mut condition = "#p = :p".to_owned();
    let mut names = json!({"#p": name});
    let mut values = Map::from_iter([(":p".to_owned(), value.clone())]);
    if let Some((name, value)) = &case.sort {
        condition.push_str(" AND #s = :s");
        names["#s"] = name.as_str().into();
        values.insert(":s".into(), value.clone());
    }
    let query = json!({"tableName": "tab", "keyConditionExpression": condition, "expressionAttributeNames": names,
        "expressionAttributeValues": format.of_item(&values), "expressionAttributeValueTypes": format.types(&values)});
    // Parameters have no types, so bytes have no plain form there.
    let select = if format == Format::Plain && value.get("B").is_some() {
        json!({"statement": "SELECT * FROM tab"})
    } else {
        json!({"statement": format!("SELECT * FROM tab WHERE \"{name}\" = ?"), "parameters": [format.of(value)]})
    };
    vec![
        format.payload("queryItems", &query),
        format.payload("scanItems", &json!({"tableName": "tab", "fetchAll": true})),
        format.payload("rawRequest", &select),
    ]
}

/// A number as DynamoDB JSON, written alike where it is the same.
fn alike(number: &Value) -> Value {
    to_value(number, plain::Format::Plain, None, "number", &mut Vec::new()).unwrap()
}

/// Whether an answer is a value in a format; members of sets come in any order.
fn is(format: Format, answer: &Value, value: &Value) -> bool {
    let (kind, inner) = parts(value);
    let held = match format {
        Format::Plain => answer,
        Format::Typed if answer.as_object().is_some_and(|answer| answer.len() == 1) => &answer[kind],
        Format::Typed => return false,
    };
    let text = |number: &Value| serde_json::from_str::<Value>(number.as_str().unwrap_or_default()).unwrap_or_default();
    let sorted = |members: &Value| {
        let mut members: Vec<String> = members.as_array().into_iter().flatten().map(ToString::to_string).collect();
        members.sort();
        members
    };
    match (kind, format) {
        ("N", Format::Plain) => held.is_number() && alike(held) == alike(&text(inner)),
        ("N", Format::Typed) => held.is_string() && alike(&text(held)) == alike(&text(inner)),
        ("NULL", Format::Plain) => held.is_null(),
        ("NS", Format::Plain) => sorted(held) == sorted(&inner.as_array().unwrap().iter().map(text).collect()),
        ("SS" | "NS" | "BS", _) => sorted(held) == sorted(inner),
        ("L", _) => {
            let (held, inner) = (held.as_array(), inner.as_array().unwrap());
            let pairs = held.into_iter().flatten().zip(inner);
            held.map(Vec::len) == Some(inner.len()) && pairs.into_iter().all(|(held, inner)| is(format, held, inner))
        }
        ("M", _) => is_item(format, held, inner.as_object().unwrap()),
        _ => held == inner,
    }
}

fn is_item(format: Format, answer: &Value, item: &Map<String, Value>) -> bool {
    let names = answer.as_object().map(Map::len);
    names == Some(item.len())
        && item.iter().all(|(name, value)| answer.get(name).is_some_and(|held| is(format, held, value)))
}

#[track_caller]
fn check(format: Format, answer: &Value, item: &Map<String, Value>) {
    assert!(is_item(format, answer, item), "{format:?}: {answer} is not {}", Value::Object(item.clone()));
}

async fn run(case: &Case) {
    let world = World::new();
    let mut keys = vec![(case.partition.0.as_str(), parts(&case.partition.1).0, "HASH")];
    keys.extend(case.sort.as_ref().map(|(name, value)| (name.as_str(), parts(value).0, "RANGE")));
    world.create_table("tab", &keys, &json!({}));
    let mut item = case.attributes.clone();
    item.extend([case.partition.clone()].into_iter().chain(case.sort.clone()));

    // What has no plain form goes in as typed.
    let format = if case.put.types(&item).is_some() { case.put } else { Format::Typed };
    let put = json!({"tableName": "tab", "item": format.of_item(&item), "itemTypes": format.types(&item)});
    world.done(&format.payload("upsertItem", &put)).await;
    for format in [Format::Typed, Format::Plain] {
        let got = world.done(&format.payload("getItem", &by_key(format, case))).await;
        check(format, &got["item"], &item);
        for payload in reads(format, case) {
            let answer = world.done(&payload).await;
            assert_eq!((&answer["count"], &answer["nextToken"]), (&json!(1), &Value::Null), "{payload}");
            check(format, &answer["items"][0], &item);
        }
    }

    for format in [Format::Typed, Format::Plain] {
        let values = Map::from_iter([(":v".to_owned(), case.set.clone())]);
        let Some(types) = format.types(&values) else { continue };
        let mut update = by_key(format, case);
        update["updateExpression"] = json!("SET #v = :v");
        update["expressionAttributeNames"] = json!({"#v": "set.to"});
        update["expressionAttributeValues"] = format.of_item(&values);
        update["expressionAttributeValueTypes"] = types;
        update["returnValues"] = json!("ALL_NEW");
        item.insert("set.to".into(), case.set.clone());
        let answer = world.done(&format.payload("updateItem", &update)).await;
        check(format, &answer["attributes"], &item);
    }

    // What came out goes in again.
    if let Some(types) = Format::Plain.types(&item) {
        let got = world.done(&Format::Plain.payload("getItem", &by_key(Format::Plain, case))).await;
        let put = json!({"tableName": "tab", "item": got["item"], "itemTypes": types});
        world.done(&Format::Plain.payload("upsertItem", &put)).await;
    }
    check(Format::Typed, &world.items("tab")[0], &item);
    let mut delete = by_key(case.put, case);
    delete["returnValues"] = json!("ALL_OLD");
    let answer = world.done(&case.put.payload("deleteItem", &delete)).await;
    check(case.put, &answer["attributes"], &item);
    assert_eq!(world.items("tab"), Vec::<Value>::new());
}

#[test]
fn what_goes_in_by_an_action_comes_out_by_every_other() {
    let cases = setting("ROWFERRY_CASES").map_or(CASES, |cases| u32::try_from(cases).unwrap());
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let tried = TestRunner::new(Config::with_cases(cases)).run(&case(), |case| {
        runtime.block_on(run(&case));
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}
