use proptest::prelude::*;

use super::*;

const MOST: &str = "99999999999999999999999999999999999999";

#[track_caller]
fn check(from: &str, to: &str, size: usize) {
    let mut out = Vec::new();
    assert_eq!(text(from, &mut out), Ok(size), "{from}");
    assert_eq!(String::from_utf8(out).unwrap(), to, "{from}");
}

#[track_caller]
fn refuse(from: &str, reason: Reason) {
    let mut out = Vec::new();
    assert_eq!(text(from, &mut out).unwrap_err().reason, reason, "{from}");
    assert!(out.is_empty());
}

#[test]
fn one_value_has_one_text() {
    for zero in ["0", "-0", "+0", "000", "0.0", "-0.000", ".0", "0.", "0e0", "0E+999999999999999999999999", "-0e-999"] {
        check(zero, "0", 1);
    }
    for one in ["1", "+1", "01", "1.0", "1.", "1e0", "10e-1", "0.1e1", "0.001E+3", "1000000e-6", "1.000E-0"] {
        check(one, "1", 2);
    }
    check("007", "7", 2);
    check("+5", "5", 2);
    check(".5", "0.5", 2);
    check("5.", "5", 2);
    check("-.50", "-0.5", 3);
    check("1e3", "1000", 2);
    check("12e-1", "1.2", 3);
    check("120e-2", "1.2", 3);
    check("-1.5e3", "-1500", 3);
    check("00120.0500", "120.05", 4);
    check("0.00123", "0.00123", 3);
    check("123e-5", "0.00123", 3);
    check("18446744073709551615", "18446744073709551615", 11);
}

#[test]
fn a_text_is_plain_where_both_sides_of_the_point_are_short() {
    check("1e37", &format!("1{}", "0".repeat(37)), 2);
    check("1e38", "1E+38", 2);
    check("1.5e38", "1.5E+38", 2);
    check(&format!("1{}", "0".repeat(38)), "1E+38", 2);
    check(&format!("{MOST}0"), "9.9999999999999999999999999999999999999E+38", 20);
    check("1e-38", &format!("0.{}1", "0".repeat(37)), 2);
    check("1e-39", "1E-39", 2);
    check("12e-39", "1.2E-38", 2);
    check(&format!("0.{}5", "0".repeat(50)), "5E-51", 2);
    check(&format!("-0.{}123", "0".repeat(50)), "-1.23E-51", 4);
}

#[test]
fn thirty_eight_digits_are_kept_and_thirty_nine_refused() {
    check(MOST, MOST, 20);
    check(&format!("-{MOST}"), &format!("-{MOST}"), 21);
    check(&format!("0.{MOST}"), &format!("0.{MOST}"), 20);
    check(&format!("000{MOST}.000"), MOST, 20);
    check(&format!("{MOST}{}", "0".repeat(20)), "9.9999999999999999999999999999999999999E+57", 20);
    check("1234567890123456789.1234567890123456789", "1234567890123456789.1234567890123456789", 21);
    refuse(&format!("{MOST}9"), Reason::NumberPrecision);
    refuse(&format!("1{}1", "0".repeat(37)), Reason::NumberPrecision);
    refuse(&format!("{MOST}.1"), Reason::NumberPrecision);
    refuse(&format!("1.{}1", "0".repeat(37)), Reason::NumberPrecision);
    refuse(&format!("0.{MOST}9"), Reason::NumberPrecision);
    refuse(&format!("{MOST}9e-20"), Reason::NumberPrecision);
}

#[test]
fn the_range_is_that_of_dynamodb() {
    check("1E-130", "1E-130", 2);
    check("-1e-130", "-1E-130", 3);
    check("0.1E-129", "1E-130", 2);
    check("10e-131", "1E-130", 2);
    check(&format!("0.{}1", "0".repeat(129)), "1E-130", 2);
    check("9.9999999999999999999999999999999999999E+125", "9.9999999999999999999999999999999999999E+125", 20);
    check("-9.99E125", "-9.99E+125", 4);
    check(&format!("9{}", "0".repeat(125)), "9E+125", 2);
    check("0.000001e131", "1E+125", 2);
    for out in
        ["1E126", "1e-131", "-1E126", "9.9e-131", "10e125", "1e999999999999999999999999", "-1e-99999999999999999999"]
    {
        refuse(out, Reason::NumberOutOfRange);
    }
    refuse(&format!("1{}", "0".repeat(126)), Reason::NumberOutOfRange);
    check(&format!("0.{}1e300000", "0".repeat(299_999)), "1", 2);
    check(&format!("1{}e-300000", "0".repeat(300_000)), "1", 2);
}

#[test]
fn what_is_no_decimal_number_is_refused() {
    let texts = [
        "", " ", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e5.0", "1,5", "1,000", "$5", "1 000", " 1", "1 ",
        "1\n", "0x10", "1_000", "NaN", "nan", "Infinity", "-inf", "--1", "+-1", "1.2.3", "1e5e5", "１", "٣", "1f", "½",
    ];
    for text in texts {
        refuse(text, Reason::NumberInvalid);
    }
}

