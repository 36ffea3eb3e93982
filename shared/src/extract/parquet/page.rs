//! The pages of a column chunk.
//!
//! Read here and not by the parquet crate, which makes room for whatever a page's header claims. Here a page has to stay within
//! what may be in memory before anything is unpacked, with what its values become.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use flate2::Crc;
use parquet::{
    basic::{Encoding, Type as Physical},
    column::page::{Page, PageMetadata, PageReader},
    errors::Result as ParquetResult,
    schema::types::ColumnDescriptor,
};

use super::{
    Source,
    chunk::Chunks,
    codec::Codec,
    delta,
    header::{Body, Header},
    metadata::Chunk,
};
use crate::extract::Error;

type Result<T> = std::result::Result<T, Error>;

/// A page's header is looked for in so many bytes, and then in these: it may hold the least and the greatest value.
const HEADER_BYTES: u64 = 8 << 10;
const LONG_HEADER_BYTES: u64 = 1 << 20;
/// What a value of variable length takes beside its bytes.
const VIEW_BYTES: u64 = 16;
/// What a value of fixed length takes at most, if it has no length of its own.
const VALUE_BYTES: u64 = 8;
/// What the levels of a value take, and its place in a list.
const LEVEL_BYTES: u64 = 12;

/// What the pages of a row group may take in memory, together, as they are unpacked.
#[derive(Debug)]
pub(super) struct Budget {
    limit_bytes: u64,
    held_bytes: AtomicU64,
    /// The number of the batch that is being read.
    batch: AtomicU64,
}

impl Budget {
    pub(super) fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, held_bytes: AtomicU64::new(0), batch: AtomicU64::new(0) }
    }

    /// Begins a batch: of the pages before it, only the last of each column counts.
    pub(super) fn begin_batch(&self) {
        self.batch.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self, bytes: u64) -> Result<()> {
        let size_bytes = self.held_bytes.load(Ordering::Relaxed).saturating_add(bytes);
        if size_bytes > self.limit_bytes {
            return Err(Error::PageTooLarge { size_bytes, limit_bytes: self.limit_bytes });
        }
        self.held_bytes.store(size_bytes, Ordering::Relaxed);
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What there is to know of a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    physical: Physical,
    definition: i16,
    repetition: i16,
    /// What a value takes beside its own bytes, where it is of variable length.
    value_bytes: u64,
}

impl Leaf {
    pub(super) fn of(column: &ColumnDescriptor) -> Self {
        let value_bytes = match column.physical_type() {
            Physical::BYTE_ARRAY => VIEW_BYTES,
            Physical::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.type_length()).unwrap_or(0),
            _ => VALUE_BYTES,
        };
        let (definition, repetition) = (column.max_def_level(), column.max_rep_level());
        Self { physical: column.physical_type(), definition, repetition, value_bytes }
    }

    /// What a row of it takes in a batch, beside the bytes of a text.
    pub(super) fn row_bytes(&self) -> u64 {
        self.value_bytes
    }

    /// What a row group of it would take in one batch, where that may be more than it has bytes: NULL has the room of a value.
    pub(super) fn batch_bytes(&self, rows: u64, chunk: &Chunk) -> u64 {
        let values = if self.repetition > 0 { chunk.values } else { rows };
        let fixed = self.physical == Physical::FIXED_LEN_BYTE_ARRAY || self.repetition > 0;
        if fixed { values.saturating_mul(self.value_bytes) } else { 0 }
    }

    /// What a page takes in memory, beside what its header cannot tell.
    fn bytes(&self, header: &Header) -> u64 {
        let all = |each: u64| header.values.saturating_mul(each);
        let values = match header.body {
            Body::Dictionary { .. } => all(self.value_bytes),
            // One record may hold all of them.
            _ if self.repetition > 0 => all(self.value_bytes + LEVEL_BYTES),
            // They are taken as the rows of a batch want them.
            _ => 0,
        };
        header.unpacked.saturating_add(values)
    }
}

/// Reads the pages of one column chunk.
pub(super) struct Pages<S> {
    chunks: Arc<Chunks<S>>,
    budget: Arc<Budget>,
    leaf: Leaf,
    codec: Codec,
    at: u64,
    end: u64,
    /// The header of the next page, where it was looked at already.
    next: Option<Header>,
    dictionary_bytes: u64,
    page_bytes: u64,
    last_bytes: u64,
    batch: u64,
}

impl<S: Source> Pages<S> {
    pub(super) fn new(chunks: Arc<Chunks<S>>, budget: Arc<Budget>, leaf: Leaf, chunk: &Chunk) -> Self {
        let Chunk { codec, start, end, .. } = *chunk;
        let (dictionary_bytes, page_bytes, last_bytes, batch) = (0, 0, 0, 0);
        Self {
            chunks,
            budget,
            leaf,
            codec,
            at: start,
            end,
            next: None,
            dictionary_bytes,
            page_bytes,
            last_bytes,
            batch,
        }
    }

