use std::{
    fmt::Write as _,
    io::{self, Read},
};

use proptest::prelude::*;

use super::*;
use crate::row::{Cell, Rows};

mod records;

/// All that a text gives: the header, then a line for each row.
pub(super) fn render(input: impl Read, dialect: &Dialect) -> String {
    let mut out = String::new();
    let (mut reader, header) = match Reader::new(input, dialect) {
        Ok(opened) => opened,
        Err(error) => return format!("error: {error}"),
    };
    out.push_str(&header.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join("|"));
    let mut first_row = 1;
    loop {
        let rows = match reader.next(first_row) {
            Ok(Some(rows)) => Rows::Text(rows),
            Ok(None) => return out,
            Err(error) => return out + &format!("\nerror: {error}"),
        };
        first_row += rows.len() as u64;
        for row in 0..rows.len() {
            write!(out, "\n{}", rows.position(row).line.unwrap()).unwrap();
            if let Some((column, fault)) = rows.fault(row) {
                write!(
                    out,
                    " {}{}: {}",
                    fault.reason,
                    column.map_or(String::new(), |c| format!("[{c}]")),
                    fault.detail
                )
                .unwrap();
                continue;
            }
            for column in 0..header.columns.len() {
                match rows.cell(row, column) {
                    Cell::Null => out.push_str(" NULL"),
                    Cell::Text(text) => write!(out, " {text:?}").unwrap(),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}

/// Gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Pieces { bytes: &mut self.0, sizes: &mut std::iter::repeat(1) }.read(buffer)
    }
}

/// Gives pieces of these sizes.
struct Pieces<'a, 'b, I> {
    bytes: &'b mut &'a [u8],
    sizes: &'b mut I,
}

impl<I: Iterator<Item = usize>> Read for Pieces<'_, '_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.next().unwrap_or(1).min(buffer.len()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(size);
        buffer[..size].copy_from_slice(piece);
        *self.bytes = rest;
        Ok(size)
    }
}

#[test]
fn tells_its_causes_apart() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(crate::bucket::Error::Changed { key: "k".into() }))
        }
    }
    let Err(Error::Io(source)) = Reader::new("a\n1\n".as_bytes().chain(Broken), &Dialect::default()) else { panic!() };
    assert!(matches!(source.downcast::<crate::bucket::Error>(), Ok(crate::bucket::Error::Changed { .. })));
}

#[test]
fn a_record_may_not_be_endless() {
    let error = |begin: &'static str, endless: u8| {
        let endless = io::repeat(endless).take(1 << 20);
        let (mut reader, _) = Reader::new(begin.as_bytes().chain(endless), &Dialect::default()).unwrap();
        reader.limit = 100_000;
        loop {
            match reader.next(1) {
                Ok(rows) => assert!(rows.is_some()),
                Err(error) => break error.to_string(),
            }
        }
    };
    let begin = "the record that begins on line 3 has more than 100000 bytes";
    assert_eq!(error("a\n1\n", b'x'), format!("{begin}; is the delimiter right, and are there line ends?"));
    assert_eq!(error("a\n1\n\"", b'\n'), format!("{begin}; the quote that opens on line 3 may lack its end"));
}

#[test]
fn a_record_may_be_larger_than_a_batch() {
    let long = "x".repeat(600_000);
    let text = format!("a,b\n1,\"{long}\"\n2,{long}\n3,z\n");
    let expected = format!("a|b\n2 \"1\" {long:?}\n3 \"2\" {long:?}\n4 \"3\" \"z\"");
    assert!(render(text.as_bytes(), &Dialect::default()) == expected);
}

#[test]
fn takes_thousands_of_columns() {
    let names: Vec<_> = (0..5_000).map(|n| format!("column number {n}")).collect();
    let text = format!("{0}\n{0}\n{0}\n", names.join(","));
    let (mut reader, header) = Reader::new(text.as_bytes(), &Dialect::default()).unwrap();
    assert_eq!(header.columns.len(), 5_000);
    let rows = Rows::Text(reader.next(1).unwrap().unwrap());
    assert!(matches!(rows.cell(0, 4_999), Cell::Text("column number 4999")));
    assert_eq!(rows.len() + reader.next(2).unwrap().map_or(0, |rows| rows.len()), 2);
}

#[test]
fn batches_hold_about_a_thousand_rows() {
    let text = format!("a,b\n{}", "1,2\n".repeat(50_000));
    let (mut reader, _) = Reader::new(text.as_bytes(), &Dialect::default()).unwrap();
    let (mut rows, mut batches) = (0, 0);
    while let Some(batch) = reader.next(rows + 1).unwrap() {
        rows += batch.len() as u64;
        batches += 1;
    }
    assert_eq!(rows, 50_000);
    assert!((10..=60).contains(&batches), "{batches}");
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Marker,
    Text(String),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => Just(Value::Marker),
        1 => Just(Value::Text(r"\N".into())),
        4 => "[a-c,;\"\r\n é😀\u{feff}\\\\]{0,12}".prop_map(Value::Text),
        1 => any::<String>().prop_map(Value::Text),
    ]
}

