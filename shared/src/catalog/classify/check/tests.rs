use super::{address::Address, crypto::Ethereum, *};

/// Numbers that are right; each with its last character changed is wrong.
#[track_caller]
fn right(check: fn(&Digits) -> bool, numbers: &[&str]) {
    let digits = |text: &str| Digits::of(text.as_bytes()).unwrap();
    for number in numbers {
        assert!(check(&digits(number)), "{number}");
        let (first, last) = number.split_at(number.len() - 1);
        let other = format!("{first}{}", (last.parse::<u8>().unwrap() + 1) % 10);
        assert!(!check(&digits(&other)), "{other}");
    }
}

/// The same of texts.
#[track_caller]
fn right_text(check: fn(&[u8]) -> bool, texts: &[&str]) {
    for text in texts {
        assert!(check(text.as_bytes()), "{text}");
        let (first, last) = text.split_at(text.len() - 1);
        let other =
            format!("{first}{}", char::from(if last.as_bytes()[0] == b'Z' { b'B' } else { last.as_bytes()[0] + 1 }));
        assert!(!check(other.as_bytes()), "{other}");
    }
}

#[test]
fn check_digits_of_each_country() {
    right(number::uk_nhs, &["9434765919", "6091390996", "9078666617"]);
    right(number::pl_pesel, &["44051401359", "09012634144", "55042569431"]);
    right(number::in_aadhaar, &["806710153019", "420199527492"]);
    right(number::se_personnummer, &["811218-9876", "401022-2455", "198112189876"]);
    right(number::de_tax_id, &["86095742719", "72198204561", "24496351879"]);
    right(number::fr_nir, &["140086800054505", "149021164975746"]);
    right(number::nl_bsn, &["111222333", "206402181", "193808183"]);
    right(number::br_cpf, &["111.444.777-35", "47958551703"]);
    right(number::be_national, &["85.07.30-033.28", "08031720754"]);
    right(number::no_number, &["18087249820", "20070551722"]);
    right(number::tr_kimlik, &["10000000146", "19191919190"]);
    right(number::ca_sin, &["454497926", "597548304"]);
    right(number::au_tfn, &["123456782", "730093114"]);
    right(number::za_id, &["3211223773094", "7109241850090"]);
    right(number::ch_ahv, &["756.9217.0769.85", "7561131696102"]);
    right(number::ro_cnp, &["5981112465367", "2701101300261"]);
    right_text(number::es_nif, &["12345678Z", "43349908Z", "Y4113750F", "X2482300W"]);
    right_text(number::it_fiscale, &["RSSMRA85T10A562S", "SCSTNG76B12B175R"]);
    right_text(number::fi_hetu, &["131052-308T", "190334A843M", "100307-8536"]);
    right_text(number::cn_id, &["11010519491231002X", "110101195504102837"]);
    right_text(number::mx_curp, &["FICD890602MMCGBB05", "DUGB731010MDFDFDA8"]);
    right_text(number::cl_rut, &["96823918-K", "12345678-5"]);
    right_text(number::sg_nric, &["S1234567D", "T1234567J"]);
}

#[test]
fn numbers_without_check_digits_have_rules_of_their_own() {
    let ssn = |text: &str| number::us_ssn(&Digits::of(text.as_bytes()).unwrap());
    assert!(ssn("123-45-6789"));
    assert!(["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000"].iter().all(|text| !ssn(text)));
    assert!(number::uk_nino(b"AB123456C") && !number::uk_nino(b"DB123456C") && !number::uk_nino(b"AB123456E"));
    assert!(!number::uk_nino(b"BG123456A"));
    assert!(number::in_pan(b"ABCPE1234F") && !number::in_pan(b"ABCDE1234F") && !number::in_pan(b"abcpe1234f"));
}

fn is_card(text: &str) -> bool {
    let digits = Digits::of(text.as_bytes()).unwrap();
    bank::has_issuer(&digits) && bank::is_card(&digits)
}

#[test]
fn a_card_has_an_issuer_and_its_check_digit() {
    let cards = [
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "6011111111111117",
        "3530111333300000",
        "4000000000000002",
    ];
    assert!(cards.iter().all(|card| is_card(card)));
    assert!(!is_card("4111111111111112"), "the check digit is wrong");
    assert!(!is_card("1234567812345670"), "nobody issues these");
    assert!(!is_card("4000000000000000") && !is_card("0000000000000000"), "nothing but zeros");
}

