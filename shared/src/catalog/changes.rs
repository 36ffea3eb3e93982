//! What changed between two exports.
//!
//! **What merely varies with a sample is no change.** That an attribute (or a type of its values) was seen `k` times in
//! one sample and never in the other is told only where chance does not explain it: were nothing changed, all `k` would
//! lie in that sample with a probability of `(n / (n + m))^k`, the two samples being of `n` and `m` items; it has to be
//! below [`CHANCE`]. Between samples of one size that is from 20 sightings on. Where the sample that lacks it was the
//! whole table, one sighting is enough. Of members of maps, the maps are what is counted, of elements the elements.

use std::collections::BTreeMap;

use super::{
    coverage::Filter,
    native::{Account, Attribute, Change, Classification, Index, Manifest, Skipped, Table},
    outline,
};

/// How improbable it has to be that a difference is by chance: one in a million, there being many attributes.
pub const CHANCE: f64 = 1e-6;

/// Tells what changed in a table; `before` is none of one that the export before knew nothing of.
///
/// What comes first is the table itself, then its attributes by path.
#[must_use]
pub fn changes(before: Option<&Table>, after: &Table) -> Vec<Change> {
    let mut found = Found { table: after, changes: Vec::new() };
    match before {
        None => found.tell(None, "table_added", None, Some(outline::keys(&after.keys))),
        Some(before) => {
            found.of_table(before);
            found.of_indexes(before);
            let samples = Samples {
                before: Sample { size: before.items_read, is_whole: before.read_whole() },
                after: Sample { size: after.items_read, is_whole: after.read_whole() },
            };
            found.of_attributes(&before.attributes, &after.attributes, "", samples);
        }
    }
    found.changes.sort_by(|one, other| order(one).cmp(&order(other)));
    found.changes
}

/// Tells which tables are gone: those that were read or skipped before and now are neither.
///
/// Tables of an account that could not be asked are not known to be gone. Those that the export does not cover any more, as
/// `filter` or its accounts say, are left out, not removed: nobody has looked for them.
#[must_use]
pub fn gone(before: &Manifest, after: &Manifest, filter: &Filter) -> Vec<Change> {
    let read = before.tables.iter().map(|entry| (Some(&entry.account), &entry.region, &entry.table));
    let skipped = before.skipped.iter().map(|table| (table.account.as_ref(), &table.region, &table.table));
    let is_there = |account: Option<&String>, region: &String, table: &String| {
        let same = |other: Option<&String>| other.is_none() || account.is_none() || other == account;
        let read =
            after.tables.iter().any(|each| same(Some(&each.account)) && each.region == *region && each.table == *table);
        let skipped = |each: &Skipped| same(each.account.as_ref()) && each.region == *region && each.table == *table;
        read || after.skipped.iter().any(skipped)
    };
    let asked = |account: Option<&String>, region: &String| {
        let of_it = |each: &&Account| {
            each.region == *region && (each.account.is_none() || account.is_none() || each.account.as_ref() == account)
        };
        after.accounts.iter().filter(of_it).collect::<Vec<_>>()
    };
    let is_unknown = |account, region| asked(account, region).iter().any(|each| each.error.is_some());
    let is_covered = |account, region, table| filter.takes(table) && !asked(account, region).is_empty();
    let mut gone: Vec<_> = read
        .chain(skipped)
        .filter(|(account, region, table)| !is_there(*account, region, table) && !is_unknown(*account, region))
        .map(|(account, region, table)| Change {
            account: account.cloned().unwrap_or_default(),
            region: region.clone(),
            table: table.clone(),
            change: if is_covered(account, region, table) { "table_removed" } else { "table_left_out" }.to_owned(),
            ..Change::default()
        })
        .collect();
    gone.sort_by(|one, other| order(one).cmp(&order(other)));
    gone.dedup();
    gone
}

fn order(change: &Change) -> impl Ord {
    let Change { account, region, table, attribute, change, before, after } = change;
    (account, region, table, attribute, change, before, after)
}

/// How many things were looked at, and whether those are all.
#[derive(Debug, Clone, Copy)]
struct Sample {
    size: u64,
    is_whole: bool,
}

#[derive(Debug, Clone, Copy)]
struct Samples {
    before: Sample,
    after: Sample,
}

impl Samples {
    /// The same of a part: of maps instead of items.
    fn of(self, before: u64, after: u64) -> Self {
        let part = |sample: Sample, size| Sample { size, ..sample };
        Self { before: part(self.before, before), after: part(self.after, after) }
    }

