//! `nextToken`: where an answer ended, as a text that only the same request takes again.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::Action;

/// The members of a request that say which items come in which order.
const SUBJECT: [&str; 8] = [
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "KeyConditions",
    "ScanIndexForward",
    "Segment",
    "TotalSegments",
    "Statement",
];

/// Makes the token of a place in the answers to a request.
pub(super) fn write(action: Action, body: &Map<String, Value>, from: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json!({"of": subject(action, body), "from": from}).to_string())
}

/// Reads the token that came with a request.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn read(token: &str, action: Action, body: &Map<String, Value>) -> Result<Value, String> {
    let read = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let Some((of, from)) = read.as_ref().and_then(|read| Some((read.get("of")?, read.get("from")?))) else {
        return Err("`nextToken` is no token; wanted the `nextToken` of an answer, whole and unchanged".into());
    };
    if of.as_str() != Some(&subject(action, body)) {
        return Err("`nextToken` is of another request; send it with the same action, table, index, key condition, \
                    order or statement, or leave it out"
            .into());
    }
    Ok(from.clone())
}

fn subject(action: Action, body: &Map<String, Value>) -> String {
    let members: Vec<Option<&Value>> = SUBJECT.iter().map(|name| body.get(*name)).collect();
    format!("{:016x}", xxh3_64(json!([action.name(), members]).to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_token_is_taken_by_the_request_that_it_came_of_and_by_no_other() {
        let asked = body(r#"{"TableName": "t", "Limit": 3}"#);
        let from = json!({"pk": {"N": "1.50"}, "sk": {"B": "AA=="}});
        let token = write(Action::QueryItems, &asked, &from);
        let again = body(r#"{"TableName": "t", "Limit": 4}"#);
        assert_eq!(read(&token, Action::QueryItems, &again), Ok(from));
        for (action, other) in [
            (Action::ScanItems, r#"{"TableName": "t"}"#),
            (Action::QueryItems, r#"{"TableName": "u"}"#),
            (Action::QueryItems, r#"{"TableName": "t", "IndexName": "i"}"#),
            (Action::QueryItems, r#"{"TableName": "t", "ScanIndexForward": false}"#),
        ] {
            assert!(read(&token, action, &body(other)).unwrap_err().contains("of another request"), "{other}");
        }
    }

    #[test]
    fn what_is_no_token_is_told() {
        for token in ["", "x", "e30", "bnVsbA", "☃"] {
            let problem = read(token, Action::ListTables, &Map::new()).unwrap_err();
            assert!(problem.contains("is no token"), "{token}: {problem}");
        }
    }
}
