//! Cells of rejects that come back: text that stands for what a Parquet column held.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::row::{Cell, Shape};

/// The cell that a text stands for in a column of a shape; `bytes` holds it.
///
/// What a person mended so that it is no longer of the shape stays text, for the field to judge.
#[inline]
pub(super) fn recall<'a>(cell: Cell<'a>, shape: Option<&Shape>, bytes: &'a mut Vec<u8>) -> Cell<'a> {
    if matches!(shape, Some(Shape::Binary | Shape::Uuid)) { recalled(cell, shape, bytes) } else { cell }
}

fn recalled<'a>(cell: Cell<'a>, shape: Option<&Shape>, bytes: &'a mut Vec<u8>) -> Cell<'a> {
    match (cell, shape) {
        (Cell::Text(text), Some(Shape::Binary)) if BASE64_STANDARD.decode_vec(text, bytes).is_ok() => {
            Cell::Bytes(bytes)
        }
        (Cell::Text(text), Some(Shape::Uuid)) => match hex::decode(text.replace('-', "")) {
            Ok(uuid) if uuid.len() == 16 => {
                *bytes = uuid;
                Cell::Uuid(bytes)
            }
            _ => cell,
        },
        _ => cell,
    }
}
