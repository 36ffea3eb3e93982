//! What an input of an action is: its name, what it means, and the shape of its value. One description serves three:
//! payloads are checked by it, the JSON Schema is made of it, and a member of DynamoDB's request is filled by it.

use serde_json::{Map, Value};

use crate::problem::{listed, near, quoted};

/// An input of an action, or a member of one.
#[derive(Debug)]
pub struct Input {
    /// Its name in the payload.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// The shape of its value.
    pub shape: Shape,
    /// Whether it may not be missing.
    pub wanted: bool,
    /// The member of DynamoDB's request that it becomes as it stands.
    pub member: Option<&'static str>,
    /// What is taken where it is missing, as JSON.
    pub default: Option<&'static str>,
}

impl Input {
    /// An input that may be missing.
    pub(super) const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self { name, about, shape, wanted: false, member: None, default: None }
    }

    /// The same input, which may not be missing.
    pub(super) const fn wanted(self) -> Self {
        Self { wanted: true, ..self }
    }

    /// The same input, which becomes a member of DynamoDB's request.
    pub(super) const fn to(self, member: &'static str) -> Self {
        Self { member: Some(member), ..self }
    }

    /// The same input with a default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

/// The shape of a value.
#[derive(Debug)]
pub enum Shape {
    /// A text that is not empty.
    Text,
    /// Any text.
    AnyText,
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A whole number of 1 or more.
    Count,
    /// A list of one shape; whether it may be empty.
    List(&'static Shape, bool),
    /// An object with these members and no others.
    Object(&'static [Input]),
    /// Names that begin with a sign, and texts.
    Names,
    /// Members of DynamoDB's own request, by these names.
    Parameters(&'static [&'static str]),
    /// A connection: a name, or its keys.
    Connection,
    /// The value of a key attribute.
    Key,
    /// Attributes by name: an item, or the values of an expression.
    Values,
    /// Types by the same names.
    Types,
    /// A list of attribute values.
    Several,
}

/// Checks the members of an object: none is missing, none unknown, each of its shape. `at` is the object's path.
pub(super) fn check(members: &Map<String, Value>, inputs: &[&Input], at: &str, problems: &mut Vec<String>) {
    let place = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for (name, value) in members {
        if let Some(input) = inputs.iter().find(|input| input.name == name) {
            input.shape.check(value, &place(name), problems);
            continue;
        }
        let names: Vec<&str> = inputs.iter().map(|input| input.name).collect();
        let way_out = match near(name, names.iter().copied()) {
            Some(near) => format!("did you mean {}?", quoted(&place(near))),
            None => format!("there are {}", listed(&names).replace(" or ", " and ")),
        };
        problems.push(format!("unknown input {}; {way_out}", quoted(&place(name))));
    }
    for input in inputs.iter().filter(|input| input.wanted && !members.contains_key(input.name)) {
        let wanted = input.shape.wanted();
        problems.push(format!("{} is missing; wanted {wanted}", quoted(&place(input.name))));
    }
}

impl Shape {
    /// Checks a value.
    fn check(&self, value: &Value, at: &str, problems: &mut Vec<String>) {
        let fits = match (self, value) {
            (Self::Text | Self::Connection, Value::String(text)) => !text.is_empty(),
            (Self::Word(words), Value::String(text)) => words.contains(&text.as_str()),
            (Self::AnyText, Value::String(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Connection | Self::Values, Value::Object(_))
            | (Self::Several, Value::Array(_))
            | (Self::Key, Value::String(_) | Value::Number(_) | Value::Object(_))
            | (Self::Types, _) => true,
            (Self::Count, Value::Number(_)) => value.as_u64().is_some_and(|count| count > 0),
            (Self::List(shape, may_be_empty), Value::Array(list)) => {
                for (place, value) in list.iter().enumerate() {
                    shape.check(value, &format!("{at}[{place}]"), problems);
                }
                *may_be_empty || !list.is_empty()
            }
            (Self::Object(inputs), Value::Object(members)) => {
                check(members, &inputs.iter().collect::<Vec<_>>(), at, problems);
                true
            }
            (Self::Names, Value::Object(names)) => {
                for (name, value) in names {
                    let at = format!("{at}.{name}");
                    if !name.starts_with('#') {
                        problems.push(format!("{} wants a name that begins with `#`", quoted(&at)));
                    }
                    Self::Text.check(value, &at, problems);
                }
                true
            }
            (Self::Parameters(known), Value::Object(given)) => {
                for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
                    let way_out = match near(name, known.iter().copied()) {
                        Some(near) => format!("did you mean {}?", quoted(near)),
                        None => format!("the operation takes {}", listed(known).replace(" or ", " and ")),
                    };
                    problems.push(format!("{} has an unknown member {}; {way_out}", quoted(at), quoted(name)));
                }
                for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                    if let Some(shape) = Self::of_parameter(name) {
                        shape.check(value, &format!("{at}.{name}"), problems);
                    }
                }
                true
            }
            _ => false,
        };
        if !fits {
            problems.push(format!("{} is {}; wanted {}", quoted(at), found(value), self.wanted()));
        }
    }

    /// The shape of a member of DynamoDB's own request, where it matters before DynamoDB sees it.
    pub(super) fn of_parameter(name: &str) -> Option<Self> {
        match name {
            "Limit" => Some(Self::Count),
            "Statement" | "TableName" => Some(Self::Text),
            _ => None,
        }
    }

    /// What is wanted, in words.
    fn wanted(&self) -> String {
        match self {
            Self::Text => "a text that is not empty".into(),
            Self::AnyText => "a text".into(),
            Self::Word(words) => listed(words),
            Self::Flag => "true or false".into(),
            Self::Count => "a whole number, 1 or more".into(),
            Self::List(shape, _) => format!("a list, each entry of it {}", shape.wanted()),
            Self::Object(inputs) => {
                let names: Vec<&str> = inputs.iter().map(|input| input.name).collect();
                format!("an object with {}", listed(&names).replace(" or ", " and "))
            }
            Self::Names => "an object such as `{\"#status\": \"status\"}`".into(),
            Self::Parameters(_) => "an object with members of DynamoDB's request".into(),
            Self::Connection => "a connection's name, or an object with its keys".into(),
            Self::Key => "the value of a key: a text, a number, or `{\"S\": …}` with `format: typed`".into(),
            Self::Values => "an object of names and values".into(),
            Self::Types => "types by name, such as `{\"tags\": \"SS\"}`".into(),
            Self::Several => "a list of values".into(),
        }
    }
}

/// What a value is called; long texts, lists and objects are not repeated.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => quoted(&number.to_string()),
        Value::String(text) if text.is_empty() => "the empty text".into(),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(list) if list.is_empty() => "an empty list".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
