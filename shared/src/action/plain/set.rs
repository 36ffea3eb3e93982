//! The members of sets in, of either format.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    given::{own, refuse, scalar},
    path::{Path, add, name},
};
use crate::{definition::Kind, row::Cell};

/// The members of a set of plain JSON, in their one form.
pub(super) fn plain(kind: Kind, given: &[Value], at: Path<'_>, problems: &mut Vec<String>) -> Option<Vec<Value>> {
    each(given, at, problems, "; leave it out, or give it the type L", |member, at, problems| {
        if member.is_null() {
            add(problems, at, format_args!("is null, which no set holds; leave it out"));
            return None;
        }
        scalar(of(kind), member, at, problems)
    })
}

/// Checks the members of a set in DynamoDB JSON.
pub(super) fn typed(kind: Kind, given: &[Value], at: Path<'_>, problems: &mut Vec<String>) -> bool {
    let members = each(given, at, problems, "; leave it out", |member, at, problems| {
        let Value::String(text) = member else {
            add(
                problems,
                at,
                format_args!("is {}; wanted text in quotes, as each member of {}", name(member), kind.name()),
            );
            return None;
        };
        match own(of(kind), Cell::Text(text)) {
            Ok(member) => Some(member),
            Err(fault) => {
                refuse(of(kind), &fault, at, problems);
                None
            }
        }
    });
    members.is_some()
}

/// Reads each member, of which there has to be one and none twice.
fn each(
    given: &[Value],
    at: Path<'_>,
    problems: &mut Vec<String>,
    if_empty: &str,
    read: impl Fn(&Value, Path<'_>, &mut Vec<String>) -> Option<Value>,
) -> Option<Vec<Value>> {
    if given.is_empty() {
        add(
            problems,
            at,
            format_args!("is an empty list; wanted a member at least, as DynamoDB has no empty set{if_empty}"),
        );
        return None;
    }
    let mut members = Some(Vec::with_capacity(given.len()));
    let mut first = HashMap::with_capacity(given.len());
    for (place, member) in given.iter().enumerate() {
        let here = Path::Element(&at, place);
        let Some(member) = read(member, here, problems) else {
            members = None;
            continue;
        };
        if let Some(earlier) = first.insert(member.to_string(), place) {
            add(
                problems,
                here,
                format_args!("is the same as `{}`; wanted each member of a set once", Path::Element(&at, earlier)),
            );
            members = None;
        } else if let Some(members) = &mut members {
            members.push(member);
        }
    }
    members
}

/// The type of a set's members.
fn of(kind: Kind) -> Kind {
    match kind {
        Kind::Ns => Kind::N,
        Kind::Bs => Kind::B,
        _ => Kind::S,
    }
}
