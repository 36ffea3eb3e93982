//! Rows to a file.

use std::{io, sync::Arc};

use flate2::Crc;
use parquet::{
    basic::{Compression, Encoding},
    errors::ParquetError,
    file::metadata::{
        ColumnChunkMetaData, FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
        SortingColumn,
    },
    schema::types::SchemaDescPtr,
};

use super::{Change, levels, schema};
use crate::{mapping::key, table::Key};

/// A row group has no more rows,
const GROUP_ROWS: usize = 128 << 10;
/// and is ended once it has so many bytes.
const GROUP_BYTES: usize = 8 << 20;
const MAGIC: &[u8] = b"PAR1";
const CREATED_BY: &str = concat!("rowferry version ", env!("CARGO_PKG_VERSION"));

/// Writes a snapshot or a plan, holding one row group in memory.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use rowferry::{definition::Kind, mapping::key, snapshot::Writer, table};
///
/// let keys = [table::Key { attribute: "pk".to_owned(), kind: Kind::S }];
/// let mut writer = Writer::new(Vec::new(), &keys, false)?;
/// writer.add(7, Some(1), key::Key { partition: b"a", sort: b"" }, None)?;
/// let late = writer.add(7, Some(1), key::Key { partition: b"b", sort: b"" }, None).unwrap_err();
/// assert_eq!(late.to_string(), "the rows of a snapshot come out of order");
/// let file: Vec<u8> = writer.close()?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    written: usize,
    schema: SchemaDescPtr,
    note: String,
    groups: Vec<RowGroupMetaData>,
    last: Option<u128>,
    rows: u64,
    group: Group,
}

/// What a snapshot or a plan says of a key.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The key's hash.
    pub hash: u128,
    /// The digest of its item; none where nobody knows what the table holds.
    pub digest: Option<u128>,
    /// The fingerprint of the row that its item was made of.
    pub print: Option<u64>,
    /// The key.
    pub key: key::Key<'a>,
    /// What a plan does to its item; only a plan keeps it.
    pub change: Option<Change>,
}

/// The row group that is being filled.
#[derive(Debug, Default)]
struct Group {
    partitions: Vec<u8>,
    sorts: Option<Vec<u8>>,
    hashes: Vec<u8>,
    digests: Vec<u8>,
    known: Vec<bool>,
    prints: Vec<u8>,
    printed: Vec<bool>,
    changes: Option<Vec<u8>>,
}

