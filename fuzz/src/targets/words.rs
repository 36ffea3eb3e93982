//! What people write: definitions and connections.

use rowferry::{connection, definition, mapping::Mapping, problem::Problem};

/// Any text as a definition, as connections and as one connection.
pub(super) fn definition(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match definition::parse("fuzz", text) {
        // Whether it fits a table is another question, which must have an answer too.
        Ok(definition) => drop(Mapping::new(&definition, &super::table())),
        Err(problems) => check(text, &problems),
    }
    if let Err(problems) = connection::parse(text) {
        check(text, &problems);
    }
    if let Err(problems) = connection::parse_inline(text) {
        check(text, &problems);
    }
}

/// Problems are some, not too many, in order, short, and each lies in the text.
pub(super) fn check(text: &str, problems: &[Problem]) {
    assert!((1..=100).contains(&problems.len()), "{} problems", problems.len());
    assert!(problems.is_sorted_by_key(|problem| problem.place), "{problems:?}");
    // YAML ends lines at a lone CR, too.
    let lines: Vec<usize> =
        text.split('\n').flat_map(|line| line.split('\r')).map(|line| line.chars().count()).collect();
    for Problem { place, message } in problems {
        assert!(!message.contains(char::is_control) && message.chars().count() < 2_000, "{message:?}");
        let (line, column) = (place.line as usize, place.column as usize);
        assert!((1..=lines.len() + 1).contains(&line), "{place} {message}");
        let width = text.chars().count();
        assert!((1..=width + 1).contains(&column), "{place} {message}");
    }
}
