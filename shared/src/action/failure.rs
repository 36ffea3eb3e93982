//! What an action fails with: a name to match, and words for the one who asked.

use std::fmt;

use serde_json::{Value, json};

use super::{Action, Format, Request, plain};
use crate::{
    dynamodb::{self, Class, Refusal},
    error::{self, Kind},
};

/// Why an action was not done.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// Lambda's `errorType`: DynamoDB's own name, or a [`Kind`]'s.
    pub name: String,
    /// Lambda's `errorMessage`. It may hold values, so it goes to who asked, and into no log.
    pub message: String,
    class: Option<Class>,
}

/// The runtime logs this text.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the answer says why", self.name)
    }
}

impl From<error::Error> for Failure {
    fn from(error: error::Error) -> Self {
        Self::new(error.kind(), error.text())
    }
}

impl Failure {
    /// A failure of a kind.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { name: kind.name().to_owned(), message: message.into(), class: None }
    }

    /// The problems of a request, all at once.
    pub(crate) fn problems(problems: &[String]) -> Self {
        let message = match problems {
            [one] => one.clone(),
            several => format!("the request has {} problems:\n  {}", several.len(), several.join("\n  ")),
        };
        Self::new(Kind::Request, message)
    }

    /// The same failure, which ended what had begun.
    #[must_use]
    pub(crate) fn after(self, what: &str) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// What DynamoDB, or the way to it, said of a request.
    pub(crate) fn of(error: &dynamodb::Error, request: &Request, operation: &str) -> Self {
        let Some(refusal) = error.refusal().filter(|refusal| !refusal.name.starts_with("HTTP")) else {
            let kind = if error.class() == Class::Credentials { Kind::Config } else { Kind::Service };
            let message = error::chain(error);
            let message = format!("{message}{}", unknown(error, request, operation));
            return Self { class: Some(error.class()), ..Self::new(kind, message) };
        };
        let said = if refusal.message.is_empty() { refusal.name.clone() } else { refusal.message.clone() };
        let message = match (refusal.class(), error) {
            (Class::Condition, _) => condition(refusal, request.format),
            (Class::Denied, _) => format!("{said}\n{}", denied(request, operation)),
            (_, dynamodb::Error::Exhausted { attempts, waited_ms, .. }) if *attempts > 1 => {
                format!(
                    "{said} (`{operation}` was tried {attempts} times in {waited_ms} ms){}",
                    unknown(error, request, operation)
                )
            }
            _ => format!("{said}{}", unknown(error, request, operation)),
        };
        Self { name: refusal.name.clone(), message, class: Some(refusal.class()) }
    }

    /// Whether the credentials were not taken, so that new ones may help.
    pub(crate) fn is_of_credentials(&self) -> bool {
        matches!(self.class, Some(Class::Credentials | Class::Expired))
    }

    /// Whether the request did not fit what it names.
    pub(crate) fn is_of_input(&self) -> bool {
        self.class == Some(Class::Invalid) || self.name == Kind::Request.name()
    }
}

/// The item that stood in the way of a condition stands beside DynamoDB's words.
fn condition(refusal: &Refusal, format: Format) -> String {
    let item = refusal.item.clone().map_or(Value::Null, |item| plain::from_item(item, format));
    json!({"message": refusal.message, "item": item}).to_string()
}

/// What is said where the request may have taken effect.
fn unknown(error: &dynamodb::Error, request: &Request, operation: &str) -> &'static str {
    let reads = operation == "DescribeTable" || !(request.writes_items() || request.writes_tables());
    if error.ambiguous() && !reads {
        "; whether it took effect is not known: look before you send it again"
    } else {
        ""
    }
}

/// Who may allow what was refused.
fn denied(request: &Request, operation: &str) -> String {
    let action = request.action.name();
    let on = match (&request.table, request.action) {
        (_, Action::ListTables) => "all tables".to_owned(),
        (Some(table), _) => format!("table `{table}`"),
        (None, _) => {
            let statement = request.body.get("Statement").and_then(Value::as_str).unwrap_or_default();
            format!("table `{}`", table_of(statement).unwrap_or("…"))
        }
    };
    let not = format!("`{action}` is not allowed on {on}");
    if request.via.is_some() {
        return format!("{not} through this connection; its role or user needs `dynamodb:{operation}` there");
    }
    match request.action {
        Action::ListTables => format!("{not}; the template allows it, so look at who took it from the function's role"),
        _ if request.writes_tables() => {
            format!(
                "{not}; it wants the stack's parameters `ActionAccess=tables` and the table's ARN in `ActionTableArns`"
            )
        }
        _ if request.writes_items() => {
            format!(
                "{not}; it wants the stack's parameters `ActionAccess=items` and the table's ARN in `ActionTableArns`"
            )
        }
        _ => format!("{not}; it wants the table's ARN in the stack's parameter `ActionTableArns`"),
    }
}

/// The table that a statement names first.
fn table_of(statement: &str) -> Option<&str> {
    let mut words = statement.split_whitespace();
    let before = ["FROM", "INTO", "UPDATE"];
    words.find(|word| before.iter().any(|before| word.eq_ignore_ascii_case(before)))?;
    let name = words.next()?;
    match name.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => name.split('.').next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_table_of_a_statement() {
        for (statement, table) in [
            ("SELECT * FROM orders WHERE pk = ?", Some("orders")),
            ("select a from \"my.orders\".\"by-status\" where a = 1", Some("my.orders")),
            ("INSERT INTO orders VALUE {'pk': 'a'}", Some("orders")),
            ("UPDATE orders.index SET a = 1", Some("orders")),
            ("DELETE FROM \"orders\"", Some("orders")),
            ("EXISTS", None),
        ] {
            assert_eq!(table_of(statement), table, "{statement}");
        }
    }
}
