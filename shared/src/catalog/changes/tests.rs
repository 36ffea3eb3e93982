use serde_json::json;

use super::{
    super::{coverage, native::*},
    *,
};

fn attribute(name: &str, count: u64, types: &[(&str, u64)]) -> Attribute {
    let types = types.iter().map(|(kind, count)| Type { kind: (*kind).to_owned(), count: *count, share: 1.0 });
    Attribute { name: name.to_owned(), count, types: types.collect(), ..Attribute::default() }
}

fn text(name: &str, count: u64) -> Attribute {
    attribute(name, count, &[("S", count)])
}

fn map(name: &str, count: u64, children: Vec<Attribute>) -> Attribute {
    Attribute { children, ..attribute(name, count, &[("M", count)]) }
}

fn list(name: &str, count: u64, element: Attribute) -> Attribute {
    Attribute { element: Some(Box::new(element)), ..attribute(name, count, &[("L", count)]) }
}

fn of_data(name: &str, count: u64, value: Attribute) -> Attribute {
    let map_of = MapOf { keys: 900, estimated: false, value: Box::new(value) };
    Attribute { map_of: Some(map_of), ..attribute(name, count, &[("M", count)]) }
}

fn email(attribute: Attribute) -> Attribute {
    let classification =
        Classification { entity: "email".to_owned(), sensitivity: "sensitive".to_owned(), ..Classification::default() };
    Attribute { classification: Some(classification), ..attribute }
}

/// A table of which 1000 items were read, of many.
fn sample(attributes: Vec<Attribute>) -> Table {
    Table { items_read: 1000, sample: json!({"items": 1000}), attributes, ..Table::default() }
}

fn whole(attributes: Vec<Attribute>) -> Table {
    Table { sample: json!("whole"), ..sample(attributes) }
}

/// Changes as lines: `path change before -> after`.
fn lines(before: &Table, after: &Table) -> Vec<String> {
    let changes = changes(Some(before), after).into_iter();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let line = |each: Change| {
        format!("{} {} {} -> {}", or_dash(each.attribute), each.change, or_dash(each.before), or_dash(each.after))
    };
    changes.map(line).collect()
}

#[track_caller]
fn check(before: Vec<Attribute>, after: Vec<Attribute>, expected: &[&str]) {
    assert_eq!(lines(&sample(before), &sample(after)), expected);
}

#[test]
fn what_merely_varies_with_the_sample_is_no_change() {
    for count in [1, 10, 19] {
        check(vec![text("rare", count)], vec![], &[]);
        check(vec![], vec![text("rare", count)], &[]);
        check(vec![text("a", 1000)], vec![attribute("a", 1000, &[("S", 1000 - count), ("N", count)])], &[]);
        let element = |types: &[(&str, u64)]| list("l", 10, attribute("", 1000, types));
        check(vec![element(&[("S", 1000)])], vec![element(&[("S", 1000 - count), ("N", count)])], &[]);
    }
}

#[test]
fn what_chance_does_not_explain_is_a_change() {
    check(vec![text("a", 20)], vec![], &["a attribute_removed S -> -"]);
    check(vec![], vec![text("a", 20)], &["a attribute_added - -> S"]);
    let mixed = attribute("a", 1000, &[("S", 980), ("N", 20)]);
    check(vec![text("a", 1000)], vec![mixed.clone()], &["a types_changed S -> N|S"]);
    check(vec![mixed], vec![text("a", 1000)], &["a types_changed N|S -> S"]);
}

#[test]
fn a_type_that_varies_with_the_sample_is_left_out_of_a_change_of_types() {
    let before = attribute("a", 1000, &[("S", 999), ("NULL", 1)]);
    check(vec![before], vec![attribute("a", 1000, &[("N", 1000)])], &["a types_changed S -> N"]);
}

#[test]
fn samples_of_different_size_are_weighed() {
    let few = Table { items_read: 100, sample: json!({"percent": 5}), ..sample(vec![]) };
    assert!(lines(&sample(vec![text("a", 40)]), &few).is_empty(), "100 items may well lack what 4 % have");
    let many = Table { items_read: 100_000, ..sample(vec![]) };
    assert_eq!(lines(&sample(vec![text("a", 4)]), &many), ["a attribute_removed S -> -"]);
    let nothing = Table { items_read: 0, sample: json!({"percent": 5}), ..sample(vec![]) };
    assert!(lines(&sample(vec![text("a", 1000)]), &nothing).is_empty(), "nothing was read");
}

