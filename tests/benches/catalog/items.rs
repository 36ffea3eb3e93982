//! Items as Scan answers them.

use std::fmt::Write;

/// How long an answer is.
const PAGE: usize = 1 << 20;

const STATUS: [&str; 5] = ["new", "paid", "packed", "shipped", "returned"];
const CITIES: [&str; 6] = ["Wien", "Berlin", "Lyon", "Porto", "Gdańsk", "Oslo"];
const TAGS: [&str; 8] = ["gift", "express", "fragile", "bulk", "b2b", "promo", "repeat", "export"];

/// Answers with so many items of ten attributes.
pub(crate) fn pages(items: u32) -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut pages, mut page) = (Vec::new(), String::new());
    for number in 0..items {
        page.push_str(if page.is_empty() { r#"{"Count":0,"Items":["# } else { "," });
        item(&mut page, number, &mut random);
        if page.len() >= PAGE || number + 1 == items {
            page.push_str(r#"],"LastEvaluatedKey":{"id":{"S":"order-1"}},"ScannedCount":0}"#);
            pages.push(std::mem::take(&mut page).into_bytes());
        }
    }
    pages
}

fn item(page: &mut String, number: u32, random: &mut fastrand::Rng) {
    let one_of = |random: &mut fastrand::Rng, names: &[&'static str]| {
        names.get(random.usize(..names.len())).copied().unwrap_or("")
    };
    let mut add = |text: std::fmt::Arguments<'_>| page.write_fmt(text).expect("text");
    add(format_args!(r#"{{"id":{{"S":"order-{number:08}"}},"customer":{{"N":"{}"}}"#, random.u32(1..50_000)));
    add(format_args!(r#","status":{{"S":"{}"}}"#, one_of(random, &STATUS)));
    add(format_args!(r#","amount":{{"N":"{}.{}"}}"#, random.u32(1..2000), random.u32(1..99)));
    add(format_args!(r#","quantity":{{"N":"{}"}}"#, random.u32(1..20)));
    let (day, hour, minute) = (random.u32(1..29), random.u32(0..24), random.u32(0..60));
    add(format_args!(r#","created":{{"S":"2026-03-{day:02}T{hour:02}:{minute:02}:{:02}Z"}}"#, random.u32(0..60)));
    if random.u32(..10) > 0 {
        add(format_args!(r#","email":{{"S":"customer.{}@example.com"}}"#, random.u32(1..50_000)));
    }
    if random.u32(..10) > 2 {
        add(format_args!(r#","active":{{"BOOL":{}}}"#, random.bool()));
    }
    let (city, zip) = (one_of(random, &CITIES), random.u32(10_000..99_999));
    add(format_args!(
        r#","address":{{"M":{{"city":{{"S":"{city}"}},"street":{{"S":"Road {}"}},"zip":{{"S":"{zip}"}}}}}}"#,
        random.u32(1..900)
    ));
    let (first, second) = (one_of(random, &TAGS), one_of(random, &TAGS));
    add(format_args!(r#","tags":{{"L":[{{"S":"{first}"}},{{"S":"{second}"}}]}}}}"#));
}
