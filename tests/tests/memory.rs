//! How much memory reading, mapping and encoding take: counted at the allocator, so that neither time nor the machine matters.
//!
//! `ROWFERRY_ROWS` sets how many rows there are where their number must not matter.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end where something is amiss")]
#![expect(clippy::format_collect, reason = "headers read best so")]

use std::{
    env,
    io::{self, Read, Write as _},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use parquet::{basic::Compression, file::properties::WriterProperties};
use peak_alloc::PeakAlloc;
use rowferry::{
    definition,
    extract::{
        Error, compression,
        parquet::{self as columns, Source},
        text::{Dialect, Reader},
    },
    mapping::{Item, Mapping},
    row::{Batch, Cell, Header, Rows},
    table::Table,
    write::Encoder,
};
use rowferry_tests::parquet::{ByteArrayType, Int64Type, Maker};
use serde_json::json;

#[global_allocator]
static HELD: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
/// What the function gives the Parquet reader.
const LIMIT: u64 = 256 << 20;

/// Waits until no other test counts.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Checks that something holds at most so many MiB.
#[track_caller]
fn within<T>(mib: usize, run: impl FnOnce() -> T) -> T {
    let before = HELD.current_usage();
    HELD.reset_peak_usage();
    let done = run();
    let bytes = HELD.peak_usage().saturating_sub(before);
    assert!(bytes <= mib * MIB, "{bytes} bytes are more than {mib} MiB");
    done
}

#[expect(clippy::disallowed_methods, reason = "who runs it says how many")]
fn many() -> u64 {
    env::var("ROWFERRY_ROWS").ok().map_or(30_000, |rows| rows.parse().unwrap())
}

/// A text that is made as it is read.
struct Made<F> {
    text: Vec<u8>,
    at: usize,
    rows: Range<u64>,
    row: F,
}

impl<F: Fn(u64, &mut Vec<u8>)> Made<F> {
    fn new(header: &str, rows: u64, row: F) -> Self {
        Self { text: format!("{header}\n").into(), at: 0, rows: 0..rows, row }
    }
}

impl<F: Fn(u64, &mut Vec<u8>)> Read for Made<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
            let Some(row) = self.rows.next() else { return Ok(0) };
            (self.row)(row, &mut self.text);
        }
        let length = buffer.len().min(self.text.len() - self.at);
        buffer[..length].copy_from_slice(&self.text[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

fn mapping() -> Mapping {
    let description = json!({"Table": {"TableStatus": "ACTIVE", "TableArn": "arn",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}});
    let definition = "destination: { table: items }\nwrite: replace\nfields: all";
    Mapping::new(&definition::parse("s", definition).unwrap(), &Table::read("items", &description).unwrap()).unwrap()
}

/// What reading something came to.
#[derive(Debug, Default, PartialEq)]
struct Done {
    rows: u64,
    rejects: u64,
    entries: u64,
}

/// Reads, maps and encodes all rows; requests are gone as soon as they are made.
fn load(header: Header, typed: bool, mut next: impl FnMut(u64) -> Result<Option<Rows>, Error>) -> Result<Done, Error> {
    let bound = mapping().bind(&header, typed).unwrap();
    let header = Arc::new(header);
    let (mut encoder, mut item, mut done) =
        (Encoder::new("items", &bound, false, false), Item::default(), Done::default());
    while let Some(rows) = next(done.rows + 1)? {
        let rows = Arc::new(Batch { header: Arc::clone(&header), rows });
        let mut entries = 0;
        for row in 0..rows.len() {
            match bound.apply(&rows, row, &mut item) {
                Ok(()) => {
                    let row = u32::try_from(row).unwrap();
                    encoder.push(&item, row, &rows, |request| entries += request.entries.len() as u64);
                }
                Err(_) => done.rejects += 1,
            }
        }
        entries += encoder.take(&rows).map_or(0, |request| request.entries.len() as u64);
        done.entries += entries;
        done.rows += rows.len() as u64;
    }
    Ok(done)
}

fn load_text(input: impl Read) -> Result<Done, Error> {
    let (mut reader, header) = Reader::new(input, &Dialect::default())?;
    load(header, false, |first| Ok(reader.next(first)?.map(Rows::Text)))
}

fn load_parquet(file: Bytes) -> Result<Done, Error> {
    let (file, header) = columns::open(file)?;
    let mut reader = file.read(0..file.row_groups(), |_| true, LIMIT);
    load(header, true, |first| Ok(reader.next(first)?.map(Rows::Columns)))
}

#[test]
fn text_of_any_number_of_rows() {
    let _alone = alone();
    let text = |rows| {
        Made::new("id,a,b,c,d,e,f,g,h,i", rows, |row, out| {
            let filler = "some text of a warehouse";
            writeln!(out, "{row},{filler},{filler},{filler},{filler},\"{filler}\",{row}.5,true,,{filler}").unwrap();
        })
    };
    let done = within(2, || load_text(text(many())).unwrap());
    assert_eq!((done.rows, done.rejects, done.entries), (many(), 0, many()));
}

#[test]
fn text_of_large_rows_and_of_many_columns() {
    let _alone = alone();
    let large = "x".repeat(300_000);
    let done =
        within(4, || load_text(Made::new("id,a", 40, |row, out| writeln!(out, "{row},{large}").unwrap())).unwrap());
    assert_eq!(done, Done { rows: 40, rejects: 0, entries: 40 });
    let header = format!("id{}", (1..1_000).map(|column| format!(",c{column}")).collect::<String>());
    let cells = ",cell".repeat(999);
    let done =
        within(4, || load_text(Made::new(&header, 200, |row, out| writeln!(out, "{row}{cells}").unwrap())).unwrap());
    assert_eq!(done, Done { rows: 200, rejects: 0, entries: 200 });
}

#[test]
fn text_that_is_one_endless_record() {
    let _alone = alone();
    let endless = "id,a\n1,\"".as_bytes().chain(io::repeat(b'x')).take(1 << 30);
    let error = within(64, || load_text(endless).unwrap_err().to_string());
    assert!(error.contains("more than 16777216 bytes; the quote that opens on line 2 may lack its end"), "{error}");
}

#[test]
fn text_that_is_nothing_but_delimiters() {
    let _alone = alone();
    let commas = ",".repeat(2 << 20);
    let error = within(64, || load_text(format!("{commas}\n").as_bytes()).unwrap_err().to_string());
    assert!(error.contains("there are 2097153 columns; no more than 20000 are read"), "{error}");
    let rows = Made::new("id,a", 3, |_, out| out.extend(commas.bytes().chain(*b"\n")));
    let done = within(128, || {
        let (mut reader, _) = Reader::new(rows, &Dialect::default()).unwrap();
        let mut kept = Vec::new();
        while let Some(rows) = reader.next(1).unwrap() {
            kept.push(Rows::Text(rows));
        }
        kept.iter().map(Rows::len).sum::<usize>()
    });
    assert_eq!(done, 3);
}

#[test]
fn text_that_unpacks_to_very_much() {
    let _alone = alone();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let rows = "1,some text\n".repeat(10_000);
    for out in [&mut gzip as &mut dyn io::Write, &mut zstd] {
        out.write_all(b"id,a\n").unwrap();
        (0..5).for_each(|_| out.write_all(rows.as_bytes()).unwrap());
    }
    for packed in [gzip.finish().unwrap(), zstd.finish().unwrap()] {
        let done = within(2, || load_text(compression::open(packed.as_slice()).unwrap()).unwrap());
        assert_eq!(done.rows, 50_000);
    }
}

fn snappy() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::SNAPPY).build()
}

