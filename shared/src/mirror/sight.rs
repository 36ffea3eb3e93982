//! Rows that are as they were when they were last applied, told on sight: by their cells, before they are mapped.
//!
//! Mapping is pure: the same cells under the same mapping make the same item. So a snapshot keeps a fingerprint of the row that
//! each item was made of, and a row with the key and the fingerprint of a known one is settled: it needs no mapping, no
//! digest, and no place in a spill. Whatever is not settled goes the long way, where digests decide.
//!
//! A word and a half a key are in memory. A row that changed is taken for the old one with a chance of less than one in 10^17.

use std::hint::black_box;

use xxhash_rust::xxh3::xxh3_64;

use crate::{
    definition::Duplicates,
    mapping::Mapping,
    row::{Header, Rows},
};

/// More keys would take too much memory: a word and a half each, and a half for every eight.
const MOST_KEYS: u64 = 8_000_000;
/// How many keys share a bucket, about.
const BUCKET_KEYS: usize = 8;
/// What stands for a key that no row is settled by.
const NOTHING: [u32; 2] = [0; 2];

/// Makes fingerprints of rows.
#[derive(Debug)]
pub struct Prints {
    seed: u64,
    columns: Vec<usize>,
    words: Vec<u64>,
    found: Vec<Option<u64>>,
}

impl Prints {
    /// Fingerprints of the rows of one part. Another mapping, other columns and another version of Rowferry give other ones;
    /// `typed` says, as to [`Mapping::bind`], whether columns have types of their own.
    #[must_use]
    pub fn new(mapping: &Mapping, header: &Header, typed: bool) -> Self {
        let read = mapping.columns();
        let wanted = |name: &String| read.as_ref().is_none_or(|read| read.contains(name));
        let mut columns: Vec<_> =
            header.columns.iter().enumerate().filter(|(_, column)| wanted(&column.name)).collect();
        columns.sort_by_key(|(_, column)| &column.name);
        let shapes: Vec<_> = columns.iter().map(|(_, column)| column).collect();
        // All that a mapping is shows in its text, what is added to it later too.
        let basis = format!("{} {typed} {shapes:?} {mapping:?}", env!("CARGO_PKG_VERSION"));
        let columns = columns.into_iter().map(|(number, _)| number).collect();
        Self { seed: xxh3_64(basis.as_bytes()), columns, words: Vec::new(), found: Vec::new() }
    }

    /// The fingerprint of each row of a batch; none where a row cannot be read, or holds what is not taken.
    pub fn of(&mut self, rows: &Rows) -> &[Option<u64>] {
        let Self { seed, columns, words, found } = self;
        words.clear();
        words.resize(rows.len(), *seed);
        let lost: Vec<_> = columns.iter().flat_map(|column| rows.fold(*column, words)).collect();
        found.clear();
        found.extend(words.iter().enumerate().map(|(row, word)| rows.fault(row).is_none().then_some(*word)));
        for row in lost {
            found.get_mut(row).into_iter().for_each(|found| *found = None);
        }
        found
    }
}

/// The keys of a snapshot with the fingerprints of their rows, and which of them were settled.
#[derive(Debug)]
pub struct Sight {
    /// How far a hash is shifted to be the number of its bucket.
    shift: u32,
    /// Where each bucket ends.
    ends: Vec<u32>,
    slots: Vec<Slot>,
}

/// A key: what its row is known by, in two halves, so that no room is left between slots; and the number of the row that
/// settled it, 0 for none. What is looked at together lies together.
#[derive(Debug, Clone, Copy)]
struct Slot {
    mark: [u32; 2],
    row: u32,
}

/// What a row is on sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// As it was, and the first one of its key.
    Settled,
    /// As it was, and so was another row of its key.
    Again,
    /// Not known by its cells.
    New,
}

impl Sight {
    /// For a snapshot of so many keys; none where they are too many.
    #[must_use]
    pub fn new(keys: u64) -> Option<Self> {
        let keys = usize::try_from(keys).ok().filter(|_| keys <= MOST_KEYS)?;
        let bits = (keys / BUCKET_KEYS).max(2).ilog2();
        let ends = Vec::with_capacity((1 << bits) + 1);
        Some(Self { shift: u128::BITS - bits, ends, slots: Vec::with_capacity(keys) })
    }

    /// Adds a key; keys come in the order of their hashes. One without a fingerprint, or in doubt, is never settled.
    pub fn push(&mut self, hash: u128, print: Option<u64>) {
        let here = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.ends.resize(self.bucket(hash).max(self.ends.len()), here);
        self.slots.push(Slot { mark: print.map_or(NOTHING, |print| mark(hash, print)), row: 0 });
    }

    /// Says that no more keys come.
    pub fn close(&mut self) {
        let end = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.ends.resize(1 << (u128::BITS - self.shift), end);
    }

    /// Touches what rows of these keys will be settled by: memory is then waited for many times at once, and not for each row
    /// anew.
    pub fn warm(&self, hashes: &[Option<u128>]) {
        let start = |hash: &u128| self.bucket(*hash).checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let row = |hash| self.slots.get(start(hash).unwrap_or(0) as usize).map_or(0, |slot| slot.row);
        black_box(hashes.iter().flatten().fold(0, |sum, hash| sum ^ row(hash)));
    }

