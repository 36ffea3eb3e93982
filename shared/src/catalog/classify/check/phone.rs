//! Telephone numbers, by the countries' codes and how many digits follow them.
//!
//! A table of its own, and not the crate `phonenumber`: that one is exact about which ranges are given out, but makes the
//! binary 2.8 MB larger, takes 80 ms at its first number and 7 µs for each; the rules must do all attributes of an item in
//! less.

use super::Digits;

/// Codes of countries, and how many digits their numbers have.
const COUNTRIES: [(u16, u8, u8); 149] = [
    (7, 10, 10),
    (20, 8, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 8, 11),
    (40, 9, 9),
    (41, 9, 9),
    (43, 7, 13),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 10),
    (47, 8, 8),
    (48, 9, 9),
    (49, 7, 12),
    (51, 8, 9),
    (52, 10, 10),
    (53, 8, 8),
    (54, 10, 11),
    (55, 10, 11),
    (56, 9, 9),
    (57, 8, 10),
    (58, 10, 10),
    (60, 8, 10),
    (61, 9, 9),
    (62, 8, 12),
    (63, 8, 10),
    (64, 8, 10),
    (65, 8, 8),
    (66, 8, 9),
    (81, 9, 10),
    (82, 8, 11),
    (84, 9, 10),
    (86, 10, 11),
    (90, 10, 10),
    (91, 10, 10),
    (92, 9, 10),
    (93, 9, 9),
    (94, 9, 9),
    (95, 7, 10),
    (98, 10, 10),
    (211, 9, 9),
    (212, 9, 9),
    (213, 8, 9),
    (216, 8, 8),
    (218, 8, 9),
    (220, 7, 7),
    (221, 9, 9),
    (222, 8, 8),
    (223, 8, 8),
    (224, 9, 9),
    (225, 10, 10),
    (226, 8, 8),
    (227, 8, 8),
    (228, 8, 8),
    (229, 8, 10),
    (230, 7, 8),
    (231, 7, 9),
    (232, 8, 8),
    (233, 9, 9),
    (234, 8, 10),
    (235, 8, 8),
    (236, 8, 8),
    (237, 9, 9),
    (238, 7, 7),
    (241, 7, 8),
    (242, 9, 9),
    (243, 9, 9),
    (244, 9, 9),
    (249, 9, 9),
    (250, 9, 9),
    (251, 9, 9),
    (252, 7, 9),
    (253, 8, 8),
    (254, 9, 10),
    (255, 9, 9),
    (256, 9, 9),
    (257, 8, 8),
    (258, 8, 9),
    (260, 9, 9),
    (261, 9, 10),
    (262, 9, 9),
    (263, 9, 9),
    (264, 8, 9),
    (265, 7, 9),
    (266, 8, 8),
    (267, 7, 8),
    (268, 8, 8),
    (297, 7, 7),
    (351, 9, 9),
    (352, 6, 9),
    (353, 7, 9),
    (354, 7, 7),
    (355, 8, 9),
    (356, 8, 8),
    (357, 8, 8),
    (358, 6, 11),
    (359, 8, 9),
    (370, 8, 8),
    (371, 8, 8),
    (372, 7, 8),
    (373, 8, 8),
    (374, 8, 8),
    (375, 9, 9),
    (376, 6, 9),
    (377, 8, 9),
    (380, 9, 9),
    (381, 8, 9),
    (382, 8, 8),
    (383, 8, 8),
    (385, 8, 9),
    (386, 8, 8),
    (387, 8, 8),
    (389, 8, 8),
    (420, 9, 9),
    (421, 9, 9),
    (423, 7, 9),
    (501, 7, 7),
    (502, 8, 8),
    (503, 8, 8),
    (504, 8, 8),
    (505, 8, 8),
    (506, 8, 8),
    (507, 7, 8),
    (509, 8, 8),
    (591, 8, 8),
    (592, 7, 7),
    (593, 8, 9),
    (595, 9, 9),
    (598, 8, 8),
    (673, 7, 7),
    (675, 7, 8),
    (679, 7, 7),
    (852, 8, 8),
    (853, 8, 8),
    (855, 8, 9),
    (880, 8, 10),
    (886, 8, 9),
    (961, 7, 8),
    (962, 8, 9),
    (965, 8, 8),
    (966, 9, 9),
    (971, 8, 9),
    (972, 8, 9),
    (995, 9, 9),
];

/// Whether North America gives out such numbers: neither area nor exchange begins with 0 or 1.
fn is_north_american(digits: &Digits, from: usize) -> bool {
    let (area, exchange) = (digits.number(from, from + 3), digits.number(from + 3, from + 6));
    digits.all().len() == from + 10 && area >= 200 && exchange >= 200 && area % 100 != 11 && exchange % 100 != 11
}

/// Whether digits are a country's code and as many as its numbers have.
pub(crate) fn is_international(digits: &Digits) -> bool {
    if digits.number(0, 1) == 1 {
        return is_north_american(digits, 1);
    }
    (1..=3).any(|length| {
        let code = u16::try_from(digits.number(0, length)).unwrap_or_default();
        let place = COUNTRIES.binary_search_by_key(&code, |(code, ..)| *code);
        let Some((_, least, most)) = place.ok().and_then(|place| COUNTRIES.get(place)) else { return false };
        // Many write the 0 of calls within the country after the code, too.
        let zero = usize::from(digits.all().get(length) == Some(&0));
        let rest = digits.all().len().saturating_sub(length + zero);
        (usize::from(*least)..=usize::from(*most)).contains(&rest)
    })
}

/// Whether digits alone may be a telephone number, if a name says so.
pub(crate) fn may_be(digits: &Digits) -> bool {
    let count = digits.all().len();
    !digits.are_same()
        && (is_north_american(digits, 0)
            || (9..=12).contains(&count) && digits.number(0, 1) == 0
            || (10..=14).contains(&count) && is_international(digits)
            || (8..=9).contains(&count))
}

/// Whether a text of digits and separators is written as telephone numbers are within a country.
pub(crate) fn is_local(text: &[u8], digits: &Digits) -> bool {
    let count = digits.all().len();
    let mut groups = text.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty()).map(<[u8]>::len);
    let lengths =
        [groups.next(), groups.next(), groups.next(), groups.next(), groups.next()].map(Option::unwrap_or_default);
    let is_american = is_north_american(digits, 0) || digits.number(0, 1) == 1 && is_north_american(digits, 1);
    let is_bracketed = text.starts_with(b"(") || text.get(1..).is_some_and(|rest| rest.contains(&b'('));
    match lengths {
        _ if digits.are_same() => false,
        [3, 3, 4, 0, 0] | [1, 3, 3, 4, 0] if is_american => true,
        [3, 7, 0, 0, 0] if is_american && is_bracketed => true,
        // `01 23 45 67 89`
        [2, 2, 2, 2, 2] => digits.number(0, 1) == 0,
        [first, second, ..] => {
            (9..=12).contains(&count)
                && digits.number(0, 1) == 0
                && (3..=5).contains(&first)
                && second > 2
                && digits.number(1, 2) > 0
        }
    }
}

#[cfg(test)]
pub(super) fn is_sorted() -> bool {
    COUNTRIES.is_sorted_by_key(|(code, ..)| *code)
}