fn table() -> impl Strategy<Value = Vec<Vec<Value>>> {
    (1_usize..5).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(value(), width), 1..40))
}

/// A table as our own printer writes it, with more quotes than it needs.
fn csv(table: &[Vec<Value>], quoted: &[bool], end: &str) -> Vec<u8> {
    let width = table.first().map_or(0, Vec::len);
    let mut out = (0..width).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",").into_bytes();
    let mut quoted = quoted.iter().cycle();
    for row in table {
        out.extend_from_slice(end.as_bytes());
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                out.push(b',');
            }
            match value {
                // Alone on its line, nothing would be a blank line.
                Value::Null if width > 1 => {}
                Value::Null | Value::Marker => out.extend_from_slice(br"\N"),
                Value::Text(text) => {
                    let must = text.is_empty() || text == r"\N" || *quoted.next().unwrap();
                    crate::row::csv::append(text.as_bytes(), must, &mut out);
                }
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn any_table_reads_back_the_same(
        table in table(),
        quoted in prop::collection::vec(any::<bool>(), 1..9),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        sizes in prop::collection::vec(1_usize..40, 1..9),
    ) {
        let bytes = csv(&table, &quoted, end);
        let mut sizes = sizes.into_iter().cycle();
        let input = Pieces { bytes: &mut &*bytes, sizes: &mut sizes };
        let (mut reader, _) = Reader::new(input, &Dialect::default()).unwrap();
        let mut again = csv(&table, &[true], "\n").split(|byte| *byte == b'\n').next().unwrap().to_vec();
        let mut read = 0;
        while let Some(rows) = reader.next(1).unwrap().map(Rows::Text) {
            for row in 0..rows.len() {
                again.push(b'\n');
                for (column, value) in table[read].iter().enumerate() {
                    match (rows.cell(row, column), value) {
                        (Cell::Null, Value::Null | Value::Marker) => {}
                        (Cell::Text(found), Value::Text(wanted)) => prop_assert_eq!(found, wanted),
                        other => prop_assert!(false, "{:?}", other),
                    }
                    if column > 0 { again.push(b','); }
                    rows.write_csv(row, column, &mut again);
                }
                read += 1;
            }
        }
        prop_assert_eq!(read, table.len());
        // As they are handed back, rows read as they were, but for the lines on which they stand.
        let dialect = Dialect::default();
        let values = |bytes: &[u8]| {
            let rendered = render(bytes, &dialect);
            rendered.lines().map(|line| line.split_once(' ').map_or(line, |(_, cells)| cells).to_owned()).collect::<Vec<_>>()
        };
        prop_assert_eq!(values(&again), values(&bytes));
    }

    #[test]
    fn boundaries_of_reads_do_not_matter(bytes in prop::collection::vec(prop::sample::select(b"ab,\"\r\n\\N\xC3\xA9\xFF".to_vec()), 0..400)) {
        let dialect = Dialect::default();
        prop_assert_eq!(render(Drip(&bytes), &dialect), render(&*bytes, &dialect));
    }

    #[test]
    fn every_small_buffer_gives_the_same(bytes in prop::collection::vec(prop::sample::select(b"ab,\"\r\n".to_vec()), 0..60)) {
        // What a scan of the whole finds, a scan of each beginning finds as far as that can be known.
        let whole = scan_all(&bytes, true);
        for cut in 0..bytes.len() {
            let (head, _) = bytes.split_at(cut);
            let part = scan_all(head, false);
            prop_assert!(whole.starts_with(&part), "{:?} {:?} {:?}", cut, part, whole);
        }
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2_000), delimiter in any::<u8>(), header in any::<bool>()) {
        let dialect = Dialect { delimiter, header, ..Dialect::default() };
        render(&*bytes, &dialect);
    }
}

fn scan_all(bytes: &[u8], last: bool) -> Vec<(u64, Vec<(usize, usize)>)> {
    let mut scanner = Scanner::new(bytes, b',', last, 1);
    let (mut cells, mut doubled, mut found) = (Vec::new(), Vec::new(), Vec::new());
    while let Step::Record { line, .. } = scanner.record(&mut cells, &mut doubled) {
        found.push((line, cells.drain(..).map(|cell| (cell.start(), cell.end())).collect()));
    }
    found
}
