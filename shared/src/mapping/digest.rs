//! The digest of an item: equal for what DynamoDB would hold for equal, whatever the extract wrote it like.
//!
//! A mirror writes a row only where its digest is another one than that of what was written last. The digest is of the
//! item's canonical text, its attributes in the order of their names; at 128 bits, two items of one key that differ have
//! different digests in practice. It covers the way of writing too: under `merge`, an attribute that is removed counts,
//! and so does the version attribute, without which rows are written that were too old before.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::{Item, Slot, value::canonical};
use crate::definition::Write;

/// Digests of one definition's items.
#[derive(Debug, Clone)]
pub struct Digest {
    write: Write,
    seed: u64,
    scratch: Vec<u8>,
}

impl Digest {
    /// Digests for a way of writing, and the attribute whose growth decides whether a row is written.
    #[must_use]
    pub fn new(write: Write, version: Option<&str>) -> Self {
        let seed = version.map_or(0, |name| xxh3_64(name.as_bytes())) ^ write as u64;
        Self { write, seed, scratch: Vec::new() }
    }

    /// The digest of a row's item, from a mapping whose fields stand in the order of their names.
    pub fn of_item(&mut self, item: &Item, names: &[String]) -> u128 {
        let removed = || item.fields().zip(names).filter(|((slot, _), _)| *slot == Slot::Remove);
        if self.write == Write::Replace || removed().next().is_none() {
            return self.hash(item.members());
        }
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.extend_from_slice(item.members());
        removed().for_each(|(_, name)| gone(name, &mut text));
        let digest = self.hash(&text);
        self.scratch = text;
        digest
    }

    /// The digest of an item as a table holds it, where a row leaves every attribute in `names` set or removed; under
    /// `replace`, of all its attributes. None for what is no item.
    pub fn of_held(&mut self, item: &Map<String, Value>, names: &[String]) -> Option<u128> {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let mut held: Vec<&String> = match self.write {
            Write::Replace => item.keys().collect(),
            Write::Merge | Write::CreateOnly => names.iter().filter(|name| item.contains_key(*name)).collect(),
        };
        held.sort();
        let sound = held.into_iter().all(|name| {
            if !text.is_empty() {
                text.push(b',');
            }
            text.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
            text.push(b':');
            item.get(name).is_some_and(|value| canonical(value, &mut text))
        });
        if self.write != Write::Replace {
            names.iter().filter(|name| !item.contains_key(*name)).for_each(|name| gone(name, &mut text));
        }
        let digest = sound.then(|| self.hash(&text));
        self.scratch = text;
        digest
    }

    fn hash(&self, text: &[u8]) -> u128 {
        xxh3_128_with_seed(text, self.seed)
    }
}

/// Appends that an attribute is not there: no text of an item has a zero byte in it.
fn gone(name: &str, text: &mut Vec<u8>) {
    text.push(0);
    text.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        definition,
        extract::text,
        mapping::Mapping,
        row::{Header, Rows},
        table::Table,
    };

    fn table() -> Table {
        let description = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}});
        Table::read("items", &description).unwrap()
    }

    /// The digests of a text's rows under a mapping.
    fn digests(write: &str, fields: &str, text: &str) -> Vec<u128> {
        let definition = format!("destination: {{ table: items }}\nbehavior: mirror\nwrite: {write}\nfields: {fields}");
        let mapping = Mapping::new(&definition::parse("s", &definition).unwrap(), &table()).unwrap();
        let (mut reader, header): (_, Header) = text::Reader::new(text.as_bytes(), &text::Dialect::default()).unwrap();
        let bound = mapping.bind(&header, false).unwrap();
        let rows = Rows::Text(reader.next(1).unwrap().unwrap());
        let (mut digest, mut item) = (Digest::new(mapping.write, mapping.version()), Item::default());
        (0..rows.len())
            .map(|row| {
                bound.apply(&rows, row, &mut item).unwrap();
                digest.of_item(&item, bound.names())
            })
            .collect()
    }

    #[test]
    fn equal_items_have_equal_digests_however_they_are_written() {
        let typed = "[{attribute: id, column: id}, {attribute: n, column: n, type: N}, {attribute: s, column: s, type: SS, split: '|'}]";
        let rows = "id,n,s\n1,1,a|b\n1,1.0,b|a\n1,1e0,a|b\n1,2,a|b\n";
        let found = digests("replace", typed, rows);
        assert!(found[0] == found[1] && found[1] == found[2] && found[2] != found[3]);
        let turned = "[{attribute: s, column: s, type: SS, split: '|'}, {attribute: n, column: n, type: N}, {attribute: id, column: id}]";
        assert_eq!(digests("replace", turned, rows), found, "the order of fields makes no item another one");
        assert_eq!(digests("replace", typed, "s,n,id\na|b,1,1\n")[0], found[0], "nor does that of columns");
        assert_ne!(digests("merge", typed, rows)[0], found[0], "another way of writing leaves other items");
    }

    #[test]
    fn what_is_removed_counts_where_it_is_removed() {
        let (two, three) = (
            "[{attribute: id, column: id}, {attribute: a, column: a}]",
            "[{attribute: id, column: id}, {attribute: a, column: a}, {attribute: b, column: b}]",
        );
        let text = "id,a,b\n1,x,\n";
        assert_eq!(digests("replace", two, text), digests("replace", three, text), "the item is the same");
        assert_ne!(digests("merge", two, text), digests("merge", three, text), "one of them removes `b`");
    }

    #[test]
    fn a_table_holds_the_digest_of_its_row() {
        let fields = "[{attribute: id, column: id}, {attribute: n, column: n, type: N}, {attribute: b, column: b}]";
        let names = ["b", "id", "n"].map(str::to_owned);
        let held = |item: Value| item.as_object().unwrap().clone();
        for write in ["replace", "merge"] {
            let found = digests(write, fields, "id,n,b\n1,2.50,\n")[0];
            let mut digest = Digest::new(if write == "merge" { Write::Merge } else { Write::Replace }, None);
            let same = held(json!({"n": {"N": "25E-1"}, "id": {"S": "1"}}));
            assert_eq!(digest.of_held(&same, &names), Some(found), "{write}");
            let other = held(json!({"n": {"N": "2.5"}, "id": {"S": "1"}, "b": {"S": "x"}}));
            assert_ne!(digest.of_held(&other, &names), Some(found), "{write}");
            let more = held(json!({"n": {"N": "2.5"}, "id": {"S": "1"}, "of_the_application": {"S": "x"}}));
            assert_eq!(digest.of_held(&more, &names) == Some(found), write == "merge", "{write}");
        }
    }
}
