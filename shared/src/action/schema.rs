//! The JSON Schema of the payload, made of the table of inputs.

use serde_json::{Map, Value, json};

use super::{
    Action,
    input::{Input, Shape},
};
use crate::connection;

/// The JSON Schema of a payload: one of the actions, each with its inputs.
#[must_use]
pub fn schema() -> Value {
    let actions = Action::ALL.map(|(name, action, about)| {
        let mut schema = Map::from_iter([("title".to_owned(), name.into()), ("description".to_owned(), about.into())]);
        schema.extend(object(action.inputs(), Some(name)));
        schema
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rowferry action",
        "description": "The payload of table-action. A member that is null is as if it were not there.",
        "oneOf": actions,
        "definitions": {"connection": connection::inline_schema()},
    })
}

/// An object with inputs; with those of an action, its name.
fn object<'a>(inputs: impl Iterator<Item = &'a Input>, action: Option<&str>) -> Map<String, Value> {
    let (mut properties, mut wanted) = (Map::new(), Vec::new());
    for input in inputs {
        let mut schema = match action.filter(|_| input.name == "action") {
            Some(name) => members(json!({"const": name})),
            None => of(&input.shape),
        };
        schema.insert("description".into(), input.about.into());
        if let Some(default) = input.default.and_then(|default| serde_json::from_str(default).ok()) {
            schema.insert("default".into(), default);
        }
        properties.insert(input.name.to_owned(), schema.into());
        wanted.extend(input.wanted.then_some(input.name));
    }
    let mut schema = members(json!({"type": "object", "properties": properties, "additionalProperties": false}));
    if !wanted.is_empty() {
        schema.insert("required".into(), wanted.into());
    }
    schema
}

fn members(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn of(shape: &Shape) -> Map<String, Value> {
    let schema = match shape {
        Shape::Text => json!({"type": "string", "minLength": 1}),
        Shape::AnyText => json!({"type": "string"}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Count => json!({"type": "integer", "minimum": 1}),
        Shape::List(shape, may_be_empty) => {
            json!({"type": "array", "items": of(shape), "minItems": usize::from(!may_be_empty)})
        }
        Shape::Object(inputs) => return object(inputs.iter(), None),
        Shape::Names => {
            json!({"type": "object", "propertyNames": {"pattern": "^#"}, "additionalProperties": of(&Shape::Text)})
        }
        Shape::Parameters(names) => {
            let known =
                names.iter().filter_map(|name| Some(((*name).to_owned(), of(&Shape::of_parameter(name)?).into())));
            json!({"type": "object", "propertyNames": {"enum": names}, "properties": known.collect::<Map<_, _>>()})
        }
        Shape::Connection => json!({"anyOf": [of(&Shape::Text), {"$ref": "#/definitions/connection"}]}),
        Shape::Key => json!({"type": ["string", "number", "object"]}),
        Shape::Values | Shape::Types => json!({"type": "object"}),
        Shape::Several => json!({"type": "array"}),
    };
    members(schema)
}
