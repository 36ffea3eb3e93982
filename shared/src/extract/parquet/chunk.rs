//! The bytes of one row group, as the parquet crate asks for them.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Buf, Bytes, buf::Reader};
use parquet::{
    errors::{ParquetError, Result},
    file::{
        metadata::ColumnChunkMetaData,
        reader::{ChunkReader, Length},
    },
};

use super::Source;
use crate::extract::Error;

/// Column chunks that lie no further apart are fetched together: a request costs more than these bytes.
const GAP_BYTES: u64 = 256 << 10;
/// What a column is fetched by where a row group is too large, at least.
const WINDOW_BYTES: u64 = 1 << 20;
/// A page's header is looked for in no fewer bytes.
const HEADER_BYTES: u64 = 128 << 10;

/// The column chunks of a row group, in memory whole or a window of each.
pub(super) struct Chunks<S> {
    source: Arc<S>,
    limit_bytes: u64,
    pieces: Mutex<Vec<Piece>>,
    /// Why the last fetch failed; the parquet crate would pass on its text only.
    failed: Mutex<Option<Error>>,
}

/// A part of the file, and what of it is in memory.
struct Piece {
    range: Range<u64>,
    start: u64,
    bytes: Bytes,
    /// How much to fetch at once.
    window: u64,
}

impl Piece {
    fn loaded(&self, range: &Range<u64>) -> Option<Bytes> {
        let start = usize::try_from(range.start.checked_sub(self.start)?).ok()?;
        let end = usize::try_from(range.end.checked_sub(self.start)?).ok()?;
        (start <= end && end <= self.bytes.len()).then(|| self.bytes.slice(start..end))
    }
}

/// Where a column chunk lies.
pub(super) fn range(chunk: &ColumnChunkMetaData) -> Range<u64> {
    let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset()).max(0).cast_unsigned();
    start..start.saturating_add(chunk.compressed_size().max(0).cast_unsigned())
}

/// Ranges in ascending order, those that lie close to each other made one.
fn join(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP_BYTES) => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

impl<S: Source> Chunks<S> {
    /// Fetches the ranges, whole where they keep the limit.
    pub(super) fn fetch(source: Arc<S>, ranges: Vec<Range<u64>>, limit_bytes: u64) -> std::result::Result<Self, Error> {
        let joined = join(ranges.clone());
        let total: u64 = joined.iter().map(|range| range.end - range.start).sum();
        let pieces = if total <= limit_bytes {
            let bytes = if joined.is_empty() { Vec::new() } else { source.ranges(&joined)? };
            let complete = bytes.len() == joined.len()
                && bytes.iter().zip(&joined).all(|(bytes, range)| bytes.len() as u64 == range.end - range.start);
            if !complete {
                return Err(Error::truncated("fewer bytes came than it has"));
            }
            let piece = |(range, bytes): (Range<u64>, Bytes)| Piece { start: range.start, range, bytes, window: 0 };
            joined.into_iter().zip(bytes).map(piece).collect()
        } else {
            let window = (limit_bytes / ranges.len().max(1) as u64).max(WINDOW_BYTES);
            let piece = |range: Range<u64>| Piece { start: range.start, range, bytes: Bytes::new(), window };
            ranges.into_iter().map(piece).collect()
        };
        Ok(Self { source, limit_bytes, pieces: Mutex::new(pieces), failed: Mutex::new(None) })
    }

    /// Why the last fetch failed.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The bytes of a range, or from its start on all that is in memory, but no fewer.
    fn get(&self, range: Range<u64>, all: bool) -> std::result::Result<Bytes, Error> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let outside = || Error::corrupt("a page lies outside of its column");
        let piece = pieces.iter_mut().find(|piece| piece.range.start <= range.start && range.start < piece.range.end);
        let piece = piece.ok_or_else(outside)?;
        let range = if all { range.start..range.end.min(piece.range.end) } else { range };
        if range.end > piece.range.end {
            return Err(outside());
        }
        if piece.loaded(&range).is_none() {
            let needed = range.end - range.start;
            if needed > self.limit_bytes {
                return Err(Error::PageTooLarge { size_bytes: needed, limit_bytes: self.limit_bytes });
            }
            let end = range.start.saturating_add(needed.max(piece.window)).min(piece.range.end);
            piece.bytes = Bytes::new();
            piece.bytes = self.source.ranges(std::slice::from_ref(&(range.start..end)))?.pop().unwrap_or_default();
            piece.start = range.start;
        }
        let range = if all { range.start..piece.start + piece.bytes.len() as u64 } else { range };
        piece.loaded(&range).ok_or_else(|| Error::truncated("fewer bytes came than it has"))
    }

    fn give(&self, range: Range<u64>, all: bool) -> Result<Bytes> {
        self.get(range, all).map_err(|error| {
            let text = error.to_string();
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ParquetError::General(text)
        })
    }
}

/// What the parquet crate takes; it wants to own it.
pub(super) struct Shared<S>(pub(super) Arc<Chunks<S>>);

impl<S: Source> Length for Shared<S> {
    fn len(&self) -> u64 {
        self.0.source.len()
    }
}

impl<S: Source> ChunkReader for Shared<S> {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.0.give(start..start.saturating_add(HEADER_BYTES), true)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.give(start..start.saturating_add(length as u64), false)
    }
}
