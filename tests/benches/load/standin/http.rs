//! As much of HTTP as it takes to know what was asked.

use memchr::memchr_iter;

/// A request.
pub(crate) struct Request<'a> {
    /// The operation, such as `BatchWriteItem`; empty where it is no request to DynamoDB.
    pub(crate) operation: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// Reads a request, once all of it is there.
pub(crate) fn read(bytes: &[u8]) -> Option<Request<'_>> {
    let (mut start, mut length, mut operation) = (0, 0, &[][..]);
    for end in memchr_iter(b'\n', bytes) {
        let line = bytes[start..end].trim_ascii_end();
        start = end + 1;
        if line.is_empty() {
            return Some(Request { operation, body: bytes.get(start..start + length)? });
        }
        if let Some(value) = header(line, b"content-length:") {
            length = std::str::from_utf8(value).expect("digits").parse().expect("a length");
        } else if let Some(value) = header(line, b"x-amz-target:") {
            operation = value.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        }
    }
    None
}

fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    found.eq_ignore_ascii_case(name).then(|| value.trim_ascii_start())
}
