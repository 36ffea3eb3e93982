use proptest::prelude::*;

use super::*;

#[test]
fn types_are_dynamodb_s_own_at_every_level() {
    let item = json!({
        "s": { "S": "1000" }, "n": { "N": "1" }, "b": { "B": "AA==" }, "bool": { "BOOL": true }, "null": { "NULL": true },
        "ss": { "SS": ["a"] }, "ns": { "NS": ["1"] }, "bs": { "BS": ["AA=="] },
        "l": { "L": [{ "S": "x" }, { "N": "1" }, { "M": { "in": { "L": [{ "NS": ["7"] }] } } }] },
        "m": { "M": { "deep": { "M": { "deeper": { "BOOL": false } } } } }
    });
    let attributes = fold(&[item]);
    let of = |name: &str| types(named(&attributes, name)).remove(0).0.to_owned();
    let names = ["s", "n", "b", "bool", "null", "ss", "ns", "bs", "l", "m"];
    assert_eq!(names.map(of), ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"]);
    let element = named(&attributes, "l").element.as_ref().unwrap();
    assert_eq!(types(element), [("S", 1), ("N", 1), ("M", 1)]);
    let inside = element.children[0].element.as_ref().unwrap();
    assert_eq!((types(inside), types(inside.element.as_ref().unwrap())), (vec![("NS", 1)], vec![("N", 1)]));
    assert_eq!(types(&named(&attributes, "m").children[0].children[0]), [("BOOL", 1)]);
    assert_eq!(types(named(&attributes, "bs").element.as_ref().unwrap()), [("B", 1)]);
}

#[test]
fn mixed_types_have_their_shares() {
    let mixed = [json!({ "S": "a" }), json!({ "N": "1" }), json!({ "N": "3" }), json!({ "NULL": true })];
    let attribute = values(&mixed);
    let shares: Vec<f64> = attribute.types.iter().map(|each| each.share).collect();
    assert_eq!((types(&attribute), shares), (vec![("N", 2), ("S", 1), ("NULL", 1)], vec![0.5, 0.25, 0.25]));
    let profile = attribute.profile.unwrap();
    assert_eq!(
        (profile.min, text(profile.mean.as_ref()), profile.max_length),
        (Some(json!(1)), "2".to_owned(), Some(1))
    );
}

#[test]
fn absent_and_null_are_both_null_and_presence_tells_them_apart() {
    let attributes = fold(&[json!({ "a": { "NULL": true } }), json!({ "a": { "S": "x" } }), json!({}), json!({})]);
    let profile = attributes[0].profile.clone().unwrap();
    assert_eq!((attributes[0].presence, profile.null_count, profile.values_count), (0.5, 3, 1));
}

#[test]
fn keys_come_first_even_of_an_empty_table() {
    let key = |name: &str, kind: &str| Key { attribute: name.to_owned(), role: String::new(), kind: kind.to_owned() };
    let keys = vec![key("pk", "S"), key("sk", "N"), key("index", "B"), key("pk", "S")];
    let mut profiler = Profiler::new((), keys, Limits::default());
    let empty = finish(profiler.clone()).attributes;
    let told: Vec<_> = empty.iter().map(|each| (each.name.as_str(), types(each), each.presence)).collect();
    assert_eq!(told, [("pk", vec![("S", 0)], 0.0), ("sk", vec![("N", 0)], 0.0), ("index", vec![("B", 0)], 0.0)]);
    profiler
        .page(&answer(&[json!({ "b": { "S": "" }, "sk": { "N": "1" }, "a": { "S": "" }, "pk": { "S": "x" } })]))
        .unwrap();
    let names: Vec<String> = finish(profiler).attributes.into_iter().map(|each| each.name).collect();
    assert_eq!(names, ["pk", "sk", "index", "a", "b"]);
}

#[test]
fn an_answer_tells_where_to_go_on_and_what_it_took() {
    let mut profiler = Profiler::new((), Vec::new(), Limits::default());
    let body =
        br#" {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 12.5}, "LastEvaluatedKey": {"pk":{"S":"]}\""}},
        "Items": [ {"a" : {"S" : "x"} } , {} ], "More": [1, {"x": [null, -1e5]}, "y"]} "#;
    let page = profiler.page(body).unwrap();
    let wanted = Page { items: 2, last_key: Some(json!({"pk": {"S": "]}\""}})), units: 12.5 };
    assert_eq!(page, wanted);
    assert_eq!(profiler.page(br#"{"Items":[]}"#).unwrap(), Page::default());
    assert_eq!(profiler.items(), 2);
}

#[test]
fn escapes_are_read() {
    let body = r#"{"Items":[{"n\u0061me":{"S":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 end"}},{"name":{"S":"plain, and long enough to be searched by memory, \" so"}}]}"#;
    let mut profiler = Profiler::new((), Vec::new(), Limits::default());
    profiler.page(body.as_bytes()).unwrap();
    let attributes = finish(profiler).attributes;
    assert_eq!((attributes.len(), attributes[0].name.as_str()), (1, "name"));
    let wanted = ["\"\\/\u{8}\u{c}\n\r\té😀 end", "plain, and long enough to be searched by memory, \" so"];
    assert_eq!(attributes[0].samples, wanted.map(Value::from));
    assert_eq!(attributes[0].profile.as_ref().unwrap().min_length, Some(14));
    for bad in [r"\x", r"\u12", r"\u12g4", r"\ud800", r"\ud800x", r"\ud800\u0041", r"\udc00", r"\"] {
        let body = format!(r#"{{"Items":[{{"a":{{"S":"{bad}"}}}}]}}"#);
        assert!(profiler_error(body.as_bytes()), "{bad}");
    }
}

fn profiler_error(body: &[u8]) -> bool {
    Profiler::new((), Vec::new(), Limits::default()).page(body).is_err()
}

#[test]
fn what_is_no_answer_is_an_error() {
    let bad = [
        "",
        "{",
        "{}",
        "[]",
        "null",
        r#"{"Items":{}}"#,
        r#"{"Items":[{"a":1}]}"#,
        r#"{"Items":[{"a":{"S":1}}]}"#,
        r#"{"Items":[{"a":{"X":"1"}}]}"#,
        r#"{"Items":[{"a":{"XX":"1"}}]}"#,
        r#"{"Items":[{"a":{"N":"one"}}]}"#,
        r#"{"Items":[{"a":{"BOOL":"true"}}]}"#,
        r#"{"Items":[{"a":{"S":"x"},}]}"#,
        r#"{"Items":[{"a":{"S":"x","N":"1"}}]}"#,
        r#"{"Items":[]} x"#,
        r#"{"Items":[],"Items":[{}]"#,
        r#"{"Items":[{"a":{"L":[{"S":"x"}}]}]}"#,
        "{\"Items\":[],\"\u{0}",
    ];
    for body in bad {
        assert!(profiler_error(body.as_bytes()), "{body}");
    }
    assert!(profiler_error(b"{\"Items\":[{\"a\":{\"S\":\"\xff\"}}]}"));
}

#[test]
fn depth_and_width_are_bounded_and_told() {
    let nested = |levels: usize| {
        let value = (0..levels).fold(json!({ "S": "x" }), |inner, _| json!({ "L": [inner] }));
        answer(&[json!({ "a": value })])
    };
    assert!(!profiler_error(&nested(32)));
    assert!(profiler_error(&nested(41)));
    let deep = format!(r#"{{"Other":{}"#, "[".repeat(1 << 20));
    assert!(profiler_error(deep.as_bytes()));

    let limits = Limits { attributes: 20, top: 10, ..Limits::default() };
    let items: Vec<Value> = (0..100).map(|number| json!({ format!("a{number}"): { "L": [{ "S": "x" }] } })).collect();
    let finished = finish(profiler(limits, &items));
    assert_eq!((finished.attributes.len(), finished.left_out), (10, 90));
    let long = "n".repeat(1000);
    let limits = Limits { name_bytes: 999, ..Limits::default() };
    assert_eq!(finish(profiler(limits, &[json!({ long: { "S": "x" } })])).left_out, 1);
}

#[test]
fn bytes_that_are_no_profile_are_refused() {
    let saved = profiler(Limits::default(), &[json!({ "a": { "N": "1" }, "m": { "M": { "x": { "S": "y" } } } })])
        .save()
        .unwrap();
    let restore = |bytes: &[u8]| Profiler::restore((), Vec::new(), Limits::default(), bytes);
    for length in 0..saved.len() {
        assert!(restore(&saved[..length]).is_err());
    }
    for at in 0..saved.len() {
        let mut other = saved.clone();
        other[at] ^= 1;
        assert_eq!(restore(&other).err(), Some(Error::Saved));
    }
    let text = Profiler::<()>::restore((), Vec::new(), Limits::default(), &saved).unwrap();
    assert_eq!(text.save().unwrap(), saved);
}

#[test]
fn attributes_are_found_in_whatever_order_they_come() {
    let one = json!({ "a": { "S": "1" }, "b": { "S": "2" }, "c": { "S": "3" }, "d": { "S": "4" } });
    let two = json!({ "d": { "S": "4" }, "b": { "S": "2" }, "a": { "S": "1" } });
    let attributes = fold(&[one.clone(), two.clone(), one.clone(), two, one]);
    let counts: Vec<(&str, u64, u64)> =
        attributes.iter().map(|it| (it.name.as_str(), it.count, it.profile.as_ref().unwrap().distinct_count)).collect();
    assert_eq!(counts, [("a", 5, 1), ("b", 5, 1), ("c", 3, 1), ("d", 5, 1)]);
}

#[test]
fn judges_see_every_attribute_with_its_path() {
    let item = json!({ "a": { "M": { "b": { "L": [{ "S": "x" }] } } }, "days": { "M": { "2026-01-01": { "N": "1" }, "2026-01-02": { "N": "1" } } } });
    let mut paths = Vec::new();
    let finished = profiler(Limits::default(), &[item]).finish(false, |path, (), attribute| {
        paths.push(path.join("."));
        attribute.count = 7;
    });
    paths.sort();
    assert_eq!(paths, ["a", "a.b", "a.b.[]", "days", "days.{}"]);
    assert_eq!(finished.attributes[0].children[0].element.as_ref().unwrap().count, 7);
    assert_eq!(finished.attributes[0].children[0].element.as_ref().unwrap().samples, Vec::<Value>::new());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), from in 0..200_usize, to in 0..200_usize) {
        let item = json!({ "a": { "S": "\u{1f600}\n" }, "m": { "M": { "l": { "L": [{ "N": "-1.5E+3" }, { "NULL": true }] } } }, "s": { "NS": ["1"] } });
        let mut body = answer(&[item.clone(), item]);
        let (from, to) = (from.min(body.len()), to.min(body.len()));
        let mut profiler = Profiler::new((), Vec::new(), Limits::default());
        let _ = profiler.page(&bytes);
        prop_assert!(profiler.page(&body[..from.min(body.len() - 1)]).is_err());
        body.splice(from.min(to)..to.max(from), bytes.iter().copied());
        let _ = profiler.page(&body);
        let saved = profiler.save().unwrap();
        let _ = Profiler::restore((), Vec::new(), Limits::default(), &bytes);
        let restored = Profiler::restore((), Vec::new(), Limits::default(), &saved).unwrap();
        prop_assert_eq!(finish(restored), finish(profiler));
    }
}
