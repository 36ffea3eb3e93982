//! Reports and items as short texts, so that a test says in one line what it expects.

use serde_json::Value;

/// A report in one line: its status, what became of its rows, and why rows were rejected. Zeros are left out.
///
/// `succeeded: 4 read, 1 written, 2 rejected (key_missing 1, number_invalid 1), 1 superseded`
#[must_use]
pub fn summary(report: &Value) -> String {
    let mut parts = Vec::new();
    for name in ["read", "written", "unchanged", "superseded", "rejected"] {
        let count = report["rows"][name].as_u64().unwrap_or_default();
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    if let Some(reasons) = report["rejects"]["by_reason"].as_object() {
        let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        parts.push(format!("({})", reasons.join(", ")));
    }
    let status = report["status"].as_str().unwrap_or("no status");
    let text = format!("{status}: {}", if parts.is_empty() { "no rows".to_owned() } else { parts.join(", ") });
    text.replace("rejected, (", "rejected (")
}

/// An item in one line, its attributes in the order of their names: `id="1" total=10.5 tags=<"a" "b">`.
#[must_use]
pub fn item(item: &Value) -> String {
    let mut attributes: Vec<(&String, &Value)> = item.as_object().into_iter().flatten().collect();
    attributes.sort_by_key(|(name, _)| *name);
    let attributes: Vec<String> = attributes.iter().map(|(name, given)| format!("{name}={}", value(given))).collect();
    attributes.join(" ")
}

/// A value in DynamoDB JSON: strings in quotes, numbers bare, sets `<…>` in order, lists `[…]`, maps `{…}`, bytes
/// `b64:…`.
#[must_use]
pub fn value(given: &Value) -> String {
    let Some((kind, held)) = given.as_object().and_then(|given| given.iter().next()) else { return given.to_string() };
    let text = || held.as_str().unwrap_or_default().to_owned();
    let several = |each: fn(&Value) -> String| held.as_array().into_iter().flatten().map(each).collect::<Vec<_>>();
    let set = |each: fn(&Value) -> String| {
        let mut members = several(each);
        members.sort();
        format!("<{}>", members.join(" "))
    };
    match kind.as_str() {
        "N" => text(),
        "B" => format!("b64:{}", text()),
        "NULL" => "null".to_owned(),
        "SS" => set(ToString::to_string),
        "NS" => set(|number| number.as_str().unwrap_or_default().to_owned()),
        "BS" => set(|bytes| format!("b64:{}", bytes.as_str().unwrap_or_default())),
        "L" => format!("[{}]", several(value).join(" ")),
        "M" => format!("{{{}}}", item(held)),
        _ => held.to_string(),
    }
}
