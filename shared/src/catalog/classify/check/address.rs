//! Postal addresses, and places on the globe.

/// Words for a street that stand by themselves, in the order of their bytes.
const WORDS: [&str; 67] = [
    "aleja",
    "allee",
    "allée",
    "av",
    "avda",
    "ave",
    "avenida",
    "avenue",
    "bd",
    "blvd",
    "boulevard",
    "bulevar",
    "c",
    "c/",
    "calle",
    "camino",
    "carrer",
    "carretera",
    "chemin",
    "circle",
    "close",
    "corso",
    "cours",
    "court",
    "crescent",
    "ct",
    "dr",
    "drive",
    "gardens",
    "gasse",
    "grove",
    "highway",
    "hwy",
    "impasse",
    "lane",
    "largo",
    "ln",
    "parkway",
    "paseo",
    "piazza",
    "piazzale",
    "pkwy",
    "place",
    "platz",
    "plaza",
    "praça",
    "quai",
    "rd",
    "ring",
    "road",
    "route",
    "rua",
    "rue",
    "sq",
    "square",
    "st",
    "str",
    "strada",
    "strasse",
    "straße",
    "street",
    "terrace",
    "ul",
    "ulica",
    "via",
    "viale",
    "way",
];

/// Those of them which stand before the street's name, as `way` does not.
const LEADING: [&str; 34] = [
    "allée",
    "aleja",
    "av",
    "avda",
    "avenida",
    "avenue",
    "bd",
    "boulevard",
    "c/",
    "calle",
    "camino",
    "carrer",
    "carretera",
    "chemin",
    "corso",
    "cours",
    "impasse",
    "largo",
    "paseo",
    "piazza",
    "piazzale",
    "place",
    "plaza",
    "praça",
    "quai",
    "route",
    "rua",
    "rue",
    "strada",
    "ul",
    "ulica",
    "via",
    "viale",
    "ring",
];

/// Those which stand right before the house's number, a name before them, as in `Mariahilfer Str. 88a`.
const BETWEEN: [&str; 7] = ["allee", "gasse", "platz", "ring", "str", "strasse", "straße"];

/// What words for a street end with.
const ENDS: [&str; 16] = [
    "straße", "strasse", "str", "weg", "platz", "gasse", "allee", "damm", "ufer", "straat", "laan", "gracht", "gatan",
    "vägen", "vej", "katu",
];

/// Whether a word is one for a street, capitals and small letters alike.
fn is_street(word: &str) -> bool {
    let mut lower = [0; 40];
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let word = std::str::from_utf8(lower).unwrap_or_default();
    WORDS.binary_search(&word).is_ok() || ENDS.iter().any(|end| word.len() > end.len() + 1 && word.ends_with(end))
}

/// Whether a word is a house's number, such as 12, 12a or 12-14.
fn is_house(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let rest = word.get(digits..).unwrap_or_default();
    (1..=5).contains(&digits)
        && rest.len() <= 5
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'/')
}

/// What a text says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// A street with a number.
    Street,
    /// Words and a number, such as `Unter den Linden 77`.
    Numbered,
    /// Neither.
    No,
}

/// Looks at a text that has letters, digits and a space.
pub(crate) fn address(text: &str) -> Address {
    let (mut street, mut house, mut named, mut count) = (None, None, 0, 0);
    let mut starts_upper = false;
    for (place, word) in text.split([' ', ',', '\n', ';']).filter(|word| !word.is_empty()).take(12).enumerate() {
        count += 1;
        let word = word.trim_end_matches('.');
        let is_upper = word.chars().next().is_some_and(char::is_uppercase);
        starts_upper |= is_upper;
        if is_house(word) {
            house = house.or(Some(place));
        } else if street.is_none() && is_street(word) {
            street = Some(place);
        } else if word.chars().all(|each| each.is_alphabetic() || each == '-' || each == '\'' || each == '.') {
            named += usize::from(is_upper);
        }
    }
    let word =
        |place: usize| text.split([' ', ',', '\n', ';']).filter(|word| !word.is_empty()).nth(place).unwrap_or_default();
    let is_street = |street: usize, house: usize| {
        let word = word(street).trim_end_matches('.');
        let leads = LEADING.iter().any(|leading| word.eq_ignore_ascii_case(leading)) && named > 0;
        let is_compound = word.len() > 6 && ENDS.iter().any(|end| word.len() > end.len() + 1 && word.ends_with(end));
        // `12 Main Street`, but not `Top 10 Street Foods`; `Via Roma 12`, `Hauptstraße 12`, but not `The Road to 2030`.
        let is_behind = street > house + 1 && named > 0;
        let is_between = BETWEEN.iter().any(|between| word.eq_ignore_ascii_case(between)) && street > 0 && named > 0;
        house.abs_diff(street) <= 5 && (is_behind || leads || is_compound || is_between && house == street + 1)
    };
    match (street, house) {
        (Some(street), Some(house)) if (starts_upper || house == 0) && is_street(street, house) => Address::Street,
        (_, Some(_)) if count >= 2 && (named > 0 || street.is_some()) => Address::Numbered,
        _ => Address::No,
    }
}

/// Whether a text is a number of degrees with two decimals or more.
pub(crate) fn is_degrees(text: &[u8], most: f64) -> bool {
    let decimals = text.iter().rev().take_while(|byte| **byte != b'.').count();
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    decimals >= 2 && decimals < text.len() && text.len() <= 24 && number.is_some_and(|number| number.abs() <= most)
}

/// Whether a text is latitude and longitude, with a comma between.
pub(crate) fn is_pair(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let (Some(latitude), Some(longitude), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    is_degrees(latitude, 90.0) && is_degrees(longitude, 180.0)
}

#[cfg(test)]
pub(super) fn is_sorted() -> bool {
    WORDS.is_sorted()
}