impl<W: io::Write + Send> Writer<W> {
    /// Begins a file for a table's keys, one or two; a plan, or else a snapshot.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(mut out: W, keys: &[Key], plan: bool) -> io::Result<Self> {
        let schema = schema::of(keys, plan).map_err(io::Error::other)?;
        out.write_all(MAGIC)?;
        let group = Group { sorts: (keys.len() > 1).then(Vec::new), changes: plan.then(Vec::new), ..Group::default() };
        let (note, written) = (schema::note(keys), MAGIC.len());
        Ok(Self { out, written, schema, note, groups: Vec::new(), last: None, rows: 0, group })
    }

    /// Adds a row without a fingerprint; see [`push`](Self::push).
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn add(
        &mut self,
        hash: u128,
        digest: Option<u128>,
        key: key::Key<'_>,
        change: Option<Change>,
    ) -> io::Result<()> {
        self.push(Row { hash, digest, print: None, key, change })
    }

    /// Adds a row, whose hash must be greater than the last one's.
    ///
    /// # Errors
    ///
    /// When the hash is not greater, a row of a plan has no change, or the file cannot be written.
    pub fn push(&mut self, row: Row<'_>) -> io::Result<()> {
        let Row { hash, digest, print, key, change } = row;
        if self.last.is_some_and(|last| last >= hash) {
            return Err(io::Error::other("the rows of a snapshot come out of order"));
        }
        if self.group.changes.is_some() && change.is_none() {
            return Err(io::Error::other("a row of a plan has no change"));
        }
        let group = &mut self.group;
        if group.known.len() == GROUP_ROWS || group.bytes() >= GROUP_BYTES {
            self.end_group()?;
        }
        self.last = Some(hash);
        let group = &mut self.group;
        append(key.partition, &mut group.partitions);
        if let Some(sorts) = &mut group.sorts {
            append(key.sort, sorts);
        }
        if let Some(changes) = &mut group.changes {
            append(change.map_or("", Change::name).as_bytes(), changes);
        }
        group.hashes.extend_from_slice(&hash.to_be_bytes());
        if let Some(digest) = digest {
            group.digests.extend_from_slice(&digest.to_be_bytes());
        }
        group.known.push(digest.is_some());
        if let Some(print) = print {
            group.prints.extend_from_slice(&print.to_be_bytes());
        }
        group.printed.push(print.is_some());
        Ok(())
    }

    /// Ends the file and hands back what it was written to.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn close(mut self) -> io::Result<W> {
        if !self.group.known.is_empty() {
            self.end_group()?;
        }
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let notes = vec![KeyValue::new(schema::NOTE.to_owned(), self.note)];
        let file = FileMetaData::new(1, rows, Some(CREATED_BY.to_owned()), Some(notes), self.schema, None);
        let metadata = ParquetMetaData::new(file, self.groups);
        ParquetMetaDataWriter::new(&mut self.out, &metadata).finish().map_err(io::Error::other)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn end_group(&mut self) -> io::Result<()> {
        let group = std::mem::take(&mut self.group);
        let rows = group.known.len();
        let (mut known, mut printed) = (Vec::new(), Vec::new());
        levels::append(&group.known, &mut known);
        levels::append(&group.printed, &mut printed);
        let columns = [
            Some([&[][..], &group.partitions]),
            group.sorts.as_ref().map(|sorts| [&[][..], sorts]),
            Some([&[][..], &group.hashes]),
            Some([&known[..], &group.digests]),
            Some([&printed[..], &group.prints]),
            group.changes.as_ref().map(|changes| [&[][..], changes]),
        ];
        let mut chunks = Vec::new();
        for (number, page) in columns.into_iter().flatten().enumerate() {
            chunks.push(self.page(number, rows, page)?);
        }
        let hash = chunks.len() - 3 - usize::from(group.changes.is_some());
        let sorted =
            SortingColumn { column_idx: i32::try_from(hash).unwrap_or(0), descending: false, nulls_first: false };
        let total: i64 = chunks.iter().map(ColumnChunkMetaData::uncompressed_size).sum();
        let done = RowGroupMetaData::builder(Arc::clone(&self.schema))
            .set_num_rows(count(rows)?)
            .set_total_byte_size(total)
            .set_sorting_columns(Some(vec![sorted]))
            .set_column_metadata(chunks)
            .build();
        self.groups.push(done.map_err(io::Error::other)?);
        self.rows += rows as u64;
        self.group = group.emptied();
        Ok(())
    }

    /// Writes a column of the row group: one page.
    fn page(&mut self, column: usize, rows: usize, parts: [&[u8]; 2]) -> io::Result<ColumnChunkMetaData> {
        let mut crc = Crc::new();
        for part in parts {
            crc.update(part);
        }
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let header = header(count(rows)?, count(size)?, crc.sum());
        let start = count(self.written)?;
        for part in [&[&header[..]][..], &parts].concat() {
            self.out.write_all(part)?;
            self.written += part.len();
        }
        let stored = count(self.written)? - start;
        let chunk = ColumnChunkMetaData::builder(self.schema.column(column))
            .set_compression(Compression::UNCOMPRESSED)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE])
            .set_num_values(count(rows)?)
            .set_total_compressed_size(stored)
            .set_total_uncompressed_size(stored)
            .set_data_page_offset(start)
            .build();
        chunk.map_err(|error: ParquetError| io::Error::other(error))
    }
}

impl Group {
    fn bytes(&self) -> usize {
        let Self { partitions, sorts, hashes, digests, prints, .. } = self;
        partitions.len() + sorts.as_ref().map_or(0, Vec::len) + hashes.len() + digests.len() + prints.len()
    }

    /// The same memory, for the next rows.
    fn emptied(mut self) -> Self {
        let always = [&mut self.partitions, &mut self.hashes, &mut self.digests, &mut self.prints];
        always.into_iter().chain(&mut self.sorts).chain(&mut self.changes).for_each(Vec::clear);
        self.known.clear();
        self.printed.clear();
        self
    }
}

fn append(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(value);
}

fn count(number: usize) -> io::Result<i64> {
    i64::try_from(number).map_err(io::Error::other)
}

/// The header of a page in Thrift's compact protocol.
/// <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>
fn header(rows: i64, bytes: i64, crc: u32) -> Vec<u8> {
    const INT: u8 = 0x15;
    const STRUCT: u8 = 0x1C;
    let mut out = Vec::with_capacity(40);
    let int = |number: i64, out: &mut Vec<u8>| {
        out.push(INT);
        levels::append_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
    };
    // A page of data, what it has unpacked and packed, its checksum.
    for number in [0, bytes, bytes, i64::from(crc.cast_signed())] {
        int(number, &mut out);
    }
    out.push(STRUCT);
    for number in [rows, Encoding::PLAIN as i64, Encoding::RLE as i64, Encoding::RLE as i64] {
        int(number, &mut out);
    }
    out.extend_from_slice(&[0, 0]);
    out
}
