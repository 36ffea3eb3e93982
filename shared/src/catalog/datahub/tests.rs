use super::*;

#[test]
fn frequencies_are_told_only_of_all_values() {
    let profile = |values_count: u64| Profile {
        values_count,
        top_values: vec![
            native::Frequent { value: json!(true), count: 3 },
            native::Frequent { value: json!(1.5), count: 2 },
        ],
        ..Profile::default()
    };
    let expected = json!([{"value": "true", "frequency": 3}, {"value": "1.5", "frequency": 2}]);
    assert_eq!(frequencies(&profile(5)), Some(expected));
    assert_eq!(frequencies(&profile(6)), None);
    assert_eq!(frequencies(&Profile::default()), None);
}

#[test]
fn an_entity_cannot_end_its_urn() {
    let found = native::Classification { entity: "a,b)(é c".to_owned(), ..native::Classification::default() };
    let tags = tags(&[&found]);
    assert_eq!(tags, json!({"tags": [{"tag": "urn:li:tag:PII.NonSensitive"}, {"tag": "urn:li:tag:PII.a_b__é_c"}]}));
}

#[test]
fn figures_of_masked_numbers_are_not_told_but_lengths_of_masked_text_are() {
    let masked = |kind: &str| {
        let number = |text: &str| text.parse::<serde_json::Number>().ok();
        let profile =
            Profile { masked: true, min: Some(json!(1)), mean: number("2"), median: number("3"), ..Profile::default() };
        let types = vec![native::Type { kind: kind.to_owned(), count: 1, share: 1.0 }];
        let attribute = Attribute { types, samples: vec![json!(1)], ..Attribute::default() };
        let mut field = Map::new();
        figures(&mut field, &attribute, &profile);
        field.keys().cloned().collect::<Vec<_>>()
    };
    let counts = ["uniqueCount", "uniqueProportion", "nullCount", "nullProportion"];
    assert_eq!(masked("N"), counts);
    assert_eq!(masked("S"), [&counts[..], &["mean", "median", "quantiles"]].concat());
}
