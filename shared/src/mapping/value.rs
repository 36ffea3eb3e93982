//! One cell to one attribute value.
//!
//! Owns what a cell of each type becomes as a value of each type, and how many bytes DynamoDB counts for it. Knows
//! neither rows nor attribute names.
//!
//! | type | reads |
//! | --- | --- |
//! | S | text as it stands; numbers by their canonical text, times in ISO 8601, booleans as `true` and `false`, UUIDs with hyphens; bytes that are UTF-8 |
//! | N | numbers and their text; times by `convert: epoch_seconds` or `epoch_millis` only |
//! | B | bytes, UUIDs (their 16 bytes), text by its encoding |
//! | BOOL | booleans, 1 and 0, and the literals true false t f yes no y n 1 0 |
//! | NULL | NULL |
//! | SS NS BS | text by `split`, else as a JSON array; lists |
//! | L | text by `split` (strings), else as a JSON array; lists |
//! | M | a JSON object in text; structs, maps |
//! | auto | the type that the cell has by itself; text stays text, JSON too |
//!
//! Anything else is `type_unsupported`. A conversion of sets and of a split list applies to each member.

mod binary;
mod constant;
mod detail;
mod document;
mod held;
mod json;
mod members;
mod number;
mod scalar;
mod set;
mod text;
mod time;

#[cfg(test)]
mod tests;

use crate::{
    definition::{Constant, Convert, Encoding, Kind},
    reject::{Fault, Reason},
    row::Cell,
};
pub use held::canonical;
use scalar::Scalar;

/// How deep DynamoDB nests. The attribute's own value is level 1, so that a value may stand in 31 lists and maps.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html> gives the number; where it is
/// counted from was measured on the service, see `deep_nesting` of dynoxide-rs.
pub(crate) const LEVELS: usize = 32;

/// What a field makes of its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The attribute's type; `Auto` takes the cell's own.
    pub kind: Kind,
    /// A conversion on the way.
    pub convert: Option<Convert>,
    /// What separates the members of a set or list.
    pub split: Option<String>,
    /// How text stands for bytes.
    pub encoding: Encoding,
}

/// Appends the attribute value of a cell as DynamoDB JSON (`{"N":"42"}`) and returns its size in bytes as DynamoDB
/// counts it, without the attribute's name.
///
/// The text is canonical: two values that DynamoDB holds for equal give the same bytes. So the members of maps and
/// sets are sorted.
///
/// # Errors
///
/// A [`Fault`] when the cell cannot become such a value; `out` is then as it was.
pub fn encode(conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let start = out.len();
    let size = append(conversion, cell, out);
    if size.is_err() {
        out.truncate(start);
    }
    size
}

/// Appends the text of a cell, for templates: numbers in their canonical text, times in ISO 8601.
///
/// # Errors
///
/// A [`Fault`] when the cell has no text form (NULL, lists, structs, maps, bytes that are no UTF-8, numbers and times
/// that DynamoDB or the calendar does not hold); `out` is then as it was.
pub fn append_text(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    scalar::append_text(cell, out)
}

/// Appends a constant of a definition as [`encode`] appends a cell; a number for S keeps the text that it was written
/// with.
///
/// # Errors
///
/// A [`Fault`] when the constant cannot become a value of the conversion's type; `out` is then as it was.
pub fn encode_constant(constant: &Constant, conversion: &Conversion, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let start = out.len();
    let size = constant::append_constant(constant, conversion, out);
    if size.is_err() {
        out.truncate(start);
    }
    size
}

fn append(conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match conversion.kind {
        Kind::S => scalar::typed(Scalar::S, conversion, cell, out),
        Kind::N => scalar::typed(Scalar::N, conversion, cell, out),
        Kind::B => scalar::typed(Scalar::B, conversion, cell, out),
        Kind::Ss => set::append(Scalar::S, conversion, cell, out),
        Kind::Ns => set::append(Scalar::N, conversion, cell, out),
        Kind::Bs => set::append(Scalar::B, conversion, cell, out),
        Kind::Auto => document::append_auto(conversion, cell, out),
        Kind::L if conversion.split.is_some() && matches!(cell, Cell::Text(_) | Cell::Json(_)) => {
            document::append_list(conversion, cell, out)
        }
        _ => append_whole(conversion, cell, out),
    }
}

/// Appends a value of a type that no time converts to.
fn append_whole(conversion: &Conversion, cell: Cell<'_>, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let cell = match conversion.convert {
        None => cell,
        Some(Convert::Trim) => scalar::trim(cell),
        Some(_) => return Err(detail::mismatch(&detail::name(cell), "no conversion of times but with S and N")),
    };
    match conversion.kind {
        Kind::Bool => Ok(append_bool(scalar::boolean(cell)?, out)),
        Kind::L => document::append_list(conversion, cell, out),
        Kind::M => document::append_map(cell, out),
        _ => match cell {
            Cell::Null => Ok(append_null(out)),
            _ => Err(detail::mismatch(&detail::name(cell), "NULL")),
        },
    }
}

/// Checks the level of a value; the attribute's own is level 1.
fn nest(level: usize) -> Result<(), Fault> {
    if level <= LEVELS {
        return Ok(());
    }
    Err(Fault::new(Reason::NestingTooDeep, format!("found a value at level {level}, wanted at most {LEVELS} levels")))
}

fn append_bool(value: bool, out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(if value { b"{\"BOOL\":true}" } else { b"{\"BOOL\":false}" });
    1
}

fn append_null(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(b"{\"NULL\":true}");
    1
}
