//! The key of an item: the values that came with a request, as the table's keys want them.

use serde_json::{Map, Value};

use super::plain::{self, Format, Type};
use crate::{problem::quoted, table::Key};

/// The values of a key, as they came.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyValues {
    /// The partition key's.
    pub value: Value,
    /// The sort key's.
    pub range: Option<Value>,
}

impl KeyValues {
    /// The key of an item of a table with these keys.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn fit(&self, table: &str, keys: &[Key], format: Format) -> Result<Map<String, Value>, Vec<String>> {
        let mut problems = Vec::new();
        let mut made = Map::new();
        let given = [("value", Some(&self.value), "partition"), ("rangeKeyValue", self.range.as_ref(), "sort")];
        for (place, (input, value, role)) in given.into_iter().enumerate() {
            match (keys.get(place), value) {
                (Some(key), Some(value)) => {
                    let fit = fit(value, key, format, input, &mut problems);
                    made.extend(fit.map(|fit| (key.attribute.clone(), fit)));
                }
                (Some(key), None) => problems.push(format!(
                    "`{input}` is missing; table {} has the {role} key {} ({})",
                    quoted(table),
                    quoted(&key.attribute),
                    key.kind.name()
                )),
                (None, Some(_)) => {
                    problems.push(format!(
                        "`{input}` is given, but table {} has no {role} key; leave it out",
                        quoted(table)
                    ));
                }
                (None, None) => {}
            }
        }
        if problems.is_empty() { Ok(made) } else { Err(problems) }
    }
}

fn fit(given: &Value, key: &Key, format: Format, input: &str, problems: &mut Vec<String>) -> Option<Value> {
    let kind = Type::Of(key.kind);
    let wanted = (format == Format::Plain).then_some(&kind);
    let value = plain::to_value(given, format, wanted, input, problems)?;
    let (found, inner) = value.as_object()?.iter().next()?;
    let name = quoted(&key.attribute);
    if found != key.kind.name() {
        problems.push(format!("`{input}` is {found}; the key {name} is {}", key.kind.name()));
    } else if inner.as_str().is_some_and(str::is_empty) {
        problems.push(format!("`{input}` is empty; the key {name} of an item never is"));
    }
    Some(value)
}
