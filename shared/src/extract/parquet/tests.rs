use std::fmt::Write as _;

use super::*;
use crate::row::{Cell, Rows, print};

mod damage;
mod fetch;
mod flat;
mod hostile;
mod nested;
mod write;

const LIMIT: u64 = 64 << 20;

/// One cell, with its kind where text alone would hide it.
pub(super) fn show(cell: Cell<'_>) -> String {
    let text = |cell| {
        let mut out = Vec::new();
        print::append(cell, &mut out);
        String::from_utf8(out).unwrap()
    };
    match cell {
        Cell::Null => "NULL".into(),
        Cell::Text(text) => format!("{text:?}"),
        Cell::Json(text) => format!("json {text}"),
        Cell::Bytes(bytes) => format!("bytes {bytes:?}"),
        Cell::Int(_) => format!("int {}", text(cell)),
        Cell::UInt(_) => format!("uint {}", text(cell)),
        Cell::Decimal(..) => format!("decimal {}", text(cell)),
        Cell::Decimal256(..) => format!("decimal256 {}", text(cell)),
        Cell::Float16(_) => format!("f16 {}", text(cell)),
        Cell::Float32(_) => format!("f32 {}", text(cell)),
        Cell::Float64(_) => format!("f64 {}", text(cell)),
        Cell::Bool(_) | Cell::Date(_) | Cell::Time(_) | Cell::Timestamp { .. } | Cell::Uuid(_) => text(cell),
        Cell::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(", ")),
        Cell::Struct(members) => {
            let member = |(name, cell)| format!("{name}: {}", show(cell));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Cell::Map(map) => {
            let entry = |(key, value)| format!("{} => {}", show(key), show(value));
            format!("<{}>", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Cell::Unsupported(name) => format!("unsupported {name}"),
    }
}

/// All rows of a file, a line each.
pub(super) fn render<S: Source>(source: S, wanted: impl Fn(&str) -> bool, limit: u64) -> Result<String, Error> {
    let (file, header) = open(source)?;
    let mut reader = file.read(0..file.row_groups(), wanted, limit);
    let mut out = String::new();
    let mut row = 1;
    while let Some(rows) = reader.next(row)?.map(Rows::Columns) {
        assert_eq!(rows.position(0).row, row);
        row += rows.len() as u64;
        for row in 0..rows.len() {
            if let Some((column, fault)) = rows.fault(row) {
                write!(out, "{}[{}]; ", fault.reason, column.unwrap()).unwrap();
            }
            let cells: Vec<_> = (0..header.columns.len()).map(|column| show(rows.cell(row, column))).collect();
            writeln!(out, "{}", cells.join(" | ")).unwrap();
        }
    }
    Ok(out)
}

#[track_caller]
pub(super) fn check(file: &[u8], expected: &[&str]) {
    let text = render(Bytes::copy_from_slice(file), |_| true, LIMIT).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

pub(super) fn shapes(file: &[u8]) -> String {
    let (_, header) = open(Bytes::copy_from_slice(file)).unwrap();
    header.columns.iter().map(|column| format!("{}: {:?}", column.name, column.shape)).collect::<Vec<_>>().join(", ")
}
