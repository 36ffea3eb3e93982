//! Values of actions as an independent DynamoDB reads them: what they become it takes, what is refused it refuses.

use std::collections::HashMap;

use dynoxide::{types::AttributeValue, validation::validate_item_attribute_values};
use proptest::{collection, prelude::*};
use rowferry::action::plain::{Format, Type, to_value};
use serde_json::{Value, json};

/// Whether an item may hold a value in DynamoDB JSON.
fn takes(value: &Value) -> bool {
    let Ok(value) = serde_json::from_str::<AttributeValue>(&value.to_string()) else { return false };
    validate_item_attribute_values(&HashMap::from([("a".to_owned(), value)])).is_ok()
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof!["[1-9]{1,39}(E-?1[0-3][0-9])?", "[+-]?[0-9]{0,3}\\.?[0-9]{0,3}", "-?[1-9]e[+-]?[0-9]{1,2}", "[0-9]\\.0"]
}

fn base64() -> impl Strategy<Value = String> {
    prop_oneof!["[AQ]{0,2}", "([AQgw]{4}){0,2}", "A[AQgw]==", "AA[AEIM]="].prop_map(|text: String| text)
}

/// DynamoDB JSON, sound or nearly so.
fn typed() -> impl Strategy<Value = Value> {
    let text = || prop_oneof!["[ab]{0,2}".prop_map(Value::from), (0..3).prop_map(Value::from), Just(Value::Null)];
    let scalar = prop_oneof![
        4 => text().prop_map(|inner| json!({"S": inner})),
        4 => number().prop_map(|inner| json!({"N": inner})),
        4 => base64().prop_map(|inner| json!({"B": inner})),
        2 => any::<bool>().prop_map(|inner| json!({"BOOL": inner})),
        2 => Just(json!({"NULL": true})),
        4 => collection::vec("[ab]{0,2}", 0..4).prop_map(|inner| json!({"SS": inner})),
        4 => collection::vec("[1-3](\\.0|e0)?", 0..3).prop_map(|inner| json!({"NS": inner})),
        4 => collection::vec("A[AQ]==", 0..3).prop_map(|inner| json!({"BS": inner})),
        1 => text(),
    ];
    scalar.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(|inner| json!({"L": inner})),
            collection::btree_map("[ab]", inner, 0..3).prop_map(|inner| json!({"M": inner})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn typed_values_are_those_that_an_item_may_hold(value in typed()) {
        let mut problems = Vec::new();
        let held = to_value(&value, Format::Typed, None, "value", &mut problems);
        prop_assert_eq!(held.is_some(), takes(&value), "{}: {:?}", value, problems);
    }

    #[test]
    fn plain_values_become_what_an_item_may_hold(
        value in typed(),
        kind in prop::sample::select(vec!["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]),
    ) {
        let kind = Type::read(&json!(kind), "type", &mut Vec::new());
        let inner = value.as_object().and_then(|value| value.values().next()).unwrap_or(&value);
        for given in [&value, inner] {
            for wanted in [None, kind.as_ref()] {
                if let Some(held) = to_value(given, Format::Plain, wanted, "value", &mut Vec::new()) {
                    prop_assert!(takes(&held), "{} of {}", held, given);
                }
            }
        }
    }
}

#[test]
fn values_nest_as_deep_as_an_item_may() {
    for lists in 30..34 {
        let value = (0..lists).fold(json!({"S": "x"}), |inner, _| json!({"L": [inner]}));
        let held = to_value(&value, Format::Typed, None, "value", &mut Vec::new());
        assert_eq!(held.is_some(), takes(&value), "{lists}");
    }
}