    /// Settles a row, where it is known by its cells. Of several rows of a key the last one stands for it, or the first.
    pub fn settle(&mut self, hash: u128, print: u64, row: u64, duplicates: Duplicates) -> Seen {
        let wanted = mark(hash, print);
        let bucket = self.bucket(hash);
        let end = |bucket: usize| self.ends.get(bucket).map_or(0, |end| *end as usize);
        let start = bucket.checked_sub(1).map_or(0, end);
        let (end, Ok(row)) = (end(bucket), u32::try_from(row)) else { return Seen::New };
        let slots = self.slots.get_mut(start..end).unwrap_or_default();
        let known = slots.iter_mut().find(|slot| slot.mark == wanted && wanted != NOTHING);
        let Some(slot) = known else { return Seen::New };
        let again = slot.row != 0;
        if !again || duplicates == Duplicates::Last {
            slot.row = row;
        }
        if again { Seen::Again } else { Seen::Settled }
    }

    /// The row that settled a key, by the key's place among those that were added.
    #[must_use]
    pub fn settled(&self, place: usize) -> Option<u64> {
        self.slots.get(place).map(|slot| slot.row).filter(|row| *row != 0).map(u64::from)
    }

    /// Lets a key be settled no more: another row of it counts.
    pub fn overrule(&mut self, place: usize) {
        self.slots.get_mut(place).into_iter().for_each(|slot| slot.row = 0);
    }

    fn bucket(&self, hash: u128) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or(usize::MAX)
    }
}

/// One word of a key and its row's fingerprint.
#[expect(clippy::cast_possible_truncation, reason = "the top of the hash is the bucket")]
fn mark(hash: u128, print: u64) -> [u32; 2] {
    let mark = hash as u64 ^ print;
    [(mark >> 32) as u32, mark as u32]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{definition, extract::text, table::Table};

    /// A hash that looks like one.
    fn hash(number: u64) -> u128 {
        xxhash_rust::xxh3::xxh3_128(&number.to_le_bytes())
    }

    fn sight(count: u64) -> (Sight, Vec<u128>) {
        let mut hashes: Vec<u128> = (0..count).map(hash).collect();
        hashes.sort_unstable();
        let mut sight = Sight::new(count).unwrap();
        hashes.iter().enumerate().for_each(|(place, hash)| sight.push(*hash, (place % 3 > 0).then_some(place as u64)));
        sight.close();
        (sight, hashes)
    }

    #[test]
    fn settles_exactly_the_rows_of_known_keys_with_their_fingerprints() {
        for count in [0, 1, 2, 17, 20_000] {
            let (mut sight, hashes) = sight(count);
            for (place, hash) in hashes.iter().enumerate() {
                let expected = if place % 3 > 0 { Seen::Settled } else { Seen::New };
                let mut settle = |print| sight.settle(*hash, print, 7, Duplicates::Last);
                assert_eq!(settle(place as u64 + 1), Seen::New, "{count}: another row");
                assert_eq!(settle(place as u64), expected, "{count}: {place}");
                assert_eq!(sight.settled(place), (expected == Seen::Settled).then_some(7));
            }
            assert_eq!(sight.settle(hash(count), 1, 7, Duplicates::Last), Seen::New, "{count}: another key");
        }
    }

    #[test]
    fn a_second_row_of_a_key_is_told() {
        for (duplicates, expected) in [(Duplicates::Last, 9), (Duplicates::First, 4)] {
            let (mut sight, hashes) = sight(100);
            assert_eq!(sight.settle(hashes[1], 1, 4, duplicates), Seen::Settled);
            assert_eq!(sight.settle(hashes[1], 1, 9, duplicates), Seen::Again);
            assert_eq!(sight.settled(1), Some(expected));
            sight.overrule(1);
            assert_eq!(sight.settled(1), None);
        }
    }

    #[test]
    fn too_many_keys_are_not_held() {
        assert!(Sight::new(MOST_KEYS + 1).is_none());
    }

    /// The fingerprint of a text's first row under some fields.
    fn print(fields: &str, text: &str) -> u64 {
        let description = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}});
        let table = Table::read("items", &description).unwrap();
        let definition = format!("destination: {{ table: items }}\nbehavior: mirror\nfields: {fields}");
        let mapping = Mapping::new(&definition::parse("s", &definition).unwrap(), &table).unwrap();
        let (mut reader, header) = text::Reader::new(text.as_bytes(), &text::Dialect::default()).unwrap();
        let rows = Rows::Text(reader.next(1).unwrap().unwrap());
        Prints::new(&mapping, &header, false).of(&rows)[0].unwrap()
    }

    #[test]
    fn a_fingerprint_is_of_the_cells_that_are_mapped_and_of_the_mapping() {
        let fields = "[{attribute: id, column: id}, {attribute: a, column: a}]";
        let same = print(fields, "id,a,b\n1,2,3\n");
        assert_eq!(
            print(fields, "b,a,id\n4,2,1\n"),
            same,
            "the order of columns and those that nothing reads do not count"
        );
        for (fields, text) in [
            (fields, "id,a\n1,3\n"),
            (fields, "id,a\n12,\n"),
            ("[{attribute: id, column: id}, {attribute: a, column: a, type: N}]", "id,a\n1,2\n"),
            ("[{attribute: id, column: id}, {attribute: c, column: a}]", "id,a\n1,2\n"),
            ("all", "id,a\n1,2\n"),
        ] {
            assert_ne!(print(fields, text), same, "{fields} {text}");
        }
        assert_ne!(print("all", "id,a\n1,2\n"), print("all", "id,b\n1,2\n"), "a name that becomes an attribute's");
    }
}
