use serde_json::Number;

use super::*;
use crate::catalog::native::{Attribute, Entry, Frequent, Histogram, Profile};

const MANY_DIGITS: &str = "99999999999999999999999999999999999999";

fn number(text: &str) -> Number {
    serde_json::from_str(text).unwrap()
}

/// The JSON that a script hands over, read as JavaScript reads the literal.
fn handed_over((_, content): &File, function: &str) -> Value {
    let literal = content.strip_prefix(&format!("rowferry.{function}('")).unwrap().strip_suffix("');\n").unwrap();
    let mut text = String::new();
    let mut rest = literal.chars();
    while let Some(each) = rest.next() {
        assert!(each != '\'', "the literal ends early");
        match each {
            '\\' => match rest.next().unwrap() {
                'x' => text.push(hex(&mut rest, 2)),
                'u' => text.push(hex(&mut rest, 4)),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    serde_json::from_str(&text).unwrap()
}

fn hex(from: &mut std::str::Chars, digits: usize) -> char {
    let code: String = from.take(digits).collect();
    char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap()
}

fn with(attribute: Attribute) -> Value {
    let made = Table { table: "orders".to_owned(), attributes: vec![attribute], ..Table::default() };
    handed_over(&table(&made), "table")["table"]["attributes"][0].take()
}

#[test]
fn what_data_hold_can_end_neither_a_literal_nor_an_element() {
    let hostile = "</script><!-- ' \\ \\' \u{2028}\u{2029} \n \r \" \u{0} é";
    let made = Table { table: hostile.to_owned(), ..Table::default() };
    let file = table(&made);
    assert!(!file.1.contains(['<', '\u{2028}', '\u{2029}', '\r', '\0']));
    assert_eq!(file.1.matches('\n').count(), 1);
    assert_eq!(handed_over(&file, "table")["table"]["table"], hostile);
}

#[test]
fn numbers_keep_every_digit_and_are_not_taken_for_text() {
    let profile = Profile {
        min: Some("0001".into()),
        max: Some(Value::Number(number(MANY_DIGITS))),
        mean: Some(number("0.1000")),
        histogram: Some(Histogram { boundaries: vec![number("1"), number(MANY_DIGITS)], frequencies: vec![7] }),
        top_values: vec![Frequent { value: Value::Number(number(MANY_DIGITS)), count: 7 }],
        ..Profile::default()
    };
    let nested = Attribute { profile: Some(profile), samples: vec![json!({ "number": "5" })], ..Attribute::default() };
    let shown = with(Attribute { element: Some(Box::new(nested)), ..Attribute::default() });
    let profile = &shown["element"]["profile"];
    assert_eq!(profile["min"], "0001");
    assert_eq!(profile["max"], json!({ "number": MANY_DIGITS }));
    assert_eq!(profile["mean"], "0.1000");
    assert_eq!(profile["histogram"], json!({ "boundaries": ["1", MANY_DIGITS], "frequencies": [7] }));
    assert_eq!(profile["topValues"], json!([{ "value": { "number": MANY_DIGITS }, "count": 7 }]));
    assert_eq!(shown["element"]["samples"], json!([{ "json": "{\"number\":\"5\"}" }]));
}

#[test]
fn the_list_says_where_each_table_lies() {
    let entry = |table: &str| Entry { account: "1".to_owned(), table: table.to_owned(), ..Entry::default() };
    let manifest = Manifest { tables: vec![entry("orders"), entry("Orders")], ..Manifest::default() };
    let files = files(&manifest, &[Change::default()]);
    let list = handed_over(files.iter().find(|file| file.0 == "page/manifest.js").unwrap(), "manifest");
    assert_eq!(list["changes"], 1);
    for (shown, entry) in list["manifest"]["tables"].as_array().unwrap().iter().zip(&manifest.tables) {
        let made = Table { account: entry.account.clone(), table: entry.table.clone(), ..Table::default() };
        assert_eq!(table(&made).0, format!("page/tables/{}.js", shown["id"].as_str().unwrap()));
    }
    assert_ne!(list["manifest"]["tables"][0]["id"], list["manifest"]["tables"][1]["id"]);
}

#[test]
fn the_page_loads_what_is_written_and_nothing_else() {
    let files = files(&Manifest::default(), &[]);
    let html = &files.iter().find(|file| file.0 == "index.html").unwrap().1;
    let loaded = html.split(['"', '\'']).filter(|part| part.starts_with("page/"));
    let loaded: std::collections::BTreeSet<_> = loaded.collect();
    let lazily = ["index.html", "page/changes.js"];
    let written = files.iter().map(|file| file.0.as_str()).filter(|key| !lazily.contains(key));
    assert_eq!(loaded, written.collect());
    let others = |content: &str| content.replace("http://www.w3.org/2000/svg", "").contains("//www");
    assert!(files.iter().all(|file| !others(&file.1) && !file.1.contains("https:")));
}
