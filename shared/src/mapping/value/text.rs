//! Text: JSON strings and the literals of booleans.

use super::detail;
use crate::reject::{Fault, Reason};

/// Every byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The top bit of every byte.
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Appends a JSON string with its quotes. One text has one form: only what JSON demands is escaped, in its short
/// form where there is one.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, out);
    out.push(b'"');
}

/// Appends the inside of a JSON string.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
        return;
    }
    for run in bytes.split_inclusive(|byte| must_escape(*byte)) {
        match run.split_last() {
            Some((last, head)) if must_escape(*last) => {
                out.extend_from_slice(head);
                escape_byte(*last, out);
            }
            _ => out.extend_from_slice(run),
        }
    }
}

/// Whether nothing in a text has to be escaped, eight bytes at a time.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| {
        let word = u64::from_le_bytes(*word);
        // Each term sets the top bit of a byte that is zero, or below 0x20; of bytes above 0x7f it says nothing.
        let quote = (word ^ (ONES * u64::from(b'"'))).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let control = word.wrapping_sub(ONES * 0x20);
        (quote | backslash | control) & !word & TOPS == 0
    }) && !rest.iter().copied().any(must_escape)
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Appends the escape of one byte.
fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let low = byte & 0x0f;
            let digit = if low < 10 { b'0' + low } else { b'a' + low - 10 };
            out.extend_from_slice(b"\\u00");
            out.extend([b'0' + (byte >> 4), digit]);
            return;
        }
    };
    out.extend([b'\\', short]);
}

/// Reads true false t f yes no y n 1 0, in any case.
pub(super) fn boolean(text: &str) -> Result<bool, Fault> {
    let is = |literal: &&str| text.eq_ignore_ascii_case(literal);
    if ["true", "t", "yes", "y", "1"].iter().any(is) {
        Ok(true)
    } else if ["false", "f", "no", "n", "0"].iter().any(is) {
        Ok(false)
    } else {
        Err(detail::found(Reason::BooleanInvalid, text, "true, false, t, f, yes, no, y, n, 1 or 0"))
    }
}
