//! Lists and maps of cells, and the values whose type the cell decides.

#[cfg(test)]
mod tests;

use super::{Conversion, append_bool, append_null, detail, json, members::Members, nest, scalar, scalar::Scalar, set};
use crate::{
    definition::{Convert, Encoding, Kind},
    reject::Fault,
    row::{Cell, columns},
};

/// How members are converted: not at all.
pub(super) const PLAIN: Conversion =
    Conversion { kind: Kind::Auto, convert: None, split: None, encoding: Encoding::Base64 };

/// Appends a value of the cell's own type; returns its size.
pub(super) fn append_auto(conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match conversion.convert {
        None => append(cell, 1, &mut Members::default(), out),
        Some(Convert::Trim) => append(scalar::trim(cell), 1, &mut Members::default(), out),
        Some(Convert::EpochSeconds | Convert::EpochMillis) => scalar::typed(Scalar::N, conversion, cell, out),
        Some(Convert::Iso8601 | Convert::Date) => scalar::typed(Scalar::S, conversion, cell, out),
    }
}

/// Appends a list; returns its size.
pub(super) fn append_list(conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match cell {
        Cell::Text(text) | Cell::Json(text) => match set::split(conversion, text) {
            Some(parts) => {
                let mut parts = parts.map(Cell::Text).peekable();
                if parts.peek().is_none() {
                    return json::append("", b'[', "a JSON array", out);
                }
                append_members(parts, out, |part, out| scalar::typed(Scalar::S, conversion, part, out))
            }
            None => json::append(text, b'[', "a JSON array", out),
        },
        Cell::List(_) => append(cell, 1, &mut Members::default(), out),
        Cell::Null => Err(scalar::null()),
        _ => Err(detail::mismatch(&detail::name(cell), "a list or text that holds one")),
    }
}

/// Appends a map; returns its size.
pub(super) fn append_map(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match cell {
        Cell::Text(text) | Cell::Json(text) => json::append(text, b'{', "a JSON object", out),
        Cell::Struct(_) | Cell::Map(_) => append(cell, 1, &mut Members::default(), out),
        Cell::Null => Err(scalar::null()),
        _ => Err(detail::mismatch(&detail::name(cell), "a struct, a map or a JSON object")),
    }
}

fn append(cell: Cell<'_>, level: usize, members: &mut Members, out: &mut Vec<u8>) -> Result<usize, Fault> {
    nest(level)?;
    match cell {
        Cell::Null => Ok(append_null(out)),
        Cell::Bool(value) => Ok(append_bool(value, out)),
        Cell::Bytes(_) => scalar::typed(Scalar::B, &PLAIN, cell, out),
        Cell::Text(_) | Cell::Json(_) | Cell::Date(_) | Cell::Time(_) | Cell::Timestamp { .. } | Cell::Uuid(_) => {
            scalar::typed(Scalar::S, &PLAIN, cell, out)
        }
        Cell::Int(_)
        | Cell::UInt(_)
        | Cell::Decimal(..)
        | Cell::Decimal256(..)
        | Cell::Float16(_)
        | Cell::Float32(_)
        | Cell::Float64(_) => scalar::typed(Scalar::N, &PLAIN, cell, out),
        Cell::List(list) => append_members(list.iter(), out, |member, out| append(member, level + 1, members, out)),
        Cell::Struct(entries) => append_struct(entries, level, members, out),
        Cell::Map(entries) => append_entries(entries, level, members, out),
        Cell::Unsupported(_) => Err(detail::mismatch(&detail::name(cell), "a type that DynamoDB holds")),
    }
}

/// Appends a list, member by member; returns its size.
pub(super) fn append_members<T>(
    members: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut append: impl FnMut(T, &mut Vec<u8>) -> Result<usize, Fault>,
) -> Result<usize, Fault> {
    out.extend_from_slice(b"{\"L\":[");
    let mut size = 3;
    for (place, member) in members.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        size += 1 + append(member, out)?;
    }
    out.extend_from_slice(b"]}");
    Ok(size)
}

/// Appends the members of a struct that are not NULL.
fn append_struct(
    entries: columns::Struct<'_>,
    level: usize,
    members: &mut Members,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    out.extend_from_slice(b"{\"M\":{");
    let mark = members.open(out);
    for (name, cell) in entries.iter().filter(|(_, cell)| !matches!(cell, Cell::Null)) {
        let start = members.next(mark, out);
        super::text::string(name, out);
        let key_end = out.len();
        out.push(b':');
        let size = append(cell, level + 1, members, out)?;
        members.add(start, key_end, 1 + name.len() + size, out);
    }
    let size = 3 + members.close_map(mark, out);
    out.extend_from_slice(b"}}");
    Ok(size)
}

/// Appends the entries of a map, the text of the key as name; of equal names the last stays.
fn append_entries(
    entries: columns::Map<'_>,
    level: usize,
    members: &mut Members,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    out.extend_from_slice(b"{\"M\":{");
    let mark = members.open(out);
    for (key, cell) in entries.iter() {
        let start = members.next(mark, out);
        let name = scalar::bare(Scalar::S, &PLAIN, key, out)?;
        let key_end = out.len();
        out.push(b':');
        let size = append(cell, level + 1, members, out)?;
        members.add(start, key_end, 1 + name + size, out);
    }
    let size = 3 + members.close_map(mark, out);
    out.extend_from_slice(b"}}");
    Ok(size)
}
