//! Cells as text: numbers with every digit, times in ISO 8601, bytes in base64, nested values as JSON.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use half::f16;
use serde_json::value::RawValue;

use super::Cell;
use crate::mapping::value;

#[cfg(test)]
mod tests;

/// Appends the text of a cell; nothing for NULL. Numbers stand as DynamoDB holds them, so that a template or a string
/// made of this text is the one made of the cell.
pub fn append(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => {}
        Cell::Text(text) | Cell::Json(text) => out.extend_from_slice(text.as_bytes()),
        Cell::Bytes(bytes) => out.extend_from_slice(BASE64_STANDARD.encode(bytes).as_bytes()),
        Cell::Bool(value) => write(out, format_args!("{value}")),
        Cell::Decimal(..) | Cell::Decimal256(..) | Cell::Float16(_) | Cell::Float32(_) | Cell::Float64(_) => {
            let start = out.len();
            if value::append_text(cell, out).is_err() {
                out.truncate(start);
                beyond(cell, out);
            }
        }
        Cell::Int(value) => write(out, format_args!("{value}")),
        Cell::UInt(value) => write(out, format_args!("{value}")),
        Cell::Date(days) => date(days, out),
        Cell::Time(nanos) => time(nanos, out),
        Cell::Timestamp { seconds, nanos, utc } => {
            date(seconds.div_euclid(86_400), out);
            out.push(b'T');
            time(seconds.rem_euclid(86_400) * 1_000_000_000 + i64::from(nanos), out);
            if utc {
                out.push(b'Z');
            }
        }
        Cell::Uuid(bytes) => uuid(bytes, out),
        Cell::Unsupported(name) => out.extend_from_slice(name.as_bytes()),
        Cell::List(_) | Cell::Struct(_) | Cell::Map(_) => json(cell, out),
    }
}

/// Appends a number that DynamoDB does not hold.
fn beyond(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Decimal(value, scale) => decimal(&value.to_string(), scale, out),
        Cell::Decimal256(value, scale) => decimal(&value.to_string(), scale, out),
        Cell::Float16(value) => out.extend_from_slice(float16(value).as_bytes()),
        Cell::Float32(value) => out.extend_from_slice(ryu::Buffer::new().format(value).as_bytes()),
        Cell::Float64(value) => out.extend_from_slice(ryu::Buffer::new().format(value).as_bytes()),
        _ => {}
    }
}

/// Appends a cell as JSON; NaN and the infinities as strings.
fn json(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Json(text) if serde_json::from_str::<&RawValue>(text).is_ok() => out.extend_from_slice(text.as_bytes()),
        Cell::Bool(_) | Cell::Int(_) | Cell::UInt(_) | Cell::Decimal(..) | Cell::Decimal256(..) => append(cell, out),
        Cell::Float16(value) | Cell::Float32(value) if value.is_finite() => append(cell, out),
        Cell::Float64(value) if value.is_finite() => append(cell, out),
        Cell::List(list) => between(*b"[]", list.iter(), out, json),
        Cell::Struct(members) => {
            let present = members.iter().filter(|(_, member)| !matches!(member, Cell::Null));
            between(*b"{}", present, out, |(name, member), out| {
                string(name, out);
                out.push(b':');
                json(member, out);
            });
        }
        Cell::Map(map) => between(*b"{}", map.iter(), out, |(key, value), out| {
            string(&text(key), out);
            out.push(b':');
            json(value, out);
        }),
        cell => string(&text(cell), out),
    }
}

fn between<T>(
    brackets: [u8; 2],
    items: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut append: impl FnMut(T, &mut Vec<u8>),
) {
    let [open, close] = brackets;
    out.push(open);
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        append(item, out);
    }
    out.push(close);
}

fn text(cell: Cell<'_>) -> String {
    let mut out = Vec::new();
    append(cell, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// Writing to memory does not fail.
fn write(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

/// An unscaled value with its point in place.
fn decimal(unscaled: &str, scale: i8, out: &mut Vec<u8>) {
    let (sign, digits) = unscaled.strip_prefix('-').map_or(("", unscaled), |digits| ("-", digits));
    out.extend_from_slice(sign.as_bytes());
    let Ok(scale @ 1..) = usize::try_from(scale) else {
        out.extend_from_slice(digits.as_bytes());
        if digits != "0" {
            out.extend(std::iter::repeat_n(b'0', scale.unsigned_abs().into()));
        }
        return;
    };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at_checked(padded.len() - scale).unwrap_or((&padded, ""));
    write(out, format_args!("{whole}.{fraction}"));
}

/// The shortest text that reads back to the same half-precision float.
///
/// ```
/// # use rowferry::row::print;
/// assert_eq!(print::float16(0.099_975_586), "0.1");
/// assert_eq!(print::float16(65504.0), "65500.0");
/// ```
#[must_use]
pub fn float16(value: f32) -> String {
    let same =
        |text: &String| text.parse().is_ok_and(|read: f64| f16::from_f64(read).to_f32().to_bits() == value.to_bits());
    let shortest = (0..5).map(|digits| format!("{value:.digits$e}")).find(same);
    let shortest = shortest.and_then(|text| text.parse().ok()).unwrap_or(value);
    ryu::Buffer::new().format(shortest).to_owned()
}

/// YYYY-MM-DD in the proleptic Gregorian calendar; years beyond four digits carry their sign.
fn date(days: i64, out: &mut Vec<u8>) {
    // Days from 0000-03-01, in eras of 400 years: the leap day comes last in each year.
    let shifted = i128::from(days) + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    match year {
        0..=9_999 => write(out, format_args!("{year:04}-{month:02}-{day:02}")),
        _ => write(out, format_args!("{year:+05}-{month:02}-{day:02}")),
    }
}

/// hh:mm:ss, and a fraction where there is one, without trailing zeros.
fn time(nanos: i64, out: &mut Vec<u8>) {
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = nanos.unsigned_abs();
    let (seconds, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    write(out, format_args!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60));
    if nanos > 0 {
        write(out, format_args!(".{}", format!("{nanos:09}").trim_end_matches('0')));
    }
}

fn uuid(bytes: &[u8], out: &mut Vec<u8>) {
    for (number, byte) in bytes.iter().enumerate() {
        if matches!(number, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        write(out, format_args!("{byte:02x}"));
    }
}
