use super::*;

/// The attribute `a` of items in which it is a map of these names with values of one kind.
fn maps(maps: &[Vec<String>]) -> Attribute {
    let map = |names: &Vec<String>| {
        let members: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!({ "N": "1" }))).collect();
        json!({ "M": members })
    };
    values(&maps.iter().map(map).collect::<Vec<_>>())
}

#[track_caller]
fn data(names: &[&str], keys: u64) {
    let attribute = maps(&[names.iter().map(|name| (*name).to_owned()).collect()]);
    let map_of = attribute.map_of.unwrap_or_else(|| panic!("{names:?} are no names"));
    assert_eq!((map_of.keys, map_of.estimated, attribute.children.len()), (keys, false, 0));
    assert_eq!((types(&map_of.value), map_of.value.count), (vec![("N", keys)], keys));
}

#[track_caller]
fn members(names: &[&str]) {
    let attribute = maps(&[names.iter().map(|name| (*name).to_owned()).collect()]);
    assert_eq!((attribute.map_of, attribute.children.len()), (None, names.len()));
}

#[test]
fn ids_and_dates_are_data() {
    data(&["3f2b8c1e-0d4a-4b7e-9c55-0a1b2c3d4e5f", "7a9d1f00-5e2c-4c1b-8f77-aa55cc3311ee"], 2);
    data(&["2026-01-01", "2026-01-02"], 2);
    data(&["2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z"], 3);
    data(&["100234", "100235"], 2);
    data(&["ann@example.com", "bob@example.com"], 2);
    data(&["10.0.0.123", "10.0.0.245"], 2);
    data(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], 10);
    data(&["u101", "u102", "u103", "u104", "u105", "u106", "u107", "u108", "u109", "u110"], 10);
}

#[test]
fn names_are_members() {
    members(&["street", "city"]);
    members(&["1", "2", "3"]);
    members(&["line1", "line2", "line3", "line4", "line5", "line6", "line7", "line8", "line9", "line10"]);
    members(&["total_revenue_2023", "total_revenue_2024"]);
    members(&["sha256", "md5"]);
    members(&["2026-01-01"]);
    members(&["en", "de", "fr", "pt-BR", "zh-Hans"]);
}

#[test]
fn ids_with_values_of_many_types_are_members() {
    let attribute = values(&[json!({ "M": { "100234": { "N": "1" }, "100235": { "S": "x" } } })]);
    assert_eq!((attribute.map_of, attribute.children.len()), (None, 2));
}

#[test]
fn sixty_optional_members_with_names_are_members() {
    let names: Vec<String> = (0..60).map(|number| format!("q{number}")).collect();
    let some = |map: usize| names.iter().enumerate().filter(move |(name, _)| (name * 7 + map * 13).is_multiple_of(31));
    let attribute = maps(&(0..400).map(|map| some(map).map(|(_, name)| name.clone()).collect()).collect::<Vec<_>>());
    assert_eq!((attribute.map_of, attribute.children.len()), (None, 60));
}

#[test]
fn a_few_of_many_members_with_names_are_members() {
    let some = |map: usize| (0..5).map(move |place| format!("q{}", (map * 37 + place * 29) % 130)).collect();
    let attribute = maps(&(0..400).map(some).collect::<Vec<_>>());
    assert_eq!((attribute.map_of, attribute.children.len()), (None, 130));
}

#[test]
fn names_without_end_are_data() {
    let word = |number: usize| -> String {
        (0..4).map(|place| char::from(b'a' + u8::try_from(number / 7_usize.pow(place) % 7).unwrap())).collect()
    };
    let attribute = maps(&(0..40).map(|map| vec![word(map * 2), word(map * 2 + 1)]).collect::<Vec<_>>());
    let map_of = attribute.map_of.unwrap();
    assert_eq!((map_of.keys, map_of.value.count), (80, 80));
}

#[test]
fn what_members_had_is_put_together() {
    // So many that the map becomes one of data while it is read, in the midst of an item.
    let members: serde_json::Map<_, _> = (0..300)
        .map(|number| {
            let value = json!({ "M": { "price": { "N": (number % 50).to_string() }, "tags": { "SS": [format!("t{}", number % 3)] } } });
            (format!("sku{}", 1000 + number), value)
        })
        .collect();
    let attribute = values(&[json!({ "M": members })]);
    let map_of = attribute.map_of.unwrap();
    assert_eq!((map_of.keys, map_of.estimated, map_of.value.count), (300, false, 300));
    assert_eq!(attribute.profile.unwrap().max_length, Some(300));
    let (price, tags) = (&map_of.value.children[0], &map_of.value.children[1]);
    let profile = price.profile.clone().unwrap();
    assert_eq!((profile.values_count, profile.distinct_count, profile.unique_count), (300, 50, 0));
    assert_eq!(
        (text(profile.sum.as_ref()), text(profile.mean.as_ref()), text(profile.median.as_ref())),
        ("7350".into(), "24.5".into(), "24.5".into())
    );
    assert_eq!(text(profile.stddev.as_ref()), "14.4308696896618");
    assert_eq!(profile.top_values[0].count, 6);
    let element = tags.element.as_ref().unwrap().profile.clone().unwrap();
    assert_eq!((element.distinct_count, element.min, element.max), (3, Some(json!("t0")), Some(json!("t2"))));
}

#[test]
fn more_names_than_are_followed_are_data_of_any_type() {
    let value = |number: u32| if number.is_multiple_of(2) { json!({ "S": "x" }) } else { json!({ "N": "1" }) };
    let letter = |number: u32| char::from_u32(0x4e00 + number).unwrap().to_string();
    let members: serde_json::Map<_, _> = (0..300).map(|number| (letter(number), value(number))).collect();
    let map_of = values(&[json!({ "M": members })]).map_of.unwrap();
    assert_eq!((map_of.keys, types(&map_of.value)), (300, vec![("S", 150), ("N", 150)]));
}

#[test]
fn room_comes_back_when_members_become_one() {
    let limits = Limits { attributes: 40, ..Limits::default() };
    let members: serde_json::Map<_, _> =
        (0..200).map(|number| (format!("{}", 100_000 + number), json!({ "N": "1" }))).collect();
    let items = [json!({ "a": { "M": members } }), json!({ "b": { "M": { "x": { "S": "" }, "y": { "S": "" } } } })];
    let finished = finish(profiler(limits, &items));
    assert_eq!((finished.left_out, finished.attributes[1].children.len()), (0, 2));
}
