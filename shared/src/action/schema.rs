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
        let mut inputs = object(action.inputs());
        inputs["title"] = name.into();
        inputs["description"] = about.into();
        inputs["properties"]["action"] = json!({"description": "The action.", "const": name});
        inputs
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rowferry action",
        "description": "The payload of table-action. A member that is null is as if it were not there.",
        "oneOf": actions,
        "definitions": {"connection": connection::inline_schema()},
    })
}

fn object<'a>(inputs: impl Iterator<Item = &'a Input>) -> Value {
    let (mut properties, mut wanted) = (Map::new(), Vec::new());
    for input in inputs {
        let mut schema = of(&input.shape);
        schema["description"] = input.about.into();
        if let Some(default) = input.default.and_then(|default| serde_json::from_str(default).ok()) {
            schema["default"] = default;
        }
        properties.insert(input.name.to_owned(), schema);
        wanted.extend(input.wanted.then_some(input.name));
    }
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !wanted.is_empty() {
        schema["required"] = wanted.into();
    }
    schema
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": "string", "minLength": 1}),
        Shape::AnyText => json!({"type": "string"}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Count => json!({"type": "integer", "minimum": 1}),
        Shape::List(shape, may_be_empty) => {
            let mut schema = json!({"type": "array", "items": of(shape)});
            if !may_be_empty {
                schema["minItems"] = 1.into();
            }
            schema
        }
        Shape::Object(inputs) => object(inputs.iter()),
        Shape::Names => {
            json!({"type": "object", "propertyNames": {"pattern": "^#"}, "additionalProperties": of(&Shape::Text)})
        }
        Shape::Parameters(names) => json!({"type": "object", "propertyNames": {"enum": names}}),
        Shape::Connection => json!({"anyOf": [of(&Shape::Text), {"$ref": "#/definitions/connection"}]}),
        Shape::Key => json!({"type": ["string", "number", "object"]}),
        Shape::Values | Shape::Types => json!({"type": "object"}),
        Shape::Several => json!({"type": "array"}),
    }
}
