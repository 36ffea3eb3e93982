//! Apache Parquet.
//!
//! The parquet crate opens pages and puts nested values together; it sees every leaf as its plain physical type. What
//! the values mean (decimals, times, INT96, text, …) is decided by [`crate::row::columns`], so that nothing is rounded,
//! wraps or fails a whole file because of a single value.
//!
//! Files may be damaged, or made to do harm. What decides about memory is read here and not by the parquet crate: the
//! footer and the headers of pages. Some damage it answers with a panic; each call into it is caught and becomes
//! [`Error::Corrupt`].

mod chunk;
mod codec;
mod delta;
mod footer;
mod header;
mod leaf;
mod metadata;
mod own;
mod page;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod thrift;

use std::{
    collections::HashSet,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use parquet::errors::ParquetError;

pub(crate) use self::own::Own;
pub use self::read::Reader;
use self::{metadata::Group, schema::Plain};
use super::Error;
use crate::row::{Column, Header, columns::Kind};

/// An object that can be read in pieces. Calls block.
pub trait Source: Send + Sync + 'static {
    /// Its length.
    fn len(&self) -> u64;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads ranges that lie within it, in ascending order; each may be large and is best fetched beside the others.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the object cannot be read, or is no longer what it was.
    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error>;
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        self.as_ref().len() as u64
    }

    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
        let slice = |range: &Range<u64>| {
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            let end = usize::try_from(range.end).unwrap_or(usize::MAX);
            let inside = start <= end && end <= self.as_ref().len();
            if inside { Ok(self.slice(start..end)) } else { Err(Error::truncated("a range lies beyond its end")) }
        };
        ranges.iter().map(slice).collect()
    }
}

/// A Parquet file whose footer has been read.
#[derive(Debug)]
pub struct File<S> {
    source: Arc<S>,
    schema: Arc<Plain>,
    groups: Arc<[Group]>,
    roots: Vec<Root>,
}

/// A column of the file.
#[derive(Debug)]
struct Root {
    name: String,
    kind: Kind,
    /// Its leaves, by their numbers in the file.
    leaves: Range<usize>,
}

/// Reads the footer of a file.
///
/// Columns of types that are not taken are [`Shape::Unsupported`](crate::row::Shape::Unsupported); that matters only
/// to who asks for them.
///
/// # Errors
///
/// [`Error::Truncated`], [`Error::Corrupt`], [`Error::Unsupported`] for an encrypted file, [`Error::Header`] for columns of
/// the same name, and what the source gives.
pub fn open<S: Source>(source: S) -> Result<(File<S>, Header), Error> {
    let footer = footer::read(&source)?;
    let (schema, roots) = schema::adapt(&footer, source.len())?;
    let names: Vec<String> = roots.iter().map(|root| root.name.clone()).collect();
    check_names(&names)?;
    let column = |root: &Root| Column { name: root.name.clone(), shape: root.kind.shape() };
    let header = Header { columns: roots.iter().map(column).collect() };
    let (source, schema, groups) = (Arc::new(source), Arc::new(schema), footer.groups.into());
    Ok((File { source, schema, groups, roots }, header))
}

impl<S: Source> File<S> {
    /// How many row groups the file has.
    #[must_use]
    pub fn row_groups(&self) -> usize {
        self.groups.len()
    }

    /// How many rows a row group has; none beyond the last.
    #[must_use]
    pub fn rows(&self, row_group: usize) -> u64 {
        self.groups.get(row_group).map_or(0, |group| group.rows)
    }

    /// Begins to read row groups: the columns that `wanted` says yes to; the cells of the others are NULL.
    ///
    /// About `limit_bytes` of the file are held in memory; a row group that needs more is fetched in smaller pieces as they are
    /// needed. As much again may be what the pages at hand unpack to; a row group that needs more is refused.
    ///
    /// ```no_run
    /// # fn example(object: bytes::Bytes) -> Result<(), rowferry::extract::Error> {
    /// use rowferry::{extract::parquet, row::Rows};
    ///
    /// let (file, header) = parquet::open(object)?;
    /// let mut reader = file.read(0..file.row_groups(), |column| column != "note", 256 << 20);
    /// let mut row = 1;
    /// while let Some(rows) = reader.next(row)? {
    ///     row += rows.len() as u64;
    ///     let rows = Rows::Columns(rows);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn read(&self, row_groups: Range<usize>, wanted: impl Fn(&str) -> bool, limit_bytes: u64) -> Reader<S> {
        let asked = |root: &Root| {
            (!matches!(root.kind, Kind::Unsupported(_)) && wanted(&root.name)).then(|| root.leaves.clone())
        };
        let leaves: Vec<_> = self.roots.iter().map(asked).collect();
        let kinds = self.roots.iter().zip(&leaves).map(|(root, leaves)| leaves.as_ref().map(|_| root.kind.clone()));
        let kinds = kinds.collect();
        let leaves = leaves.into_iter().flatten().flatten().collect();
        let (source, schema, groups) = (Arc::clone(&self.source), Arc::clone(&self.schema), Arc::clone(&self.groups));
        Reader { source, schema, groups, kinds, leaves, row_groups, limit_bytes, current: None, failed: false }
    }
}

/// Column names may hold anything, but each only once.
fn check_names(names: &[String]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::header(format!("two columns are called `{name}`; rename or drop one of them"))),
        None => Ok(()),
    }
}

/// Calls into the parquet crate, which answers some damage with a panic.
fn guarded<T>(what: &str, call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Error::corrupt(format!("{what} cannot be read ({error})"))),
        Err(_) => Err(Error::corrupt(format!("{what} makes no sense"))),
    }
}
