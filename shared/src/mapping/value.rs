//! One cell to one attribute value.

use crate::{
    definition::{Convert, Encoding, Kind},
    reject::Fault,
    row::Cell,
};

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
/// The text is canonical: two values that DynamoDB holds for equal give the same bytes, sets aside.
///
/// # Errors
///
/// A [`Fault`] when the cell cannot become such a value; `out` is then as it was.
pub fn encode(_conversion: &Conversion, _cell: Cell<'_>, _out: &mut Vec<u8>) -> Result<usize, Fault> {
    Ok(0)
}

/// Appends the text of a cell, for templates: numbers exact, times in ISO 8601.
///
/// # Errors
///
/// A [`Fault`] when the cell has no text form (lists, structs, maps, bytes that are no UTF-8).
pub fn append_text(_cell: Cell<'_>, _out: &mut Vec<u8>) -> Result<(), Fault> {
    Ok(())
}

/// Encodes a constant.
///
/// # Errors
///
/// A [`Fault`] when it does not become such a value.
pub fn encode_constant(
    _constant: &crate::definition::Constant,
    _conversion: &Conversion,
    _out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    Ok(0)
}
