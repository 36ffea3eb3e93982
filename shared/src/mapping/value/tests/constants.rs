use super::*;

#[track_caller]
fn check(constant: &Constant, conversion: &Conversion, json: &str, size: usize) {
    let mut out = Vec::new();
    assert_eq!(encode_constant(constant, conversion, &mut out), Ok(size), "{constant:?}");
    assert_eq!(String::from_utf8(out).unwrap(), json);
}

#[track_caller]
fn refuse(constant: &Constant, conversion: &Conversion, reason: Reason) {
    let mut out = b"before".to_vec();
    assert_eq!(encode_constant(constant, conversion, &mut out).unwrap_err().reason, reason);
    assert_eq!(out, b"before");
}

fn number(text: &str) -> Constant {
    Constant::Number(text.to_owned())
}

fn words(text: &str) -> Constant {
    Constant::Text(text.to_owned())
}

#[test]
fn a_constant_has_its_own_type_or_the_field_s() {
    check(&words("warehouse"), &to(Kind::Auto), r#"{"S":"warehouse"}"#, 9);
    check(&words("warehouse"), &to(Kind::S), r#"{"S":"warehouse"}"#, 9);
    check(&number("1.0"), &to(Kind::Auto), r#"{"N":"1"}"#, 2);
    check(&number("1.0"), &to(Kind::S), r#"{"S":"1.0"}"#, 3);
    check(&number("1.0"), &to(Kind::N), r#"{"N":"1"}"#, 2);
    check(&words("1.0"), &to(Kind::N), r#"{"N":"1"}"#, 2);
    check(&number("1"), &to(Kind::Bool), r#"{"BOOL":true}"#, 1);
    check(&Constant::Bool(true), &to(Kind::Auto), r#"{"BOOL":true}"#, 1);
    check(&Constant::Bool(true), &to(Kind::S), r#"{"S":"true"}"#, 4);
    check(&Constant::Null, &to(Kind::Null), r#"{"NULL":true}"#, 1);
    check(&Constant::Null, &to(Kind::Auto), r#"{"NULL":true}"#, 1);
    check(&words("AA=="), &to(Kind::B), r#"{"B":"AA=="}"#, 1);
    check(&words("[1]"), &to(Kind::L), r#"{"L":[{"N":"1"}]}"#, 6);
    check(&words("1970-01-02"), &by(Kind::N, Convert::EpochSeconds), r#"{"N":"86400"}"#, 3);
}

#[test]
fn lists_and_maps_keep_the_types_of_their_members() {
    let list = Constant::List(vec![number("2"), words("a"), Constant::Null, Constant::List(vec![])]);
    check(&list, &to(Kind::Auto), r#"{"L":[{"N":"2"},{"S":"a"},{"NULL":true},{"L":[]}]}"#, 14);
    let map = Constant::Map(vec![("b".to_owned(), number("1")), ("a".to_owned(), Constant::Bool(false))]);
    check(&map, &to(Kind::M), r#"{"M":{"a":{"BOOL":false},"b":{"N":"1"}}}"#, 10);
    check(&Constant::List(vec![words("b"), number("1.50")]), &to(Kind::Ss), r#"{"SS":["1.50","b"]}"#, 5);
    check(&Constant::List(vec![words("2"), number("1.50")]), &to(Kind::Ns), r#"{"NS":["1.5","2"]}"#, 5);
    check(&Constant::List(vec![words("AA==")]), &to(Kind::Bs), r#"{"BS":["AA=="]}"#, 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    refuse(&Constant::Null, &to(Kind::S), Reason::NullNotAllowed);
    refuse(&number("1e126"), &to(Kind::Auto), Reason::NumberOutOfRange);
    refuse(&words("x"), &to(Kind::N), Reason::NumberInvalid);
    refuse(&number("1234"), &to(Kind::B), Reason::TypeUnsupported);
    refuse(&Constant::List(vec![]), &to(Kind::M), Reason::TypeUnsupported);
    refuse(&Constant::Map(vec![]), &to(Kind::S), Reason::TypeUnsupported);
    refuse(&Constant::List(vec![]), &to(Kind::Ss), Reason::SetEmpty);
    refuse(&Constant::List(vec![number("1"), number("1.0")]), &to(Kind::Ns), Reason::SetDuplicate);
    refuse(&Constant::List(vec![Constant::Null]), &to(Kind::Ss), Reason::NullNotAllowed);
    refuse(&Constant::List(vec![number("1234")]), &to(Kind::Bs), Reason::TypeUnsupported);
    refuse(&Constant::List(vec![Constant::List(vec![])]), &to(Kind::Ss), Reason::TypeUnsupported);
    refuse(&Constant::List(vec![Constant::Map(vec![])]), &to(Kind::Ss), Reason::TypeUnsupported);
    let deep = |levels| (0..levels).fold(words("x"), |inner, _| Constant::List(vec![inner]));
    check(&deep(31), &to(Kind::L), &format!("{}{}{}", "{\"L\":[".repeat(31), r#"{"S":"x"}"#, "]}".repeat(31)), 125);
    refuse(&deep(32), &to(Kind::L), Reason::NestingTooDeep);
}
