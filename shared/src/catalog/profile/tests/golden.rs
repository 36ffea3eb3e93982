//! A plain computation in another language: `tests/e2e/profile_reference.py` made what is wanted here.

use std::{collections::BTreeMap, fs};

use super::*;

/// Every attribute, member and element under its path.
fn flat<'a>(path: String, attribute: &'a Attribute, all: &mut BTreeMap<String, &'a Attribute>) {
    for child in &attribute.children {
        flat(format!("{path}.{}", child.name), child, all);
    }
    if let Some(map_of) = &attribute.map_of {
        flat(format!("{path}.{VALUE}"), &map_of.value, all);
    }
    if let Some(element) = &attribute.element {
        flat(format!("{path}.{ELEMENT}"), element, all);
    }
    all.insert(path, attribute);
}

/// Numbers that were computed may differ in their last digits, and nothing else.
#[track_caller]
fn same(path: &str, found: &Value, wanted: &Value) {
    let number = |value: &Value| value.as_number().and_then(|number| number.to_string().parse::<f64>().ok());
    match (found, wanted) {
        (Value::Array(found), Value::Array(wanted)) => {
            assert_eq!(found.len(), wanted.len(), "{path}");
            found.iter().zip(wanted).for_each(|(found, wanted)| same(path, found, wanted));
        }
        (Value::Object(found), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                same(&format!("{path}.{name}"), &found[name], wanted);
            }
        }
        (Value::Number(found), Value::String(wanted)) => assert_eq!(&found.to_string(), wanted, "{path}"),
        _ => match (number(found), number(wanted)) {
            (Some(found), Some(wanted)) => {
                assert!((found - wanted).abs() <= 1e-11 * wanted.abs().max(1e-3), "{path}: {found} is not {wanted}");
            }
            _ => assert_eq!(found, wanted, "{path}"),
        },
    }
}

#[test]
fn every_metric_is_that_of_another_language() {
    let file = |name: &str| -> Value {
        let path = format!("{}/../tests/golden/profile/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let attributes = fold(file("items.json").as_array().unwrap());
    let mut all = BTreeMap::new();
    for attribute in &attributes {
        flat(attribute.name.clone(), attribute, &mut all);
    }
    let wanted = file("profile.json");
    let wanted = wanted.as_object().unwrap();
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        wanted.keys().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    );
    for (path, attribute) in all {
        let wanted = &wanted[&path];
        let mut found = json!(attribute);
        found["types"] = attribute
            .types
            .iter()
            .map(|each| (each.kind.clone(), each.count.into()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        found["keys"] = json!(attribute.map_of.as_ref().map(|map_of| map_of.keys));
        let top = &attribute.profile.as_ref().unwrap().top_values;
        let name = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        found["profile"]["topValues"] = top.iter().map(|each| json!([name(&each.value), each.count])).collect();
        same(&path, &found, wanted);
        assert_eq!(found["profile"]["estimated"], json!([]));
    }
}
