//! Files that Rowferry wrote itself: flat columns, each with one plain page a row group.
//!
//! No more than that is read, and it is read without the parquet crate: pages are handed back as the bytes that they are. They
//! are checked as any other file's, for they come from a bucket.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use parquet::{basic::Encoding, column::page::Page, schema::types::ColumnDescPtr};

use super::{
    Source,
    chunk::Chunks,
    codec::Codec,
    footer,
    metadata::Footer,
    page::{Budget, Leaf, Pages},
};
use crate::extract::Error;

/// What the footer says of a file.
pub(crate) struct Own<S> {
    source: Arc<S>,
    footer: Footer,
}

impl<S: Source> Own<S> {
    /// Reads the footer of a file.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`], [`Error::Corrupt`], [`Error::Unsupported`], and what the source gives.
    pub(crate) fn open(source: S) -> Result<Self, Error> {
        let footer = footer::read(&source)?;
        let rows = footer.groups.iter().try_fold(0_u64, |rows, group| rows.checked_add(group.rows));
        if rows != Some(footer.rows) {
            return Err(Error::corrupt(format!("its row groups do not have the {} rows that it claims", footer.rows)));
        }
        Ok(Self { source: Arc::new(source), footer })
    }

    /// What was noted in the file under a name.
    pub(crate) fn note(&self, name: &str) -> Option<&str> {
        self.footer.notes.iter().find(|(noted, _)| noted == name).map(|(_, note)| note.as_str())
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> &[ColumnDescPtr] {
        self.footer.schema.columns()
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        self.footer.rows
    }

    /// Reads some columns of a row group: how many rows it has, and the page of each column; none after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] and [`Error::Truncated`] for damage, [`Error::Unsupported`] for pages of another kind,
    /// [`Error::PageTooLarge`] for more than `limit_bytes`, and what the source gives.
    pub(crate) fn row_group(
        &self,
        number: usize,
        columns: Range<usize>,
        limit_bytes: u64,
    ) -> Result<Option<(usize, Vec<Bytes>)>, Error> {
        let Some(group) = self.footer.groups.get(number) else { return Ok(None) };
        let rows = usize::try_from(group.rows).unwrap_or(usize::MAX);
        let length = self.source.len();
        if let Some(column) = group.chunks.iter().position(|chunk| chunk.end > length) {
            return Err(Error::corrupt(format!("column {} lies outside of it", column + 1)));
        }
        let columns: Vec<_> = self.columns().iter().zip(&group.chunks).take(columns.end).skip(columns.start).collect();
        let ranges = columns.iter().map(|(_, chunk)| chunk.start..chunk.end).collect();
        let chunks = Arc::new(Chunks::fetch(Arc::clone(&self.source), ranges, limit_bytes)?);
        let budget = Arc::new(Budget::new(limit_bytes));
        let page = |(column, chunk): (&ColumnDescPtr, _)| {
            let mut pages = Pages::new(Arc::clone(&chunks), Arc::clone(&budget), Leaf::of(column), chunk);
            match (pages.page()?, pages.page()?) {
                (Some(Page::DataPage { buf, num_values, encoding: Encoding::PLAIN, .. }), None)
                    if usize::try_from(num_values) == Ok(rows) && chunk.codec == Codec::Plain =>
                {
                    Ok(buf)
                }
                _ => {
                    let what = format!("column `{}` is not one plain page a row group", column.name());
                    Err(Error::unsupported(what, "only files that Rowferry wrote are read here"))
                }
            }
        };
        let pages = columns.into_iter().map(page).collect::<Result<_, _>>()?;
        Ok(Some((rows, pages)))
    }
}
