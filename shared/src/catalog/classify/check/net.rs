//! Addresses of the network.

use memchr::{memchr, memchr_iter, memmem};

fn is_local(byte: u8) -> bool {
    byte > b' '
        && !matches!(byte, b'"' | b'(' | b')' | b',' | b':' | b';' | b'<' | b'>' | b'@' | b'[' | b'\\' | b']' | 127)
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'.'
}

/// Whether bytes are a host's name with a top-level domain of letters.
fn is_domain(host: &[u8]) -> bool {
    let mut labels = host.rsplit(|byte| *byte == b'.');
    let top = labels.next().unwrap_or_default();
    let is_top = top.len() >= 2
        && (top.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80) || top.starts_with(b"xn--"));
    let is_label =
        |label: &[u8]| !label.is_empty() && label.len() < 64 && !label.starts_with(b"-") && !label.ends_with(b"-");
    let mut count = 0;
    is_top
        && labels.all(|label| {
            count += 1;
            is_label(label)
        })
        && count > 0
}

/// The first e-mail address of a text: where it begins and ends.
pub(crate) fn email(text: &[u8]) -> Option<(usize, usize)> {
    memchr_iter(b'@', text).take(20).find_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let mut begin = at - before.iter().rev().take(64).take_while(|byte| is_local(**byte)).count();
        let mut end = at + 1 + after.iter().take(255).take_while(|byte| is_host(**byte)).count();
        // What ends a sentence, or quotes, is no part of it.
        while begin < at && matches!(text.get(begin), Some(b'.' | b'\'' | b'`' | b'*' | b'{' | b'|' | b'/' | b'=')) {
            begin += 1;
        }
        while matches!(text.get(end - 1), Some(b'.' | b'-')) {
            end -= 1;
        }
        let (local, host) = (text.get(begin..at)?, text.get(at + 1..end)?);
        let is_more = matches!(text.get(end), Some(b'@' | b'_' | b'/' | b'('));
        // `user:password@host` is a secret of a connection.
        let is_url = matches!(text.get(begin.wrapping_sub(1)), Some(b':' | b'@')) && {
            let word = before.iter().rposition(u8::is_ascii_whitespace).map_or(0, |place| place + 1);
            before.get(word..).unwrap_or_default().windows(3).any(|window| window == b"://")
        };
        let is_image = [&b".png"[..], b".jpg", b".svg", b".gif", b".js", b".css"].iter().any(|end| host.ends_with(end));
        let fits = !local.is_empty() && !local.ends_with(b".") && !local.windows(2).any(|window| window == b"..");
        (fits && !is_more && !is_url && !is_image && is_domain(host)).then_some((begin, end))
    })
}

/// The first URL of a text that has a host: where it begins and ends.
pub(crate) fn url(text: &[u8]) -> Option<(usize, usize)> {
    let place = memmem::find(text, b"://")?;
    let begin =
        place - text.get(..place)?.iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'+').count();
    let scheme = text.get(begin..place)?;
    let knows = [&b"http"[..], b"https", b"ftp", b"ftps", b"sftp", b"ws", b"wss"];
    if !knows.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let rest = text.get(place + 3..)?;
    let end =
        place + 3 + rest.iter().take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'<>`".contains(byte)).count();
    let host = rest.split(|byte| b"/?#:@ ".contains(byte)).next().unwrap_or_default();
    (!host.is_empty() && host.iter().all(|byte| is_host(*byte) || b"[]_".contains(byte))).then_some((begin, end))
}

/// Whether a text begins as the name of a web server, `www.example.com/…`.
pub(crate) fn is_web_name(text: &[u8]) -> bool {
    let host = text.split(|byte| b"/?#:".contains(byte)).next().unwrap_or_default();
    text.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"www."))
        && memchr(b'.', host.get(4..).unwrap_or_default()).is_some()
        && is_domain(host)
}

/// Whether a text is an IPv4 address, with a length of its prefix or a port, too.
pub(crate) fn is_ipv4(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b'/' || *byte == b':');
    let mut count = 0;
    let is_address = parts.next().unwrap_or_default().split(|byte| *byte == b'.').all(|part| {
        count += 1;
        let number = part.iter().take(3).fold(0, |number, byte| number * 10 + u32::from(byte.wrapping_sub(b'0')));
        (1..=3).contains(&part.len())
            && part.iter().all(u8::is_ascii_digit)
            && number < 256
            && (part.len() == 1 || part.first() != Some(&b'0'))
    });
    let rest = parts.next();
    is_address
        && count == 4
        && rest.is_none_or(|rest| (1..=5).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit))
}

/// Whether a text is an IPv6 address. `::1` and a length of the prefix are well.
pub(crate) fn is_ipv6(text: &[u8]) -> bool {
    let address = text.split(|byte| *byte == b'/' || *byte == b'%').next().unwrap_or_default();
    let is_one = std::str::from_utf8(address).is_ok_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    // `1::2` may be a key that is made of two numbers.
    is_one && (address.len() > 8 || address == b"::1" || address.starts_with(b"fe80"))
}

/// Whether a text is a network card's address: six pairs of hexadecimal digits, or three groups of four.
pub(crate) fn is_mac(text: &[u8]) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    match text.len() {
        17 => {
            let separator = text.get(2).copied().unwrap_or_default();
            let fits = |(place, byte): (usize, &u8)| if place % 3 == 2 { *byte == separator } else { is_hex(byte) };
            matches!(separator, b':' | b'-') && text.iter().enumerate().all(fits)
        }
        14 => text.iter().enumerate().all(|(place, byte)| if place % 5 == 4 { *byte == b'.' } else { is_hex(byte) }),
        _ => false,
    }
}
