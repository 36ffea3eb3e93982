//! Fields of CSV as Rowferry writes them: commas, quotes doubled, LF.

use memchr::{memchr_iter, memchr3};

/// Appends one field, quoted where `quoted` says so or where its bytes ask for it.
///
/// Bytes that are no UTF-8 are appended as they are.
///
/// ```
/// # use rowferry::row::csv;
/// let mut out = Vec::new();
/// csv::append(b"plain", false, &mut out);
/// out.push(b',');
/// csv::append(b"", true, &mut out);
/// out.push(b',');
/// csv::append(b"5\" nail", false, &mut out);
/// assert_eq!(out, br#"plain,"","5"" nail""#);
/// ```
pub fn append(field: &[u8], quoted: bool, out: &mut Vec<u8>) {
    if !quoted && !needs_quotes(field) {
        out.extend_from_slice(field);
        return;
    }
    out.reserve(field.len() + 2);
    out.push(b'"');
    let mut rest = field;
    for at in memchr_iter(b'"', field) {
        let done = field.len() - rest.len();
        let (head, tail) = rest.split_at_checked(at + 1 - done).unwrap_or((rest, &[]));
        out.extend_from_slice(head);
        out.push(b'"');
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Whether a field would not read back as it is without quotes.
#[must_use]
pub fn needs_quotes(field: &[u8]) -> bool {
    memchr3(b',', b'"', b'\n', field).is_some() || field.contains(&b'\r') || field.starts_with(b"\xEF\xBB\xBF")
}
