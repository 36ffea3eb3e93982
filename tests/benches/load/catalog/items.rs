//! Items as Scan answers them: each made of its number alone, so that a table is the same however it is divided.

use std::fmt::{Arguments, Write};

use fastrand::Rng;

/// How long a page is: DynamoDB's own are of 1 MB.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html>
const PAGE: usize = 1 << 20;

const STATUS: [&str; 5] = ["new", "paid", "packed", "shipped", "returned"];
const GIVEN: [&str; 8] = ["Anna", "Jürgen", "Marie", "Tomáš", "Inês", "Olaf", "Priya", "Wei"];
const NAMES: [&str; 8] = ["Berger", "Dupont", "Novák", "Silva", "Hansen", "Sharma", "Chen", "Miller"];
const CITIES: [&str; 6] = ["Wien", "Berlin", "Lyon", "Porto", "Gdańsk", "Oslo"];
const TAGS: [&str; 8] = ["gift", "express", "fragile", "bulk", "b2b", "promo", "repeat", "export"];

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Orders of ten attributes.
    Plain,
    /// What no profile likes: 300 attributes, most of whose values come once, ids as keys of maps, long lists.
    Nasty,
}

/// A page of the items from one number up to another, as far as it goes, and where the next one begins.
pub(crate) fn page(kind: Kind, from: u64, end: u64) -> String {
    let mut page = String::with_capacity(PAGE + (64 << 10));
    page.push_str(r#"{"Items":["#);
    let mut next = from;
    while next < end && page.len() < PAGE {
        if next > from {
            page.push(',');
        }
        item(&mut page, kind, next);
        next += 1;
    }
    let last = if next < end { format!(r#","LastEvaluatedKey":{{"id":{{"S":"{next}"}}}}"#) } else { String::new() };
    let count = next - from;
    write!(
        page,
        r#"],"Count":{count},"ScannedCount":{count}{last},"ConsumedCapacity":{{"TableName":"bench","CapacityUnits":128.5}}}}"#
    )
    .expect("text");
    page
}

fn item(page: &mut String, kind: Kind, number: u64) {
    let mut random = Rng::with_seed(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut add = |text: Arguments<'_>| page.write_fmt(text).expect("text");
    match kind {
        Kind::Plain => plain(&mut add, number, &mut random),
        Kind::Nasty => nasty(&mut add, number, &mut random),
    }
}

fn plain(add: &mut impl FnMut(Arguments<'_>), number: u64, random: &mut Rng) {
    let one_of = |random: &mut Rng, names: &[&'static str]| names[random.usize(..names.len())];
    let (given, name) = (one_of(random, &GIVEN), one_of(random, &NAMES));
    add(format_args!(r#"{{"id":{{"S":"order-{number:08}"}}"#));
    if random.u32(..10) > 0 {
        add(format_args!(r#","email":{{"S":"customer.{}@example.com"}}"#, random.u32(1..50_000)));
    }
    add(format_args!(r#","name":{{"S":"{given} {name}"}}"#));
    add(format_args!(r#","amount":{{"N":"{}.{:02}"}}"#, random.u32(1..2000), random.u32(0..100)));
    let (day, hour, minute) = (random.u32(1..29), random.u32(0..24), random.u32(0..60));
    add(format_args!(r#","created":{{"S":"2026-03-{day:02}T{hour:02}:{minute:02}:{:02}Z"}}"#, random.u32(0..60)));
    add(format_args!(r#","status":{{"S":"{}"}}"#, one_of(random, &STATUS)));
    match random.u32(..10) {
        0 => add(format_args!(r#","active":{{"NULL":true}}"#)),
        1 => {}
        _ => add(format_args!(r#","active":{{"BOOL":{}}}"#, random.bool())),
    }
    let (city, zip) = (one_of(random, &CITIES), random.u32(10_000..99_999));
    add(format_args!(
        r#","address":{{"M":{{"city":{{"S":"{city}"}},"street":{{"S":"Road {}"}},"zip":{{"S":"{zip}"}}}}}}"#,
        random.u32(1..900)
    ));
    let (first, second) = (random.u32(1..30), random.u32(1..5000));
    add(format_args!(r#","quantities":{{"L":[{{"N":"{first}"}},{{"N":"{second}"}}]}}"#));
    let (first, second) = (random.usize(..4), random.usize(4..8));
    add(format_args!(r#","tags":{{"SS":["{}","{}"]}}}}"#, TAGS[first], TAGS[second]));
}

fn nasty(add: &mut impl FnMut(Arguments<'_>), number: u64, random: &mut Rng) {
    add(format_args!(r#"{{"id":{{"S":"{number:016x}"}}"#));
    // 290 attributes, of which an item has one in ten.
    for tenth in 0..29 {
        let place = tenth * 10 + random.u32(..10);
        match place % 3 {
            0 => {
                add(format_args!(
                    r#","a{place}":{{"S":"{:016x}{:016x} said \"so\""}}"#,
                    random.u64(..),
                    random.u64(..)
                ));
            }
            1 => add(format_args!(r#","a{place}":{{"N":"{}.{:018}"}}"#, random.i64(..), random.u64(..1 << 59))),
            _ => add(format_args!(r#","a{place}":{{"S":"{}"}}"#, "long text ".repeat(random.usize(1..9)))),
        }
    }
    add(format_args!(r#","by_id":{{"M":{{"#));
    for place in 0..10 {
        let comma = if place > 0 { "," } else { "" };
        add(format_args!(r#"{comma}"{:032x}":{{"M":{{"n":{{"N":"{}"}}}}}}"#, random.u128(..), random.u32(..)));
    }
    add(format_args!(r#"}}}},"long":{{"L":["#));
    for place in 0..100 {
        let comma = if place > 0 { "," } else { "" };
        add(format_args!(r#"{comma}{{"N":"{}"}}"#, random.u64(..)));
    }
    add(format_args!(r#"]}},"deep":{{"L":[{{"L":[{{"M":{{"x":{{"L":[{{"S":"{:x}"}}]}}}}}}]}}]}}"#, random.u64(..)));
    add(format_args!(
        r#","bytes":{{"B":"{:032x}"}},"set":{{"NS":["{}","{}"]}}}}"#,
        random.u128(..),
        number,
        -1 - i64::from(random.u32(..))
    ));
}
