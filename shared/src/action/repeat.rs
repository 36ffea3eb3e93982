//! Whether a request may be sent again when the answer to it was lost.

use serde_json::{Map, Value};

use super::Action;

/// Whether a second time would change nothing and answer the same.
///
/// A condition may not hold any more once the request took effect, and the attributes that an answer holds may be other
/// ones; an update that counts, appends or removes from a list goes further each time.
pub(super) fn is_harmless(action: Action, body: &Map<String, Value>) -> bool {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let plain = text("ConditionExpression").is_none();
    match action {
        Action::GetItem
        | Action::QueryItems
        | Action::ScanItems
        | Action::ListTables
        | Action::DescribeTable
        | Action::TestConnection => true,
        Action::CreateTable | Action::DeleteTable => false,
        Action::UpsertItem | Action::DeleteItem => plain && matches!(text("ReturnValues"), None | Some("NONE")),
        Action::UpdateItem => {
            let after = matches!(text("ReturnValues"), None | Some("NONE" | "ALL_NEW" | "UPDATED_NEW"));
            plain && after && sets_values(text("UpdateExpression").unwrap_or_default())
        }
        Action::RawRequest => begins_with(text("Statement").unwrap_or_default(), "SELECT"),
    }
}

/// Whether an update only sets attributes to given values, or removes whole ones. What it cannot tell counts as no.
fn sets_values(expression: &str) -> bool {
    let words: Vec<&str> = expression.split([' ', '\t', '\n', '\r', ',']).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ").replace(" =", "=").replace("= ", "=");
    let counts = |word: &str| ["ADD", "DELETE"].iter().any(|other| word.eq_ignore_ascii_case(other));
    let values = text.split('=').skip(1).all(|after| after.starts_with(':'));
    values && !text.contains(['+', '-', '(', '[']) && !text.split(|letter| !is_of_word(letter)).any(counts)
}

/// Whether a statement begins with a word.
pub(super) fn begins_with(statement: &str, word: &str) -> bool {
    let first = statement.trim_start().split(|letter| !is_of_word(letter)).next().unwrap_or_default();
    first.eq_ignore_ascii_case(word)
}

/// Whether a letter goes on with a word: white space need not stand between a word and a name.
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        let body = Map::from_iter([("UpdateExpression".to_owned(), expression.into())]);
        assert_eq!(is_harmless(Action::UpdateItem, &body), expected, "{expression}");
    }

    #[test]
    fn an_update_that_sets_values_may_be_sent_again() {
        check("SET a = :a", true);
        check("set a=:a,#b =:b REMOVE c, d.e", true);
        check("REMOVE a", true);
        check("SET a = a + :one", false);
        check("SET a = :b - :one", false);
        check("SET a = b, b = a", false);
        check("SET a = :a, b=a", false);
        check("SET l = list_append(l, :l)", false);
        check("SET a = if_not_exists(a, :a)", false);
        check("SET l[3] = :a", false);
        check("REMOVE l[0]", false);
        check("ADD n :one", false);
        check("SET a = :a DELETE\ttags :tags", false);
        check("SET a=:a ADD#n :one", false);
        check("SET #a=:a\u{c}ADD n :one", false);
        check("SET added = :a, undelete = :b", true);
    }

    #[test]
    fn a_write_that_tells_or_asks_what_was_there_may_not() {
        for (action, body, expected) in [
            (Action::UpsertItem, json!({}), true),
            (Action::UpsertItem, json!({"ReturnValues": "ALL_OLD"}), false),
            (Action::UpsertItem, json!({"ConditionExpression": "attribute_not_exists(pk)"}), false),
            (Action::DeleteItem, json!({"ReturnValues": "NONE"}), true),
            (Action::UpdateItem, json!({"UpdateExpression": "SET a = :a", "ReturnValues": "ALL_NEW"}), true),
            (Action::UpdateItem, json!({"UpdateExpression": "SET a = :a", "ReturnValues": "ALL_OLD"}), false),
            (Action::RawRequest, json!({"Statement": " select * from t"}), true),
            (Action::RawRequest, json!({"Statement": "SELECT*FROM t"}), true),
            (Action::RawRequest, json!({"Statement": "select\"a\" from t"}), true),
            (Action::RawRequest, json!({"Statement": "SELECTED"}), false),
            (Action::RawRequest, json!({"Statement": "INSERT INTO t VALUE {'a': 1}"}), false),
            (Action::CreateTable, json!({}), false),
            (Action::QueryItems, json!({}), true),
        ] {
            assert_eq!(is_harmless(action, body.as_object().unwrap()), expected, "{action:?} {body}");
        }
    }
}
