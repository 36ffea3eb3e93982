//! The yardstick: the least that looks at every value. It counts how often each attribute has each type.

use std::collections::HashMap;

/// Types by the first two letters of their names, counted for each attribute, by its name.
type Counts<'a> = HashMap<&'a [u8], HashMap<[u8; 2], u64>>;

/// Counts, and hands back how many attributes there were.
pub(crate) fn count(pages: &[Vec<u8>]) -> usize {
    let mut counts = Counts::default();
    let mut order: Vec<(&[u8], [u8; 2], u64)> = Vec::new();
    for page in pages {
        let from = memchr::memmem::find(page, b"\"Items\":[").expect("items") + 9;
        items(page.get(from..).unwrap_or_default(), &mut order);
    }
    for (name, kind, count) in order {
        *counts.entry(name).or_default().entry(kind).or_default() += count;
    }
    counts.len()
}

/// Every name at a depth of one is an attribute, and the name after it its type. Attributes of a type are looked for where
/// they were in the item before.
fn items<'a>(page: &'a [u8], order: &mut Vec<(&'a [u8], [u8; 2], u64)>) {
    let (mut at, mut depth, mut likely, mut name) = (0, 0, 0, [].as_slice());
    while let Some(byte) = page.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let length = memchr::memchr(b'"', page.get(at..).unwrap_or_default()).expect("a quote");
                let text = page.get(at..at + length).unwrap_or_default();
                at += length + 1;
                if depth == 1 {
                    name = text;
                } else if depth == 2 && page.get(at) == Some(&b':') {
                    let kind = [text.first().copied().unwrap_or(0), text.get(1).copied().unwrap_or(0)];
                    likely = found(order, likely, name, kind) + 1;
                }
            }
            _ => {}
        }
        if depth < 0 {
            return;
        }
        if depth == 0 {
            likely = 0;
        }
    }
}

fn found<'a>(order: &mut Vec<(&'a [u8], [u8; 2], u64)>, likely: usize, name: &'a [u8], kind: [u8; 2]) -> usize {
    let is_it = |each: &(&[u8], [u8; 2], u64)| each.0 == name && each.1 == kind;
    let at = match order.get(likely) {
        Some(each) if is_it(each) => likely,
        _ => order.iter().position(is_it).unwrap_or(order.len()),
    };
    match order.get_mut(at) {
        Some(each) => each.2 += 1,
        None => order.push((name, kind, 1)),
    }
    at
}
