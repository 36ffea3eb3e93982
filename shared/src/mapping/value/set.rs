//! Sets: unlike lists, of one type, not empty, no member twice, NULL never among them.

use super::{
    Conversion, detail,
    json::{self, Reader},
    members::{Mark, Members},
    number, scalar,
    scalar::Scalar,
};
use crate::{definition::Convert, reject::Fault, row::Cell};

/// A set as it is written.
pub(super) struct Set<'a> {
    scalar: Scalar,
    conversion: &'a Conversion,
    members: Members,
    mark: Mark,
    out: &'a mut Vec<u8>,
}

impl<'a> Set<'a> {
    /// Begins `{"SS":[`.
    pub(super) fn open(scalar: Scalar, conversion: &'a Conversion, out: &'a mut Vec<u8>) -> Self {
        out.extend_from_slice(match scalar {
            Scalar::S => b"{\"SS\":[",
            Scalar::N => b"{\"NS\":[",
            Scalar::B => b"{\"BS\":[",
        });
        let members = Members::default();
        let mark = members.open(out);
        Self { scalar, conversion, members, mark, out }
    }

    /// Adds a member, converted as a cell of its own.
    pub(super) fn add(&mut self, cell: Cell<'_>) -> Result<(), Fault> {
        let start = self.members.next(self.mark, self.out);
        let size = scalar::bare(self.scalar, self.conversion, cell, self.out)?;
        self.members.add(start, self.out.len(), size, self.out);
        Ok(())
    }

    /// Ends the set; returns its size.
    pub(super) fn close(mut self) -> Result<usize, Fault> {
        let size = self.members.close_set(self.mark, self.out)?;
        self.out.extend_from_slice(b"]}");
        Ok(size)
    }

    /// Adds the members of a JSON array: strings as text, numbers by their canonical text, booleans, no null.
    fn add_json(&mut self, json: &str) -> Result<(), Fault> {
        let mut reader = Reader::new(json);
        reader.skip_space();
        let found = reader.peek();
        if found != Some(b'[') {
            // Other JSON is of the wrong type; what is no JSON is invalid.
            json::append(json, b'[', "a JSON array", &mut Vec::new())?;
        }
        let mut is_first = true;
        while reader.next(b'[', is_first, b']')? {
            is_first = false;
            self.add_element(&mut reader)?;
        }
        reader.end()
    }

    fn add_element(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        match reader.peek() {
            Some(b'"') => {
                let mut text = String::new();
                reader.string(|piece| text.push_str(piece))?;
                self.add(Cell::Text(&text))
            }
            begin @ Some(b'-' | b'0'..=b'9') => {
                let mut digits = Vec::new();
                number::text(reader.number()?, &mut digits)?;
                match self.scalar {
                    Scalar::B => Err(detail::mismatch(json::kind(begin), "bytes")),
                    Scalar::S | Scalar::N => self.add(Cell::Text(&String::from_utf8_lossy(&digits))),
                }
            }
            begin @ Some(b'[' | b'{') => Err(detail::mismatch(json::kind(begin), "a member of a set")),
            _ => self.add(reader.literal()?.map_or(Cell::Null, Cell::Bool)),
        }
    }
}

/// Appends a set of a cell's members; returns its size.
pub(super) fn append(
    scalar: Scalar,
    conversion: &Conversion,
    cell: Cell<'_>,
    out: &mut Vec<u8>,
) -> Result<usize, Fault> {
    let mut set = Set::open(scalar, conversion, out);
    match cell {
        Cell::Text(text) | Cell::Json(text) => match split(conversion, text) {
            Some(parts) => parts.into_iter().try_for_each(|part| set.add(Cell::Text(part)))?,
            None => set.add_json(text)?,
        },
        Cell::List(list) => list.iter().try_for_each(|member| set.add(member))?,
        Cell::Null => return Err(scalar::null()),
        _ => return Err(detail::mismatch(&detail::name(cell), "a list or text that holds one")),
    }
    set.close()
}

/// The parts of a text between separators, where the field has one; of the empty text none.
pub(super) fn split<'a>(conversion: &'a Conversion, text: &'a str) -> Option<impl Iterator<Item = &'a str>> {
    let separator = conversion.split.as_deref().filter(|separator| !separator.is_empty())?;
    let is_empty = match conversion.convert {
        Some(Convert::Trim) => text.trim().is_empty(),
        _ => text.is_empty(),
    };
    Some(text.split(separator).take(if is_empty { 0 } else { usize::MAX }))
}
