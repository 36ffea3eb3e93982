//! Row groups become batches of rows.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    file::metadata::RowGroupMetaData,
};

use super::{
    Source,
    chunk::{Chunks, Shared, range},
    guarded,
};
use crate::{
    extract::Error,
    row::columns::{Kind, Rows},
};

const BATCH_BYTES: u64 = 1 << 20;
const BATCH_ROWS: u64 = 1_024;
const BATCH_ROWS_LEAST: u64 = 64;

/// Reads the rows of row groups.
pub struct Reader<S> {
    source: Arc<S>,
    metadata: ArrowReaderMetadata,
    /// What the columns mean; none for those that were not asked for.
    kinds: Vec<Option<Kind>>,
    /// The leaves of those that were, in ascending order.
    leaves: Vec<usize>,
    row_groups: VecDeque<usize>,
    limit_bytes: u64,
    current: Option<Current<S>>,
    /// Whether something was damaged; nothing after it is believed.
    failed: bool,
}

/// A row group that is being read.
struct Current<S> {
    number: usize,
    chunks: Arc<Chunks<S>>,
    batches: ParquetRecordBatchReader,
    /// How many rows it should still give.
    left: u64,
}

impl<S> std::fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { leaves, row_groups, failed, .. } = self;
        f.debug_struct("Reader")
            .field("leaves", leaves)
            .field("row_groups", row_groups)
            .field("failed", failed)
            .finish()
    }
}

impl<S: Source> Reader<S> {
    pub(super) fn new(
        source: Arc<S>,
        metadata: ArrowReaderMetadata,
        kinds: Vec<Option<Kind>>,
        leaves: Vec<usize>,
        row_groups: Range<usize>,
        limit_bytes: u64,
    ) -> Self {
        let row_groups = row_groups.collect();
        Self { source, metadata, kinds, leaves, row_groups, limit_bytes, current: None, failed: false }
    }

    /// Reads the next rows, the first of which gets the number `first_row`; none after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] or [`Error::Truncated`] for damage, also when it is asked again; [`Error::PageTooLarge`]; and what the
    /// source gives.
    pub fn next(&mut self, first_row: u64) -> Result<Option<Rows>, Error> {
        if self.failed {
            return Err(Error::corrupt("it could not be read"));
        }
        let rows = self.advance(first_row);
        self.failed = rows.is_err();
        rows
    }

    fn advance(&mut self, first_row: u64) -> Result<Option<Rows>, Error> {
        loop {
            let mut current = match self.current.take() {
                Some(current) => current,
                None => match self.row_groups.pop_front() {
                    Some(number) => self.begin(number)?,
                    None => return Ok(None),
                },
            };
            let what = format!("row group {}", current.number);
            let batch = guarded(&what, || Ok(current.batches.next().transpose()?));
            let batch = batch.map_err(|error| current.chunks.failure().unwrap_or(error))?;
            let Some(batch) = batch else {
                if current.left > 0 {
                    return Err(Error::corrupt(format!("{what} lacks {} of its rows", current.left)));
                }
                continue;
            };
            let rows = batch.num_rows() as u64;
            current.left =
                current.left.checked_sub(rows).ok_or_else(|| Error::corrupt(format!("{what} has surplus rows")))?;
            self.current = Some(current);
            if rows > 0 {
                return self.rows(&batch, first_row).map(Some);
            }
        }
    }

    fn begin(&self, number: usize) -> Result<Current<S>, Error> {
        let what = format!("row group {number}");
        let group = self.metadata.metadata().row_groups().get(number);
        let group = group.ok_or_else(|| Error::corrupt(format!("{what} does not exist")))?;
        let ranges = self.leaves.iter().filter_map(|&leaf| group.columns().get(leaf)).map(range).collect();
        let chunks = Arc::new(Chunks::fetch(Arc::clone(&self.source), ranges, self.limit_bytes)?);
        let batches = guarded(&what, || {
            let mask = ProjectionMask::leaves(group.schema_descr(), self.leaves.iter().copied());
            ParquetRecordBatchReaderBuilder::new_with_metadata(Shared(Arc::clone(&chunks)), self.metadata.clone())
                .with_row_groups(vec![number])
                .with_projection(mask)
                .with_batch_size(self.batch_rows(group))
                .build()
        });
        let batches = batches.map_err(|error| chunks.failure().unwrap_or(error))?;
        Ok(Current { number, chunks, batches, left: group.num_rows().max(0).cast_unsigned() })
    }

    /// So many rows that a batch has about a megabyte.
    fn batch_rows(&self, group: &RowGroupMetaData) -> usize {
        let chunks = self.leaves.iter().filter_map(|&leaf| group.columns().get(leaf));
        let bytes: u64 =
            chunks.map(|chunk| chunk.uncompressed_size().max(0).cast_unsigned()).fold(0, u64::saturating_add);
        let row = bytes / group.num_rows().max(1).cast_unsigned();
        let rows = (BATCH_BYTES / row.max(1)).clamp(BATCH_ROWS_LEAST, BATCH_ROWS);
        usize::try_from(rows).unwrap_or(1)
    }

    fn rows(&self, batch: &RecordBatch, first_row: u64) -> Result<Rows, Error> {
        let mut read = batch.columns().iter();
        let columns = self.kinds.iter().map(|kind| kind.as_ref().map(|kind| (kind, read.next())));
        let columns: Option<Vec<Option<(&Kind, &ArrayRef)>>> =
            columns.map(|column| column.map_or(Some(None), |(kind, array)| Some(Some((kind, array?))))).collect();
        let columns = columns.ok_or_else(|| Error::corrupt("a column is missing"))?;
        let rows = Rows::new(columns, batch.num_rows(), first_row);
        rows.map_err(|column| Error::corrupt(format!("column {} is not what the schema says", column + 1)))
    }
}
