//! What goes in one way comes out the same way, for every value.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{collection, prelude::*};

use super::*;
use crate::image::value::canonical;

fn number() -> impl Strategy<Value = String> {
    let scientific = (any::<bool>(), 1..10_u8, 1..100_u8, 40..125_i32, any::<bool>()).prop_map(
        |(minus, first, rest, power, large)| {
            let power = if large { power } else { -power };
            format!("{}{first}.{rest}E{power:+}", if minus { "-" } else { "" })
        },
    );
    prop_oneof!["-?(0|[1-9][0-9]{0,18})(\\.[0-9]{0,18}[1-9])?", "[1-9][0-9]{37}", "-0\\.0[0-9]{36}", scientific]
}

fn bytes() -> impl Strategy<Value = String> {
    collection::vec(any::<u8>(), 0..9).prop_map(|bytes| STANDARD.encode(bytes))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "S|N|B|L|M|SS|NULL", "\\PC{0,4}", any::<String>()]
}

/// A set of texts that stand for different values.
fn set(kind: &'static str, member: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Value> {
    let own = move |text: &String| canonical(json!({&kind[..1]: text})).to_string();
    let members = collection::vec(member, 1..5).prop_map(move |mut members| {
        let mut seen = BTreeSet::new();
        members.retain(|member| seen.insert(own(member)));
        json!({kind: members})
    });
    members.boxed()
}

fn scalar(kind: &str) -> BoxedStrategy<Value> {
    match kind {
        "S" => any::<String>().prop_map(|text| json!({"S": text})).boxed(),
        "N" => number().prop_map(|text| json!({"N": text})).boxed(),
        "B" => bytes().prop_map(|text| json!({"B": text})).boxed(),
        "BOOL" => any::<bool>().prop_map(|value| json!({"BOOL": value})).boxed(),
        "SS" => set("SS", any::<String>()),
        "NS" => set("NS", number()),
        "BS" => set("BS", bytes()),
        _ => Just(json!({"NULL": true})).boxed(),
    }
}

/// Any value of the leaves, in lists and maps.
fn of(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(|list| json!({"L": list})),
            collection::btree_map(name(), inner, 0..5).prop_map(|map| json!({"M": map})),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    of(prop::sample::select(vec!["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"]).prop_flat_map(scalar))
}

/// The type of a value, as far as plain JSON does not tell it. Takes out of lists what needs another type than the
/// elements before.
fn derive(value: &mut Value) -> Type {
    let (kind, inner) = value.as_object_mut().unwrap().iter_mut().next().unwrap();
    let natural = Type::Of(Kind::Auto);
    match types::kind(kind).unwrap() {
        Kind::L => {
            let mut element = None;
            inner.as_array_mut().unwrap().retain_mut(|each| {
                let own = derive(each);
                let both = element.clone().map_or(Some(own.clone()), |element| merge(element, own));
                let fits = both.is_some();
                element = both.or(element.take());
                fits
            });
            element.filter(|element| *element != natural).map_or(natural, |element| Type::Elements(Box::new(element)))
        }
        Kind::M => {
            let members = inner.as_object_mut().unwrap().iter_mut();
            let types: BTreeMap<_, _> = members.map(|(name, member)| (name.clone(), derive(member))).collect();
            if types.values().all(|each| *each == natural) { natural } else { Type::Members(types) }
        }
        Kind::S | Kind::N | Kind::Bool | Kind::Null => natural,
        kind => Type::Of(kind),
    }
}

/// One type for two elements of a list.
fn merge(one: Type, two: Type) -> Option<Type> {
    match (one, two) {
        (Type::Members(mut one), Type::Members(two)) => {
            for (name, own) in two {
                let both = one.remove(&name).map_or(Some(own.clone()), |other| merge(other, own))?;
                one.insert(name, both);
            }
            Some(Type::Members(one))
        }
        (one, two) => (one == two).then_some(one),
    }
}

/// Any JSON whose numbers are written as they come out.
fn any_plain() -> impl Strategy<Value = Value> {
    let number = number().prop_map(|text| answer(canonical(json!({"N": text}))));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        number
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::vec((name(), inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn answer(value: Value) -> Value {
    from_value(value, Format::Plain)
}

/// What comes near to values and types, sound or not.
fn any_json() -> impl Strategy<Value = Value> {
    let near = prop_oneof![
        "[SNBLM]{1,2}",
        "BOOL|NULL|auto",
        "[+-]?[0-9]{0,40}[.eE]?[0-9]{0,3}",
        "[\\[\\]{}\",:1]{0,6}",
        "AQ==|AQ"
    ];
    let leaf = prop_oneof![any_plain(), any_scalar(), near.prop_map(Value::from), Just(json("1e999999999999"))];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::vec((name(), inner.clone()), 0..4).prop_map(|members| members.into_iter().collect()),
            inner.prop_map(|inner| inner.to_string().into()),
        ]
    })
}

fn any_scalar() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"]).prop_flat_map(scalar)
}

fn take(given: &Value, format: Format, wanted: Option<&Type>) -> Result<Value, Vec<String>> {
    let mut problems = Vec::new();
    let value = to_value(given, format, wanted, "value", &mut problems);
    assert_eq!(value.is_none(), !problems.is_empty(), "{problems:?}");
    value.ok_or(problems)
}

proptest! {
    #[test]
    fn typed_comes_out_as_it_went_in(value in any_value()) {
        let held = take(&value, Format::Typed, None);
        prop_assert_eq!(held.as_ref().map(Value::to_string), Ok(value.to_string()));
        prop_assert_eq!(from_value(held.unwrap(), Format::Typed).to_string(), value.to_string());
    }

    #[test]
    fn plain_goes_in_as_it_came_out(mut value in any_value()) {
        let wanted = derive(&mut value);
        let again = take(&answer(value.clone()), Format::Plain, Some(&wanted));
        prop_assert_eq!(again.map(canonical), Ok(canonical(value.clone())));
        prop_assert_eq!(take(&value, Format::Typed, Some(&wanted)), Ok(value));
    }

    #[test]
    fn plain_comes_out_as_it_went_in(plain in any_plain()) {
        let held = take(&plain, Format::Plain, None).unwrap();
        prop_assert_eq!(answer(held).to_string(), plain.to_string());
    }

    #[test]
    fn no_json_is_too_odd(given in any_json(), of in any_json()) {
        let mut problems = Vec::new();
        let wanted = Type::read(&of, "type", &mut problems);
        prop_assert_eq!(wanted.is_none(), !problems.is_empty());
        for wanted in [None, wanted.as_ref()] {
            for format in [Format::Plain, Format::Typed] {
                if let Ok(held) = take(&given, format, wanted) {
                    prop_assert_eq!(take(&held, Format::Typed, wanted), Ok(held.clone()));
                }
                prop_assert_eq!(from_item(given.clone(), format).is_object(), given.is_object());
            }
        }
        answer(given);
    }
}
