//! A file to rows.

use bytes::Bytes;

use super::{
    Change, Error,
    levels::{self, Levels},
    schema::{self, HASH_BYTES, PRINT_BYTES},
};
use crate::{
    definition::Kind,
    extract::parquet::{Own, Source},
    mapping::key,
    table::Key,
};

/// A row group with more bytes was not written here.
const GROUP_BYTES: u64 = 32 << 20;

/// Reads a snapshot or a plan, a row group at a time. Calls block.
pub struct Reader<S> {
    file: Own<S>,
    keys: Vec<Key>,
    plan: bool,
    next: usize,
    last: Option<u128>,
    skimmed: usize,
}

impl<S> std::fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { keys, plan, next, .. } = self;
        f.debug_struct("Reader").field("keys", keys).field("plan", plan).field("next", next).finish_non_exhaustive()
    }
}

impl<S: Source> Reader<S> {
    /// Reads the footer of a file.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`] for a file that is neither snapshot nor plan; [`Error::Damaged`] and [`Error::Unfetched`].
    pub fn open(source: S) -> Result<Self, Error> {
        let file = Own::open(source)?;
        let missing = || Error::foreign(format!("a Parquet file without the note `{}`", schema::NOTE));
        let keys = schema::keys(file.note(schema::NOTE).ok_or_else(missing)?)?;
        let plan = schema::is_plan(&keys, file.columns())?;
        Ok(Self { file, keys, plan, next: 0, last: None, skimmed: 0 })
    }

    /// The keys of the table that it was written for, the partition key first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Whether it is a plan.
    #[must_use]
    pub fn is_plan(&self) -> bool {
        self.plan
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.file.rows()
    }

    /// Reads the next rows; none after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`], [`Error::Damaged`] and [`Error::Unfetched`]; also when it is asked again.
    #[expect(clippy::should_implement_trait, reason = "whether it can be read comes before whether there are rows")]
    pub fn next(&mut self) -> Result<Option<Block>, Error> {
        // A row group that could not be read is tried again, and fails again.
        let all = 0..self.file.columns().len();
        let Some((rows, pages)) = self.file.row_group(self.next, all, GROUP_BYTES)? else { return Ok(None) };
        let block = self.block(rows, pages)?;
        if let (Some(last), Some(first)) = (self.last, block.hash(0))
            && first <= last
        {
            return Err(self.disordered());
        }
        self.last = rows.checked_sub(1).and_then(|row| block.hash(row)).or(self.last);
        self.next += 1;
        Ok(Some(block))
    }

    /// Reads the hashes and fingerprints of the next rows and nothing else of them; none after the last. Goes by itself,
    /// beside [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub fn skim(&mut self) -> Result<Option<Prints>, Error> {
        let hash = self.keys.len();
        let torn = || Error::damaged(format!("row group {} has other bytes than its rows need", self.skimmed));
        let Some((rows, hashes)) = self.file.row_group(self.skimmed, hash..hash + 1, GROUP_BYTES)? else {
            return Ok(None);
        };
        let prints = self.file.row_group(self.skimmed, hash + 2..hash + 3, GROUP_BYTES)?;
        let hashes = hashes.into_iter().next().filter(|page| rows.checked_mul(HASH_BYTES) == Some(page.len()));
        let prints = prints.and_then(|(_, pages)| Values::of(pages.first()?, rows));
        let prints = Prints { hashes: hashes.ok_or_else(torn)?, prints: prints.ok_or_else(torn)? };
        self.skimmed += 1;
        Ok(Some(prints))
    }

    fn block(&self, rows: usize, pages: Vec<Bytes>) -> Result<Block, Error> {
        let torn = || self.damaged("has other bytes than its rows need");
        let mut pages = pages.into_iter();
        let mut page = || pages.next().ok_or_else(torn);
        let mut texts = |key: Option<&Key>| {
            let texts = Texts::of(page()?, rows).ok_or_else(torn)?;
            let is_text = key.is_none_or(|key| key.kind != Kind::B);
            // Lengths below 128 are ASCII too.
            if is_text && !texts.page.is_ascii() && !texts.iter().all(|text| str::from_utf8(text).is_ok()) {
                return Err(self.damaged("has text that is no UTF-8"));
            }
            Ok(texts)
        };
        let partitions = texts(self.keys.first())?;
        let sorts = self.keys.get(1).map(|key| texts(Some(key))).transpose()?;
        let hashes = page()?;
        let digests = Values::of(&page()?, rows).ok_or_else(torn)?;
        let prints = Values::of(&page()?, rows).ok_or_else(torn)?;
        let changes = if self.plan { Some(Texts::of(page()?, rows).ok_or_else(torn)?) } else { None };
        let (each, surplus) = hashes.as_chunks::<HASH_BYTES>();
        if each.len() != rows || !surplus.is_empty() {
            return Err(torn());
        }
        if !each.is_sorted_by(|one, next| one < next) {
            return Err(self.disordered());
        }
        let changes = changes.map(|changes| changes.iter().map(Change::of).collect::<Option<_>>());
        let changes = changes
            .map(|changes| changes.ok_or_else(|| self.damaged("has a change that is neither `put` nor `delete`")));
        Ok(Block { partitions, sorts, hashes, digests, prints, changes: changes.transpose()? })
    }

    fn damaged(&self, how: &str) -> Error {
        Error::damaged(format!("row group {} {how}", self.next))
    }

    fn disordered(&self) -> Error {
        self.damaged("has rows whose hashes do not ascend")
    }
}

