//! Makes values of attributes, from a seed: no person's, by other sums than the rules'.
#![expect(clippy::cast_possible_truncation, reason = "what is left of a division by a small number is small")]

use fastrand::Rng;
use serde_json::{Value, json};

const FIRST: [&str; 24] = [
    "Anna", "Lukas", "Marie", "Jonas", "Sofia", "David", "Laura", "Peter", "Julia", "Thomas", "Elena", "Pablo",
    "Ahmed", "Priya", "Kenji", "Olga", "Zanele", "Thijs", "Bronwen", "Kwame", "Siobhan", "Mateusz", "Aroha", "Ximena",
];
const LAST: [&str; 24] = [
    "Schmidt",
    "García",
    "Rossi",
    "Dupont",
    "Smith",
    "O'Brien",
    "Kowalski",
    "Nguyen",
    "Müller-Lüdenscheidt",
    "van Dijk",
    "Jensen",
    "Yilmaz",
    "Okafor",
    "Tanaka",
    "Ivanova",
    "da Silva",
    "Patel",
    "Novak",
    "Berg",
    "Haddad",
    "Lindqvist",
    "Moreau",
    "Bianchi",
    "Popescu",
];
const WORDS: [&str; 24] = [
    "delivery", "was", "late", "and", "the", "parcel", "arrived", "damaged", "please", "send", "a", "new", "one",
    "soon", "thanks", "for", "your", "help", "customer", "asked", "about", "invoice", "again", "today",
];
const PRODUCTS: [&str; 16] = [
    "Steel Water Bottle",
    "Desk Lamp",
    "Oak Table",
    "Running Shoe Pro",
    "Garden Hose",
    "Wool Blanket",
    "Coffee Grinder",
    "Travel Mug",
    "Office Chair",
    "Ceramic Vase",
    "Rain Jacket",
    "Phone Stand",
    "Bluetooth Speaker",
    "Paper Shredder",
    "Kitchen Scale",
    "Tea Kettle",
];
const COMPANIES: [&str; 12] = [
    "Northwind Traders",
    "Contoso Ltd.",
    "Blue Harbor Logistics",
    "Acme Corp",
    "Fabrikam Inc",
    "Stark Metallbau GmbH",
    "Globex",
    "Initech",
    "Umbrella Foods",
    "Tailspin Toys",
    "Wingtip Partners",
    "Soylent Pharma AG",
];
const CITIES: [&str; 12] = [
    "Berlin", "Paris", "Madrid", "Roma", "New York", "Hamburg", "Lyon", "Sevilla", "Torino", "Leeds", "Boston",
    "Kraków",
];
const STATES: [&str; 6] = ["active", "pending", "shipped", "cancelled", "returned", "archived"];
const TRADES: [&str; 4] = ["STANDARD", "EXPRESS", "PICKUP", "FREIGHT"];
const NATIONS: [&str; 8] = ["German", "French", "Spanish", "Italian", "British", "Polish", "Japanese", "Brazilian"];
const CODES: [&str; 10] = ["DE", "FR", "ES", "IT", "GB", "PL", "JP", "BR", "US", "CA"];
const CARDS: [(&str, usize); 6] = [("4", 16), ("51", 16), ("55", 16), ("37", 15), ("6011", 16), ("2223", 16)];

fn of<'a>(rng: &mut Rng, list: &[&'a str]) -> &'a str {
    list[rng.usize(..list.len())]
}

fn digits(rng: &mut Rng, count: usize) -> String {
    (0..count).map(|_| char::from(b'0' + rng.u8(..10))).collect()
}

fn letters(rng: &mut Rng, alphabet: &str, count: usize) -> String {
    let alphabet: Vec<_> = alphabet.chars().collect();
    (0..count).map(|_| alphabet[rng.usize(..alphabet.len())]).collect()
}

fn values(text: &str) -> Vec<u64> {
    text.chars().map(|each| u64::from(each.to_digit(36).unwrap())).collect()
}

fn sum(text: &str, weights: &[u64]) -> u64 {
    values(text).iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Adds the digit that makes Luhn's sum right.
fn luhn(text: &str) -> String {
    let doubled = values(text)
        .into_iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit });
    let sum: u64 = doubled.sum();
    format!("{text}{}", (10 - sum % 10) % 10)
}

