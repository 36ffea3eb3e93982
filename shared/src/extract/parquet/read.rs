//! Row groups become batches of rows.

use std::{iter, ops::Range, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ParquetRecordBatchReader, RowGroups},
        parquet_to_arrow_field_levels,
    },
    column::page::{PageIterator, PageReader},
    errors::{ParquetError, Result as ParquetResult},
    file::metadata::{FileMetaData, ParquetMetaData, RowGroupMetaData},
};

use super::{
    Source,
    chunk::Chunks,
    guarded,
    metadata::{Chunk, Group},
    page::{Budget, Leaf, Pages},
    schema::Plain,
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
    pub(super) source: Arc<S>,
    pub(super) schema: Arc<Plain>,
    pub(super) groups: Arc<[Group]>,
    /// What the columns mean; none for those that were not asked for.
    pub(super) kinds: Vec<Option<Kind>>,
    /// The leaves of those that were, in ascending order.
    pub(super) leaves: Vec<usize>,
    pub(super) row_groups: Range<usize>,
    pub(super) limit_bytes: u64,
    pub(super) current: Option<Current<S>>,
    /// Whether something was damaged; nothing after it is believed.
    pub(super) failed: bool,
}

/// A row group that is being read.
pub(super) struct Current<S> {
    number: usize,
    chunks: Arc<Chunks<S>>,
    budget: Arc<Budget>,
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
                None => match self.row_groups.next() {
                    Some(number) => self.begin(number)?,
                    None => return Ok(None),
                },
            };
            let what = format!("row group {}", current.number);
            current.budget.begin_batch();
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
        let group = self.groups.get(number).ok_or_else(|| Error::corrupt(format!("{what} does not exist")))?;
        let of_leaf = |&number: &usize| {
            let leaf = self.schema.parquet.columns().get(number).map(|column| Leaf::of(column))?;
            Some((number, leaf, *group.chunks.get(number)?))
        };
        let columns: Vec<_> = self.leaves.iter().filter_map(of_leaf).collect();
        let rows = self.batch_rows(group.rows, &columns)?;
        let ranges = columns.iter().map(|(.., chunk)| chunk.start..chunk.end).collect();
        let chunks = Arc::new(Chunks::fetch(Arc::clone(&self.source), ranges, self.limit_bytes)?);
        let budget = Arc::new(Budget::new(self.limit_bytes));
        let batches = guarded(&what, || {
            let mask = ProjectionMask::leaves(&self.schema.parquet, self.leaves.iter().copied());
            let levels = parquet_to_arrow_field_levels(&self.schema.parquet, mask, Some(&self.schema.arrow))?;
            let group = OneGroup::new(group.rows, columns, &chunks, &budget, &self.schema);
            ParquetRecordBatchReader::try_new_with_row_groups(&levels, &group, rows, None)
        });
        let batches = batches.map_err(|error| chunks.failure().unwrap_or(error))?;
        Ok(Current { number, chunks, budget, batches, left: group.rows })
    }

    /// So many rows that a batch has about a megabyte.
    fn batch_rows(&self, rows: u64, columns: &[(usize, Leaf, Chunk)]) -> Result<usize, Error> {
        let stored = columns.iter().map(|(.., chunk)| chunk.uncompressed_bytes).fold(0, u64::saturating_add);
        let made = columns.iter().map(|(_, leaf, chunk)| leaf.batch_bytes(rows, chunk)).fold(0, u64::saturating_add);
        let row = (stored.max(made) / rows.max(1)).max(1);
        let fixed = columns.iter().map(|(_, leaf, _)| leaf.row_bytes()).fold(0, u64::saturating_add).max(1);
        if fixed > self.limit_bytes {
            return Err(Error::PageTooLarge { size_bytes: fixed, limit_bytes: self.limit_bytes });
        }
        let rows =
            (BATCH_BYTES / row).clamp(BATCH_ROWS_LEAST, BATCH_ROWS).min((self.limit_bytes / 4 / row.max(fixed)).max(1));
        Ok(usize::try_from(rows).unwrap_or(1))
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

/// A row group, as the parquet crate asks for it.
struct OneGroup<'a, S> {
    rows: u64,
    columns: Vec<(usize, Leaf, Chunk)>,
    chunks: &'a Arc<Chunks<S>>,
    budget: &'a Arc<Budget>,
    metadata: ParquetMetaData,
}

impl<'a, S> OneGroup<'a, S> {
    fn new(
        rows: u64,
        columns: Vec<(usize, Leaf, Chunk)>,
        chunks: &'a Arc<Chunks<S>>,
        budget: &'a Arc<Budget>,
        schema: &Plain,
    ) -> Self {
        let schema = Arc::new(schema.parquet.clone());
        let metadata = ParquetMetaData::new(FileMetaData::new(0, 0, None, None, schema, None), Vec::new());
        Self { rows, columns, chunks, budget, metadata }
    }
}

impl<S: Source> RowGroups for OneGroup<'_, S> {
    fn num_rows(&self) -> usize {
        usize::try_from(self.rows).unwrap_or(usize::MAX)
    }

    fn column_chunks(&self, leaf: usize) -> ParquetResult<Box<dyn PageIterator>> {
        let found = self.columns.iter().find(|(number, ..)| *number == leaf);
        let (_, leaf, chunk) =
            found.ok_or_else(|| ParquetError::General(format!("column {leaf} was not asked for")))?;
        Ok(Box::new(One(Some(Pages::new(Arc::clone(self.chunks), Arc::clone(self.budget), *leaf, chunk)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(iter::empty())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The pages of the one row group.
struct One<S>(Option<Pages<S>>);

impl<S: Source> Iterator for One<S> {
    type Item = ParquetResult<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|pages| Ok(Box::new(pages) as Box<dyn PageReader>))
    }
}

impl<S: Source> PageIterator for One<S> {}
