//! YAML 1.2 as a tree in which every node knows its place and every scalar its own text.
//!
//! Owns what of YAML is taken: one document; no aliases and no tags, so that a file is as large as it looks. Knows no
//! key of any file. `no`, `yes`, `on` and `off` are text, as YAML 1.2 has it.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use crate::problem::{Place, Problems, quoted};

pub(crate) mod read;
pub(crate) mod schema;

/// How deep lists and maps may stand in each other; DynamoDB itself takes 32 levels.
const DEEPEST: usize = 64;

/// One value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it begins; of a value that is not there, where its key stands.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// One text.
    Scalar(Scalar),
    /// Several values.
    List(Vec<Node>),
    /// Named values, each name once.
    Map(Vec<Member>),
    /// Something whose problem is known already.
    Unreadable,
}

/// A name in a map, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// Where the name stands.
    pub(crate) place: Place,
    /// The name.
    pub(crate) name: String,
    /// The value.
    pub(crate) node: Node,
}

/// A text and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text, escapes resolved.
    pub(crate) text: String,
    /// How it was written.
    pub(crate) style: Style,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// In quotes.
    Quoted,
    /// After `|` or `>`.
    Block,
}

impl Scalar {
    fn is_one_of(&self, words: &[&str]) -> bool {
        self.style == Style::Plain && words.contains(&self.text.as_str())
    }

    /// Whether nothing was written at all.
    pub(crate) fn is_absent(&self) -> bool {
        self.is_one_of(&[""])
    }

    /// Whether it is what a lone `|` or `>` becomes.
    pub(crate) fn is_empty_block(&self) -> bool {
        self.style == Style::Block && self.text.trim().is_empty()
    }

    /// Whether it is YAML's null.
    pub(crate) fn is_null(&self) -> bool {
        self.is_one_of(&["", "~", "null", "Null", "NULL"])
    }

    /// Whether it is YAML's true or false, and which.
    pub(crate) fn boolean(&self) -> Option<bool> {
        if self.is_one_of(&["true", "True", "TRUE"]) {
            return Some(true);
        }
        self.is_one_of(&["false", "False", "FALSE"]).then_some(false)
    }

    /// Whether it is a decimal number.
    pub(crate) fn is_number(&self) -> bool {
        self.style == Style::Plain && is_decimal(&self.text)
    }
}

/// Whether a text is a number in decimal digits: a sign, digits with at most one point, an exponent.
pub(crate) fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && digits(exponent) && whole.len() + fraction.len() > 0 && !exponent.is_empty()
}

/// Reads a text as one document; `None` where it is empty or no YAML, the latter being a problem.
pub(crate) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), problems };
    match reader.document() {
        Ok(node) => node,
        Err(error) => {
            let place = place(error.marker());
            let reason = error.kind().to_string().replace('\'', "`").replace(char::is_control, " ");
            let message = format!(
                "this is not YAML: {reason}; put text with special characters in quotes, and mind the indentation"
            );
            problems.add(place, message);
            None
        }
    }
}

fn place(marker: &granit_parser::Marker) -> Place {
    let from_one = |zero: usize| u32::try_from(zero).unwrap_or(u32::MAX).saturating_add(1);
    Place { line: from_one(marker.line().saturating_sub(1)), column: from_one(marker.col()) }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    problems: &'a mut Problems,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ScanError> {
        self.events.next_event().unwrap_or_else(|| Ok((Event::StreamEnd, Span::default())))
    }

    /// The first document; a second one is a problem.
    fn document(&mut self) -> Result<Option<Node>, ScanError> {
        let mut first = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(first),
                Event::DocumentStart(..) if first.is_some() => {
                    let message = "a second document begins here; one file holds one, so remove the line `---`";
                    self.problems.add(place(&span.start), message);
                    return Ok(first);
                }
                event if event.is_node() => first = Some(self.node(event, span)?),
                _ => {}
            }
        }
    }

    /// The node that an event begins.
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, ScanError> {
        let place = place(&span.start);
        let tag = event.tag().map(granit_parser::Tag::original);
        let value = match event {
            Event::Scalar(text, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                // A value that was left out comes as the text `~` of no length.
                let text = if style == Style::Plain && span.is_empty() { String::new() } else { text.into_owned() };
                Value::Scalar(Scalar { text, style })
            }
            Event::SequenceStart(..) => self.list()?,
            Event::MappingStart(..) => self.map()?,
            _ => {
                let message = "this is an alias, which is not supported; write the value itself, in quotes if it \
                               begins with `*`";
                self.problems.add(place, message);
                Value::Unreadable
            }
        };
        let Some(tag) = tag else { return Ok(Node { place, value }) };
        let message =
            format!("tag {} is not supported; remove it, or put text that begins with `!` in quotes", quoted(&tag));
        self.problems.add(place, message);
        Ok(Node { place, value: Value::Unreadable })
    }

    fn list(&mut self) -> Result<Value, ScanError> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(Value::List(list)),
                (event, span) if event.is_node() => list.push(self.node(event, span)?),
                _ => {}
            }
        }
    }

    fn map(&mut self) -> Result<Value, ScanError> {
        let mut map: Vec<Member> = Vec::new();
        let mut places = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                return Ok(Value::Map(map));
            }
            if !event.is_node() {
                continue;
            }
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let mut node = self.node(event, span)?;
            let Value::Scalar(Scalar { text: name, .. }) = key.value else {
                if key.value != Value::Unreadable {
                    self.problems.add(key.place, "a list or map stands where a name is wanted; put it in quotes");
                }
                continue;
            };
            if let Value::Scalar(scalar) = &node.value
                && (scalar.is_absent() || scalar.is_empty_block())
            {
                node.place = key.place;
            }
            if let Some(before) = places.insert(name.clone(), key.place) {
                let message = format!(
                    "{} stands here again; remove one of lines {} and {}",
                    quoted(&name),
                    before.line,
                    key.place.line
                );
                self.problems.add(key.place, message);
                continue;
            }
            map.push(Member { place: key.place, name, node });
        }
    }
}