fn remainder(text: &str, by: u64) -> u64 {
    values(text).into_iter().fold(0, |rest, value| (rest * if value > 9 { 100 } else { 10 } + value) % by)
}

fn iban(rng: &mut Rng) -> String {
    let (country, account) = match rng.u8(..4) {
        0 => ("DE", digits(rng, 18)),
        1 => ("ES", digits(rng, 20)),
        2 => ("NL", format!("{}{}", letters(rng, "ABIKNRS", 4), digits(rng, 10))),
        _ => ("FR", format!("{}{}{}", digits(rng, 10), letters(rng, "0123456789ABC", 11), digits(rng, 2))),
    };
    let check = 98 - remainder(&format!("{account}{country}00"), 97);
    format!("{country}{check:02}{account}")
}

fn grouped(text: &str, length: usize, by: &str) -> String {
    let all: Vec<_> = text.chars().collect();
    all.chunks(length).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(by)
}

fn birth(rng: &mut Rng) -> (u32, u32, u32) {
    (rng.u32(1940..2006), rng.u32(1..13), rng.u32(1..29))
}

/// Tries until a number fits: for schemes in which not all numbers have check digits.
fn until(mut make: impl FnMut() -> Option<String>) -> String {
    loop {
        if let Some(made) = make() {
            return made;
        }
    }
}

