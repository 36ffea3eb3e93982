use super::{super::native::MapOf, *};

fn attribute(name: &str, types: &[&str]) -> Attribute {
    let types = types.iter().map(|kind| Type { kind: (*kind).to_owned(), count: 1, share: 1.0 });
    Attribute { name: name.to_owned(), count: 1, types: types.collect(), ..Attribute::default() }
}

fn with(attribute: Attribute, children: Vec<Attribute>) -> Attribute {
    Attribute { children, ..attribute }
}

fn list(name: &str, element: Attribute) -> Attribute {
    Attribute { element: Some(Box::new(element)), ..attribute(name, &["L"]) }
}

/// The paths of the columns of attributes.
fn paths(attributes: Vec<Attribute>) -> Vec<String> {
    fn gather(columns: &[Column<'_>], found: &mut Vec<String>) {
        for column in columns {
            found.push(column.path.clone());
            gather(&column.children, found);
        }
    }
    let attributes: Vec<_> = attributes.into_iter().map(Cow::Owned).collect();
    let mut found = Vec::new();
    gather(&columns(&attributes, str::to_owned), &mut found);
    found
}

#[test]
fn elements_have_a_column_only_where_their_members_would_be_mixed_up() {
    let maps = || with(attribute("", &["M"]), vec![attribute("a", &["S"])]);
    let mixed = || with(attribute("", &["M", "S"]), vec![attribute("a", &["S"])]);
    assert_eq!(paths(vec![list("l", attribute("", &["S"]))]), ["l"]);
    assert_eq!(paths(vec![list("l", maps())]), ["l", "l.a"]);
    assert_eq!(paths(vec![list("l", mixed())]), ["l", "l.[]", "l.[].a"]);
    assert_eq!(paths(vec![list("l", list("", maps()))]), ["l", "l.[]", "l.[].a"]);
    let both = Attribute {
        element: Some(Box::new(maps())),
        ..with(attribute("x", &["L", "M"]), vec![attribute("a", &["S"])])
    };
    assert_eq!(paths(vec![both]), ["x", "x.a", "x.[]", "x.[].a"]);
    let data = MapOf { value: Box::new(maps()), ..MapOf::default() };
    assert_eq!(paths(vec![Attribute { map_of: Some(data), ..attribute("m", &["M"]) }]), ["m", "m.*", "m.*.a"]);
}

#[test]
fn no_two_columns_have_one_path() {
    let a = with(attribute("a", &["M"]), vec![attribute("b", &["S"]), attribute("b (2)", &["S"])]);
    assert_eq!(paths(vec![a, attribute("a.b", &["S"])]), ["a", "a.b (2)", "a.b (2) (2)", "a.b"]);
    assert_eq!(paths(vec![attribute("same", &["S"]), attribute("same", &["N"])]), ["same", "same (2)"]);
}

#[test]
fn types_are_said_in_an_order_that_samples_do_not_change() {
    assert_eq!(display(&attribute("a", &["S", "NULL", "N"])), "N|S|NULL");
    assert_eq!(display(&attribute("a", &[])), "");
    assert_eq!(display(&list("a", list("", attribute("", &["S", "N"])))), "L<L<N|S>>");
}

#[test]
fn what_is_found_in_elements_without_a_column_is_told_of_their_list() {
    let email = Classification { entity: "email".to_owned(), ..Classification::default() };
    let found_in = |attribute| Attribute { classification: Some(email.clone()), ..attribute };
    assert_eq!(found(&list("l", list("", found_in(attribute("", &["S"]))))).len(), 1);
    let shown = with(found_in(attribute("", &["M", "S"])), vec![attribute("a", &["S"])]);
    assert!(found(&list("l", shown)).is_empty());
}

#[test]
fn keys_are_attributes_even_where_no_item_was_read() {
    let key = |name: &str| Key { attribute: name.to_owned(), role: "partition".to_owned(), kind: "B".to_owned() };
    let index = Index { keys: vec![key("i")], ..Index::default() };
    let table = Table {
        keys: vec![key("k")],
        indexes: vec![index],
        attributes: vec![attribute("k", &[]), attribute("z", &["S"])],
        ..Table::default()
    };
    let found: Vec<_> = attributes(&table).iter().map(|each| format!("{} {}", each.name, display(each))).collect();
    assert_eq!(found, ["k B", "z S", "i B"]);
}

#[test]
fn code_holds_whatever_a_name_holds() {
    assert_eq!(code("plain"), "`plain`");
    assert_eq!(code("a`b``c"), "```a`b``c```");
    assert_eq!(code("`<b>`"), "`` `<b>` ``");
    assert_eq!(code("a\n# b"), "`a\u{fffd}# b`");
}

#[test]
fn rows_are_counted_where_all_were_read() {
    let table = |items: u64| Table {
        items_read: 7,
        item_count: 12,
        sample: serde_json::json!({"items": items}),
        ..Table::default()
    };
    assert_eq!(row_count(&table(7)), 12, "there may be more");
    assert_eq!(row_count(&table(8)), 7);
}

#[test]
fn shares_of_mixed_types_are_told_in_steps_that_samples_do_not_change() {
    let check = |shares: &[(&str, f64)], expected: Option<&str>| {
        let typed = |(kind, share): &(&str, f64)| Type { kind: (*kind).to_owned(), count: 1, share: *share };
        let attribute = Attribute { count: 9, types: shares.iter().map(typed).collect(), ..Attribute::default() };
        assert_eq!(super::shares(&attribute).as_deref(), expected);
    };
    check(&[("N", 0.9), ("S", 0.1)], Some("90% N, 10% S"));
    check(&[("N", 0.912), ("S", 0.088)], Some("90% N, 10% S"));
    check(&[("S", 0.999), ("NULL", 0.001)], Some("over 95% S, under 5% NULL"));
    check(&[("S", 1.0)], None);
    check(&[], None);
}