#[test]
fn parquet_with_row_groups_of_any_number_of_rows() {
    let _alone = alone();
    let rows = i64::try_from(many()).unwrap();
    let columns = "required int64 id; required byte_array a (UTF8); required byte_array b (UTF8); optional int64 c;";
    let mut maker = Maker::with(columns, snappy());
    let group = maker.group().values::<Int64Type>(&(0..rows).collect::<Vec<_>>());
    let text = |row: i64| format!("some text of row {row}").as_str().into();
    let group = group.values::<ByteArrayType>(&(0..rows).map(text).collect::<Vec<_>>());
    let group = group.values::<ByteArrayType>(&(0..rows).map(|row| text(row % 100)).collect::<Vec<_>>());
    group.optional::<Int64Type>(&vec![None; usize::try_from(rows).unwrap()]).finish();
    let file = maker.finish();
    let done = within(4, || load_parquet(file).unwrap());
    assert_eq!(done.rows, many());
}

#[test]
fn parquet_with_many_columns() {
    let _alone = alone();
    let columns: String = (1..1_000).map(|column| format!("required int64 c{column}; ")).collect();
    let mut maker = Maker::with(&format!("required int64 id; {columns}"), snappy());
    let values: Vec<i64> = (0..200).collect();
    let group = (0..1_000).fold(maker.group(), |group, _| group.values::<Int64Type>(&values));
    group.finish();
    let file = maker.finish();
    let done = within(16, || load_parquet(file).unwrap());
    assert_eq!(done.rows, 200);
}

