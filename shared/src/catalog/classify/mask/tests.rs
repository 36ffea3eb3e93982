use serde_json::json;

use super::*;

/// An attribute with a profile that shows values.
fn attribute(name: &str, sensitivity: Option<&str>) -> serde_json::Value {
    let classification = sensitivity.map(|sensitivity| json!({"entity": "x", "sensitivity": sensitivity}));
    json!({
        "name": name, "classification": classification, "samples": ["secret"],
        "profile": {
            "min": "secret", "max": "secret", "topValues": [{"value": "secret", "count": 2}], "minLength": 6, "mean": 6,
            "cardinalityDistribution": {"categories": ["secret"], "counts": [2], "percentages": [100.0], "allValuesUnique": false},
        },
    })
}

fn masked(attribute: serde_json::Value) -> Attribute {
    let mut attribute = serde_json::from_value(attribute).unwrap();
    mask(&mut attribute);
    attribute
}

fn shows(attribute: &Attribute) -> bool {
    serde_json::to_string(attribute).unwrap().contains("secret")
}

#[test]
fn no_value_of_a_sensitive_attribute_is_left() {
    let attribute = masked(attribute("a", Some("sensitive")));
    assert!(!shows(&attribute));
    let profile = attribute.profile.unwrap();
    assert!(profile.masked);
    assert_eq!(profile.min_length, Some(6));
    assert!(profile.mean.is_some(), "it is of lengths");
    assert_eq!(profile.cardinality_distribution.unwrap().counts, [2]);
}

#[test]
fn values_of_others_are_left_alone() {
    for sensitivity in [None, Some("non_sensitive")] {
        let whole: Attribute = serde_json::from_value(attribute("a", sensitivity)).unwrap();
        assert_eq!(masked(attribute("a", sensitivity)), whole);
    }
}

#[test]
fn what_lies_in_a_sensitive_attribute_is_masked() {
    let mut outer = attribute("outer", Some("sensitive"));
    outer["children"] = json!([attribute("inner", None)]);
    outer["element"] = attribute("", Some("non_sensitive"));
    outer["map_of"] = json!({"keys": 1, "estimated": false, "value": attribute("", None)});
    assert!(!shows(&masked(outer)));
}

#[test]
fn what_a_sensitive_attribute_lies_in_is_masked_and_its_neighbours_are_not() {
    let mut list = attribute("list", None);
    list["element"] = attribute("", None);
    list["element"]["children"] = json!([attribute("inner", Some("sensitive")), attribute("neighbour", None)]);
    let list = masked(list);
    assert!(list.samples.is_empty() && list.profile.as_ref().unwrap().masked);
    let element = list.element.as_ref().unwrap();
    assert!(element.samples.is_empty());
    assert!(!shows(&element.children[0]) && shows(&element.children[1]));
}

#[test]
fn of_numbers_nothing_is_left_that_begins_with_the_smallest() {
    let number = json!({
        "name": "a", "classification": {"entity": "x", "sensitivity": "sensitive"},
        "profile": {
            "min": 41, "max": 49, "sum": 90, "mean": 45, "median": 45, "firstQuartile": 42, "thirdQuartile": 48,
            "histogram": {"boundaries": [41, 49], "frequencies": [2]}, "distinctCount": 2,
        },
    });
    let profile = serde_json::to_value(masked(number).profile).unwrap();
    let left = ["min", "max", "sum", "mean", "median", "firstQuartile", "thirdQuartile", "histogram"];
    assert!(left.iter().all(|name| profile[name].is_null()), "{profile}");
    assert_eq!(profile["distinctCount"], 2);
}
