//! One key with the digest of its item, as it is spilled, and the keys of one partition in their order.

use std::io;

use crate::{mapping::key::Key, spill::Spill};

/// What stands before the key's own bytes.
const HEAD_BYTES: usize = 16 + 16 + 8 + 8 + 1 + 2 + 2;

/// A key and what is known of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The key's hash.
    pub hash: u128,
    /// The digest of its item; none where nobody knows what the table holds.
    pub digest: Option<u128>,
    /// The fingerprint of the row that its item is made of; none where there is none.
    pub print: Option<u64>,
    /// The number of its row in the extract, or what is known of it: see [`SEEN`], [`KNOWN`] and [`settled`].
    pub tag: u64,
    /// The key.
    pub key: Key<'a>,
}

/// The tag of a key that a scan of the table found.
pub const SEEN: u64 = 1;

/// The tag of a key that an earlier run wrote, or may have written. What a scan alone found has none: it is not the
/// sync's own.
pub const KNOWN: u64 = 2;

/// The tag of a key of a run that did not end.
pub const DOUBTED: u64 = 4;

/// The tag of a key that was settled on sight, by a row of this number; `place` is that of the key in the snapshot.
#[must_use]
pub fn settled(row: u64, place: usize) -> u64 {
    KNOWN | SETTLED | row << ROW_BIT | (place as u64) << PLACE_BIT
}

const SETTLED: u64 = 8;
const ROW_BIT: u32 = 4;
const PLACE_BIT: u32 = ROW_BIT + u32::BITS;

impl<'a> Record<'a> {
    /// The row that settled a known key, and the key's place in the snapshot.
    #[must_use]
    pub fn settled(&self) -> Option<(u64, usize)> {
        let place = usize::try_from(self.tag >> PLACE_BIT).unwrap_or_default();
        (self.tag & SETTLED != 0).then_some((self.tag >> ROW_BIT & u64::from(u32::MAX), place))
    }

    /// Appends the record's bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.digest.unwrap_or_default().to_le_bytes());
        out.extend_from_slice(&self.tag.to_le_bytes());
        out.extend_from_slice(&self.print.unwrap_or_default().to_le_bytes());
        out.push(u8::from(self.digest.is_some()) | u8::from(self.print.is_some()) << 1);
        out.extend_from_slice(&length(self.key.partition));
        out.extend_from_slice(&length(self.key.sort));
        out.extend_from_slice(self.key.partition);
        out.extend_from_slice(self.key.sort);
    }

    /// Adds the record to its partition of a spill.
    ///
    /// # Errors
    ///
    /// When the disk is full or cannot be written.
    pub fn spill(&self, spill: &mut Spill, scratch: &mut Vec<u8>) -> io::Result<()> {
        scratch.clear();
        self.write(scratch);
        spill.push(super::partition(self.hash), scratch)
    }

    /// Reads the record that bytes begin with, and how long it is.
    fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let (hash, rest) = bytes.split_first_chunk()?;
        let (digest, rest) = rest.split_first_chunk()?;
        let (tag, rest) = rest.split_first_chunk()?;
        let (print, rest) = rest.split_first_chunk()?;
        let (has, rest) = rest.split_first()?;
        let (partition, rest) = rest.split_first_chunk()?;
        let (sort, rest) = rest.split_first_chunk()?;
        let (partition, sort) = (usize::from(u16::from_le_bytes(*partition)), usize::from(u16::from_le_bytes(*sort)));
        let (partition, rest) = rest.split_at_checked(partition)?;
        let sort = rest.get(..sort)?;
        let record = Self {
            hash: u128::from_le_bytes(*hash),
            digest: (has & 1 != 0).then_some(u128::from_le_bytes(*digest)),
            print: (has & 2 != 0).then_some(u64::from_le_bytes(*print)),
            tag: u64::from_le_bytes(*tag),
            key: Key { partition, sort },
        };
        Some((record, HEAD_BYTES + partition.len() + sort.len()))
    }
}

/// The records of one partition. Made to be used again for the next one.
#[derive(Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// The hash of each record and where it begins.
    places: Vec<(u128, u32)>,
}

