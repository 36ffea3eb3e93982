//! Constants of a definition as attribute values.

use super::{
    Conversion, append, append_null, detail,
    document::{self, PLAIN},
    members::Members,
    nest, scalar,
    scalar::Scalar,
    set::Set,
    text,
};
use crate::{
    definition::{Constant, Kind},
    reject::Fault,
    row::Cell,
};

/// Appends a constant as a value of the conversion's type; returns its size.
pub(super) fn append_constant(constant: &Constant, conversion: &Conversion, out: &mut Vec<u8>) -> Result<usize, Fault> {
    match (constant, conversion.kind) {
        (Constant::Null, Kind::Auto | Kind::Null) => Ok(append_null(out)),
        (Constant::Null, _) => Err(scalar::null()),
        (Constant::Number(_), Kind::B) => Err(detail::mismatch("a number", "bytes")),
        (Constant::Number(number), Kind::Auto) if conversion.convert.is_none() => {
            scalar::typed(Scalar::N, &PLAIN, Cell::Text(number), out)
        }
        (Constant::Number(text) | Constant::Text(text), _) => append(conversion, Cell::Text(text), out),
        (Constant::Bool(value), _) => append(conversion, Cell::Bool(*value), out),
        (Constant::List(_), Kind::L | Kind::Auto) | (Constant::Map(_), Kind::M | Kind::Auto) => {
            nested(constant, 1, &mut Members::default(), out)
        }
        (Constant::List(members), Kind::Ss) => append_set(Scalar::S, members, conversion, out),
        (Constant::List(members), Kind::Ns) => append_set(Scalar::N, members, conversion, out),
        (Constant::List(members), Kind::Bs) => append_set(Scalar::B, members, conversion, out),
        (Constant::List(_), _) => Err(detail::mismatch("a list", "a value of another type")),
        (Constant::Map(_), _) => Err(detail::mismatch("a map", "a value of another type")),
    }
}

fn append_set(
    scalar: Scalar,
    members: &[Constant],
    conversion: &Conversion,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    let mut set = Set::open(scalar, conversion, out);
    for member in members {
        set.add(match member {
            Constant::Null => Cell::Null,
            Constant::Bool(value) => Cell::Bool(*value),
            Constant::Number(_) if scalar == Scalar::B => return Err(detail::mismatch("a number", "bytes")),
            Constant::Number(text) | Constant::Text(text) => Cell::Text(text),
            Constant::List(_) => return Err(detail::mismatch("a list", "a member of a set")),
            Constant::Map(_) => return Err(detail::mismatch("a map", "a member of a set")),
        })?;
    }
    set.close()
}

/// Appends a constant as a value of its own type.
fn nested(constant: &Constant, level: usize, members: &mut Members, out: &mut Vec<u8>) -> Result<usize, Fault> {
    nest(level)?;
    match constant {
        Constant::List(list) => {
            document::append_members(list.iter(), out, |member, out| nested(member, level + 1, members, out))
        }
        Constant::Map(entries) => {
            out.extend_from_slice(b"{\"M\":{");
            let mark = members.open(out);
            for (name, value) in entries {
                let start = members.next(mark, out);
                text::string(name, out);
                let key_end = out.len();
                out.push(b':');
                let size = nested(value, level + 1, members, out)?;
                members.add(start, key_end, 1 + name.len() + size, out);
            }
            let size = 3 + members.close_map(mark, out);
            out.extend_from_slice(b"}}");
            Ok(size)
        }
        _ => append_constant(constant, &PLAIN, out),
    }
}
