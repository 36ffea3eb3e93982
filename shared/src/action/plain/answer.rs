//! Plain values out.

use serde_json::{Number, Value};

use super::{given::own, types::kind};
use crate::{definition::Kind, mapping::value::LEVELS, row::Cell};

/// Makes ordinary JSON of a value in DynamoDB JSON; the attribute's own is level 1.
pub(super) fn plain(value: Value, level: usize) -> Value {
    let known = |value: &Value| {
        let (name, inner) = value.as_object().filter(|value| value.len() == 1)?.iter().next()?;
        kind(name).filter(|kind| fits(*kind, inner))
    };
    // No answer nests deeper, so nothing exhausts the stack.
    let Some(kind) = known(&value).filter(|_| level <= LEVELS) else { return value };
    let inner = match value {
        Value::Object(value) => value.into_iter().next().map(|(_, inner)| inner).unwrap_or_default(),
        other => other,
    };
    match (kind, inner) {
        (Kind::Null, _) => Value::Null,
        (Kind::N, Value::String(text)) => number(&text).map_or(Value::String(text), Value::Number),
        (Kind::Ns, Value::Array(members)) => {
            members.iter().filter_map(|member| number(member.as_str()?)).map(Value::Number).collect()
        }
        (Kind::L, Value::Array(elements)) => elements.into_iter().map(|element| plain(element, level + 1)).collect(),
        (Kind::M, Value::Object(members)) => {
            members.into_iter().map(|(name, member)| (name, plain(member, level + 1))).collect()
        }
        (_, inner) => inner,
    }
}

/// Whether JSON may stand under a type, what is in lists and maps aside.
fn fits(kind: Kind, inner: &Value) -> bool {
    match (kind, inner) {
        (Kind::S | Kind::B, Value::String(_))
        | (Kind::Bool | Kind::Null, Value::Bool(_))
        | (Kind::L, Value::Array(_))
        | (Kind::M, Value::Object(_)) => true,
        (Kind::N, Value::String(text)) => number(text).is_some(),
        (Kind::Ss | Kind::Bs, Value::Array(members)) => members.iter().all(Value::is_string),
        (Kind::Ns, Value::Array(members)) => members.iter().all(|member| member.as_str().and_then(number).is_some()),
        _ => false,
    }
}

/// A number with every digit; what is none in JSON (`+5`, `.5`, `1.`) in its canonical text.
fn number(text: &str) -> Option<Number> {
    text.parse().ok().or_else(|| own(Kind::N, Cell::Text(text)).ok()?.as_str()?.parse().ok())
}