impl Records {
    /// Forgets all records.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    /// Adds a record.
    pub fn push(&mut self, record: &Record<'_>) {
        self.places.push((record.hash, u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)));
        record.write(&mut self.bytes);
    }

    /// Takes all records of a spill's partition, beside those that it has.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read.
    pub fn load(&mut self, spill: &Spill, partition: usize) -> io::Result<()> {
        let mut at = self.bytes.len();
        spill.read(partition, |bytes| {
            self.bytes.extend_from_slice(bytes);
            Ok(())
        })?;
        while let Some((record, length)) = self.bytes.get(at..).and_then(Record::read) {
            self.places.push((record.hash, u32::try_from(at).unwrap_or(u32::MAX)));
            at += length;
        }
        Ok(())
    }

    /// Puts them in the order of their hashes; those of one key stay in the order in which they came.
    pub fn sort(&mut self) {
        self.places.sort_unstable();
    }

    /// Makes one record of all that have the same hash, sorted as they are: what `unite` makes of two.
    pub fn unite(&mut self, unite: impl Fn(Record<'_>, Record<'_>) -> (Option<u128>, u64)) {
        if self.places.windows(2).all(|pair| matches!(pair, [(one, _), (two, _)] if one != two)) {
            return;
        }
        let mut united = Self::default();
        let mut records = self.iter().peekable();
        while let Some(mut record) = records.next() {
            while let Some(other) = records.next_if(|other| other.hash == record.hash) {
                (record.digest, record.tag) = unite(record, other);
            }
            united.push(&record);
        }
        drop(records);
        *self = united;
    }

    /// The records, in order.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        self.places.iter().filter_map(|(_, at)| Record::read(self.bytes.get(*at as usize..)?).map(|(record, _)| record))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_tells_which_row_settled_which_key() {
        let record = |tag| Record { hash: 1, digest: None, print: None, tag, key: Key { partition: b"", sort: b"" } };
        for (row, place) in [(1, 0), (u64::from(u32::MAX), 7_999_999), (77, 1)] {
            let record = record(settled(row, place));
            assert_eq!(record.settled(), Some((row, place)));
            assert_eq!((record.tag & KNOWN, record.tag & SEEN), (KNOWN, 0));
        }
        assert_eq!(record(SEEN | KNOWN).settled(), None);
    }

    #[test]
    fn records_of_one_key_become_one() {
        let key = Key { partition: b"a", sort: b"" };
        let mut records = Records::default();
        for (hash, digest, tag) in
            [(1, Some(1), KNOWN), (2, Some(2), KNOWN), (1, Some(3), SEEN), (3, None, SEEN), (1, None, 0)]
        {
            records.push(&Record { hash, digest, print: None, tag, key });
        }
        records.sort();
        records.unite(|one, other| (other.digest, one.tag | other.tag));
        let found: Vec<_> = records.iter().map(|record| (record.hash, record.digest, record.tag)).collect();
        assert_eq!(found, [(1, None, SEEN | KNOWN), (2, Some(2), KNOWN), (3, None, SEEN)]);
    }

    #[test]
    fn records_come_back_in_the_order_of_their_hashes() {
        let long = vec![b'k'; 2_048];
        let record = |hash: u128, tag: u64, key| Record {
            hash,
            digest: tag.is_multiple_of(2).then_some(hash * 3),
            print: tag.is_multiple_of(3).then_some(tag * 5),
            tag,
            key,
        };
        let key = |partition, sort| Key { partition, sort };
        let records = [
            record(9, 1, key(b"a", b"")),
            record(3, 2, key(&long, &long)),
            record(9, 4, key(b"a", b"")),
            record(1 << 119, 5, key(b"", b"s")),
        ];
        let (mut spill, mut scratch) = (Spill::new(), Vec::new());
        for record in &records {
            record.spill(&mut spill, &mut scratch).unwrap();
        }
        let mut found = Records::default();
        found.load(&spill, 0).unwrap();
        found.sort();
        let order = [1, 0, 2, 3].map(|place| records[place]);
        assert_eq!(found.iter().collect::<Vec<_>>(), order);
        assert_eq!(found.len(), 4);
    }
}