    /// The header of the next page that holds something.
    fn header(&mut self) -> Result<Option<Header>> {
        loop {
            if self.at >= self.end {
                return Ok(None);
            }
            let left = self.end - self.at;
            let mut found = Header::read(&self.chunks.some(self.at, left.min(HEADER_BYTES))?);
            if found.is_err() && left > HEADER_BYTES {
                found = Header::read(&self.chunks.some(self.at, left.min(LONG_HEADER_BYTES))?);
            }
            let (header, length) = found?;
            self.at += length;
            if header.packed > self.end.saturating_sub(self.at) {
                return Err(Error::corrupt("a page is longer than its column"));
            }
            if header.body != Body::None {
                return Ok(Some(header));
            }
            self.at += header.packed;
        }
    }

    pub(super) fn page(&mut self) -> Result<Option<Page>> {
        let header = match self.next.take() {
            Some(header) => header,
            None => match self.header()? {
                Some(header) => header,
                None => return Ok(None),
            },
        };
        self.hold(&header)?;
        let packed = self.chunks.range(self.at..self.at + header.packed)?;
        self.at += header.packed;
        if let Some(wanted) = header.crc {
            let mut found = Crc::new();
            found.update(&packed);
            if found.sum() != wanted {
                return Err(Error::corrupt("a page has another checksum than its bytes"));
            }
        }
        let bytes = self.unpack(&header, packed)?;
        self.check_lengths(&header, &bytes)?;
        Ok(Some(header.into_page(bytes)))
    }

    /// Takes what a page needs of what may be in memory.
    fn hold(&mut self, header: &Header) -> Result<()> {
        let bytes = self.leaf.bytes(header);
        if matches!(header.body, Body::Dictionary { .. }) {
            self.budget.give_back(std::mem::take(&mut self.dictionary_bytes));
            self.budget.take(bytes)?;
            self.dictionary_bytes = bytes;
            return Ok(());
        }
        let batch = self.budget.batch.load(Ordering::Relaxed);
        if self.batch != batch {
            self.batch = batch;
            self.budget.give_back(self.page_bytes - self.last_bytes);
            self.page_bytes = self.last_bytes;
        }
        self.last_bytes = 0;
        self.hold_more(bytes)
    }

    /// Takes more for the page at hand.
    fn hold_more(&mut self, bytes: u64) -> Result<()> {
        self.budget.take(bytes)?;
        self.last_bytes += bytes;
        self.page_bytes += bytes;
        Ok(())
    }

    fn unpack(&self, header: &Header, packed: Bytes) -> Result<Bytes> {
        let (levels, compressed) = match header.body {
            Body::V2 { repetition, definition, compressed, .. } => (repetition + definition, compressed),
            _ => (0, true),
        };
        if !compressed || self.codec == Codec::Plain {
            return Ok(packed);
        }
        let cut = || Error::corrupt("a page is shorter than its levels");
        let levels = usize::try_from(levels).unwrap_or(usize::MAX);
        let size = usize::try_from(header.unpacked).unwrap_or(usize::MAX).checked_sub(levels).ok_or_else(cut)?;
        let (levels, values) = packed.split_at_checked(levels).ok_or_else(cut)?;
        let mut out = Vec::with_capacity(levels.len() + size);
        out.extend_from_slice(levels);
        // A page that holds nothing but NULL may have no bytes at all.
        if size > 0 {
            self.codec.unpack(values, size, &mut out)?;
        }
        Ok(out.into())
    }

    /// Delta-encoded pages claim by themselves how many lengths they have, and how long the texts are.
    fn check_lengths(&mut self, header: &Header, bytes: &Bytes) -> Result<()> {
        let prefixed = header.encoding == Encoding::DELTA_BYTE_ARRAY;
        if !prefixed && header.encoding != Encoding::DELTA_LENGTH_BYTE_ARRAY || header.is_dictionary() {
            return Ok(());
        }
        let values = header
            .levels(self.leaf.definition, self.leaf.repetition, bytes)
            .and_then(|levels| bytes.get(levels..))
            .ok_or_else(|| Error::corrupt("a page is shorter than its levels"))?;
        self.budget.take(header.values.saturating_mul(VALUE_BYTES))?;
        self.budget.give_back(header.values * VALUE_BYTES);
        let first = delta::lengths(values, header.values)?;
        let mut needed = first.count * VALUE_BYTES;
        if prefixed {
            let second = delta::lengths(values.get(first.bytes..).unwrap_or_default(), header.values)?;
            // What stands before is copied into each text, so few bytes may become many.
            needed = needed.saturating_add(first.sum).saturating_add(second.sum);
        }
        self.hold_more(needed)
    }
}

impl<S> Drop for Pages<S> {
    fn drop(&mut self) {
        self.budget.give_back(self.page_bytes + self.dictionary_bytes);
    }
}

impl<S: Source> Iterator for Pages<S> {
    type Item = ParquetResult<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<S: Source> PageReader for Pages<S> {
    fn get_next_page(&mut self) -> ParquetResult<Option<Page>> {
        self.page().map_err(|error| self.chunks.fail(error))
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        if self.next.is_none() {
            self.next = self.header().map_err(|error| self.chunks.fail(error))?;
        }
        Ok(self.next.as_ref().map(Header::about))
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        let header = match self.next.take() {
            Some(header) => Some(header),
            None => self.header().map_err(|error| self.chunks.fail(error))?,
        };
        self.at += header.map_or(0, |header| header.packed);
        Ok(())
    }
}
