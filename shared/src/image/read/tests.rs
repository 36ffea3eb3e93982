use std::io::Write;

use serde_json::json;

use super::*;
use crate::image::{Writer, digest};

fn table() -> Table {
    let answer = json!({"Table": {"TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions":
            [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}]}});
    Table::read("items", &answer).unwrap()
}

fn key(name: &str) -> Value {
    json!({"pk": {"S": name}, "sk": {"N": "1"}})
}

fn image(name: &str) -> Image {
    let before =
        json!({"pk": {"S": name}, "sk": {"N": "1"}, "a": {"L": [{"NULL": true}, {"M": {"é\n": {"SS": ["x"]}}}]}});
    Image { key: key(name), after: Some(digest(&before) >> 64), before: Some(before) }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn read(file: &[u8]) -> Vec<Result<Image, Error>> {
    Reader::new(file, &table()).unwrap().collect()
}

#[test]
fn what_is_written_is_read_again() {
    let images = [
        image("a"),
        Image { before: None, ..image("b") },
        Image { after: None, ..image("c") },
        Image { key: key("\"\\\u{0}\n"), before: None, after: Some(1) },
    ];
    let mut writer = Writer::new().unwrap();
    for image in &images {
        assert_eq!(writer.add(image).unwrap(), None);
    }
    let file = writer.finish().unwrap();
    let found: Vec<Image> = read(&file).into_iter().map(Result::unwrap).collect();
    assert_eq!(found, images);
    assert_eq!(read(&Writer::new().unwrap().finish().unwrap()).len(), 0);
}

#[test]
fn a_long_file_comes_in_pieces() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut writer, mut file, mut pieces) = (Writer::new().unwrap(), Vec::new(), 0);
    for number in 0..2_000 {
        let noise: String = std::iter::repeat_with(|| random.alphanumeric()).take(500).collect();
        let before = json!({"pk": {"S": number.to_string()}, "sk": {"N": "1"}, "a": {"S": noise}});
        let image = Image { key: key(&number.to_string()), before: Some(before), after: None };
        if let Some(piece) = writer.add(&image).unwrap() {
            assert!(piece.len() < 1 << 20, "{}", piece.len());
            file.extend_from_slice(&piece);
            pieces += 1;
        }
    }
    file.extend_from_slice(&writer.finish().unwrap());
    assert!(pieces > 1);
    assert_eq!(read(&file).into_iter().flatten().count(), 2_000);
}

#[test]
fn the_longest_line_that_an_item_can_be_is_read() {
    let list = vec![json!({"S": ""}); 409_000];
    let before = json!({"pk": {"S": "a"}, "sk": {"N": "1"}, "l": {"L": list}});
    let image = Image { key: key("a"), before: Some(before), after: None };
    let mut writer = Writer::new().unwrap();
    let mut file = writer.add(&image).unwrap().unwrap_or_default().to_vec();
    file.extend_from_slice(&writer.finish().unwrap());
    assert_eq!(read(&file).pop().unwrap().unwrap(), image);
}

#[track_caller]
fn check(line: &str, expected: &str) {
    let good = format!("{}\n", json!({"key": key("a"), "before": null, "after": null}));
    let mut found = read(&packed(format!("{good}{line}\n{good}").as_bytes()));
    assert_eq!(found.len(), 2, "nothing is read after a line that is wrong");
    let error = found.pop().unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    let text = error.text();
    assert!(!text.contains("secret"), "{text}");
    let text = text.strip_prefix("line 2 of the before-images: ").unwrap().strip_suffix("; the file was changed since");
    assert_eq!(text.unwrap().replace(WANTED, "WANTED"), expected);
}

#[test]
fn a_line_that_is_wrong_is_told_by_its_number_and_without_its_values() {
    let line =
        |key: Value, before: Value, after: Value| json!({"key": key, "before": before, "after": after}).to_string();
    let none = Value::Null;
    check("", "found no JSON at byte 0, WANTED");
    check("{\"key\": secret}", "found no JSON at byte 9, WANTED");
    check("[\"secret\"]", "found an array, WANTED");
    check("{}", "found no `key`, WANTED");
    check(&json!({"key": key("a"), "before": null}).to_string(), "found no `after`, WANTED");
    check(
        &json!({"key": key("a"), "before": null, "after": null, "secret": 1}).to_string(),
        "found 1 more members, WANTED",
    );
    check(
        &line(json!("secret"), none.clone(), none.clone()),
        "found a string as `key`, wanted an item in DynamoDB JSON",
    );
    check(
        &line(json!({"pk": {"S": "secret"}}), none.clone(), none.clone()),
        "found another `key`, wanted `pk` of type S and `sk` of type N",
    );
    let number = json!({"pk": {"N": "1"}, "sk": {"N": "1"}});
    check(&line(number, none.clone(), none.clone()), "found another `key`, wanted `pk` of type S and `sk` of type N");
    check(
        &line(key("a"), json!("secret"), none.clone()),
        "found a string as `before`, wanted an item in DynamoDB JSON",
    );
    for wrong in [json!("secret"), json!({"X": "secret"}), json!({"S": 1}), json!({}), json!({"L": ["secret"]})] {
        let before = json!({"pk": {"S": "a"}, "sk": {"N": "1"}, "a": wrong});
        check(&line(key("a"), before, none.clone()), "found something else in `before`, wanted DynamoDB JSON");
    }
    check(&line(key("a"), key("secret"), none.clone()), "found another key in `before`, wanted that in `key`");
    check(
        &line(key("a"), none.clone(), json!("secret")),
        "found a string as `after`, wanted 32 hexadecimal digits or null",
    );
    check(&line(key("a"), none.clone(), json!(1)), "found a number as `after`, wanted 32 hexadecimal digits or null");
    let long = line(json!({"pk": {"S": "a".repeat(LINE_BYTES)}}), none.clone(), none);
    check(&long, "found more than 4194304 bytes, wanted fewer");
}

#[test]
fn a_file_that_breaks_off_is_damaged() {
    let whole = packed(format!("{}\n", json!({"key": key("a"), "before": null, "after": null})).as_bytes());
    for length in [3, whole.len() / 2, whole.len() - 1] {
        let error = read(&whole[..length]).pop().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the before-images could not be read on from line 1", "{length}");
    }
    let error = read(b"no zstd at all").pop().unwrap().unwrap_err();
    assert!(error.text().contains("line 1"), "{}", error.text());
}
