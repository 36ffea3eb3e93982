//! Values as a table holds them, in the one form that [`encode`](super::encode) gives them.

use serde_json::Value;

use super::{append_bool, append_null, members::Members, number, text};

/// Appends a value in DynamoDB JSON, as a table answers with it, in its canonical form: numbers in their one text, the
/// members of sets and maps in order. So an item that is read has the same bytes as the row that it came from.
///
/// Answers whether it was such a value; what was appended is of no use otherwise.
#[must_use]
pub fn canonical(value: &Value, out: &mut Vec<u8>) -> bool {
    append(value, &mut Members::default(), out).is_some()
}

fn append(value: &Value, members: &mut Members, out: &mut Vec<u8>) -> Option<()> {
    let (kind, inner) = value.as_object().filter(|value| value.len() == 1)?.iter().next()?;
    match kind.as_str() {
        "BOOL" => _ = append_bool(inner.as_bool()?, out),
        "NULL" => _ = append_null(out),
        "L" => {
            open(kind, b'[', out);
            for (place, member) in inner.as_array()?.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                append(member, members, out)?;
            }
            out.extend_from_slice(b"]}");
        }
        "M" => {
            open(kind, b'{', out);
            let mark = members.open(out);
            for (name, member) in inner.as_object()? {
                let start = members.next(mark, out);
                text::string(name, out);
                let key_end = out.len();
                out.push(b':');
                append(member, members, out)?;
                members.add(start, key_end, 0, out);
            }
            members.close_map(mark, out);
            out.extend_from_slice(b"}}");
        }
        "SS" | "NS" | "BS" => {
            open(kind, b'[', out);
            let mark = members.open(out);
            for member in inner.as_array()? {
                let start = members.next(mark, out);
                scalar(kind.get(..1)?, member, out)?;
                members.add(start, out.len(), 0, out);
            }
            members.close_set(mark, out).ok()?;
            out.extend_from_slice(b"]}");
        }
        "S" | "N" | "B" => {
            out.extend_from_slice(b"{\"");
            out.extend_from_slice(kind.as_bytes());
            out.extend_from_slice(b"\":");
            scalar(kind, inner, out)?;
            out.push(b'}');
        }
        _ => return None,
    }
    Some(())
}

fn open(kind: &str, bracket: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(&[b'"', b':', bracket]);
}

fn scalar(kind: &str, value: &Value, out: &mut Vec<u8>) -> Option<()> {
    let value = value.as_str()?;
    if kind == "N" {
        out.push(b'"');
        number::text(value, out).ok()?;
        out.push(b'"');
    } else {
        text::string(value, out);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        definition::{Encoding, Kind},
        mapping::value::{Conversion, encode},
        row::Cell,
    };

    fn held(value: &Value) -> String {
        let mut out = Vec::new();
        assert!(canonical(value, &mut out), "{value}");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn has_the_bytes_of_the_row_that_it_came_from() {
        let cases = [
            (Kind::S, "say \"é/\n\"", json!({"S": "say \"é/\n\""})),
            (Kind::N, "1e0", json!({"N": "1.0"})),
            (Kind::N, "-0.50", json!({"N": "-5E-1"})),
            (Kind::B, "aGk=", json!({"B": "aGk="})),
            (Kind::Bool, "t", json!({"BOOL": true})),
            (Kind::Ss, r#"["b","a\"","é"]"#, json!({"SS": ["é", "b", "a\""]})),
            (Kind::Bs, r#"["AQ==","AA==","/w=="]"#, json!({"BS": ["/w==", "AQ==", "AA=="]})),
            (Kind::Ns, "[10, 2.50, -1]", json!({"NS": ["2.5", "-1.0", "1E1"]})),
            (
                Kind::L,
                r#"[1.0,"a",[null,true]]"#,
                json!({"L": [{"N": "1"}, {"S": "a"}, {"L": [{"NULL": true}, {"BOOL": true}]}]}),
            ),
            (
                Kind::M,
                r#"{"b":{"d":1,"c":"x"},"a":[]}"#,
                json!({"M": {"a": {"L": []}, "b": {"M": {"c": {"S": "x"}, "d": {"N": "1.00"}}}}}),
            ),
        ];
        for (kind, cell, value) in cases {
            let conversion = Conversion { kind, convert: None, split: None, encoding: Encoding::Base64 };
            let mut row = Vec::new();
            encode(&conversion, Cell::Text(cell), &mut row).unwrap();
            assert_eq!(held(&value), String::from_utf8(row).unwrap());
        }
    }

    #[test]
    fn what_is_no_value_has_no_form() {
        for value in
            [json!(1), json!({}), json!({"S": 1}), json!({"N": "x"}), json!({"X": "a"}), json!({"S": "a", "N": "1"})]
        {
            assert!(!canonical(&value, &mut Vec::new()), "{value}");
        }
    }
}
