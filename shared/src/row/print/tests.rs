use arrow_buffer::i256;

use super::*;

#[track_caller]
fn check(cell: Cell<'_>, expected: &str) {
    assert_eq!(text(cell), expected);
}

#[test]
fn numbers_keep_every_digit() {
    check(Cell::Int(i64::MIN), "-9223372036854775808");
    check(Cell::UInt(u64::MAX), "18446744073709551615");
    check(Cell::Decimal(-5, 2), "-0.05");
    check(Cell::Decimal(150, 2), "1.5");
    check(Cell::Decimal(0, 3), "0");
    check(Cell::Decimal(15, 0), "15");
    check(Cell::Decimal(15, -2), "1500");
    check(Cell::Decimal(i128::MIN, 38), "-1.70141183460469231731687303715884105728");
    check(
        Cell::Decimal256(i256::MAX, 76),
        "5.7896044618658097711785492504343953926634992332820282019728792003956564819967",
    );
    check(Cell::Float32(0.1), "0.1");
    check(Cell::Float64(0.1), "0.1");
    check(Cell::Float64(1e300), "1e300");
    check(Cell::Float64(f64::NAN), "NaN");
}

#[test]
fn half_precision_floats_are_as_short_as_they_can_be() {
    for bits in 0..=u16::MAX {
        let value = f16::from_bits(bits);
        if value.is_finite() {
            let text = float16(value.to_f32());
            assert_eq!(f16::from_f64(text.parse().unwrap()).to_bits(), bits, "{text}");
            assert!(text.len() <= 12, "{text}");
        }
    }
    check(Cell::Float16(f16::from_f32(0.1).to_f32()), "0.1");
    check(Cell::Float16(-0.0), "0");
    check(Cell::Float16(f32::NEG_INFINITY), "-inf");
}

#[test]
fn times_are_iso_8601() {
    check(Cell::Date(0), "1970-01-01");
    check(Cell::Date(-1), "1969-12-31");
    check(Cell::Date(11_016), "2000-02-29");
    check(Cell::Date(2_932_896), "9999-12-31");
    check(Cell::Date(-719_162), "0001-01-01");
    check(Cell::Date(2_932_897), "+10000-01-01");
    check(Cell::Date(-719_529), "-0001-12-31");
    check(Cell::Time(0), "00:00:00");
    check(Cell::Time(86_399_999_999_999), "23:59:59.999999999");
    check(Cell::Time(3_600_500_000_000), "01:00:00.5");
    check(Cell::Timestamp { seconds: -1, nanos: 999_000_000, utc: true }, "1969-12-31T23:59:59.999Z");
    check(Cell::Timestamp { seconds: 253_402_300_799, nanos: 0, utc: false }, "9999-12-31T23:59:59");
    check(Cell::Timestamp { seconds: i64::MIN, nanos: 1, utc: false }, "-292277022657-01-27T08:29:52.000000001");
}

#[test]
fn the_rest_is_what_one_would_expect() {
    check(Cell::Null, "");
    check(Cell::Bool(true), "true");
    check(Cell::Bytes(&[0, 255, 1]), "AP8B");
    let uuid = 0x1234_5678_9abc_def0_0fed_cba9_8765_4321_u128.to_be_bytes();
    check(Cell::Uuid(&uuid), "12345678-9abc-def0-0fed-cba987654321");
}
