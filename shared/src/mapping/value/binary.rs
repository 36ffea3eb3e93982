//! Binary values: base64, hex or a text's own bytes in, base64 out.

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::detail;
use crate::{
    definition::Encoding,
    reject::{Fault, Reason},
    row::Cell,
};

/// Appends base64 with padding; returns how many bytes it stands for.
pub(super) fn append(cell: Cell<'_>, encoding: Encoding, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let (Cell::Text(text) | Cell::Json(text)) = cell else {
        return match cell {
            Cell::Bytes(bytes) | Cell::Uuid(bytes) => Ok(append_bytes(bytes, out)),
            Cell::Null => Err(super::scalar::null()),
            _ => Err(detail::mismatch(&detail::name(cell), "bytes")),
        };
    };
    match encoding {
        Encoding::Utf8 => Ok(append_bytes(text.as_bytes(), out)),
        Encoding::Base64 => {
            let invalid = || detail::found(Reason::BinaryInvalid, text, "base64 with padding (RFC 4648)");
            let size = base64_size(text.as_bytes()).ok_or_else(invalid)?;
            out.extend_from_slice(text.as_bytes());
            Ok(size)
        }
        Encoding::Hex => {
            let invalid = |_| detail::found(Reason::BinaryInvalid, text, "hexadecimal digits, two a byte");
            Ok(append_bytes(&hex::decode(text).map_err(invalid)?, out))
        }
    }
}

fn append_bytes(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    if let Some(room) = out.get_mut(start..) {
        // The room is exactly what padded base64 takes.
        let _ = STANDARD.encode_slice(bytes, room);
    }
    bytes.len()
}

/// How many bytes a text stands for, if it is base64 in its only form: padded, no bit set beyond the last byte.
fn base64_size(text: &[u8]) -> Option<usize> {
    let digits = match text {
        [rest @ .., b'=', b'='] | [rest @ .., b'='] => rest,
        _ => text,
    };
    if !text.len().is_multiple_of(4) || !digits.iter().all(|byte| value(*byte) < 64) {
        return None;
    }
    let last = digits.last().map_or(0, |byte| value(*byte));
    let beyond = match text.len() - digits.len() {
        0 => 0,
        1 => last & 0b11,
        _ => last & 0b1111,
    };
    (beyond == 0).then_some(digits.len() * 3 / 4)
}

/// The six bits of a digit; 64 where it is none.
fn value(digit: u8) -> u8 {
    match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => 64,
    }
}