#[test]
fn what_a_table_that_was_read_whole_lacks_is_not_there() {
    assert_eq!(lines(&whole(vec![]), &sample(vec![text("a", 1)])), ["a attribute_added - -> S"]);
    assert_eq!(lines(&sample(vec![text("a", 1)]), &whole(vec![])), ["a attribute_removed S -> -"]);
    assert!(lines(&whole(vec![text("a", 1)]), &sample(vec![])).is_empty());
    let cut = Table { cut_short: Some("budget".to_owned()), ..whole(vec![]) };
    assert!(lines(&sample(vec![text("a", 1)]), &cut).is_empty());
    let small = Table { items_read: 7, ..sample(vec![]) };
    assert_eq!(lines(&sample(vec![text("a", 1)]), &small), ["a attribute_removed S -> -"]);
}

#[test]
fn nested_attributes_have_paths() {
    let before = map("address", 900, vec![text("city", 900), map("geo", 900, vec![text("lat", 900)])]);
    let after = map("address", 900, vec![map("geo", 900, vec![text("lon", 900)]), text("a.b", 900)]);
    check(
        vec![before],
        vec![after],
        &[
            r#"address."a.b" attribute_added - -> S"#,
            "address.city attribute_removed S -> -",
            "address.geo.lat attribute_removed S -> -",
            "address.geo.lon attribute_added - -> S",
        ],
    );
    let lines = |name: &str| list("lines", 900, map("", 2000, vec![text(name, 2000)]));
    check(
        vec![lines("sku")],
        vec![lines("id")],
        &["lines[].id attribute_added - -> S", "lines[].sku attribute_removed S -> -"],
    );
    let prices = |kind: &str| of_data("prices", 900, attribute("", 900, &[(kind, 900)]));
    check(vec![prices("S")], vec![prices("N")], &["prices.* types_changed S -> N"]);
}

#[test]
fn of_members_it_is_the_maps_that_are_counted() {
    let of = |count: u64, members: Vec<Attribute>| vec![map("m", count, members)];
    check(of(2, vec![text("a", 2)]), of(2, vec![]), &[]);
    check(of(30, vec![text("a", 30)]), of(2, vec![]), &[]);
    check(of(30, vec![text("a", 30)]), of(30, vec![]), &["m.a attribute_removed S -> -"]);
}

#[test]
fn a_map_whose_keys_became_data_is_one_change() {
    let named = map("m", 900, vec![text("a", 900), text("b", 900)]);
    let data = of_data("m", 900, text("", 900));
    check(vec![named.clone()], vec![data.clone()], &["m map_keys_changed names -> data"]);
    check(vec![data], vec![named], &["m map_keys_changed data -> names"]);
}

#[test]
fn classifications_come_and_go_with_enough_values() {
    let found = "a classification_changed - -> email (sensitive)";
    check(vec![text("a", 900)], vec![email(text("a", 900))], &[found]);
    check(vec![email(text("a", 900))], vec![text("a", 3)], &[]);
    check(vec![text("a", 3)], vec![email(text("a", 3))], &[]);
    check(vec![], vec![email(text("a", 900))], &["a attribute_added - -> S", found]);
    let mut confirmed = email(text("a", 3));
    confirmed.classification.as_mut().unwrap().decision = "confirmed".to_owned();
    let expected = "a classification_changed email (sensitive) -> email (sensitive, confirmed)";
    check(vec![email(text("a", 3))], vec![confirmed], &[expected]);
}

#[test]
fn what_comes_with_a_new_attribute_or_type_is_classified_too() {
    let line = "classification_changed - -> email (sensitive)";
    let nested = map("m", 900, vec![list("l", 900, of_data("", 900, email(text("", 900))))]);
    check(vec![], vec![nested], &["m attribute_added - -> M", &format!("m.l[].* {line}")]);
    let elements = list("a", 900, email(text("", 900)));
    check(vec![text("a", 900)], vec![elements], &["a types_changed S -> L", &format!("a[] {line}")]);
    let values = of_data("a", 900, email(text("", 900)));
    check(vec![text("a", 900)], vec![values], &["a types_changed S -> M", &format!("a.* {line}")]);
    let members = map("a", 900, vec![email(text("b", 900))]);
    let expected = ["a types_changed S -> M", "a.b attribute_added - -> S", &format!("a.b {line}")];
    check(vec![text("a", 900)], vec![members], &expected);
}

