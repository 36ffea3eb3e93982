//! A tree of YAML to typed keys, all problems at once.
//!
//! Owns how a key is read; the types that [`keys`] makes are also what the JSON Schemas come from, so that a key which
//! the reader takes cannot be missing there.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use super::{Member, Node, Scalar, Style, Value};
use crate::problem::{Place, Problems, listed, quoted};

/// Something that a node can be read as.
pub(crate) trait Read: Sized {
    /// Reads the value of a key, which `what` names; `None` where it cannot be, which is then among the problems.
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self>;
}

/// The value of a key that may be absent or unreadable.
#[derive(Debug, Clone)]
pub(crate) struct Entry<T> {
    place: Option<Place>,
    value: Option<T>,
}

impl<T> Default for Entry<T> {
    fn default() -> Self {
        Self { place: None, value: None }
    }
}

impl<T> Entry<T> {
    /// Whether the key stands in the file, readable or not.
    pub(crate) fn is_given(&self) -> bool {
        self.place.is_some()
    }

    /// Where the value stands.
    pub(crate) fn place(&self) -> Place {
        self.place.unwrap_or_default()
    }

    /// The value.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The value, taken out.
    pub(crate) fn take(self) -> Option<T> {
        self.value
    }

    /// The value with its place.
    pub(crate) fn located(&self) -> Option<(Place, &T)> {
        Some((self.place?, self.value.as_ref()?))
    }
}

impl<T: Read> Read for Entry<T> {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        Some(Self { place: Some(node.place), value: T::read(node, what, problems) })
    }
}

/// Keys that a map may hold.
pub(crate) trait Keys: Sized {
    /// Their names.
    const NAMES: &'static [&'static str];

    /// Takes them from a map.
    fn take(map: &[Member], problems: &mut Problems) -> Self;
}

/// The members of a map, all of which have one of the names.
pub(crate) fn members<'a>(
    node: &'a Node,
    what: &str,
    names: &[&'static str],
    problems: &mut Problems,
) -> Option<&'a [Member]> {
    let Value::Map(map) = &node.value else {
        unfit(node, what, &format!("keys: {}", listed(names)), problems);
        return None;
    };
    for Member { place, name, .. } in map {
        if !names.contains(&name.as_str()) {
            let way_out = problems.way_out(name, names.iter().copied(), || format!("wanted {}", listed(names)));
            problems.add(*place, format!("unknown key {}; {way_out}", quoted(name)));
        }
    }
    Some(map)
}

/// The value of one key of a map.
pub(crate) fn entry<T: Read>(map: &[Member], name: &str, problems: &mut Problems) -> Entry<T> {
    map.iter()
        .find(|member| member.name == name)
        .and_then(|member| Entry::read(&member.node, &quoted(name), problems))
        .unwrap_or_default()
}

impl<T: Keys> Read for T {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        Some(T::take(members(node, what, T::NAMES, problems)?, problems))
    }
}

/// Makes a type of the keys of a map: its reader and its schema. `name = "key"` where Rust reserves the key.
macro_rules! keys {
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $key:literal) => { $key };
    ($(
        $(#[$about:meta])*
        $type:ident { $( $(#[$doc:meta])* $name:ident $(= $key:literal)?: $value:ty, )* }
    )*) => { $(
        #[derive(Debug, Default, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$about])*
        pub(crate) struct $type {
            $( $(#[$doc])* #[schemars(default $(, rename = $key)?)] pub(crate) $name: $crate::yaml::read::Entry<$value>, )*
        }

        impl $crate::yaml::read::Keys for $type {
            const NAMES: &'static [&'static str] = &[$(keys!(@name $name $($key)?)),*];

            fn take(map: &[$crate::yaml::Member], problems: &mut $crate::problem::Problems) -> Self {
                Self { $($name: $crate::yaml::read::entry(map, keys!(@name $name $($key)?), problems),)* }
            }
        }
    )* };
}
pub(crate) use keys;

/// Reads the types of one word as serde knows them.
macro_rules! words {
    ($($type:ty),* $(,)?) => { $(
        impl $crate::yaml::read::Read for $type {
            fn read(
                node: &$crate::yaml::Node,
                what: &str,
                problems: &mut $crate::problem::Problems,
            ) -> Option<Self> {
                $crate::yaml::read::word(node, what, problems)
            }
        }
    )* };
}
pub(crate) use words;

/// The words that a type has, found by asking it for another one.
#[derive(Debug)]
struct Unknown(&'static [&'static str]);

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "wanted {}", listed(self.0))
    }
}

impl std::error::Error for Unknown {}

impl serde::de::Error for Unknown {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, wanted: &'static [&'static str]) -> Self {
        Self(wanted)
    }
}

