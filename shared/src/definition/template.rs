//! Text with columns in it: `CUST#{customer_id}`.

use super::Piece;
use crate::problem::quoted;

/// Parts a template into its pieces, no two texts beside each other. `{{` and `}}` are braces.
///
/// # Errors
///
/// The message of the first brace without its partner, or of a pair with nothing between.
pub(super) fn parse(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else if let Some(after) = from.strip_prefix('{') {
            let (column, after) = column(template, after)?;
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Column(column.into()));
            rest = after;
        } else {
            return Err(format!(
                "`template` is {}, where a `}}` closes nothing; write a brace as `}}}}`",
                quoted(template)
            ));
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

/// The name of a column up to its `}`, and what follows.
fn column<'a>(template: &str, text: &'a str) -> Result<(&'a str, &'a str), String> {
    match text.split_once('}') {
        Some(("", _)) => Err(format!("`template` is {}, where `{{}}` names no column; name one", quoted(template))),
        Some((name, after)) if !name.contains('{') => Ok((name, after)),
        _ => Err(format!("`template` is {}, where a `{{` is not closed; write a brace as `{{{{`", quoted(template))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Text(text) => format!("{text:?}"),
            Piece::Column(name) => format!("<{name}>"),
        };
        pieces.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_text_and_columns() {
        #[track_caller]
        fn check(template: &str, expected: &str) {
            assert_eq!(shown(&parse(template).unwrap()), expected);
        }
        check("CUST#{customer_id}", r#""CUST#" <customer_id>"#);
        check("{a}{b}", "<a> <b>");
        check("{a}#{b c}#é", r##"<a> "#" <b c> "#é""##);
        check("PROFILE", r#""PROFILE""#);
        check("{{{a}}}", r#""{" <a> "}""#);
        check("{{}}", r#""{}""#);
    }

    #[test]
    fn names_the_brace_that_has_no_partner() {
        #[track_caller]
        fn check(template: &str, expected: &str) {
            assert_eq!(parse(template).unwrap_err(), expected);
        }
        check("{a", "`template` is `{a`, where a `{` is not closed; write a brace as `{{`");
        check("{a{b}", "`template` is `{a{b}`, where a `{` is not closed; write a brace as `{{`");
        check("a}", "`template` is `a}`, where a `}` closes nothing; write a brace as `}}`");
        check("a{}", "`template` is `a{}`, where `{}` names no column; name one");
    }
}
