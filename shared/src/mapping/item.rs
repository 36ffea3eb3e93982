//! An item on its way from a row to a request.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

/// One item: the attributes that its fields set, one after the other in one buffer as the members of a JSON object. Made to
/// be used again for the next row, so that rows cost no allocation.
#[derive(Debug, Default)]
pub struct Item {
    pub(super) values: Vec<u8>,
    pub(super) slots: Vec<Slot>,
    pub(super) size_bytes: usize,
    pub(super) key: u128,
    pub(super) sync_key: Option<u128>,
    pub(super) scratch: Vec<u8>,
}

/// What a field does to its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Leaves it alone.
    Keep,
    /// Removes it.
    Remove,
    /// Sets it to a value: its place in the buffer.
    Set(u32, u32),
}

impl Item {
    /// What each field does, in the order of [`Bound::names`](super::Bound::names), with its value in DynamoDB JSON.
    pub fn fields(&self) -> impl Iterator<Item = (Slot, &[u8])> {
        self.slots.iter().map(|slot| match *slot {
            Slot::Set(start, end) => (*slot, self.values.get(start as usize..end as usize).unwrap_or_default()),
            Slot::Keep | Slot::Remove => (*slot, &[][..]),
        })
    }

    /// The attributes that it sets, in DynamoDB JSON, without the braces around them.
    #[must_use]
    pub fn members(&self) -> &[u8] {
        &self.values
    }

    /// The value of one field, where it sets one.
    #[must_use]
    pub fn value(&self, field: usize) -> &[u8] {
        match self.slots.get(field) {
            Some(&Slot::Set(start, end)) => self.values.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Its size as DynamoDB counts it: UTF-8 names and values.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// The hash of its key; see [`key_hash`].
    #[must_use]
    pub fn key(&self) -> u128 {
        self.key
    }

    /// The hash of its row's sync key, where the definition has one.
    #[must_use]
    pub fn sync_key(&self) -> Option<u128> {
        self.sync_key
    }

    /// Begins an attribute; its value is appended next.
    pub(super) fn name(&mut self, quoted: &[u8]) {
        if !self.values.is_empty() {
            self.values.push(b',');
        }
        self.values.extend_from_slice(quoted);
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.slots.clear();
        self.size_bytes = 0;
        self.key = 0;
        self.sync_key = None;
    }
}

/// The hash of a key, from its values in canonical DynamoDB JSON: keys that DynamoDB holds for equal have equal hashes,
/// and at 128 bits no two others ever will in practice (for ten billion keys the chance is under 1 in 10^18).
#[must_use]
pub fn key_hash(partition: &[u8], sort: &[u8]) -> u128 {
    if sort.is_empty() {
        return xxhash_rust::xxh3::xxh3_128(partition);
    }
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    hasher.update(partition);
    hasher.update(sort);
    hasher.digest128()
}

/// A set of keys, by their hashes.
pub type KeySet = HashSet<u128, BuildHasherDefault<Hashed>>;

/// A map by keys, by their hashes.
pub type KeyMap<T> = HashMap<u128, T, BuildHasherDefault<Hashed>>;

/// Hashes what is a hash already: by taking half of it.
#[derive(Debug, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half of it is meant")]
    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}
