//! Names as OpenMetadata takes them.

use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_64;

/// The longest name, as Java counts.
const LONGEST: usize = 256;
/// What is left of a longer one, before its hash.
const KEPT: usize = 230;

/// Encodes what a name may not hold; the true name is for `displayName`.
pub(super) fn encode(raw: &str) -> String {
    let mut name = String::new();
    for each in raw.replace("::", "__reserved__colon__").chars() {
        match each {
            '>' => name.push_str("__reserved__arrow__"),
            '"' => name.push_str("__reserved__quote__"),
            '\n' => name.push_str("__reserved__newline__"),
            '\r' => name.push_str("__reserved__carriage_return__"),
            '\t' => name.push_str("__reserved__tab__"),
            // The server's pattern takes no end of a line, and these end one, too.
            end @ ('\u{2028}' | '\u{2029}') => encode_as_number(&mut name, end),
            control if control.is_control() => encode_as_number(&mut name, control),
            other => name.push(other),
        }
    }
    match name.encode_utf16().count() {
        _ if name.trim().is_empty() => "-".to_owned(),
        length if length <= LONGEST => name,
        _ => {
            let mut length = 0;
            let fits = |each: &char| {
                length += each.len_utf16();
                length <= KEPT
            };
            let kept: String = name.chars().take_while(fits).collect();
            format!("{kept}…{:016x}", xxh3_64(raw.as_bytes()))
        }
    }
}

fn encode_as_number(name: &mut String, each: char) {
    let _ = write!(name, "__reserved__u{:04x}__", u32::from(each));
}

/// Joins names to one that is fully qualified: a name with a dot stands in quotes.
pub(super) fn join(names: &[&str]) -> String {
    let quoted = names.iter().map(|name| if name.contains('.') { format!("\"{name}\"") } else { (*name).to_owned() });
    quoted.collect::<Vec<_>>().join(".")
}
