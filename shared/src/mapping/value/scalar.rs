//! Cells that hold one value: their text, and their string, number or binary value.

use super::{Conversion, binary, detail, number, text, time};
use crate::{
    definition::Convert,
    reject::{Fault, Reason},
    row::Cell,
};

/// The types whose values stand alone and in sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    S,
    N,
    B,
}

/// Appends a value with its type: `{"N":"42"}`.
pub(super) fn typed(
    scalar: Scalar,
    conversion: &Conversion,
    cell: Cell<'_>,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    out.extend_from_slice(match scalar {
        Scalar::S => b"{\"S\":",
        Scalar::N => b"{\"N\":",
        Scalar::B => b"{\"B\":",
    });
    let size = bare(scalar, conversion, cell, out)?;
    out.push(b'}');
    Ok(size)
}

/// Appends a value as it stands in a set: `"42"`.
pub(super) fn bare(scalar: Scalar, conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    out.push(b'"');
    let size = match conversion.convert {
        None => converted(scalar, conversion, cell, out),
        Some(Convert::Trim) => converted(scalar, conversion, trim(cell), out),
        Some(convert) => moment(scalar, convert, cell, out),
    }?;
    out.push(b'"');
    Ok(size)
}

fn converted(scalar: Scalar, conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match scalar {
        Scalar::S => string(cell, out),
        Scalar::N => numeric(cell, out),
        Scalar::B => binary::append(cell, conversion.encoding, out),
    }
}

/// The cell without white space at its ends, where it is text.
pub(super) fn trim(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Text(text) => Cell::Text(text.trim()),
        Cell::Json(text) => Cell::Json(text.trim()),
        _ => cell,
    }
}

fn moment(scalar: Scalar, convert: Convert, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let moment = time::Moment::of(cell)?;
    let start = out.len();
    match (convert, scalar) {
        (Convert::EpochSeconds, Scalar::S) => _ = number::signed(moment.seconds(), out),
        (Convert::EpochSeconds, Scalar::N) => return Ok(number::signed(moment.seconds(), out)),
        (Convert::EpochMillis, Scalar::S) => _ = number::signed(moment.millis(), out),
        (Convert::EpochMillis, Scalar::N) => return Ok(number::signed(moment.millis(), out)),
        (Convert::Iso8601, Scalar::S) => moment.write(out),
        (Convert::Date, Scalar::S) => moment.write_date(out),
        _ => return Err(detail::mismatch("a time", "epoch_seconds or epoch_millis with N, any conversion with S")),
    }
    Ok(out.len() - start)
}

/// Appends the inside of a string value.
fn string(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    if let Some(content) = content(cell)? {
        text::escape(content, out);
        return Ok(content.len());
    }
    let start = out.len();
    append_other(cell, out)?;
    Ok(out.len() - start)
}

/// Appends the inside of a number value.
fn numeric(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match cell {
        Cell::Text(text) | Cell::Json(text) => number::text(text, out),
        Cell::Int(value) => Ok(number::signed(value, out)),
        Cell::UInt(value) => Ok(number::unsigned(value, out)),
        Cell::Decimal(unscaled, scale) => number::decimal(unscaled, scale, out),
        Cell::Decimal256(unscaled, scale) => number::decimal256(unscaled, scale, out),
        Cell::Float16(value) => number::float16(value, out),
        Cell::Float32(value) => number::float32(value, out),
        Cell::Float64(value) => number::float64(value, out),
        Cell::Null => Err(null()),
        Cell::Date(_) | Cell::Timestamp { .. } => {
            Err(detail::mismatch(&detail::name(cell), "a number; convert it by epoch_seconds or epoch_millis"))
        }
        _ => Err(detail::mismatch(&detail::name(cell), "a number")),
    }
}

/// Reads a boolean: true and false, 1 and 0, and their literals.
pub(super) fn boolean(cell: Cell<'_>) -> Result<bool, Fault> {
    match cell {
        Cell::Bool(value) => Ok(value),
        Cell::Text(text) | Cell::Json(text) => text::boolean(text),
        Cell::Null => Err(null()),
        Cell::Int(_)
        | Cell::UInt(_)
        | Cell::Decimal(..)
        | Cell::Decimal256(..)
        | Cell::Float16(_)
        | Cell::Float32(_)
        | Cell::Float64(_) => {
            let mut digits = Vec::new();
            numeric(cell, &mut digits)?;
            match digits.as_slice() {
                b"1" => Ok(true),
                b"0" => Ok(false),
                _ => Err(detail::found(Reason::BooleanInvalid, &String::from_utf8_lossy(&digits), "1 or 0")),
            }
        }
        _ => Err(detail::mismatch(&detail::name(cell), "a boolean")),
    }
}

/// Appends the text of a cell.
pub(super) fn append_text(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    match content(cell)? {
        Some(text) => out.extend_from_slice(text.as_bytes()),
        None => append_other(cell, out)?,
    }
    Ok(())
}

/// The text that a cell holds as such: text, JSON, and bytes that are UTF-8.
fn content(cell: Cell<'_>) -> Result<Option<&str>, Fault> {
    match cell {
        Cell::Text(text) | Cell::Json(text) => Ok(Some(text)),
        Cell::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let detail = format!("found bytes that are no UTF-8 from byte {} on, wanted text", error.valid_up_to());
                Err(Fault::new(Reason::Utf8Invalid, detail))
            }
        },
        _ => Ok(None),
    }
}

/// Appends the text of a cell that does not hold it as such; nothing in it has to be escaped.
fn append_other(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    match cell {
        Cell::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Cell::Date(days) => time::append_date(days, out)?,
        Cell::Time(nanos) => time::append_time(nanos, out)?,
        Cell::Timestamp { seconds, nanos, utc } => time::append_timestamp(seconds, nanos, utc, out)?,
        Cell::Uuid(bytes) => append_uuid(bytes, out),
        Cell::Null => return Err(null()),
        Cell::Text(_)
        | Cell::Json(_)
        | Cell::Bytes(_)
        | Cell::List(_)
        | Cell::Struct(_)
        | Cell::Map(_)
        | Cell::Unsupported(_) => return Err(detail::mismatch(&detail::name(cell), "text")),
        _ => _ = numeric(cell, out)?,
    }
    Ok(())
}

/// Appends lower case digits with hyphens: 8-4-4-4-12.
fn append_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend([byte >> 4, byte & 0x0f].map(|half| if half < 10 { b'0' + half } else { b'a' + half - 10 }));
    }
}

#[cold]
pub(super) fn null() -> Fault {
    Fault::new(Reason::NullNotAllowed, "found NULL, wanted a value")
}
