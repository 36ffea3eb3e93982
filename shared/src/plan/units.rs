//! The write units of one write, those of secondary indexes included.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes>

use super::item::Image;
use crate::table::{Index, Table};

/// The write units of turning one item into another: the larger of both sizes for the table, and for each index the
/// entry that is put, and the one that is deleted, where they differ.
pub(super) fn of_write(table: &Table, before: Option<&Image>, after: &Image) -> f64 {
    let own = units(after.size_bytes().max(before.map_or(0, Image::size_bytes)));
    own + table.indexes.iter().map(|index| of_index(table, index, before, after)).sum::<f64>()
}

/// The write units of deleting an item: its size for the table, and its entry's for each index that it is in.
pub(super) fn of_delete(table: &Table, before: &Image) -> f64 {
    let entries = table.indexes.iter().filter_map(|index| entry(table, index, before)).map(units);
    units(before.size_bytes()) + entries.sum::<f64>()
}

fn of_index(table: &Table, index: &Index, before: Option<&Image>, after: &Image) -> f64 {
    let old = before.and_then(|before| entry(table, index, before));
    let new = entry(table, index, after);
    let moved =
        index.keys.iter().any(|key| before.and_then(|before| before.get(&key.attribute)) != after.get(&key.attribute));
    match (old, new) {
        (Some(size), None) | (None, Some(size)) => units(size),
        (Some(old), Some(new)) if moved => units(old) + units(new),
        (Some(old), Some(new)) if differs(table, index, before, after) => units(old.max(new)),
        (None, None) | (Some(_), Some(_)) => 0.0,
    }
}

/// The size of an item's entry in an index; none where it lacks a key of it.
fn entry(table: &Table, index: &Index, item: &Image) -> Option<usize> {
    if index.keys.iter().any(|key| item.get(&key.attribute).is_none()) {
        return None;
    }
    Some(match projected(table, index) {
        None => item.size_bytes(),
        Some(names) => item.size_of(names),
    })
}

fn differs(table: &Table, index: &Index, before: Option<&Image>, after: &Image) -> bool {
    match projected(table, index) {
        None => before != Some(after),
        Some(mut names) => names.any(|name| before.and_then(|before| before.get(name)) != after.get(name)),
    }
}

/// The attributes that an index holds; none for all of them.
fn projected<'a>(table: &'a Table, index: &'a Index) -> Option<impl Iterator<Item = &'a str>> {
    let more = index.projected.as_ref()?;
    let keys = table.keys().chain(&index.keys).map(|key| key.attribute.as_str());
    let mut names: Vec<&str> = keys.chain(more.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    Some(names.into_iter())
}

#[expect(clippy::cast_precision_loss, reason = "items have at most 400 KB")]
fn units(size_bytes: usize) -> f64 {
    size_bytes.div_ceil(1024).max(1) as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{definition::Kind, table::Key};

    #[test]
    fn equal_values_move_no_entry_of_an_index() {
        let held = json!({"n": {"N": "1.50"}, "s": {"SS": ["b", "a"]}, "ns": {"NS": ["2.0", "10"]},
            "l": {"L": [{"N": "1E2"}]}, "m": {"M": {"x": {"SS": ["d", "c"]}}}});
        let row = json!({"Item": {"n": {"N": "1.5"}, "s": {"SS": ["a", "b"]}, "ns": {"NS": ["10", "2"]},
            "l": {"L": [{"N": "100"}]}, "m": {"M": {"x": {"SS": ["c", "d"]}}}}});
        let (before, after) = (Image::new(held), Image::after(&row, None));
        assert_eq!(before, after);
        let key = |attribute: &str| Key { attribute: attribute.to_owned(), kind: Kind::N };
        let index = Index { name: "by_n".to_owned(), keys: vec![key("n")], projected: None };
        let table = Table {
            name: "items".to_owned(),
            arn: String::new(),
            partition_key: key("n"),
            sort_key: None,
            indexes: vec![index],
            ttl: None,
            write_units_per_second: None,
            read_units_per_second: None,
            size_bytes: 0,
            item_count: 0,
            id: None,
        };
        assert!((of_write(&table, Some(&before), &after) - 1.0).abs() < f64::EPSILON, "the table's own unit only");
        assert!((of_write(&table, None, &after) - 2.0).abs() < f64::EPSILON, "a new item costs in the index too");
    }
}