#[test]
fn no_time_is_a_card() {
    // Each of these passes Luhn: 13 digits of milliseconds, 16 of microseconds, 19 of nanoseconds; a time in 2099, too.
    let times = (1_700_000_000_000_u64..)
        .chain(4_070_908_800_000..)
        .step_by(1)
        .filter(|time| luhn(Digits::of(time.to_string().as_bytes()).unwrap().all()));
    let times: Vec<_> = times.take(100).collect();
    assert!(times.iter().all(|time| !is_card(&time.to_string())));
    assert!((4_070_908_800_000_u64..4_070_908_800_100).all(|time| !is_card(&time.to_string())));
    assert!((1_700_000_000_000_000_u64..1_700_000_000_000_100).all(|time| !is_card(&time.to_string())));
    assert!((1_700_000_000_000_000_000_u64..1_700_000_000_000_000_100).all(|time| !is_card(&time.to_string())));
}

fn is_iban(text: &str) -> bool {
    bank::iban(text.as_bytes()).is_some_and(|(all, count, end)| end == text.len() && bank::is_iban(&all[..count]))
}

#[test]
fn an_iban_has_its_country_s_length_and_its_check_digits() {
    let right = ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "de89370400440532013000", "NO9386011117947"];
    assert!(right.iter().all(|iban| is_iban(iban)));
    let wrong = [
        "GB82 WEST 1234 5698 7654 33",
        "DE8937040044053201300",
        "XX89370400440532013000",
        "DE8937040044053201300\u{e4}",
    ];
    assert!(wrong.iter().all(|iban| !is_iban(iban)));
}