#[test]
fn a_table_s_own_changes_come_first() {
    let key = |name: &str| Key { attribute: name.to_owned(), role: "partition".to_owned(), kind: "S".to_owned() };
    let index = |name: &str, keys: Vec<Key>| Index {
        name: name.to_owned(),
        kind: "global".to_owned(),
        keys,
        projection: "ALL".to_owned(),
        ..Index::default()
    };
    let before = Table {
        keys: vec![key("a")],
        indexes: vec![index("gone", vec![key("b")]), index("other", vec![key("b")])],
        billing_mode: "PROVISIONED".to_owned(),
        capacity: Capacity { read_units: Some(1), write_units: Some(1) },
        table_id: Some("1".to_owned()),
        point_in_time_recovery: None,
        time_to_live: Some(TimeToLive { enabled: true, attribute: Some("t".to_owned()) }),
        ..sample(vec![])
    };
    let after = Table {
        keys: vec![key("c")],
        indexes: vec![index("came", vec![key("b")]), index("other", vec![key("c")])],
        billing_mode: "PAY_PER_REQUEST".to_owned(),
        capacity: Capacity::default(),
        table_id: Some("2".to_owned()),
        point_in_time_recovery: Some(true),
        time_to_live: Some(TimeToLive::default()),
        stream: Some(Stream { view_type: "KEYS_ONLY".to_owned(), arn: None }),
        ..sample(vec![text("x", 1000)])
    };
    let expected = [
        "- billing_mode_changed PROVISIONED -> PAY_PER_REQUEST",
        "- index_added - -> came: global, b (S), projects ALL",
        "- index_changed other: global, b (S), projects ALL -> other: global, c (S), projects ALL",
        "- index_removed gone: global, b (S), projects ALL -> -",
        "- key_changed a (S) -> c (S)",
        "- stream_changed off -> KEYS_ONLY",
        "- table_recreated 1 -> 2",
        "- time_to_live_changed t -> off",
        "x attribute_added - -> S",
    ];
    assert_eq!(lines(&before, &after), expected);
    assert!(lines(&after, &after).is_empty());
}

#[test]
fn a_table_that_came_is_one_change() {
    let after = Table { table: "t".to_owned(), ..sample(vec![email(text("a", 900))]) };
    let found = changes(None, &after);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].table.as_str(), found[0].change.as_str()), ("t", "table_added"));
}

/// A manifest of tables in eu-west-1: those read, those skipped, and the error of account 1.
fn manifest(read: &[(&str, &str)], skipped: &[(Option<&str>, &str)], error: Option<&str>) -> Manifest {
    let entry = |(account, table): &(&str, &str)| Entry {
        account: (*account).to_owned(),
        region: "eu-west-1".to_owned(),
        table: (*table).to_owned(),
        ..Entry::default()
    };
    let left = |(account, table): &(Option<&str>, &str)| Skipped {
        account: account.map(str::to_owned),
        region: "eu-west-1".to_owned(),
        table: (*table).to_owned(),
        ..Skipped::default()
    };
    let account = Account {
        account: Some("1".to_owned()),
        region: "eu-west-1".to_owned(),
        error: error.map(str::to_owned),
        ..Account::default()
    };
    Manifest {
        tables: read.iter().map(entry).collect(),
        skipped: skipped.iter().map(left).collect(),
        accounts: vec![account],
        ..Manifest::default()
    }
}

#[track_caller]
fn check_gone(before: &Manifest, after: &Manifest, exclude: &str, expected: &[&str]) {
    let coverage = coverage::parse(&format!("exclude: [{exclude}]"), "").unwrap();
    let gone = gone(before, after, &coverage.filter);
    let told: Vec<_> = gone.iter().map(|each| format!("{} {} {}", each.account, each.table, each.change)).collect();
    assert_eq!(told, expected);
}

#[test]
fn tables_are_gone_when_their_account_was_asked_and_lacks_them() {
    let before = manifest(&[("1", "b"), ("1", "a")], &[(Some("1"), "denied")], None);
    let removed = ["1 a table_removed", "1 b table_removed", "1 denied table_removed"];
    check_gone(&before, &manifest(&[], &[], None), "", &removed);
    check_gone(&before, &manifest(&[("1", "a"), ("1", "denied")], &[(None, "b")], None), "", &[]);
    check_gone(&before, &manifest(&[], &[(Some("1"), "a")], Some("access denied")), "", &[]);
}

#[test]
fn tables_that_are_not_covered_any_more_are_left_out_and_not_removed() {
    let before = manifest(&[("2", "b"), ("1", "b"), ("1", "a")], &[], None);
    let expected = ["1 a table_left_out", "1 b table_removed", "2 b table_left_out"];
    check_gone(&before, &manifest(&[], &[], None), "a", &expected);
    check_gone(&before, &manifest(&[], &[], Some("access denied")), "a", &["2 b table_left_out"]);
}
