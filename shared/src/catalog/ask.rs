//! What an invocation of export-catalog asks for.

use serde_json::{Map, Value};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// An export, with keys of catalog.yaml that go over those of the file.
    New(Map<String, Value>),
    /// The rest of an export, by its id.
    Rest(String),
    /// Whether such an export could be made.
    Test(Map<String, Value>),
}

/// The key of a payload that asks for the rest of an export.
const CONTINUE: &str = "continue";

/// The key of a payload that asks whether an export could be made.
const TEST: &str = "test";

/// Reads a payload: keys of catalog.yaml, with `"test": true` beside them or without; what EventBridge sends where a
/// schedule has no input; or `{"continue": "<export id>"}`, by itself or as the message of a notification of SNS
/// (<https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>).
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn read(payload: &Value) -> Result<Asked, String> {
    let Some(members) = payload.as_object() else {
        return Err("the payload is no object; wanted keys of catalog.yaml, or none: `{}`".into());
    };
    if members.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event") {
        return Ok(Asked::New(Map::new()));
    }
    if let Some(records) = members.get("Records") {
        let message = records.pointer("/0/Sns/Message").and_then(Value::as_str);
        let message = message.and_then(|message| serde_json::from_str::<Value>(message).ok());
        let asked = message.map(|message| read(&message));
        return match asked {
            Some(Ok(Asked::Rest(id))) => Ok(Asked::Rest(id)),
            _ => Err("the records are none that ask for the rest of an export".into()),
        };
    }
    let mut keys = members.clone();
    match keys.remove(TEST) {
        None | Some(Value::Bool(false)) => {}
        Some(Value::Bool(true)) if !keys.contains_key(CONTINUE) => return Ok(Asked::Test(keys)),
        Some(_) => return Err(format!("`{TEST}` is true or false, and does not go with `{CONTINUE}`")),
    }
    match keys.get(CONTINUE) {
        None => Ok(Asked::New(keys)),
        Some(Value::String(id)) if is_id(id) && keys.len() == 1 => Ok(Asked::Rest(id.clone())),
        Some(_) => {
            Err(format!("`{CONTINUE}` stands alone and is the id of an export, such as `20260528T202640123Z-7c0f3a91`"))
        }
    }
}

/// The payload that asks for the rest of an export.
#[must_use]
pub fn rest(id: &str) -> String {
    Value::Object(Map::from_iter([(CONTINUE.to_owned(), id.into())])).to_string()
}

/// Whether a text can be an export's id, which becomes a part of keys of objects.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn asks_for_an_export_or_for_the_rest_of_one() {
        let keys = json!({"include": ["a"]});
        let (rest_of, id) = (rest("20260528T202640123Z-7c0f3a91"), "20260528T202640123Z-7c0f3a91".to_owned());
        for (payload, expected) in [
            (json!({}), Asked::New(Map::new())),
            (keys.clone(), Asked::New(keys.as_object().unwrap().clone())),
            (json!({"test": true, "include": ["a"]}), Asked::Test(keys.as_object().unwrap().clone())),
            (json!({"test": false}), Asked::New(Map::new())),
            (json!({"detail-type": "Scheduled Event", "source": "aws.events"}), Asked::New(Map::new())),
            (serde_json::from_str(&rest_of).unwrap(), Asked::Rest(id.clone())),
            (json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": rest_of}}]}), Asked::Rest(id)),
        ] {
            assert_eq!(read(&payload), Ok(expected), "{payload}");
        }
        for payload in [
            json!([]),
            json!({"continue": "../x"}),
            json!({"continue": "a", "test": true}),
            json!({"test": "yes"}),
            json!({"continue": 1}),
            json!({"continue": "a", "include": []}),
            json!({"Records": []}),
            json!({"Records": [{"Sns": {"Message": "{}"}}]}),
        ] {
            assert!(read(&payload).is_err(), "{payload}");
        }
    }
}
