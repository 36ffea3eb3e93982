//! What the foreign forms have in common: which attributes become columns, what these are called, and what is said of
//! them in words.

use std::{borrow::Cow, collections::HashSet};

use serde_json::Value;

use super::native::{Attribute, Classification, Index, Key, Profile, Table, Type};

/// What the elements of lists are called, where they need a name.
const ELEMENTS: &str = "[]";
/// What the values of a map whose keys are data are called.
const ANY_KEY: &str = "*";

/// An attribute that becomes a column, with those beneath it.
pub(super) struct Column<'a> {
    /// Its name in the foreign form, like no other one's beside it.
    pub(super) name: String,
    /// The names from the top, joined by dots, like no other one's of the table.
    pub(super) path: String,
    /// Its own name.
    pub(super) raw: &'a str,
    /// What is known of it.
    pub(super) attribute: &'a Attribute,
    /// Members of maps and elements of lists.
    pub(super) children: Vec<Column<'a>>,
}

/// Hands back the attributes of a table, its keys and those of its indexes among them even where no item was read.
pub(super) fn attributes(table: &Table) -> Vec<Cow<'_, Attribute>> {
    let mut all: Vec<_> = table.attributes.iter().map(Cow::Borrowed).collect();
    for key in table.keys.iter().chain(table.indexes.iter().flat_map(|index| &index.keys)) {
        let typed = || vec![Type { kind: key.kind.clone(), ..Type::default() }];
        match all.iter_mut().find(|attribute| attribute.name == key.attribute) {
            Some(attribute) if attribute.types.is_empty() => attribute.to_mut().types = typed(),
            Some(_) => {}
            None => {
                let attribute = Attribute { name: key.attribute.clone(), types: typed(), ..Attribute::default() };
                all.push(Cow::Owned(attribute));
            }
        }
    }
    all
}

/// Makes columns of attributes, with names that the foreign form can take.
pub(super) fn columns<'a>(attributes: &'a [Cow<'_, Attribute>], encode: fn(&str) -> String) -> Vec<Column<'a>> {
    let top = attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.as_ref())).collect();
    beneath(top, None, encode, &mut HashSet::new())
}

/// Names of one level are taken before those of the levels beneath it: `a.b` at the top stays `a.b`, and it is the
/// member `b` of `a` that gives way.
fn beneath<'a>(
    level: Vec<(&'a str, &'a Attribute)>,
    above: Option<&str>,
    encode: fn(&str) -> String,
    taken: &mut HashSet<String>,
) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    for (raw, attribute) in level {
        let encoded = encode(raw);
        let names = std::iter::once(encoded.clone()).chain((2_u64..).map(|number| format!("{encoded} ({number})")));
        let paths = names.map(|name| (above.map_or_else(|| name.clone(), |above| format!("{above}.{name}")), name));
        let Some((path, name)) = paths.into_iter().find(|(path, _)| taken.insert(path.clone())) else { continue };
        columns.push(Column { name, path, raw, attribute, children: Vec::new() });
    }
    for column in &mut columns {
        column.children = beneath(nested(column.attribute), Some(&column.path), encode, taken);
    }
    columns
}

/// Hands back what lies in an attribute: the members of its maps and, where there are any, of the maps in its lists.
///
/// Elements have a column of their own only where their members would be mixed up with others.
fn nested(attribute: &Attribute) -> Vec<(&str, &Attribute)> {
    let mut all: Vec<_> = attribute.children.iter().map(|child| (child.name.as_str(), child)).collect();
    all.extend(attribute.map_of.as_ref().map(|map| (ANY_KEY, map.value.as_ref())));
    match attribute.element.as_deref() {
        Some(element) if all.is_empty() && are_maps(element) => all.extend(nested(element)),
        Some(element) if !nested(element).is_empty() => all.push((ELEMENTS, element)),
        _ => {}
    }
    all
}