    /// Whether what was seen so often before, and not after, has gone.
    fn gone(self, count: u64) -> bool {
        is_no_chance(count, self.before, self.after)
    }

    /// Whether what was seen so often after, and not before, has come.
    fn come(self, count: u64) -> bool {
        is_no_chance(count, self.after, self.before)
    }
}

fn is_no_chance(count: u64, with: Sample, without: Sample) -> bool {
    if without.is_whole {
        return count > 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a probability need not be exact")]
    let (with, without, count) = (with.size as f64, without.size as f64, count as f64);
    count > 0.0 && without > 0.0 && (with / (with + without)).powf(count) < CHANCE
}

struct Found<'a> {
    table: &'a Table,
    changes: Vec<Change>,
}

impl Found<'_> {
    fn tell(&mut self, path: Option<&str>, change: &str, before: Option<String>, after: Option<String>) {
        self.changes.push(Change {
            account: self.table.account.clone(),
            region: self.table.region.clone(),
            table: self.table.table.clone(),
            attribute: path.map(str::to_owned),
            change: change.to_owned(),
            before,
            after,
        });
    }

    /// What DynamoDB says of the table; what could not be asked in one of the two exports is no change.
    fn of_table(&mut self, before: &Table) {
        let replicas = |table: &Table| {
            let mut regions: Vec<_> = table.replicas.iter().map(|replica| replica.region.clone()).collect();
            regions.sort_unstable();
            regions.join(", ")
        };
        let expiry = |table: &Table| {
            let expiry = table.time_to_live.as_ref()?;
            Some(expiry.attribute.clone().filter(|_| expiry.enabled).unwrap_or_else(|| "off".to_owned()))
        };
        let stream =
            |table: &Table| table.stream.as_ref().map_or_else(|| "off".to_owned(), |stream| stream.view_type.clone());
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let after = self.table;
        let said = |table: &Table| {
            [
                ("table_recreated", table.table_id.clone()),
                ("key_changed", Some(outline::keys(&table.keys))),
                ("time_to_live_changed", expiry(table)),
                ("billing_mode_changed", known(&table.billing_mode)),
                ("table_class_changed", known(&table.table_class)),
                ("stream_changed", Some(stream(table))),
                ("point_in_time_recovery_changed", table.point_in_time_recovery.map(outline::on_or_off)),
                ("encryption_changed", known(&table.encryption)),
                ("deletion_protection_changed", Some(outline::on_or_off(table.deletion_protection))),
                ("replicas_changed", Some(replicas(table))),
            ]
        };
        for ((change, before), (_, after)) in said(before).into_iter().zip(said(after)) {
            if before.is_some() && after.is_some() && before != after {
                self.tell(None, change, before, after);
            }
        }
    }

    fn of_indexes(&mut self, before: &Table) {
        let by_name = |table: &Table| -> BTreeMap<String, String> {
            let say = |index: &Index| (index.name.clone(), format!("{}: {}", index.name, outline::index(index)));
            table.indexes.iter().map(say).collect()
        };
        for (_, before, after) in pairs(by_name(before), by_name(self.table)) {
            let change = match (&before, &after) {
                (None, _) => "index_added",
                (_, None) => "index_removed",
                _ => "index_changed",
            };
            if before != after {
                self.tell(None, change, before, after);
            }
        }
    }

    /// Attributes of one level; those that were never seen, such as keys of an empty table, are not there.
    fn of_attributes(&mut self, before: &[Attribute], after: &[Attribute], above: &str, samples: Samples) {
        for (name, before, after) in pairs(by_name(before), by_name(after)) {
            let path = join(above, &name);
            match (before, after) {
                (Some(before), Some(after)) => self.of_attribute(before, after, &path, samples),
                (None, Some(after)) if samples.come(after.count) => {
                    self.tell(Some(&path), "attribute_added", None, Some(outline::display(after)));
                    self.of_classifications(after, &path);
                }
                (Some(before), None) if samples.gone(before.count) => {
                    self.tell(Some(&path), "attribute_removed", Some(outline::display(before)), None);
                }
                _ => {}
            }
        }
    }

    fn of_attribute(&mut self, before: &Attribute, after: &Attribute, path: &str, samples: Samples) {
        let values = samples.of(values_of(before), values_of(after));
        self.of_types(before, after, path, values);
        let (was, is) = (before.classification.as_ref(), after.classification.as_ref());
        if match (was, is) {
            (Some(_), None) => values.gone(values.before.size),
            (None, Some(_)) => values.come(values.after.size),
            _ => true,
        } {
            self.of_classification(was, is, path);
        }
        let (was, is) = (count_of(before, "M"), count_of(after, "M"));
        let maps = if was > 0 && is > 0 { samples.of(was, is) } else { values };
        match (&before.map_of, &after.map_of) {
            (None, None) => self.of_attributes(&before.children, &after.children, path, maps),
            (Some(before), Some(after)) => self.of_attribute(&before.value, &after.value, &format!("{path}.*"), maps),
            // Members have names on one side only: that these came or went would say nothing.
            (before, after) if was > 0 && is > 0 => {
                let say = |are_data: bool| Some(if are_data { "data" } else { "names" }.to_owned());
                self.tell(Some(path), "map_keys_changed", say(before.is_some()), say(after.is_some()));
            }
            (None, Some(map)) if maps.come(is) => self.of_classifications(&map.value, &format!("{path}.*")),
            _ => {}
        }
        let below = format!("{path}[]");
        match (&before.element, &after.element) {
            (Some(before), Some(after)) => {
                self.of_attribute(before, after, &below, samples.of(before.count, after.count));
            }
            (None, Some(element)) if values.come(count_of(after, "L")) => self.of_classifications(element, &below),
            _ => {}
        }
    }

    /// Types are told as before and after, without those whose coming or going is by chance.
    fn of_types(&mut self, before: &Attribute, after: &Attribute, path: &str, samples: Samples) {
        let counts = |attribute: &Attribute| -> BTreeMap<String, u64> {
            attribute.types.iter().filter(|each| each.count > 0).map(|each| (each.kind.clone(), each.count)).collect()
        };
        let (mut was, mut is) = (Vec::new(), Vec::new());
        for (kind, before, after) in pairs(counts(before), counts(after)) {
            if before.is_some_and(|count| after.is_some() || samples.gone(count)) {
                was.push(kind.clone());
            }
            if after.is_some_and(|count| before.is_some() || samples.come(count)) {
                is.push(kind);
            }
        }
        if was != is && !was.is_empty() && !is.is_empty() {
            self.tell(Some(path), "types_changed", Some(was.join("|")), Some(is.join("|")));
        }
    }

    fn of_classification(&mut self, before: Option<&Classification>, after: Option<&Classification>, path: &str) {
        let say = |found: &Classification| {
            let confirmed = if found.decision == "confirmed" { ", confirmed" } else { "" };
            format!("{} ({}{confirmed})", found.entity, found.sensitivity)
        };
        let (before, after) = (before.map(say), after.map(say));
        if before != after {
            self.tell(Some(path), "classification_changed", before, after);
        }
    }

    /// What an attribute that came brings along.
    fn of_classifications(&mut self, after: &Attribute, path: &str) {
        self.of_classification(None, after.classification.as_ref(), path);
        for child in &after.children {
            self.of_classifications(child, &join(path, &child.name));
        }
        if let Some(map) = &after.map_of {
            self.of_classifications(&map.value, &format!("{path}.*"));
        }
        if let Some(element) = &after.element {
            self.of_classifications(element, &format!("{path}[]"));
        }
    }
}