#[track_caller]
fn write(write: impl Fn(&mut Vec<u8>) -> Result<usize, Fault>) -> Result<String, Reason> {
    let mut out = Vec::new();
    let size = write(&mut out).map_err(|fault| fault.reason)?;
    let written = String::from_utf8(out).unwrap();
    let mut again = Vec::new();
    assert_eq!(text(&written, &mut again), Ok(size), "{written}");
    assert_eq!(again, written.as_bytes(), "the text is canonical");
    Ok(written)
}

#[test]
fn integers_and_decimals_are_exact() {
    let int = |value| write(|out| Ok(signed(value, out))).unwrap();
    for value in [0, 1, -1, 10, -100, i64::MAX, i64::MIN] {
        assert_eq!(int(value), value.to_string());
    }
    assert_eq!(write(|out| Ok(unsigned(u64::MAX, out))).unwrap(), "18446744073709551615");
    let decimal = |unscaled, scale| write(|out| decimal(unscaled, scale, out));
    assert_eq!(decimal(0, 2).unwrap(), "0");
    assert_eq!(decimal(150, 2).unwrap(), "1.5");
    assert_eq!(decimal(-5, 2).unwrap(), "-0.05");
    assert_eq!(decimal(5, -3).unwrap(), "5000");
    assert_eq!(decimal(100, 2).unwrap(), "1");
    assert_eq!(decimal(1, 127).unwrap(), "1E-127");
    assert_eq!(decimal(1, -128), Err(Reason::NumberOutOfRange));
    assert_eq!(decimal(10_i128.pow(38), 0).unwrap(), "1E+38");
    assert_eq!(decimal(10_i128.pow(38) - 1, 0).unwrap(), MOST);
    assert_eq!(decimal(10_i128.pow(38) + 1, 0), Err(Reason::NumberPrecision));
    assert_eq!(decimal(i128::MIN, 10), Err(Reason::NumberPrecision));
    assert_eq!(decimal(i128::MAX, 10), Err(Reason::NumberPrecision));
}

#[test]
fn decimals_of_256_bits_are_judged_by_their_value() {
    use arrow_buffer::i256;
    let decimal = |text: &str, scale| write(|out| decimal256(i256::from_string(text).unwrap(), scale, out));
    assert_eq!(decimal("123", 1).unwrap(), "12.3");
    assert_eq!(decimal(&format!("-{MOST}{}", "0".repeat(38)), 38).unwrap(), format!("-{MOST}"));
    assert_eq!(decimal(&format!("1{}1", "0".repeat(60)), 3), Err(Reason::NumberPrecision));
    assert_eq!(decimal(&format!("1{}", "0".repeat(70)), 0).unwrap(), "1E+70");
    let fault = super::decimal256(i256::MAX, 2, &mut Vec::new()).unwrap_err();
    assert_eq!(fault.detail, format!("found `{}E-2`, wanted at most 38 significant digits", i256::MAX));
}

#[test]
fn floats_give_the_shortest_text_of_their_width() {
    let double = |value| write(|out| float64(value, out));
    let single = |value| write(|out| float32(value, out));
    let half = |value| write(|out| float16(value, out));
    assert_eq!(double(0.1).unwrap(), "0.1");
    assert_eq!(double(0.1 + 0.2).unwrap(), "0.30000000000000004");
    assert_eq!(double(-0.0).unwrap(), "0");
    assert_eq!(double(1e22).unwrap(), "10000000000000000000000");
    assert_eq!(double(1e100).unwrap(), "1E+100");
    assert_eq!(double(1e125).unwrap(), "1E+125");
    assert_eq!(double(1e126), Err(Reason::NumberOutOfRange));
    assert_eq!(double(1e-131), Err(Reason::NumberOutOfRange));
    assert_eq!(single(0.1).unwrap(), "0.1");
    assert_eq!(single(16_777_216.0).unwrap(), "16777216");
    assert_eq!(single(f32::MAX).unwrap(), "3.4028235E+38");
    assert_eq!(half(0.099_975_586).unwrap(), "0.1");
    assert_eq!(half(65504.0).unwrap(), "65500");
    assert_eq!(half(-1.0).unwrap(), "-1");
    assert_eq!(half(5.960_464_5e-8).unwrap(), "0.00000006");
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(double(value), Err(Reason::NumberInvalid));
        #[expect(clippy::cast_possible_truncation, reason = "neither is a number")]
        let narrow = value as f32;
        assert_eq!(single(narrow), Err(Reason::NumberInvalid));
        assert_eq!(half(narrow), Err(Reason::NumberInvalid));
    }
}