fn are_maps(element: &Attribute) -> bool {
    element.element.is_none() && kinds(element) == ["M"]
}

/// Hands back an attribute's types but NULL, in the order of their names.
pub(super) fn kinds(attribute: &Attribute) -> Vec<&str> {
    let mut kinds: Vec<_> = attribute.types.iter().map(|each| each.kind.as_str()).collect();
    kinds.retain(|kind| *kind != "NULL");
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Says an attribute's types: `N|S`, `L<M>`, `M<N>` of a map whose keys are data, `S|NULL`.
///
/// The order is that of the names, NULL last, so that it does not change with a sample.
pub(super) fn display(attribute: &Attribute) -> String {
    let null = attribute.types.iter().any(|each| each.kind == "NULL").then_some("NULL");
    let texts =
        kinds(attribute).into_iter().chain(null).map(|kind| match (kind, &attribute.element, &attribute.map_of) {
            ("L", Some(element), _) if !element.types.is_empty() => format!("L<{}>", display(element)),
            ("M", _, Some(map)) if !map.value.types.is_empty() => format!("M<{}>", display(&map.value)),
            _ => kind.to_owned(),
        });
    texts.collect::<Vec<_>>().join("|")
}

/// Hands back what was found in an attribute, and in those of its elements that have no column.
pub(super) fn found(attribute: &Attribute) -> Vec<&Classification> {
    let mut all: Vec<_> = attribute.classification.iter().collect();
    all.extend(element_without_column(attribute).into_iter().flat_map(found));
    all
}

fn element_without_column(attribute: &Attribute) -> Option<&Attribute> {
    let is_column = |element: &Attribute| nested(attribute).iter().any(|(_, each)| std::ptr::eq(*each, element));
    attribute.element.as_deref().filter(|element| !is_column(element))
}

/// Whether figures of values may be shown: those of lengths may always.
pub(super) fn shows_values(attribute: &Attribute, profile: &Profile) -> bool {
    !profile.masked || !kinds(attribute).iter().any(|kind| matches!(*kind, "N" | "NS"))
}

/// Says what there is to say of an attribute: keys, expiry, in how many items it is, the shares of mixed types.
///
/// How many is told in words that stay the same from one sample to the next; the exact share is a matter of profiles.
pub(super) fn describe(table: &Table, column: &Column<'_>, is_top: bool) -> String {
    let attribute = column.attribute;
    let mut texts = Vec::new();
    let mut is_key = false;
    if is_top {
        let of = |keys: &[Key]| keys.iter().find(|key| key.attribute == attribute.name).map(|key| role(key));
        if let Some(role) = of(&table.keys) {
            is_key = true;
            texts.push(format!("{role}."));
        }
        for index in &table.indexes {
            texts.extend(
                of(&index.keys).map(|role| format!("{role} of the {} index {}.", index.kind, code(&index.name))),
            );
        }
        let expiry = table.time_to_live.as_ref().filter(|expiry| expiry.enabled);
        if expiry.is_some_and(|expiry| expiry.attribute.as_deref() == Some(attribute.name.as_str())) {
            texts.push("Says when the item expires (TTL).".to_owned());
        }
    }
    if column.raw == ANY_KEY && attribute.name.is_empty() {
        texts.push("The values of a map whose keys are data.".to_owned());
    } else if column.raw == ELEMENTS && attribute.name.is_empty() {
        texts.push("The elements of a list.".to_owned());
    } else if !is_key && attribute.count > 0 {
        let whole = if is_top { "items" } else { "maps" };
        texts.push(format!("In {} {whole}.", share_in_words(attribute.presence)));
    }
    texts.extend(shares(attribute).map(|shares| format!("Mixed: {shares}.")));
    let elements = element_without_column(attribute).and_then(shares);
    texts.extend(elements.map(|shares| format!("Its elements are mixed: {shares}.")));
    texts.join(" ")
}

/// Says the shares of mixed types: `90% N, 10% S`; in steps of five, so that they stay the same from one sample to the next.
fn shares(attribute: &Attribute) -> Option<String> {
    let of = |each: &Type| match (each.share * 20.0).round() * 5.0 {
        percent if percent < 5.0 => format!("under 5% {}", each.kind),
        percent if percent > 95.0 => format!("over 95% {}", each.kind),
        percent => format!("{percent}% {}", each.kind),
    };
    let is_mixed = attribute.count > 0 && attribute.types.len() > 1;
    is_mixed.then(|| attribute.types.iter().map(of).collect::<Vec<_>>().join(", "))
}

fn role(key: &Key) -> &'static str {
    if key.role == "partition" { "Partition key" } else { "Sort key" }
}