/// A file of one column of text in pages that are all the same, made as it is read.
struct Repeated {
    page: Vec<u8>,
    pages: u64,
    footer: Vec<u8>,
}

impl Repeated {
    fn new(value_bytes: usize, values: u64, pages: u64) -> Self {
        let varint = |mut value: u64| {
            let mut out = Vec::new();
            while value >= 0x80 {
                out.push(u8::try_from(value & 0x7F).unwrap() | 0x80);
                value >>= 7;
            }
            out.push(u8::try_from(value).unwrap());
            out
        };
        // Thrift's fields: how far the number is from the one before, the type, the value.
        let int = |delta: u8, value: u64| [vec![delta << 4 | 6], varint(value << 1)].concat();
        let list = |delta: u8, length: u8| vec![delta << 4 | 9, length << 4 | 0xC];
        let begin = |delta: u8| vec![delta << 4 | 0xC];
        let name = |delta: u8| vec![delta << 4 | 8, 2, b'i', b'd'];
        let end = vec![0];
        let bytes = values * (value_bytes as u64 + 4);
        let of_data = [begin(2), int(1, values), int(1, 0), int(1, 3), int(1, 3), end.clone()].concat();
        let mut page = [int(1, 0), int(1, bytes), int(1, bytes), of_data, end.clone()].concat();
        for _ in 0..values {
            page.extend(u32::try_from(value_bytes).unwrap().to_le_bytes());
            page.resize(page.len() + value_bytes, b'x');
        }
        let length = page.len() as u64 * pages;
        let root = [name(4), int(1, 1), end.clone()].concat();
        let leaf = [int(1, 6), int(2, 0), name(1), int(2, 0), end.clone()].concat();
        let chunk =
            [begin(1), int(4, 0), int(1, values * pages), int(1, length), int(1, length), int(2, 4), end.clone()];
        let chunk = [int(2, 4), chunk.concat(), end.clone()].concat();
        let group = [list(1, 1), chunk, int(1, length), int(1, values * pages), end.clone()].concat();
        let mut footer = [int(1, 1), list(1, 2), root, leaf, int(1, values * pages), list(1, 1), group, end].concat();
        footer.extend(u32::try_from(footer.len()).unwrap().to_le_bytes());
        footer.extend(b"PAR1");
        Self { page, pages, footer }
    }
}

impl Source for Repeated {
    fn len(&self) -> u64 {
        4 + self.page.len() as u64 * self.pages + self.footer.len() as u64
    }

    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
        let pages = 4..self.len() - self.footer.len() as u64;
        let read = |range: &Range<u64>| {
            let mut out = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap());
            let mut at = range.start;
            while at < range.end {
                let (part, from) = if at < pages.start {
                    (b"PAR1".as_slice(), at)
                } else if at < pages.end {
                    (self.page.as_slice(), (at - pages.start) % self.page.len() as u64)
                } else {
                    (self.footer.as_slice(), at - pages.end)
                };
                let part = &part[usize::try_from(from).unwrap()..];
                let part = &part[..part.len().min(usize::try_from(range.end - at).unwrap())];
                out.extend_from_slice(part);
                at += part.len() as u64;
            }
            out.into()
        };
        Ok(ranges.iter().map(read).collect())
    }
}

#[test]
fn parquet_with_a_row_group_of_a_gigabyte() {
    let _alone = alone();
    let file = Repeated::new(300_000, 3, 1_200);
    assert!(Source::len(&file) > 1 << 30);
    let rows = within(48, || {
        let (file, _) = columns::open(file).unwrap();
        let mut reader = file.read(0..1, |_| true, 16 << 20);
        let mut count = 0;
        while let Some(rows) = reader.next(count + 1).unwrap().map(Rows::Columns) {
            assert!(matches!(rows.cell(0, 0), Cell::Text(value) if value.len() == 300_000));
            count += rows.len() as u64;
        }
        count
    });
    assert_eq!(rows, 3_600);
}