/// Every half is a multiple of 2^-24, so that its neighbours, the middles between and any decimal of up to 25 places
/// are whole numbers once they are multiplied by 10^25.
#[test]
fn every_half_reads_back_from_its_text_and_from_none_shorter() {
    let exact = |units: i128| units * 5_i128.pow(25); // units of 2^-25
    let mut halves: Vec<i128> = (0..1024).map(|mantissa| mantissa * 2).collect();
    for power in 1..31 {
        halves.extend((1024..2048).map(|mantissa| mantissa << power));
    }
    for (place, units) in halves.iter().enumerate().skip(1) {
        let even = place % 2 == 0;
        let below = exact(units + halves[place - 1]) / 2;
        let above = exact(units + halves.get(place + 1).copied().unwrap_or(65536 << 25)) / 2;
        let reads_back = |value: i128| (below < value && value < above) || (even && (value == below || value == above));
        #[expect(clippy::cast_precision_loss, reason = "a half has 11 bits")]
        let text = write(|out| float16(*units as f32 / 33_554_432.0, out)).unwrap();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let value: i128 = format!("{whole}{fraction:0<25}").parse().unwrap();
        assert!(reads_back(value), "{text}");
        let digits = text.replace('.', "").trim_matches('0').len();
        let unit = 10_i128.pow(value.ilog10() + 2 - u32::try_from(digits).unwrap());
        let shorter = value / unit * unit;
        assert!(digits == 1 || !(reads_back(shorter) || reads_back(shorter + unit)), "{text} is not the shortest");
    }
}

/// A value by schoolbook arithmetic: sign, digits without zeros at either end, power of ten of the last of them.
fn value(text: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, 0), |(m, e)| (m, e.parse().unwrap()));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").replace(['+', '-'], "");
    let digits = digits.trim_start_matches('0');
    let short = digits.trim_end_matches('0');
    if short.is_empty() {
        return (false, String::new(), 0);
    }
    let zeros = i64::try_from(digits.len() - short.len()).unwrap();
    (text.starts_with('-'), short.to_owned(), exponent + zeros - i64::try_from(fraction.len()).unwrap())
}

proptest! {
    #[test]
    fn number_text_survives(from in r"[+-]?([0-9]{1,45}\.?|[0-9]{0,30}\.[0-9]{1,30}|0{0,9}\.0{0,60}[0-9]{1,9})([eE][+-]?[0-9]{1,3})?") {
        let (_, digits, exponent) = value(&from);
        let power = exponent + i64::try_from(digits.len()).unwrap() - 1;
        let mut out = Vec::new();
        match text(&from, &mut out) {
            Ok(size) => {
                let to = String::from_utf8(out).unwrap();
                prop_assert_eq!(value(&to), value(&from));
                prop_assert!(to.len() <= 44, "{}", to);
                prop_assert!(size <= 22);
                prop_assert!(!to.starts_with('+') && !to.contains('e'));
            }
            Err(fault) if fault.reason == Reason::NumberPrecision => prop_assert!(digits.len() > 38),
            Err(fault) => {
                prop_assert_eq!(fault.reason, Reason::NumberOutOfRange);
                prop_assert!(!digits.is_empty() && !(-130..=125).contains(&power));
            }
        }
    }

    #[test]
    fn every_way_to_write_a_value_gives_the_same_bytes(
        digits in "[1-9][0-9]{0,36}", exponent in -90_i32..80, zeros in 0_usize..50, leading in 0_usize..5, point in 0_usize..36,
    ) {
        let mut plain = Vec::new();
        let size = text(&format!("{digits}e{exponent}"), &mut plain).unwrap();
        let shift = i32::try_from(zeros).unwrap();
        let point = point.min(digits.len());
        let (whole, fraction) = digits.split_at(point);
        let moved = exponent + i32::try_from(fraction.len()).unwrap();
        for other in [
            format!("{digits}{}e{}", "0".repeat(zeros), exponent - shift),
            format!("+{}{digits}.{}E{exponent:+}", "0".repeat(leading), "0".repeat(zeros)),
            format!("{}{whole}.{fraction}{}e{moved}", "0".repeat(leading), "0".repeat(zeros)),
        ] {
            let mut out = Vec::new();
            prop_assert_eq!(text(&other, &mut out), Ok(size), "{}", other);
            prop_assert_eq!(&out, &plain, "{}", other);
        }
    }

    #[test]
    fn binary_numbers_agree_with_their_text(unscaled: i128, scale in -40_i8..60, float: f64, single: f32) {
        let mut expected = Vec::new();
        let mut out = Vec::new();
        let by_text = text(&format!("{unscaled}e{}", -i32::from(scale)), &mut expected).map_err(|fault| fault.reason);
        prop_assert_eq!(decimal(unscaled, scale, &mut out).map_err(|fault| fault.reason), by_text);
        prop_assert_eq!(&out, &expected);
        out.clear();
        if float64(float, &mut out).is_ok() {
            let text = String::from_utf8(out.clone()).unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), (float + 0.0).to_bits());
        }
        out.clear();
        if float32(single, &mut out).is_ok() {
            let text = String::from_utf8(out.clone()).unwrap();
            prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), (single + 0.0).to_bits());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(from in "\\PC{0,20}|[0-9eE.+-]{0,12}") {
        let mut out = Vec::new();
        let _ = text(&from, &mut out);
    }
}