fn count_of(attribute: &Attribute, kind: &str) -> u64 {
    attribute.types.iter().filter(|each| each.kind == kind).map(|each| each.count).sum()
}

fn values_of(attribute: &Attribute) -> u64 {
    attribute.types.iter().map(|each| each.count).sum()
}

/// Both sides of each name, in the order of names.
fn pairs<T>(before: BTreeMap<String, T>, after: BTreeMap<String, T>) -> Vec<(String, Option<T>, Option<T>)> {
    let mut both: BTreeMap<String, (Option<T>, Option<T>)> = BTreeMap::new();
    for (name, value) in before {
        both.entry(name).or_insert((None, None)).0 = Some(value);
    }
    for (name, value) in after {
        both.entry(name).or_insert((None, None)).1 = Some(value);
    }
    both.into_iter().map(|(name, (before, after))| (name, before, after)).collect()
}

/// Attributes that were seen: keys of an empty table, for one, were not.
fn by_name(attributes: &[Attribute]) -> BTreeMap<String, &Attribute> {
    let seen = attributes.iter().filter(|attribute| attribute.count > 0);
    seen.map(|attribute| (attribute.name.clone(), attribute)).collect()
}

/// A path: `address.city`, `lines[].sku`, `prices.*`; a name in which these signs stand is in quotes.
pub(super) fn join(above: &str, name: &str) -> String {
    let is_plain = |each: char| !each.is_control() && !each.is_whitespace() && !".[]*\"".contains(each);
    let name = if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    };
    if above.is_empty() { name } else { format!("{above}.{name}") }
}

#[cfg(test)]
mod tests;
