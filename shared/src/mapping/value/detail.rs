//! What a fault says: what was found, what was wanted. Bounded, whatever the cell's length.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    reject::{Fault, Reason},
    row::Cell,
};

/// How many characters of a cell a detail repeats.
const SHOWN: usize = 100;

/// A fault about a text.
#[cold]
pub(super) fn found(reason: Reason, text: &str, wanted: &str) -> Fault {
    Fault::new(reason, format!("found {}, wanted {wanted}", quoted(text)))
}

/// A fault about a value of another type.
#[cold]
pub(super) fn mismatch(found: &str, wanted: &str) -> Fault {
    Fault::new(Reason::TypeUnsupported, format!("found {found}, wanted {wanted}"))
}

/// The beginning of a text in backticks, control characters escaped; the empty text by its name.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "the empty string".to_owned();
    }
    let mut shown = String::from("`");
    let mut rest = text.chars();
    for character in rest.by_ref().take(SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    let left = rest.as_str().len();
    shown.push('`');
    if left > 0 {
        let _ = write!(shown, " and {left} more bytes");
    }
    shown
}

/// What a cell is, as a detail says it.
pub(super) fn name(cell: Cell<'_>) -> Cow<'_, str> {
    Cow::Borrowed(match cell {
        Cell::Null => "NULL",
        Cell::Text(_) => "text",
        Cell::Json(_) => "JSON",
        Cell::Bytes(_) => "bytes",
        Cell::Bool(_) => "a boolean",
        Cell::Int(_)
        | Cell::UInt(_)
        | Cell::Decimal(..)
        | Cell::Decimal256(..)
        | Cell::Float16(_)
        | Cell::Float32(_)
        | Cell::Float64(_) => "a number",
        Cell::Date(_) => "a date",
        Cell::Time(_) => "a time of day",
        Cell::Timestamp { .. } => "a timestamp",
        Cell::Uuid(_) => "a UUID",
        Cell::List(_) => "a list",
        Cell::Struct(_) => "a struct",
        Cell::Map(_) => "a map",
        Cell::Unsupported(name) => return Cow::Owned(format!("the type {}", quoted(name))),
    })
}
