//! What is no number and still stands where numbers do: NaN and the infinities.

use super::value::Conversion;
use crate::{
    definition::{Convert, Kind},
    row::Cell,
};

/// The text of such a cell: of a float, and of text that is to become a number.
pub(super) fn nan(conversion: &Conversion, cell: Cell<'_>) -> Option<&'static str> {
    match cell {
        Cell::Float16(value) | Cell::Float32(value) => name(f64::from(value)),
        Cell::Float64(value) => name(value),
        Cell::Text(text) if conversion.kind == Kind::N => {
            let text = if matches!(conversion.convert, Some(Convert::Trim)) { text.trim() } else { text };
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            let is = |word: &str| unsigned.eq_ignore_ascii_case(word);
            let infinite = if text.starts_with('-') { "-Infinity" } else { "Infinity" };
            if is("nan") { Some("NaN") } else { (is("inf") || is("infinity")).then_some(infinite) }
        }
        _ => None,
    }
}

fn name(value: f64) -> Option<&'static str> {
    match value {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ if value.is_nan() => Some("NaN"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Encoding;

    fn to(kind: Kind, convert: Option<Convert>) -> Conversion {
        Conversion { kind, convert, split: None, encoding: Encoding::Base64 }
    }

    #[test]
    fn floats_and_texts_that_are_no_numbers_are_known() {
        for (cell, expected) in [
            (Cell::Float64(f64::NAN), Some("NaN")),
            (Cell::Float32(f32::INFINITY), Some("Infinity")),
            (Cell::Float16(f32::NEG_INFINITY), Some("-Infinity")),
            (Cell::Float64(0.0), None),
            (Cell::Float64(f64::MAX), None),
            (Cell::Text("nan"), Some("NaN")),
            (Cell::Text("-NaN"), Some("NaN")),
            (Cell::Text("+inf"), Some("Infinity")),
            (Cell::Text("-Infinity"), Some("-Infinity")),
            (Cell::Text("-"), None),
            (Cell::Text("--inf"), None),
            (Cell::Text("nano"), None),
            (Cell::Text(""), None),
            (Cell::Null, None),
        ] {
            assert_eq!(nan(&to(Kind::N, None), cell), expected, "{cell:?}");
        }
        assert_eq!(nan(&to(Kind::S, None), Cell::Text("Nan")), None, "as text it may be a name");
        assert_eq!(nan(&to(Kind::S, None), Cell::Float64(f64::NAN)), Some("NaN"));
    }

    #[test]
    fn white_space_is_taken_off_where_the_field_says_so() {
        assert_eq!(nan(&to(Kind::N, None), Cell::Text(" NaN ")), None);
        assert_eq!(nan(&to(Kind::N, Some(Convert::Trim)), Cell::Text(" -inf ")), Some("-Infinity"));
    }
}