/// Rows of a snapshot, in ascending order of their hashes.
#[derive(Debug)]
pub struct Block {
    partitions: Texts,
    sorts: Option<Texts>,
    hashes: Bytes,
    digests: Values<HASH_BYTES>,
    prints: Values<PRINT_BYTES>,
    changes: Option<Vec<Change>>,
}

impl Block {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.partitions.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of a row's key; none beyond the last row.
    #[must_use]
    #[inline]
    pub fn hash(&self, row: usize) -> Option<u128> {
        self.hashes.as_chunks().0.get(row).map(|hash| u128::from_be_bytes(*hash))
    }

    /// The digest of a row's item, where it is known.
    #[must_use]
    #[inline]
    pub fn digest(&self, row: usize) -> Option<u128> {
        self.digests.get(row).map(u128::from_be_bytes)
    }

    /// The fingerprint of the row that a row's item was made of.
    #[must_use]
    #[inline]
    pub fn print(&self, row: usize) -> Option<u64> {
        self.prints.get(row).map(u64::from_be_bytes)
    }

    /// What a plan does to a row's item; none in a snapshot.
    #[must_use]
    pub fn change(&self, row: usize) -> Option<Change> {
        self.changes.as_ref()?.get(row).copied()
    }

    /// A row's key; empty beyond the last row.
    #[must_use]
    pub fn key(&self, row: usize) -> key::Key<'_> {
        let sort = self.sorts.as_ref().map_or(&[][..], |sorts| sorts.get(row));
        key::Key { partition: self.partitions.get(row), sort }
    }
}

/// Values of variable length: each begins with its length.
#[derive(Debug)]
struct Texts {
    page: Bytes,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Texts {
    /// None where the page does not have exactly so many values.
    fn of(page: Bytes, rows: usize) -> Option<Self> {
        // Each value takes as many bytes as its length at least, so that there is room for what is claimed.
        let mut ends = Vec::with_capacity(rows.min(page.len() / 4));
        let mut rest = &page[..];
        let size = u32::try_from(page.len()).ok()?;
        for _ in 0..rows {
            let (length, after) = rest.split_first_chunk::<4>()?;
            rest = after.get(usize::try_from(u32::from_le_bytes(*length)).ok()?..)?;
            ends.push(size - u32::try_from(rest.len()).ok()?);
        }
        rest.is_empty().then_some(Self { page, ends })
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|row| self.get(row))
    }

    fn get(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let text =
            start.zip(self.ends.get(row)).and_then(|(start, end)| self.page.get(*start as usize + 4..*end as usize));
        text.unwrap_or_default()
    }
}

/// Hashes and fingerprints of rows, in ascending order of the hashes.
#[derive(Debug)]
pub struct Prints {
    hashes: Bytes,
    prints: Values<PRINT_BYTES>,
}

impl Prints {
    /// The hash and the fingerprint of each row.
    pub fn iter(&self) -> impl Iterator<Item = (u128, Option<u64>)> {
        let hashes = self.hashes.as_chunks().0.iter().map(|hash| u128::from_be_bytes(*hash));
        hashes.enumerate().map(|(row, hash)| (hash, self.prints.get(row).map(u64::from_be_bytes)))
    }
}

/// Values of fixed length, of which some may be lacking.
#[derive(Debug)]
enum Values<const N: usize> {
    /// Of all rows, as they stand in the page.
    All(Bytes),
    /// Of some.
    Some(Vec<Option<[u8; N]>>),
}

impl<const N: usize> Values<N> {
    /// None where the page does not have exactly so many rows.
    fn of(page: &Bytes, rows: usize) -> Option<Self> {
        let (levels, start) = levels::split(page, rows)?;
        let values = page.slice(start..);
        let known = match &levels {
            Levels::All => rows,
            Levels::Some(known) => known.iter().filter(|known| **known).count(),
        };
        if known.checked_mul(N) != Some(values.len()) {
            return None;
        }
        let Levels::Some(known) = levels else { return Some(Self::All(values)) };
        let mut values = values.as_chunks().0.iter().copied();
        Some(Self::Some(known.into_iter().map(|known| if known { values.next() } else { None }).collect()))
    }

    #[inline]
    fn get(&self, row: usize) -> Option<[u8; N]> {
        match self {
            Self::All(values) => values.as_chunks().0.get(row).copied(),
            Self::Some(values) => values.get(row).copied().flatten(),
        }
    }
}