fn share_in_words(share: f64) -> &'static str {
    match share {
        share if share >= 1.0 => "all",
        share if share >= 0.9 => "nearly all",
        share if share >= 0.5 => "most",
        share if share >= 0.1 => "some",
        _ => "few",
    }
}

/// Says what is known of a table but its attributes, under names in `snake_case`; what changes with every export is
/// left out.
pub(super) fn facts(table: &Table) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut say = |name: &str, text: String| {
        if !text.is_empty() {
            all.push((name.to_owned(), text));
        }
    };
    say("account", table.account.clone());
    say("region", table.region.clone());
    say("arn", table.arn.clone());
    say("keys", keys(&table.keys));
    for each in &table.indexes {
        say(&format!("index {}", each.name), index(each));
    }
    say("billing_mode", table.billing_mode.clone());
    say("table_class", table.table_class.clone());
    if let Some(expiry) = &table.time_to_live {
        let attribute = expiry.attribute.as_deref().filter(|_| expiry.enabled);
        say("time_to_live", attribute.unwrap_or("off").to_owned());
    }
    say("stream", table.stream.as_ref().map_or_else(|| "off".to_owned(), |stream| stream.view_type.clone()));
    if let Some(on) = table.point_in_time_recovery {
        say("point_in_time_recovery", on_or_off(on));
    }
    say("encryption", table.encryption.clone());
    say("deletion_protection", on_or_off(table.deletion_protection));
    let replicas: Vec<_> = table.replicas.iter().map(|replica| replica.region.as_str()).collect();
    say("replicas", replicas.join(", "));
    for (key, value) in table.tags.iter().flatten() {
        say(&format!("tag {key}"), value.clone());
    }
    say("missing_permissions", table.missing_permissions.join(", "));
    all
}

/// Says keys: `customer (S), order (N)`.
pub(super) fn keys(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("{} ({})", key.attribute, key.kind)).collect::<Vec<_>>().join(", ")
}

/// Says an index: `global, day (S), projects ALL`.
pub(super) fn index(index: &Index) -> String {
    let mut projection = index.projection.clone();
    if !index.projected.is_empty() {
        projection = format!("{projection} {}", index.projected.join(", "));
    }
    format!("{}, {}, projects {projection}", index.kind, keys(&index.keys))
}

/// Says whether something is on.
pub(super) fn on_or_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

/// Puts a text into Markdown as code, so that nothing in it is Markdown or HTML.
pub(super) fn code(text: &str) -> String {
    let text: String = text.chars().map(|each| if each.is_control() { '\u{fffd}' } else { each }).collect();
    let longest = text.split(|each| each != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Says what speaks for a classification.
pub(super) fn reason(found: &Classification) -> String {
    if found.evidence.is_empty() {
        found.entity.clone()
    } else {
        format!("{}: {}", found.entity, found.evidence.join("; "))
    }
}

/// How many items a table has: what was counted, where all were read, else DynamoDB's own figure.
pub(super) fn row_count(table: &Table) -> u64 {
    if table.read_whole() { table.items_read } else { table.item_count.max(table.items_read) }
}

/// A number or text as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