#[track_caller]
fn email(text: &str, expected: Option<&str>) {
    let found = net::email(text.as_bytes()).map(|(begin, end)| &text[begin..end]);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn e_mail_addresses_are_found_in_text() {
    email("a@example.com", Some("a@example.com"));
    email("x+tag_1@mail.example.co.uk", Some("x+tag_1@mail.example.co.uk"));
    email("write to 'a.b@example.com'.", Some("a.b@example.com"));
    email("Anna <anna@example.com>, ", Some("anna@example.com"));
    email("mailto:a@example.com", Some("a@example.com"));
    email("@nobody, but a@example.com", Some("a@example.com"));
    email("jörg@müller.example", Some("jörg@müller.example"));
    for text in [
        "a@b",
        "a@",
        "@example.com",
        "meet @ 5",
        "logo@2x.png",
        "a..b@example.com",
        "postgres://app:pw@db.example.com/x",
        "a@example.c0m",
    ] {
        email(text, None);
    }
}

#[test]
fn addresses_of_the_network() {
    let all = |check: fn(&[u8]) -> bool, texts: &[&str]| texts.iter().all(|text| check(text.as_bytes()));
    let none = |check: fn(&[u8]) -> bool, texts: &[&str]| texts.iter().all(|text| !check(text.as_bytes()));
    assert!(all(net::is_ipv4, &["1.2.3.4", "255.255.255.255", "10.0.0.0/8", "10.0.0.1:443"]));
    assert!(none(
        net::is_ipv4,
        &["1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.4/", "1.2.3.99999999999"]
    ));
    assert!(all(net::is_ipv6, &["::1", "2001:db8::1", "fe80::1%eth0", "2001:db8::/32"]));
    assert!(none(net::is_ipv6, &["1::2", "12:30:45", "a:b"]));
    assert!(all(net::is_mac, &["00:1b:63:84:45:e6", "00-1B-63-84-45-E6", "001b.6384.45e6"]));
    assert!(none(net::is_mac, &["00:1b:63:84:45", "00:1b:63:84:45-e6", "00:1b:63:84:45:g6", "2024-01-15-10-30"]));
}

#[track_caller]
fn local(text: &str, expected: bool) {
    let digits = Digits::of(text.as_bytes()).unwrap();
    assert_eq!(phone::is_local(text.as_bytes(), &digits), expected, "{text}");
}

#[test]
fn telephone_numbers_have_their_country_s_length() {
    let international = |text: &str| phone::is_international(&Digits::of(text.as_bytes()).unwrap());
    let right =
        ["+49 151 23456789", "+1 415 555 0132", "+33 1 23 45 67 89", "+44 (0) 20 7946 0958", "+351 912 345 678"];
    assert!(right.iter().all(|text| international(text)));
    assert!(["+999 123 4567", "+1 115 555 0132", "+33 1 23", "+49 1"].iter().all(|text| !international(text)));
    for text in ["(415) 555-0132", "415-555-0132", "415.555.0132", "1-415-555-0132", "01 23 45 67 89", "0171/1234567"] {
        local(text, true);
    }
    for text in ["102-0000000-0000000", "115-555-0132", "2024-01-15", "12-34-56", "1-2-3-4-5"] {
        local(text, false);
    }
}

#[test]
fn dates_of_a_birth() {
    let right = ["1985-03-02", "19850302", "02.03.1985", "3/2/1985", "1985-03-02T00:00:00Z", "1985-03-02 00:00:00"];
    assert!(right.iter().all(|text| date::is_birth(text.as_bytes())));
    let wrong = ["1885-03-02", "2085-03-02", "1985-13-42", "1985-03", "1985-03-02T10:11:12Z", "12345678", "1.2.3"];
    assert!(wrong.iter().all(|text| !date::is_birth(text.as_bytes())));
    assert!(["15 March 1985", "March 15, 1985", "1 déc. 1990", "3 Mai 1971"].iter().all(|text| date::is_worded(text)));
    assert!(
        ["15 apples 1985", "March 1985", "15 March 3985", "5 March 15 1985"].iter().all(|text| !date::is_worded(text))
    );
}

#[test]
fn addresses_of_cryptocurrencies_by_their_checksums() {
    assert!(
        crypto::is_base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
            && !crypto::is_base58(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    );
    assert!(crypto::is_base58(b"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"));
    assert!(crypto::is_bech32(b"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"));
    assert!(crypto::is_bech32(b"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"), "BIP 350");
    assert!(!crypto::is_bech32(b"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp"));
    assert_eq!(crypto::ethereum(b"5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), Ethereum::Checked);
    assert_eq!(crypto::ethereum(b"5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), Ethereum::Wrong);
    assert_eq!(crypto::ethereum(b"5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), Ethereum::Plain);
}

#[test]
fn secrets_say_what_they_are() {
    let right = [
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "$2b$12$abcdefghijklmnopqrstuuKq5Zl0wqcZ0b1yYw1bZ8y3qN0oQ7i2a",
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaGhhc2g",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Bearer abcdefghijklmnop1234",
        "postgres://app:password@db.example.com/shop",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ];
    assert!(right.iter().all(|text| secret::is_secret(text.as_bytes())));
    let wrong = [
        "AKIA",
        "AKIAIOSFODNN7EXAMPLEX",
        "eyJpZCI6MTIzfQ==",
        "$2b$12$short",
        "-----BEGIN CERTIFICATE-----",
        "bearer",
        "Basic understanding",
        "https://example.com/a:b@c",
        "everything",
        "",
    ];
    assert!(wrong.iter().all(|text| !secret::is_secret(text.as_bytes())));
}

#[test]
fn streets_have_a_number_where_their_language_puts_it() {
    let streets = [
        "12 Main Street",
        "221B Baker Street, London",
        "12 rue de la Paix",
        "Via Roma 12",
        "Hauptstraße 12a, 10115 Berlin",
        "Calle Mayor 12",
        "Mariahilfer Str. 88a",
    ];
    for text in streets {
        assert_eq!(address::address(text), Address::Street, "{text}");
    }
    for text in
        ["Top 10 Street Foods", "The Road to 2030", "5 way valve", "Mix 2 cups", "Unter den Linden 77", "call 5 times"]
    {
        assert_ne!(address::address(text), Address::Street, "{text}");
    }
    assert_eq!(address::address("Unter den Linden 77"), Address::Numbered);
}

#[test]
fn words_of_persons() {
    let words = person::Words::new();
    let kind = |text: &str| words.kind(text.as_bytes());
    assert!(kind("Anna Berg").given && kind("Anna Berg").named);
    assert!(kind("Berg, Anna").given && kind("Anna-Maria Berg").given);
    assert!(!kind("anna").given, "a name begins with a capital");
    assert!(kind("Ludwig van Beethoven").named && !kind("Steel bottle").named);
    assert!(kind("German").nation && kind("DE").nation && !kind("de").nation);
    assert!(kind("Female").gender && kind("f").gender && !kind("fine").gender);
}

#[test]
fn passports_by_the_check_digits_that_machines_read() {
    let line = b"L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    assert!(person::is_mrz(line));
    let mut wrong = *line;
    wrong[0] = b'M';
    assert!(!person::is_mrz(&wrong));
}

#[test]
fn lists_are_in_the_order_that_a_search_needs() {
    assert!(address::is_sorted() && bank::is_sorted() && phone::is_sorted());
}