/// Reads a word; also one that YAML would take for null.
pub(crate) fn word<T: DeserializeOwned>(node: &Node, what: &str, problems: &mut Problems) -> Option<T> {
    let text = match &node.value {
        Value::Scalar(scalar) if !scalar.is_absent() => scalar.text.as_str(),
        _ => "",
    };
    let deserializer: StrDeserializer<'_, Unknown> = text.into_deserializer();
    let Unknown(words) = match T::deserialize(deserializer) {
        Ok(word) => return Some(word),
        Err(unknown) => unknown,
    };
    if text.is_empty() {
        unfit(node, what, &listed(words), problems);
    } else {
        let way_out = problems.way_out(text, words.iter().copied(), || format!("wanted {}", listed(words)));
        problems.add(node.place, format!("{what} is {}; {way_out}", quoted(text)));
    }
    None
}

/// Adds the problem of a node that is something else than was wanted.
pub(crate) fn unfit(node: &Node, what: &str, wanted: &str, problems: &mut Problems) {
    let found = match &node.value {
        Value::Unreadable => return,
        Value::List(list) if list.is_empty() => "is an empty list".into(),
        Value::List(_) => "is a list".into(),
        Value::Map(_) => "is a map".into(),
        Value::Scalar(scalar) if scalar.is_absent() => {
            let message = format!("{what} has no value; wanted {wanted}, or no {what} at all");
            return problems.add(node.place, message);
        }
        Value::Scalar(scalar) if scalar.is_empty_block() => {
            "is an empty block of text, which `|` and `>` begin in YAML (put them in quotes)".into()
        }
        Value::Scalar(Scalar { text, style: Style::Plain }) => format!("is {}", quoted(text)),
        Value::Scalar(Scalar { text, .. }) if text.is_empty() => "is an empty text".into(),
        Value::Scalar(Scalar { text, .. }) => format!("is the text {}", quoted(text)),
    };
    problems.add(node.place, format!("{what} {found}; wanted {wanted}"));
}

/// A text that says something: not empty, not null. Quotes are needed only where YAML wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl Read for Text {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() && !scalar.text.is_empty() => Some(Self(scalar.text.clone())),
            _ => {
                unfit(node, what, "a text that is not empty", problems);
                None
            }
        }
    }
}

/// Any text, the empty one and `NULL` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnyText(pub(crate) String);

impl Read for AnyText {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Scalar(scalar) if !scalar.is_absent() && !scalar.is_empty_block() => Some(Self(scalar.text.clone())),
            _ => {
                unfit(node, what, "a text", problems);
                None
            }
        }
    }
}

impl Read for bool {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let found = if let Value::Scalar(scalar) = &node.value { scalar.boolean() } else { None };
        if found.is_none() {
            unfit(node, what, "`true` or `false`", problems);
        }
        found
    }
}

impl Read for u64 {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let found = match &node.value {
            Value::Scalar(scalar) if scalar.is_number() => scalar.text.parse().ok(),
            _ => None,
        };
        if found.is_none() {
            unfit(node, what, "a whole number, 0 or more", problems);
        }
        found
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let Value::List(list) = &node.value else {
            unfit(node, what, "a list, such as `[a, b]`", problems);
            return None;
        };
        let what = format!("an entry of {what}");
        Some(list.iter().filter_map(|node| T::read(node, &what, problems)).collect())
    }
}

impl Read for Node {
    fn read(node: &Node, _: &str, _: &mut Problems) -> Option<Self> {
        Some(node.clone())
    }
}

/// Values under names of the user's own.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(Place, String, T)>);

impl<T: Read> Read for Named<T> {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let Value::Map(map) = &node.value else {
            unfit(node, what, "names and what they stand for", problems);
            return None;
        };
        let read = |Member { place, name, node }: &Member| {
            Some((*place, name.clone(), T::read(node, &quoted(name), problems)?))
        };
        Some(Self(map.iter().filter_map(read).collect()))
    }
}

/// Gives a type the schema of what it reads.
macro_rules! schema {
    ($type:ty, |$generator:ident| $schema:expr $(, $parameter:ident)?) => {
        impl$(<$parameter: JsonSchema>)? JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(Entry<T>, |generator| T::json_schema(generator), T);
schema!(Named<T>, |generator| json_schema!({"type": "object", "additionalProperties": T::json_schema(generator)}), T);
schema!(Text, |_generator| json_schema!({"type": ["string", "number", "boolean"], "minLength": 1}));
schema!(AnyText, |_generator| json_schema!({"type": ["string", "number", "boolean", "null"]}));
schema!(Node, |_generator| json_schema!(true));
