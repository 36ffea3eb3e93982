//! The behavior that a text asks for, sound or not.

use crate::{
    definition::Behavior,
    problem::Problems,
    yaml::{self, Value},
};

/// Whether the text of a definition asks for a mirror, whatever else is wrong with it.
///
/// ```
/// # use rowferry::definition;
/// assert!(definition::says_mirror("behavior: mirror\nfeilds: all"));
/// assert!(definition::says_mirror("fields: [\nbehavior: mirror"));
/// assert!(!definition::says_mirror("behavior: update_or_create\nmirror: { scope: table }"));
/// ```
#[must_use]
pub fn says_mirror(text: &str) -> bool {
    match yaml::parse(text, &mut Problems::default()).map(|node| node.value) {
        Some(Value::Map(members)) => members.iter().any(|member| {
            let mirrors = |value: &Value| matches!(value, Value::Scalar(scalar) if is_mirror(&scalar.text));
            member.name == "behavior" && mirrors(&member.node.value)
        }),
        _ => text.lines().filter_map(|line| line.strip_prefix("behavior:")).any(|rest| {
            let word = rest.split(" #").next().unwrap_or_default();
            is_mirror(word.trim().trim_matches(['"', '\'']))
        }),
    }
}

fn is_mirror(word: &str) -> bool {
    word == Behavior::Mirror.name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_mirror_by_what_can_be_read() {
        let check = |text: &str, expected| assert_eq!(says_mirror(text), expected, "{text:?}");
        check("behavior: mirror", true);
        check("{\"fields\": \"all\", \"behavior\": \"mirror\"}", true);
        check("behavior: 'mirror' # daily\nunknown: 1", true);
        check("behavior: mirror\nbehavior: mirror", true);
        check("fields: [a,\nbehavior: \"mirror\" # daily", true);
        check("\tfields: x\nbehavior: mirror\r\n", true);
        check("", false);
        check("behavior: mirrors", false);
        check("fields: all", false);
        check("source: { behavior: mirror }", false);
        check("fields: [a,\n  behavior: mirror", false);
        check("behavior: update_or_create\nfields: [a,", false);
    }
}
