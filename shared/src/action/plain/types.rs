//! Types that a payload gives for its values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Format,
    path::{Path, add, name},
};
use crate::{
    definition::Kind,
    mapping::value::LEVELS,
    problem::{MOST, listed, near, quoted},
};

/// Every type by its name.
const KINDS: [Kind; 10] =
    [Kind::S, Kind::N, Kind::B, Kind::Bool, Kind::Null, Kind::Ss, Kind::Ns, Kind::Bs, Kind::L, Kind::M];

/// The type that a value is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// This one; of [`Kind::Auto`] the JSON's own.
    Of(Kind),
    /// An M whose members have these types; others have their JSON's own.
    Members(BTreeMap<String, Type>),
    /// An L whose elements all have this type.
    Elements(Box<Type>),
}

impl Type {
    /// Reads a type: `"SS"`, `{"zip": "N"}` or `["B"]`; `at` names it in problems. None where there is one.
    pub fn read(given: &Value, at: &str, problems: &mut Vec<String>) -> Option<Self> {
        read(given, Path::Root(at), 1, problems)
    }

    /// Reads the types of an item, attribute name to type; `at` names them in problems. None where there is one.
    pub fn read_all(given: &Value, at: &str, problems: &mut Vec<String>) -> Option<BTreeMap<String, Self>> {
        let at = Path::Root(at);
        match given {
            Value::Object(given) => read_members(given, at, 0, problems),
            other => {
                add(
                    problems,
                    at,
                    format_args!("is {}; wanted an object: attribute names and their types", name(other)),
                );
                None
            }
        }
    }

    /// The type of attribute.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Of(kind) => *kind,
            Self::Members(_) => Kind::M,
            Self::Elements(_) => Kind::L,
        }
    }

    /// Checks that each type of a member is for a member that one of the values has; answers whether it is so.
    pub(super) fn check_use(&self, given: &[&Value], format: Format, at: Path<'_>, problems: &mut Vec<String>) -> bool {
        let (Self::Members(_) | Self::Elements(_)) = self else { return true };
        let in_text: Vec<Value> = match format {
            Format::Plain => given.iter().filter_map(|value| serde_json::from_str(value.as_str()?).ok()).collect(),
            Format::Typed => Vec::new(),
        };
        let inside = given.iter().copied().chain(&in_text).filter_map(|value| match format {
            Format::Plain => Some(value),
            Format::Typed => value.get(self.kind().name()),
        });
        match self {
            Self::Members(types) => {
                let objects: Vec<_> = inside.filter_map(Value::as_object).collect();
                check_use(types, &objects, format, at, problems)
            }
            Self::Elements(wanted) => {
                let elements: Vec<_> = inside.filter_map(Value::as_array).flatten().collect();
                wanted.check_use(&elements, format, Path::Elements(&at), problems)
            }
            Self::Of(_) => true,
        }
    }
}

/// As [`Type::check_use`], for the types of members.
pub(super) fn check_use(
    types: &BTreeMap<String, Type>,
    given: &[&Map<String, Value>],
    format: Format,
    at: Path<'_>,
    problems: &mut Vec<String>,
) -> bool {
    if given.is_empty() {
        return true;
    }
    let mut sound = true;
    for (name, wanted) in types {
        if problems.len() >= MOST {
            return false;
        }
        let members: Vec<_> = given.iter().filter_map(|object| object.get(name)).collect();
        if !members.is_empty() {
            sound &= wanted.check_use(&members, format, Path::Member(&at, name), problems);
            continue;
        }
        sound = false;
        let others = given.iter().flat_map(|object| object.keys()).filter(|other| !types.contains_key(*other));
        let way_out = near(name, others.map(String::as_str))
            .map_or_else(|| "leave the type out".to_owned(), |near| format!("did you mean {}?", quoted(near)));
        add(problems, at, format_args!("has no {}, but a type is given for it; {way_out}", quoted(name)));
    }
    sound
}

/// The type of a name.
pub(super) fn kind(name: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.name() == name)
}

/// The type whose name is near to another.
pub(super) fn near_kind(found: &str) -> Option<&'static str> {
    near(found, KINDS.map(Kind::name))
}

fn read(given: &Value, at: Path<'_>, level: usize, problems: &mut Vec<String>) -> Option<Type> {
    if level > LEVELS {
        add(
            problems,
            at,
            format_args!("is at level {level}; wanted at most {LEVELS} levels, as DynamoDB nests no deeper"),
        );
        return None;
    }
    match given {
        Value::String(text) => {
            let kind = kind(text);
            if kind.is_none() {
                let way_out = near_kind(text).map_or_else(
                    || format!("wanted {}", listed(&KINDS.map(Kind::name))),
                    |near| format!("did you mean `{near}`?"),
                );
                add(problems, at, format_args!("is {}, which is no type; {way_out}", quoted(text)));
            }
            kind.map(Type::Of)
        }
        Value::Object(given) => read_members(given, at, level, problems).map(Type::Members),
        Value::Array(given) => {
            let [only] = given.as_slice() else {
                let wanted = "a list of one, the type of every element: `[\"N\"]`";
                add(problems, at, format_args!("is a list of {}; wanted {wanted}", given.len()));
                return None;
            };
            let element = read(only, Path::Element(&at, 0), level + 1, problems)?;
            Some(Type::Elements(Box::new(element)))
        }
        other => {
            let wanted = "a type: `\"N\"`, an object with the members' types, or a list with the elements' type";
            add(problems, at, format_args!("is {}; wanted {wanted}", name(other)));
            None
        }
    }
}

fn read_members(
    given: &Map<String, Value>,
    at: Path<'_>,
    level: usize,
    problems: &mut Vec<String>,
) -> Option<BTreeMap<String, Type>> {
    let mut types = Some(BTreeMap::new());
    for (name, given) in given {
        match (read(given, Path::Member(&at, name), level + 1, problems), &mut types) {
            (Some(wanted), Some(types)) => _ = types.insert(name.clone(), wanted),
            _ => types = None,
        }
    }
    types
}
