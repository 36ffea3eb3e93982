//! What is wrong with a file that a person wrote, and where.

use std::fmt;

/// A place in a file, both from 1; 0 where none is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One thing that is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What was found, what was wanted, and a way out.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.message)
    }
}

/// How many problems are worth reading; a file with more is wrong as a whole.
pub(crate) const MOST: usize = 100;

/// The problems of one file, gathered while it is read.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one, unless there are enough already.
    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>) {
        if !self.are_enough() {
            self.0.push(Problem::at(place, message));
        }
    }

    /// Whether there is none yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether more would not help.
    pub(crate) fn are_enough(&self) -> bool {
        self.0.len() >= MOST
    }

    /// What was made of the file, if it has no problem; else its problems in the order of the file.
    pub(crate) fn finish<T>(mut self, made: Option<T>) -> Result<T, Vec<Problem>> {
        self.0.sort_by_key(|problem| problem.place);
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(self.0),
        }
    }

    /// A question that ends a message where a name is near the one that was found, else what was `wanted`.
    pub(crate) fn way_out<'a>(
        &self,
        found: &str,
        names: impl IntoIterator<Item = &'a str>,
        wanted: impl FnOnce() -> String,
    ) -> String {
        let near = if self.are_enough() { None } else { near(found, names) };
        near.map_or_else(wanted, |name| format!("did you mean {}?", quoted(name)))
    }
}

/// The name that was probably meant.
pub(crate) fn near<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    const MOST: usize = 1_000;
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '-'], "_");
    if found.len() > LONGEST {
        return None;
    }
    let wanted = plain(found);
    names
        .into_iter()
        .take(MOST)
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, name)| *distance <= name.chars().count() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// A text in backticks, on one line and not longer than a message bears.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Names in backticks: `` `a`, `b` or `c` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_that_was_probably_meant() {
        #[track_caller]
        fn check(found: &str, expected: Option<&str>) {
            assert_eq!(near(found, ["column", "template", "value", "on_null", "SS", "S"]), expected);
        }
        check("colum", Some("column"));
        check("Column", Some("column"));
        check("on-null", Some("on_null"));
        check("onnull", Some("on_null"));
        check("s", Some("S"));
        check("tempalte", Some("template"));
        check("cat", None);
        check("", None);
    }

    #[test]
    fn shows_any_text_on_one_short_line() {
        assert_eq!(quoted("a\tb\n\"c\""), "`a\\tb\\n\"c\"`");
        assert_eq!(quoted(&"é".repeat(61)), format!("`{}…`", "é".repeat(60)));
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` or `c`");
    }

    #[test]
    fn stops_at_a_hundred_problems() {
        let mut problems = Problems::default();
        for line in 0..1_000 {
            problems.add(Place { line, column: 1 }, "wrong");
        }
        assert_eq!(problems.finish(Some(())).unwrap_err().len(), MOST);
    }
}
