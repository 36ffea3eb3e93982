//! Thrift's compact protocol, as far as footers and page headers need it.
//!
//! Everything is checked before it is believed: lists are no longer than what is left of the bytes, structs are no deeper than
//! the format's own, and a field has the type that the format gives it.
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

use crate::extract::Error;

type Result<T> = std::result::Result<T, Error>;

/// The format's own structs are half as deep.
const DEEPEST: usize = 16;
/// An integer of 64 bits takes no more bytes.
const INT_BYTES: u32 = 10;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    True,
    False,
    Byte,
    Int,
    Double,
    Bytes,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    fn of(nibble: u8) -> Option<Self> {
        Some(match nibble {
            1 => Self::True,
            2 => Self::False,
            3 => Self::Byte,
            4..=6 => Self::Int,
            7 => Self::Double,
            8 => Self::Bytes,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return None,
        })
    }

    /// The type of a list's members: there a boolean is a byte.
    fn of_member(nibble: u8) -> Option<Self> {
        Self::of(nibble).map(|kind| if matches!(kind, Self::True | Self::False) { Self::Byte } else { kind })
    }
}

/// What is left of the bytes.
pub(super) struct Input<'a> {
    rest: &'a [u8],
    /// What the bytes are, for messages.
    what: &'static str,
    depth: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what, depth: 0 }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn damaged(&self, how: &str) -> Error {
        Error::corrupt(format!("{} {how}", self.what))
    }

    /// Reads a struct: calls `visit` with each field's number and type, which takes the value, or says that it did not.
    pub(super) fn fields(
        &mut self,
        kind: Kind,
        mut visit: impl FnMut(&mut Self, i16, Kind) -> Result<bool>,
    ) -> Result<()> {
        self.expect(kind, Kind::Struct)?;
        self.deeper()?;
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            let nibble = head & 0x0F;
            if nibble == 0 {
                self.depth -= 1;
                return Ok(());
            }
            let kind = Kind::of(nibble).ok_or_else(|| self.nonsense())?;
            let delta = i16::from(head >> 4);
            id = if delta == 0 { self.signed()? } else { id.checked_add(delta).ok_or_else(|| self.nonsense())? };
            if !visit(self, id, kind)? {
                self.skip(kind)?;
            }
        }
    }

    /// Reads a list: calls `visit` with the type of each member, which takes it.
    pub(super) fn list(&mut self, kind: Kind, mut visit: impl FnMut(&mut Self, Kind) -> Result<()>) -> Result<()> {
        self.expect(kind, Kind::List)?;
        self.deeper()?;
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        if length > self.rest.len() as u64 {
            return Err(self.damaged("has a list that is longer than itself"));
        }
        for _ in 0..length {
            let kind = Kind::of_member(head & 0x0F).ok_or_else(|| self.nonsense())?;
            visit(self, kind)?;
        }
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn int<T: TryFrom<i64>>(&mut self, kind: Kind) -> Result<T> {
        self.expect(kind, Kind::Int)?;
        self.signed()
    }

    /// Reads an integer of one byte.
    pub(super) fn small(&mut self, kind: Kind) -> Result<i8> {
        self.expect(kind, Kind::Byte)?;
        Ok(self.byte()?.cast_signed())
    }

    pub(super) fn boolean(&self, kind: Kind) -> Result<bool> {
        match kind {
            Kind::True => Ok(true),
            Kind::False => Ok(false),
            _ => Err(self.nonsense()),
        }
    }

    pub(super) fn bytes(&mut self, kind: Kind) -> Result<&'a [u8]> {
        self.expect(kind, Kind::Bytes)?;
        let length = usize::try_from(self.unsigned()?).unwrap_or(usize::MAX);
        self.take(length)
    }

    pub(super) fn text(&mut self, kind: Kind) -> Result<&'a str> {
        let bytes = self.bytes(kind)?;
        str::from_utf8(bytes).map_err(|_| self.damaged("has a name that is no UTF-8"))
    }

    /// Leaves a value out.
    pub(super) fn skip(&mut self, kind: Kind) -> Result<()> {
        match kind {
            Kind::True | Kind::False => Ok(()),
            Kind::Byte => self.take(1).map(drop),
            Kind::Int => self.unsigned().map(drop),
            Kind::Double => self.take(8).map(drop),
            Kind::Uuid => self.take(16).map(drop),
            Kind::Bytes => self.bytes(kind).map(drop),
            Kind::List => self.list(kind, Self::skip),
            Kind::Struct => self.fields(kind, |_, _, _| Ok(false)),
            Kind::Map => self.skip_map(),
        }
    }

    fn skip_map(&mut self) -> Result<()> {
        self.deeper()?;
        let length = self.unsigned()?;
        if length > self.rest.len() as u64 {
            return Err(self.nonsense());
        }
        let kinds = if length == 0 { 0 } else { self.byte()? };
        for _ in 0..length {
            for nibble in [kinds >> 4, kinds & 0x0F] {
                let kind = Kind::of_member(nibble).ok_or_else(|| self.nonsense())?;
                self.skip(kind)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn expect(&self, found: Kind, wanted: Kind) -> Result<()> {
        if found == wanted { Ok(()) } else { Err(self.nonsense()) }
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.nonsense()) } else { Ok(()) }
    }

    fn nonsense(&self) -> Error {
        self.damaged("makes no sense")
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.damaged("ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes.first().copied().unwrap_or_default())
    }

    fn unsigned(&mut self) -> Result<u64> {
        let mut value = 0;
        for number in 0..INT_BYTES {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << (7 * number);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.nonsense())
    }

    fn signed<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let zigzag = self.unsigned()?;
        let value = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        T::try_from(value).map_err(|_| self.nonsense())
    }
}