fn national(rng: &mut Rng, kind: &str) -> Option<String> {
    let (year, month, day) = birth(rng);
    let short = year % 100;
    Some(match kind {
        "ssn" => format!("{:03}-{:02}-{:04}", rng.u32(1..666), rng.u32(1..100), rng.u32(1..10_000)),
        "nhs" => until(|| {
            let number = digits(rng, 9);
            let check = 11 - sum(&number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            (check != 10).then(|| format!("{number}{}", check % 11))
        }),
        "pesel" => {
            let number = format!("{short:02}{:02}{day:02}{}", month + if year > 1999 { 20 } else { 0 }, digits(rng, 4));
            let check = (10 - sum(&number, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
            format!("{number}{check}")
        }
        "nif" => {
            let number = rng.u64(1_000_000..100_000_000);
            format!("{number:08}{}", char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize]))
        }
        "nie" => {
            let (first, number) = (rng.u64(..3), rng.u64(..10_000_000));
            let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[((first * 10_000_000 + number) % 23) as usize];
            format!("{}{number:07}{}", ["X", "Y", "Z"][first as usize], char::from(letter))
        }
        "personnummer" => {
            let number = luhn(&format!("{short:02}{month:02}{day:02}{}", digits(rng, 3)));
            format!("{}-{}", &number[..6], &number[6..])
        }
        "bsn" => until(|| {
            let number = format!("{}{}", rng.u8(1..9), digits(rng, 7));
            let check = sum(&number, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
            (check < 10).then(|| format!("{number}{check}"))
        }),
        "cpf" => {
            let mut number = digits(rng, 9);
            for first in [10, 11] {
                let weights: Vec<u64> = (2..=first).rev().collect();
                let rest = sum(&number, &weights) % 11;
                number.push_str(&(if rest < 2 { 0 } else { 11 - rest }).to_string());
            }
            format!("{}.{}.{}-{}", &number[..3], &number[3..6], &number[6..9], &number[9..])
        }
        "hetu" => {
            let number = rng.u64(2..900);
            let whole: u64 = format!("{day:02}{month:02}{short:02}{number:03}").parse().unwrap();
            let check = char::from(b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(whole % 31) as usize]);
            format!("{day:02}{month:02}{short:02}{}{number:03}{check}", if year > 1999 { 'A' } else { '-' })
        }
        "be" => {
            let number = format!("{short:02}{month:02}{day:02}{:03}", rng.u32(1..998));
            let whole: u64 = format!("{}{number}", if year > 1999 { "2" } else { "" }).parse().unwrap();
            format!("{number}{:02}", 97 - whole % 97)
        }
        "nir" => {
            let number = format!("{}{short:02}{month:02}{:02}{}", rng.u8(1..3), rng.u8(1..90), digits(rng, 6));
            format!("{number}{:02}", 97 - number.parse::<u64>().unwrap() % 97)
        }
        "de_tax" => {
            let mut ten: Vec<u64> = (0..10).collect();
            rng.shuffle(&mut ten);
            let twice = ten[0];
            ten[9] = twice;
            rng.shuffle(&mut ten);
            if ten[0] == 0 {
                ten.swap(0, 9);
            }
            if ten[0] == 0 {
                ten.swap(0, 5);
            }
            let product = ten.iter().fold(10, |product, digit| match (digit + product) % 10 {
                0 => 20 % 11,
                sum => sum * 2 % 11,
            });
            let number: String = ten.iter().map(u64::to_string).collect();
            format!("{number}{}", (11 - product) % 10)
        }
        "codice" => {
            // The odd places' values, by digit or letter.
            let odd = |value: u64| {
                [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
                    [value as usize]
            };
            let month = char::from(b"ABCDEHLMPRST"[(month - 1) as usize]);
            let number = format!(
                "{}{short:02}{month}{day:02}{}{}",
                letters(rng, "BCDFGLMNPRSTV", 6),
                letters(rng, "ABCDEFGHIL", 1),
                digits(rng, 3)
            );
            let value = |value: u64| if value > 9 { value - 10 } else { value };
            let total: u64 = values(&number)
                .into_iter()
                .map(value)
                .enumerate()
                .map(|(place, value)| if place % 2 == 0 { odd(value) } else { value })
                .sum();
            format!("{number}{}", char::from(b'A' + (total % 26) as u8))
        }
        _ => return None,
    })
}

/// The check digit of Verhoeff, by the group of a pentagon's turns and flips.
fn verhoeff(text: &str) -> u64 {
    let product = |one: u64, two: u64| match (one < 5, two < 5) {
        (true, true) => (one + two) % 5,
        (true, false) => 5 + (one + two - 5) % 5,
        (false, true) => 5 + (one - two) % 5,
        (false, false) => (one + 5 - two) % 5,
    };
    let turn =
        |digit: u64, times: usize| (0..times).fold(digit, |digit, _| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit as usize]);
    let numbered = values(text).into_iter().rev().enumerate();
    let all = numbered.fold(0, |all, (place, digit)| product(all, turn(digit, (place + 1) % 8)));
    (0..10).find(|check| product(all, *check) == 0).unwrap()
}

fn national_more(rng: &mut Rng, kind: &str) -> Option<String> {
    let (year, month, day) = birth(rng);
    let short = year % 100;
    Some(match kind {
        "ahv" => {
            let number = format!("756{}", digits(rng, 9));
            format!("{number}{}", (10 - sum(&number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10)
        }
        "cn" => {
            let number = format!("110{}{year}{month:02}{day:02}{}", digits(rng, 3), digits(rng, 3));
            let rest = sum(&number, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
            format!("{number}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][rest as usize])
        }
        "passport" => format!("{}{}", letters(rng, "CFGHJK", 1), digits(rng, 8)),
        "aadhaar" => {
            let number = format!("{}{}", rng.u8(2..10), digits(rng, 10));
            format!("{number}{}", verhoeff(&number))
        }
        "sin" => luhn(&format!("{}{}", rng.u8(1..8), digits(rng, 7))),
        "tfn" => until(|| {
            let number = format!("{}{}", rng.u8(1..10), digits(rng, 7));
            let check = (0..10)
                .find(|check| sum(&format!("{number}{check}"), &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11));
            check.map(|check| format!("{number}{check}"))
        }),
        "rut" => {
            let number = rng.u32(5_000_000..30_000_000).to_string();
            let backwards: String = number.chars().rev().collect();
            let check = 11 - sum(&backwards, &[2, 3, 4, 5, 6, 7, 2, 3]) % 11;
            format!("{number}-{}", ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "K", "0"][check as usize])
        }
        "kimlik" => {
            let number = format!("{}{}", rng.u8(1..10), digits(rng, 8));
            let (odd, even) = (sum(&number, &[1, 0, 1, 0, 1, 0, 1, 0, 1]), sum(&number, &[0, 1, 0, 1, 0, 1, 0, 1]));
            let tenth = (odd * 7 + 90 - even) % 10;
            format!("{number}{tenth}{}", (sum(&number, &[1; 9]) + tenth) % 10)
        }
        "fnr" => until(|| {
            let number = format!("{day:02}{month:02}{short:02}{}", digits(rng, 3));
            let first = (11 - sum(&number, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
            let number = format!("{number}{first}");
            let second = (11 - sum(&number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
            (first < 10 && second < 10).then(|| format!("{number}{second}"))
        }),
        "cnp" => {
            let century = if year > 1999 { rng.u8(5..7) } else { rng.u8(1..3) };
            let number = format!("{century}{short:02}{month:02}{day:02}{:02}{}", rng.u8(1..47), digits(rng, 3));
            let rest = sum(&number, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
            format!("{number}{}", if rest == 10 { 1 } else { rest })
        }
        "za" => luhn(&format!("{short:02}{month:02}{day:02}{}08", digits(rng, 4))),
        "nric" => {
            let number = digits(rng, 7);
            let rest = (sum(&number, &[2, 7, 6, 5, 4, 3, 2]) + 4) % 11;
            format!("T{number}{}", char::from(b"JZIHGFEDCBA"[rest as usize]))
        }
        "nino" => format!("{}{}{}", of(rng, &["AB", "CE", "JG", "PX", "SR"]), digits(rng, 6), letters(rng, "ABCD", 1)),
        "pan" => {
            let start = letters(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3);
            format!("{start}P{}{}{}", letters(rng, "ABKRSV", 1), digits(rng, 4), letters(rng, "ABCDEFGHK", 1))
        }
        _ => return None,
    })
}

fn network(rng: &mut Rng, kind: &str) -> Option<String> {
    Some(match kind {
        "ipv4" => format!("{}.{}.{}.{}", rng.u8(1..224), rng.u8(..), rng.u8(..), rng.u8(1..)),
        "ipv6" => format!("2001:db8:{:x}:{:x}::{:x}", rng.u16(..), rng.u16(..), rng.u16(1..)),
        "mac" => grouped(&letters(rng, "0123456789abcdef", 12), 2, ":"),
        "url" => format!("https://shop.example.com/{}/{}?ref={}", of(rng, &WORDS), digits(rng, 5), of(rng, &WORDS)),
        "version" => format!("{}.{}.{}.{}", rng.u8(1..9), rng.u8(..30), rng.u8(..30), rng.u8(..99)),
        "semver" => format!("{}.{}.{}", rng.u8(1..9), rng.u8(..30), rng.u8(..30)),
        _ => return None,
    })
}

fn secret(rng: &mut Rng, kind: &str) -> Option<String> {
    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const HEX: &str = "0123456789abcdef";
    Some(match kind {
        "aws_key" => format!("AKIA{}", letters(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
        "jwt" => format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}", letters(rng, BASE64, 60), letters(rng, BASE64, 43)),
        "bcrypt" => format!("$2b$12${}", letters(rng, BASE64, 53).replace(['-', '_'], "/")),
        "bearer" => format!("Bearer {}", letters(rng, BASE64, 40)),
        "dsn" => format!("postgres://app:{}@db.example.com:5432/shop", letters(rng, BASE64, 16)),
        "hex32" => letters(rng, HEX, 32),
        "base64_40" => letters(rng, BASE64, 40),
        "password" => format!("{}{}{}", of(rng, &WORDS), digits(rng, 3), letters(rng, "!#%$?", 2)),
        "eth" => format!("0x{}", letters(rng, HEX, 40)),
        "uuid" => {
            let hex = letters(rng, HEX, 32);
            format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
        }
        _ => return None,
    })
}

fn person(rng: &mut Rng, kind: &str) -> Option<String> {
    let (year, month, day) = birth(rng);
    Some(match kind {
        "first" => of(rng, &FIRST).to_owned(),
        "last" => of(rng, &LAST).to_owned(),
        "full" => format!("{} {}", of(rng, &FIRST), of(rng, &LAST)),
        "comma" => format!("{}, {}", of(rng, &LAST), of(rng, &FIRST)),
        "email" => format!(
            "{}.{}@example.{}",
            of(rng, &FIRST).to_lowercase(),
            rng.u16(..),
            of(rng, &["com", "org", "co.uk", "de"])
        ),
        "phone" => format!(
            "+{}",
            match rng.u8(..4) {
                0 => format!("49 151 {}", digits(rng, 8)),
                1 => format!("1 415 {}{}", rng.u16(500..600), digits(rng, 4)),
                2 => format!("33 6 {}", grouped(&digits(rng, 8), 2, " ")),
                _ => format!("44 20 7{}", digits(rng, 7)),
            }
        ),
        "phone_us" => format!("({}) {}-{}", rng.u16(212..900), rng.u16(212..900), digits(rng, 4)),
        "phone_de" => format!("0{}/{}", rng.u16(30..90) * 10 + 1, digits(rng, 7)),
        "phone_bare" => format!("49151{}", digits(rng, 8)),
        "street_en" => {
            format!("{} {} {}", rng.u16(1..999), of(rng, &LAST), of(rng, &["Street", "Ave", "Road", "Lane"]))
        }
        "street_de" => format!(
            "{}{} {}, {} {}",
            of(rng, &["Haupt", "Bahnhof", "Garten", "Linden"]),
            of(rng, &["straße", "str.", "weg"]),
            rng.u8(1..),
            digits(rng, 5),
            of(rng, &CITIES)
        ),
        "street_fr" => format!("{} rue de {}", rng.u8(1..), of(rng, &CITIES)),
        "born" => format!("{year}-{month:02}-{day:02}"),
        "born_dmy" => format!("{day:02}.{month:02}.{year}"),
        "born_year" => year.to_string(),
        "gender" => of(rng, &["male", "female", "other"]).to_owned(),
        "sex" => of(rng, &["M", "F"]).to_owned(),
        "nation" => of(rng, &NATIONS).to_owned(),
        "country" => of(rng, &CODES).to_owned(),
        "card" => {
            let (prefix, length) = CARDS[rng.usize(..CARDS.len())];
            luhn(&format!("{prefix}{}", digits(rng, length - 1 - prefix.len())))
        }
        "card_spaced" => grouped(&luhn(&format!("4{}", digits(rng, 14))), 4, " "),
        "iban" => iban(rng),
        "iban_spaced" => grouped(&iban(rng), 4, " "),
        _ => return None,
    })
}

fn thing(rng: &mut Rng, kind: &str, place: u64) -> Option<String> {
    Some(match kind {
        "sentence" => (0..rng.usize(6..14)).map(|_| of(rng, &WORDS)).collect::<Vec<_>>().join(" "),
        "product" => of(rng, &PRODUCTS).to_owned(),
        "company" => of(rng, &COMPANIES).to_owned(),
        "city" => of(rng, &CITIES).to_owned(),
        "status" => of(rng, &STATES).to_owned(),
        "trade" => of(rng, &TRADES).to_owned(),
        "constant_16" => "4532015112830366".to_owned(),
        "sku" => format!("{}-{}-{}", letters(rng, "ABCDEFGH", 3), digits(rng, 4), letters(rng, "SMLX", 1)),
        "order" => format!("{}-{}-{}", digits(rng, 3), digits(rng, 7), digits(rng, 7)),
        "prefixed" => format!("adr-{}", digits(rng, 6)),
        "recent" => format!("202{}-{:02}-{:02}", rng.u8(3..6), rng.u8(1..13), rng.u8(1..29)),
        "moment" => format!(
            "2025-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            rng.u8(1..13),
            rng.u8(1..29),
            rng.u8(..24),
            rng.u8(..60),
            rng.u8(..60)
        ),
        "counter_10" => (4_010_000_000 + place).to_string(),
        "counter_16" => (4_000_000_000_000_000 + place).to_string(),
        "visa_like" => format!("4{}", digits(rng, 15)),
        "bare_ean" => format!("40{}", digits(rng, 11)),
        "user" => format!("{}{}", of(rng, &FIRST).to_lowercase(), rng.u8(..)),
        "handle" => format!("@{}_{}", of(rng, &WORDS), digits(rng, 2)),
        "file" => format!("invoices/{}/{}@2x.png", digits(rng, 4), of(rng, &WORDS)),
        "s3" => format!("s3://bucket/{}/{}.csv", of(rng, &WORDS), digits(rng, 6)),
        "arn" => format!("arn:aws:sns:eu-west-1:{}:{}", digits(rng, 12), of(rng, &WORDS)),
        "room" => format!("Room {} Floor {}", rng.u8(1..), rng.u8(1..9)),
        "size" => format!("{} x {} cm", rng.u8(1..), rng.u8(1..)),
        "duration" => format!("{} days", rng.u8(1..)),
        "true" => of(rng, &["true", "false", "yes", "no"]).to_owned(),
        kind => {
            let count: usize = kind.strip_prefix("digits_")?.parse().ok()?;
            format!("{}{}", rng.u8(1..10), digits(rng, count - 1))
        }
    })
}

/// Numbers: those that JSON gives as such.
fn number(rng: &mut Rng, kind: &str, place: u64) -> Option<Value> {
    let text = match kind {
        "n_epoch" => (1_700_000_000 + rng.u64(..60_000_000)).to_string(),
        "n_epoch_ms" => (1_700_000_000_000 + rng.u64(..60_000_000_000)).to_string(),
        "n_epoch_us" => (1_700_000_000_000_000 + rng.u64(..60_000_000_000_000)).to_string(),
        "n_epoch_ns" => (1_700_000_000_000_000_000 + rng.u64(..60_000_000_000_000_000)).to_string(),
        "n_amount" => format!("{}.{:02}", rng.u16(..), rng.u8(..100)),
        "n_cents" => rng.u32(100..99_000_000).to_string(),
        "n_counter" => (1_000_000_000 + place).to_string(),
        "n_small" => rng.u8(..6).to_string(),
        "n_latitude" => format!("{:.5}", rng.f64() * 120.0 - 60.0),
        "n_ratio" => format!("{:.4}", rng.f64()),
        "n_born" => format!("{}{:02}{:02}", rng.u16(1940..2006), rng.u8(1..13), rng.u8(1..29)),
        "n_card" => luhn(&format!("4{}", digits(rng, 14))),
        "n_phone" => format!("49151{}", digits(rng, 8)),
        "n_visa_like" => format!("4{}", digits(rng, 15)),
        "n_digits_9" => format!("{}{}", rng.u8(1..10), digits(rng, 8)),
        "n_digits_11" => format!("{}{}", rng.u8(1..10), digits(rng, 10)),
        "n_digits_12" => format!("{}{}", rng.u8(2..10), digits(rng, 11)),
        "n_ssn" => format!("{:03}{:02}{:04}", rng.u32(100..666), rng.u32(1..100), rng.u32(1..10_000)),
        _ => return None,
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn one(rng: &mut Rng, kind: &str, place: u64) -> Value {
    if let Some(number) = number(rng, kind, place) {
        return number;
    }
    let text = person(rng, kind).or_else(|| national(rng, kind)).or_else(|| national_more(rng, kind));
    let text = text.or_else(|| network(rng, kind)).or_else(|| secret(rng, kind)).or_else(|| thing(rng, kind, place));
    json!(text.unwrap_or_else(|| panic!("there is no kind `{kind}`")))
}

/// Makes values: `kind`, in a sentence where it begins with `in:`, or behind a label where it begins with `key:`; of which
/// `share` are such, and the rest of another kind.
pub(crate) fn values_of(kind: &str, rest: &str, share: f64, count: u64, seed: u64) -> Vec<Value> {
    let mut rng = Rng::with_seed(seed);
    let make = |place: u64| {
        if rng.f64() >= share {
            return one(&mut rng, rest, place);
        }
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match kind.split_once(':') {
            Some(("in", kind)) => {
                let (before, after) = (one(&mut rng, "sentence", place), one(&mut rng, "sentence", place));
                json!(format!("{} {}, {}.", text(before), text(one(&mut rng, kind, place)), text(after)))
            }
            Some((label, kind)) => json!(format!("{}#{}", label.to_uppercase(), text(one(&mut rng, kind, place)))),
            None => one(&mut rng, kind, place),
        }
    };
    (0..count).map(make).collect()
}
