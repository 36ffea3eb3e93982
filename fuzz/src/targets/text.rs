//! Delimited text, compressed or not.

use std::io::{self, Read};

use rowferry::{
    extract::{
        Error, compression,
        text::{Dialect, REJECT_COLUMNS, Reader},
    },
    row::{Cell, Rows, csv},
};

/// How much is taken of what an input unpacks to.
const UNPACKED_BYTES: u64 = 4 << 20;

/// One row as it was read: its line, its cells, its fault.
type Row = (Option<u64>, Vec<Option<String>>, Option<String>);

/// What was read of a text: names, rows, their cells as CSV, and the error that ended it.
#[derive(Debug, PartialEq)]
struct Found {
    names: Vec<String>,
    rejects: bool,
    rows: Vec<Row>,
    csv: Vec<Vec<u8>>,
    error: Option<String>,
}

/// Gives so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

/// The first bytes choose the dialect, the others are the text.
pub(super) fn text(data: &[u8]) {
    let [delimiter, form, text @ ..] = data else { return };
    let delimiters = [b',', b'\t', b'|', b';', *delimiter];
    let dialect = Dialect {
        delimiter: delimiters[usize::from(delimiter % 5)],
        nulls: if form & 1 == 0 { vec![r"\N".to_owned()] } else { vec!["NULL".to_owned(), "x".to_owned()] },
        header: form & 2 == 0,
        columns: if form & 4 == 0 { Vec::new() } else { vec!["a".to_owned(), "b".to_owned()] },
    };
    let whole = read(text, &dialect);
    let pieces = read(Slow(text, 1 + usize::from(form >> 4)), &dialect);
    assert_eq!(whole, pieces, "how bytes arrive changes nothing");
    let lines = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
    let mut last = 0;
    for (line, cells, _) in &whole.rows {
        let line = line.unwrap();
        assert!(line > last && line <= lines, "line {line} after {last} of {lines}");
        assert_eq!(cells.len(), whole.names.len());
        last = line;
    }
    comes_back(&whole, &dialect);
}

/// Rows that were given back in rejects.csv have the cells that they had.
fn comes_back(found: &Found, dialect: &Dialect) {
    if found.names.is_empty() || found.rejects {
        return;
    }
    let mut text = Vec::new();
    for name in found.names.iter().map(String::as_str).chain(REJECT_COLUMNS) {
        csv::append(name.as_bytes(), false, &mut text);
        text.push(b',');
    }
    text.pop();
    let sound = found.rows.iter().zip(&found.csv).filter(|((.., fault), _)| fault.is_none());
    for (_, csv) in sound.clone() {
        text.push(b'\n');
        text.extend_from_slice(csv);
        text.extend_from_slice(b"1,1,a,number_invalid,why");
    }
    if found.names.iter().any(|name| REJECT_COLUMNS.contains(&name.as_str())) {
        return;
    }
    let back = read(text.as_slice(), dialect);
    assert!(back.rejects && back.error.is_none(), "{back:?}");
    assert_eq!(back.names, found.names);
    assert!(
        back.rows.iter().map(|(_, cells, _)| cells).eq(sound.map(|((_, cells, _), _)| cells)),
        "{back:?} {found:?}"
    );
}

fn read(input: impl Read, dialect: &Dialect) -> Found {
    let (mut reader, header) = match Reader::new(input, dialect) {
        Ok(opened) => opened,
        Err(error) => {
            let (names, rows, csv) = (Vec::new(), Vec::new(), Vec::new());
            return Found { names, rejects: false, rows, csv, error: Some(error.to_string()) };
        }
    };
    let names: Vec<String> = header.columns.into_iter().map(|column| column.name).collect();
    let mut found = Found { names, rejects: reader.is_rejects(), rows: Vec::new(), csv: Vec::new(), error: None };
    loop {
        let first = found.rows.len() as u64 + 1;
        match reader.next(first) {
            Ok(Some(rows)) => take(&mut found, &Rows::Text(rows), first),
            Ok(None) => return found,
            Err(error) => {
                found.error = Some(error.to_string());
                assert!(matches!(reader.next(first), Err(Error::Corrupt { .. })), "nothing follows an error");
                return found;
            }
        }
    }
}

fn take(found: &mut Found, rows: &Rows, first: u64) {
    assert!(!rows.is_empty());
    for row in 0..rows.len() {
        let position = rows.position(row);
        assert_eq!(position.row, first + row as u64);
        let cell = |column| match rows.cell(row, column) {
            Cell::Null => None,
            Cell::Text(text) => Some(text.to_owned()),
            other => panic!("{other:?} is no cell of text"),
        };
        let cells = (0..found.names.len()).map(cell).collect();
        let mut csv = Vec::new();
        for column in 0..found.names.len() {
            rows.write_csv(row, column, &mut csv);
            csv.push(b',');
        }
        found.csv.push(csv);
        let fault = rows.fault(row).map(|(column, fault)| format!("{column:?} {} {}", fault.reason, fault.detail));
        found.rows.push((position.line, cells, fault));
    }
}

/// Any bytes as an object that may be compressed.
pub(super) fn compressed(data: &[u8]) {
    let [size, data @ ..] = data else { return };
    let whole = unpack(data);
    assert_eq!(whole, unpack(Slow(data, 1 + usize::from(*size))), "how bytes arrive changes nothing");
}

fn unpack(input: impl Read) -> Result<Vec<u8>, String> {
    let input = compression::open(input).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    let read = input.take(UNPACKED_BYTES).read_to_end(&mut text);
    read.map(|_| text).map_err(|error| Error::from(error).to_string())
}
