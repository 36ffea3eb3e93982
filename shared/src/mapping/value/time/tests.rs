use jiff::{Timestamp, civil, tz::TimeZone};
use proptest::prelude::*;

use super::*;

fn iso(text: &str) -> Option<String> {
    let mut out = Vec::new();
    Moment::parse(text.as_bytes())?.write(&mut out);
    Some(String::from_utf8(out).unwrap())
}

#[track_caller]
fn check(from: &str, to: &str) {
    assert_eq!(iso(from).as_deref(), Some(to), "{from}");
}

#[test]
fn reads_iso_8601_and_what_warehouses_print() {
    check("2026-01-31", "2026-01-31T00:00:00Z");
    check("2026-01-31T12:30", "2026-01-31T12:30:00Z");
    check("2026-01-31T12:30:15", "2026-01-31T12:30:15Z");
    check("2026-01-31 12:30:15", "2026-01-31T12:30:15Z");
    check("2026-01-31t12:30:15z", "2026-01-31T12:30:15Z");
    check("2026-01-31T12:30:15.5Z", "2026-01-31T12:30:15.5Z");
    check("2026-01-31T12:30:15.000Z", "2026-01-31T12:30:15Z");
    check("2026-01-31T12:30:15,120000000", "2026-01-31T12:30:15.12Z");
    check("2026-01-31T12:30:15.000000001", "2026-01-31T12:30:15.000000001Z");
    check("2026-01-31T12:30:15+02:00", "2026-01-31T10:30:15Z");
    check("2026-01-31T12:30:15-0230", "2026-01-31T15:00:15Z");
    check("2026-01-31T23:30:15-01", "2026-02-01T00:30:15Z");
    check("2026-01-31 12:30:15.123 -0800", "2026-01-31T20:30:15.123Z");
    check("2026-01-31 12:30:15 UTC", "2026-01-31T12:30:15Z");
    check("2024-02-29", "2024-02-29T00:00:00Z");
    check("2000-02-29", "2000-02-29T00:00:00Z");
    check("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
    check("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z");
    check("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z");
}

#[test]
fn refuses_what_is_no_time() {
    let texts = [
        "",
        "2026",
        "2026-01",
        "20260131",
        "1769862615",
        "2026-1-31",
        "2026-01-31T",
        "2026-01-31T12",
        "2026-01-31T12:",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
        "2026-04-31",
        "2025-02-29",
        "1900-02-29",
        "0000-01-01",
        "2026-01-31T24:00:00Z",
        "2026-01-31T25:00:00",
        "2026-01-31T12:60:00",
        "2016-12-31T23:59:60Z",
        "2026-01-31T12:30:15.",
        "2026-01-31T12:30:15.1234567890",
        "2026-01-31T12:30.5",
        "2026-01-31T12:30:15+",
        "2026-01-31T12:30:15+2",
        "2026-01-31T12:30:15+02:",
        "2026-01-31T12:30:15+02:0",
        "2026-01-31T12:30:15+24:00",
        "2026-01-31T12:30:15+02:60",
        "2026-01-31T12:30:15+02:00:00",
        "2026-01-31T12:30:15ZZ",
        "2026-01-31T12:30:15 Z ",
        " 2026-01-31",
        "2026-01-31 ",
        "2026-01-31  12:30:15",
        "2026-01-31Z",
        "2026-01-31+02:00",
        "31.01.2026",
        "01/31/2026",
        "-2026-01-31",
        "+02026-01-31",
        "2026-01-31T12:30:15 CET",
        "０026-01-31",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "12:30:15",
        "now",
    ];
    for text in texts {
        assert_eq!(iso(text), None, "{text}");
    }
}

#[test]
fn epochs_round_down() {
    let epochs = |text: &str| Moment::parse(text.as_bytes()).map(|moment| (moment.seconds(), moment.millis())).unwrap();
    assert_eq!(epochs("1970-01-01"), (0, 0));
    assert_eq!(epochs("1970-01-01T00:00:01.9999Z"), (1, 1999));
    assert_eq!(epochs("1969-12-31T23:59:59.9999Z"), (-1, -1));
    assert_eq!(epochs("1969-12-31T23:59:58.9985Z"), (-2, -1002));
    assert_eq!(epochs("0001-01-01"), (-62_135_596_800, -62_135_596_800_000));
    assert_eq!(epochs("9999-12-31T23:59:59.999Z"), (253_402_300_799, 253_402_300_799_999));
}

fn text(write: impl Fn(&mut Vec<u8>) -> Result<(), Fault>) -> Result<String, String> {
    let mut out = Vec::new();
    write(&mut out).map_err(|fault| {
        assert_eq!(fault.reason, Reason::TimestampInvalid);
        fault.detail
    })?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn dates_and_times_of_parquet_are_iso_8601() {
    let date = |days| text(|out| append_date(days, out));
    assert_eq!(date(0).unwrap(), "1970-01-01");
    assert_eq!(date(-1).unwrap(), "1969-12-31");
    assert_eq!(date(-719_162).unwrap(), "0001-01-01");
    assert_eq!(date(2_932_896).unwrap(), "9999-12-31");
    assert_eq!(date(2_932_897).unwrap_err(), "found day 2932897 from 1970, wanted the years 0001 to 9999");
    assert!(date(-719_163).is_err() && date(i64::MAX).is_err() && date(i64::MIN).is_err());
    let time = |nanos| text(|out| append_time(nanos, out));
    assert_eq!(time(0).unwrap(), "00:00:00");
    assert_eq!(time(86_399_999_999_999).unwrap(), "23:59:59.999999999");
    assert_eq!(time(3_600_000_000_000 + 1_500_000_000).unwrap(), "01:00:01.5");
    assert!(time(-1).is_err() && time(86_400_000_000_000).is_err() && time(i64::MIN).is_err());
    let timestamp = |seconds, nanos, utc| text(|out| append_timestamp(seconds, nanos, utc, out));
    assert_eq!(timestamp(-1, 120_000_000, true).unwrap(), "1969-12-31T23:59:59.12Z");
    assert_eq!(timestamp(0, 0, false).unwrap(), "1970-01-01T00:00:00");
    assert!(timestamp(253_402_300_800, 0, true).is_err() && timestamp(i64::MIN, 0, true).is_err());
    assert!(timestamp(0, 1_000_000_000, true).is_err());
}

proptest! {
    #[test]
    fn agrees_with_jiff(seconds in SECONDS, nanos in 0_u32..1_000_000_000, offset in -1439_i64..=1439, fraction: bool) {
        let nanos = if fraction { nanos } else { 0 };
        let moment = Moment::new(seconds, nanos).unwrap();
        let mut out = Vec::new();
        moment.write(&mut out);
        let text = String::from_utf8(out).unwrap();
        prop_assert_eq!(Moment::parse(text.as_bytes()), Some(moment));
        // jiff's instants end before ours do, but its calendar does not.
        let local: civil::DateTime = text.trim_end_matches('Z').parse().unwrap();
        if let Ok(instant) = local.to_zoned(TimeZone::UTC) {
            let timestamp = instant.timestamp();
            prop_assert_eq!(timestamp, Timestamp::new(seconds, i32::try_from(nanos).unwrap()).unwrap());
            prop_assert_eq!(timestamp.to_string(), text.clone());
        }
        let mut date = Vec::new();
        moment.write_date(&mut date);
        prop_assert_eq!(String::from_utf8(date).unwrap(), local.date().to_string());
        if let Some(shifted) = Moment::new(seconds + offset * 60, nanos) {
            let mut out = Vec::new();
            shifted.write_local(&mut out);
            let (sign, size) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
            let text = format!("{}{sign}{:02}:{:02}", String::from_utf8(out).unwrap(), size / 60, size % 60);
            prop_assert_eq!(Moment::parse(text.as_bytes()), Some(moment), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,12}|[0-9TZ:.+ -]{0,32}|[0-9]{4}-[0-1][0-9]-[0-3][0-9][T ][0-9]{2}:[0-9]{2}[0-9:.+Z -]{0,12}") {
        if let Some(moment) = Moment::parse(text.as_bytes()) {
            let mut out = Vec::new();
            moment.write(&mut out);
            prop_assert_eq!(Moment::parse(&out), Some(moment));
        }
    }
}
