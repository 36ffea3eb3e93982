#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "plain computations of small numbers"
)]

mod collapse;
mod estimates;
mod exact;
mod golden;
mod reading;

use serde_json::{Value, json};

use super::*;
use crate::catalog::native::{Attribute, Profile};

/// An answer of Scan with these items.
fn answer(items: &[Value]) -> Vec<u8> {
    json!({ "Count": items.len(), "Items": items, "ScannedCount": items.len() }).to_string().into_bytes()
}

fn profiler(limits: Limits, items: &[Value]) -> Profiler {
    let mut profiler = Profiler::new((), Vec::new(), limits);
    profiler.page(&answer(items)).unwrap();
    profiler
}

fn finish(profiler: Profiler) -> Finished {
    profiler.finish(true, |_, (), _| {})
}

fn fold(items: &[Value]) -> Vec<Attribute> {
    finish(profiler(Limits::default(), items)).attributes
}

/// The one attribute `a` of items that have these values.
fn values(values: &[Value]) -> Attribute {
    let items: Vec<Value> = values.iter().map(|value| json!({ "a": value })).collect();
    fold(&items).remove(0)
}

fn numbers<'a>(texts: impl IntoIterator<Item = &'a str>) -> Profile {
    let numbers: Vec<Value> = texts.into_iter().map(|text| json!({ "N": text })).collect();
    values(&numbers).profile.unwrap()
}

fn types(attribute: &Attribute) -> Vec<(&str, u64)> {
    attribute.types.iter().map(|each| (each.kind.as_str(), each.count)).collect()
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> &'a Attribute {
    attributes.iter().find(|attribute| attribute.name == name).unwrap()
}

fn text(number: Option<&serde_json::Number>) -> String {
    number.map(ToString::to_string).unwrap_or_default()
}
