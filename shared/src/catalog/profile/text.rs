//! Texts as far as they are kept.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{decimal::Decimal, number::Number};

/// How many bytes of a text are kept, compared and told.
const LONGEST: usize = 256;

/// A text, or as much of it as is kept; or a number's text, whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Cut {
    text: Box<str>,
    is_whole: bool,
    pub(super) is_number: bool,
}

impl Cut {
    pub(super) fn new(text: &str) -> Self {
        let part = cut(text);
        Self { text: part.into(), is_whole: part.len() == text.len(), is_number: false }
    }

    pub(super) fn number(text: &str) -> Self {
        Self { text: text.into(), is_whole: true, is_number: true }
    }

    /// What is kept.
    pub(super) fn kept(&self) -> &str {
        &self.text
    }

    /// As it is told: a number, or a text, with an ellipsis where it was cut.
    pub(super) fn json(&self) -> Option<Value> {
        if self.is_number {
            return Some(Value::Number(Decimal::from(Number::parse(&self.text)?).json()?));
        }
        Some(Value::String(format!("{}{}", self.text, if self.is_whole { "" } else { "…" })))
    }
}

impl Ord for Cut {
    /// Numbers by their size, texts by their bytes.
    fn cmp(&self, other: &Self) -> Ordering {
        let number = |cut: &Self| Number::parse(&cut.text).filter(|_| cut.is_number);
        number(self).cmp(&number(other)).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Cut {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first characters of a text: as many as are kept.
#[inline]
pub(super) fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()
}

/// The first and the last text in the order of their bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ends {
    pub(super) min: Cut,
    pub(super) max: Cut,
}

impl Ends {
    pub(super) fn new(text: &str) -> Self {
        Self { min: Cut::new(text), max: Cut::new(text) }
    }

    #[inline]
    pub(super) fn add(&mut self, text: &str) {
        let part = cut(text);
        if part < self.min.kept() {
            self.min = Cut::new(text);
        } else if part > self.max.kept() {
            self.max = Cut::new(text);
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        if other.min.text < self.min.text {
            self.min = other.min.clone();
        }
        if other.max.text > self.max.text {
            self.max = other.max.clone();
        }
    }
}
