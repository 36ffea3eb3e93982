//! The page on which people browse an export: static files that work from S3, beneath any prefix, and from disk.
//!
//! A page that is opened from disk cannot fetch. So data come as scripts, each of which calls one function of the page
//! with a text of JSON. That text can end neither the script nor an element around it.
//!
//! Figures that DynamoDB's numbers make are texts there, as JavaScript's numbers would lose digits of them: a metric is
//! `"12.50"`. Where text could stand as well, a number is `{"number": "12.50"}`, and a list or map is `{"json": "…"}`.

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::native::{Change, Manifest, Table};

/// A file: its key beneath the export, and its content.
pub type File = (String, String);

/// What is the same in every export.
const FIXED: [(&str, &str); 10] = [
    ("index.html", include_str!("page/index.html")),
    ("page/page.css", include_str!("page/page.css")),
    ("page/icon.svg", include_str!("page/icon.svg")),
    ("page/element.js", include_str!("page/element.js")),
    ("page/plot.js", include_str!("page/plot.js")),
    ("page/profile.js", include_str!("page/profile.js")),
    ("page/list.js", include_str!("page/list.js")),
    ("page/schema.js", include_str!("page/schema.js")),
    ("page/table.js", include_str!("page/table.js")),
    ("page/page.js", include_str!("page/page.js")),
];

/// Metrics that are numbers whatever the values are.
const FIGURES: [&str; 8] =
    ["mean", "sum", "stddev", "median", "firstQuartile", "thirdQuartile", "interQuartileRange", "nonParametricSkew"];

/// Makes the page and what it shows before a table is opened.
#[must_use]
pub fn files(manifest: &Manifest, changes: &[Change]) -> Vec<File> {
    let mut list = value(manifest);
    for (shown, entry) in
        list.get_mut("tables").and_then(Value::as_array_mut).into_iter().flatten().zip(&manifest.tables)
    {
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("id".to_owned(), id(&entry.account, &entry.region, &entry.table).into());
        }
    }
    let list = json!({ "manifest": list, "changes": changes.len() });
    let fixed = FIXED.map(|(key, content)| (key.to_owned(), content.to_owned()));
    let data = [script("page/manifest.js", "manifest", &list), script("page/changes.js", "changes", &value(&changes))];
    fixed.into_iter().chain(data).collect()
}

/// Makes what the page loads when a table is opened.
#[must_use]
pub fn table(table: &Table) -> File {
    let id = id(&table.account, &table.region, &table.table);
    let mut shown = value(table);
    shown.get_mut("attributes").into_iter().for_each(each_with_digits);
    script(&format!("page/tables/{id}.js"), "table", &json!({ "id": id, "table": shown }))
}

/// A file name for a table. Names themselves would not do: disks that take `Orders` and `orders` for one are many.
fn id(account: &str, region: &str, table: &str) -> String {
    format!("{:032x}", xxh3_128([account, region, table].join("\0").as_bytes()))
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

fn script(key: &str, function: &str, value: &Value) -> File {
    (key.to_owned(), format!("rowferry.{function}({});\n", literal(&value.to_string())))
}

/// Writes a text as a literal of JavaScript that is safe within HTML, too.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + text.len() / 16 + 2);
    literal.push('\'');
    for each in text.chars() {
        match each {
            '\\' => literal.push_str("\\\\"),
            '\'' => literal.push_str("\\'"),
            '<' => literal.push_str("\\x3c"),
            '\u{2028}' => literal.push_str("\\u2028"),
            '\u{2029}' => literal.push_str("\\u2029"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

fn each_with_digits(attributes: &mut Value) {
    attributes.as_array_mut().into_iter().flatten().for_each(with_digits);
}

/// Turns the numbers of an attribute's values into texts.
fn with_digits(attribute: &mut Value) {
    attribute.get_mut("children").into_iter().for_each(each_with_digits);
    attribute.get_mut("element").into_iter().for_each(with_digits);
    attribute.pointer_mut("/map_of/value").into_iter().for_each(with_digits);
    elements(attribute, "/samples").for_each(distinct);
    elements(attribute, "/profile/histogram/boundaries").for_each(text);
    elements(attribute, "/profile/topValues").filter_map(|frequent| frequent.get_mut("value")).for_each(distinct);
    for (name, value) in attribute.get_mut("profile").and_then(Value::as_object_mut).into_iter().flatten() {
        match name.as_str() {
            "min" | "max" => distinct(value),
            name if FIGURES.contains(&name) => text(value),
            _ => (),
        }
    }
}

fn elements<'a>(of: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    of.pointer_mut(pointer).and_then(Value::as_array_mut).into_iter().flatten()
}

fn text(value: &mut Value) {
    if let Value::Number(number) = value {
        *value = number.to_string().into();
    }
}

/// Makes a number, a list or a map what no text can be taken for.
fn distinct(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!({ "number": number.to_string() }),
        Value::Array(_) | Value::Object(_) => *value = json!({ "json": value.to_string() }),
        Value::Null | Value::Bool(_) | Value::String(_) => (),
    }
}
