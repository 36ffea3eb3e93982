//! The bytes of one row group, as the parquet crate asks for them.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use parquet::errors::ParquetError;

use super::Source;
use crate::extract::Error;

type Result<T> = std::result::Result<T, Error>;

/// Column chunks that lie no further apart are fetched together: a request costs more than these bytes.
const GAP_BYTES: u64 = 256 << 10;
/// What a column is fetched by where a row group is too large, at least.
const WINDOW_BYTES: u64 = 16 << 10;

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
    pub(super) fn fetch(source: Arc<S>, ranges: Vec<Range<u64>>, limit_bytes: u64) -> Result<Self> {
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

    /// Up to so many bytes from a place on, no further than its column goes.
    pub(super) fn some(&self, start: u64, length: u64) -> Result<Bytes> {
        self.get(start..start.saturating_add(length), true)
    }

    /// The bytes of a range.
    pub(super) fn range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() { Ok(Bytes::new()) } else { self.get(range, false) }
    }

    fn get(&self, range: Range<u64>, cut: bool) -> Result<Bytes> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let outside = || Error::corrupt("a page lies outside of its column");
        let piece = pieces.iter_mut().find(|piece| piece.range.start <= range.start && range.start < piece.range.end);
        let piece = piece.ok_or_else(outside)?;
        let range = if cut { range.start..range.end.min(piece.range.end) } else { range };
        if range.end > piece.range.end {
            return Err(outside());
        }
        if let Some(bytes) = piece.loaded(&range) {
            return Ok(bytes);
        }
        let needed = range.end - range.start;
        if needed > self.limit_bytes {
            return Err(Error::PageTooLarge { size_bytes: needed, limit_bytes: self.limit_bytes });
        }
        let end = range.start.saturating_add(needed.max(piece.window)).min(piece.range.end);
        piece.bytes = Bytes::new();
        piece.bytes = self.source.ranges(std::slice::from_ref(&(range.start..end)))?.pop().unwrap_or_default();
        piece.start = range.start;
        let bytes = piece.loaded(&range).ok_or_else(|| Error::truncated("fewer bytes came than it has"))?;
        if needed > piece.window {
            // All columns' windows together keep the limit; a page that is longer stays only with who asked for it.
            piece.bytes = Bytes::new();
        }
        Ok(bytes)
    }

    /// Keeps why something failed, and gives what the parquet crate can pass on.
    pub(super) fn fail(&self, error: Error) -> ParquetError {
        let text = error.to_string();
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        ParquetError::General(text)
    }
}
