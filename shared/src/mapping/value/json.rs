//! JSON text (RFC 8259) to attribute values, in one pass and with exact numbers.
//!
//! Of members with the same name the last stays. No deeper than DynamoDB nests, so no text exhausts the stack.

#[cfg(test)]
mod tests;

use memchr::memchr2;

use super::{append_bool, append_null, detail, members::Members, nest, number, text};
use crate::reject::{Fault, Reason};

/// Appends a JSON text as a value with its type (`{"L":[…]}`); returns its size. It must begin with a byte,
/// `[` or `{`, which `wanted` names.
pub(super) fn append(json: &str, begin: u8, wanted: &str, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let mut reader = Reader::new(json);
    reader.skip_space();
    let found = reader.peek();
    let size = reader.value(1, &mut Members::default(), out)?;
    reader.end()?;
    if found == Some(begin) { Ok(size) } else { Err(detail::mismatch(kind(found), wanted)) }
}

/// What a value is that begins with a byte.
pub(super) fn kind(begin: Option<u8>) -> &'static str {
    match begin {
        Some(b'{') => "a JSON object",
        Some(b'[') => "a JSON array",
        Some(b'"') => "a JSON string",
        Some(b't' | b'f') => "a JSON boolean",
        Some(b'n') => "a JSON null",
        _ => "a JSON number",
    }
}

/// A JSON text and how far it is read.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads a value; the attribute's own is level 1.
    fn value(&mut self, level: usize, members: &mut Members, out: &mut Vec<u8>) -> Result<usize, Fault> {
        nest(level)?;
        match self.peek() {
            Some(b'"') => {
                out.extend_from_slice(b"{\"S\":");
                let size = self.quoted(out)?;
                out.push(b'}');
                Ok(size)
            }
            Some(b'-' | b'0'..=b'9') => {
                out.extend_from_slice(b"{\"N\":\"");
                let size = number::text(self.number()?, out)?;
                out.extend_from_slice(b"\"}");
                Ok(size)
            }
            Some(b'{') => self.object(level, members, out),
            Some(b'[') => self.array(level, members, out),
            _ => match self.literal()? {
                Some(value) => Ok(append_bool(value, out)),
                None => Ok(append_null(out)),
            },
        }
    }

    fn array(&mut self, level: usize, members: &mut Members, out: &mut Vec<u8>) -> Result<usize, Fault> {
        out.extend_from_slice(b"{\"L\":[");
        let mut size = 3;
        let mut is_first = true;
        while self.next(b'[', is_first, b']')? {
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            size += 1 + self.value(level + 1, members, out)?;
        }
        out.extend_from_slice(b"]}");
        Ok(size)
    }

    fn object(&mut self, level: usize, members: &mut Members, out: &mut Vec<u8>) -> Result<usize, Fault> {
        out.extend_from_slice(b"{\"M\":{");
        let mark = members.open(out);
        let mut is_first = true;
        while self.next(b'{', is_first, b'}')? {
            is_first = false;
            let start = members.next(mark, out);
            let name = self.quoted(out)?;
            let key_end = out.len();
            self.skip_space();
            self.take(b':', "`:`")?;
            self.skip_space();
            out.push(b':');
            let size = self.value(level + 1, members, out)?;
            members.add(start, key_end, 1 + name + size, out);
        }
        let size = 3 + members.close_map(mark, out);
        out.extend_from_slice(b"}}");
        Ok(size)
    }

    /// Goes to the next member of an array or object, or past its end.
    pub(super) fn next(&mut self, begin: u8, is_first: bool, end: u8) -> Result<bool, Fault> {
        if is_first {
            self.take(begin, "an array or object")?;
        }
        self.skip_space();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(false);
        }
        if !is_first {
            self.take(b',', if end == b']' { "`,` or `]`" } else { "`,` or `}`" })?;
            self.skip_space();
        }
        Ok(true)
    }

    /// Reads a string into a JSON string of our form; returns how many bytes it stands for.
    fn quoted(&mut self, out: &mut Vec<u8>) -> Result<usize, Fault> {
        let mut size = 0;
        out.push(b'"');
        self.string(|piece| {
            size += piece.len();
            text::escape(piece, out);
        })?;
        out.push(b'"');
        Ok(size)
    }

    /// Reads a string, its escapes resolved, piece by piece.
    pub(super) fn string(&mut self, mut piece: impl FnMut(&str)) -> Result<(), Fault> {
        self.take(b'"', "a string")?;
        loop {
            let rest = self.rest();
            let Some(length) = memchr2(b'"', b'\\', rest.as_bytes()) else {
                self.at = self.text.len();
                return Err(self.invalid("`\"`"));
            };
            let (run, rest) = rest.split_at(length);
            if let Some(place) = run.bytes().position(|byte| byte < 0x20) {
                self.at += place;
                return Err(self.invalid("it escaped"));
            }
            piece(run);
            self.at += length + 1;
            if rest.starts_with('"') {
                return Ok(());
            }
            piece(self.escape()?.encode_utf8(&mut [0; 4]));
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Fault> {
        let Some(letter) = self.peek() else { return Err(self.invalid("an escape")) };
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unit(),
            _ => return Err(self.invalid("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// Reads `uXXXX`, and a second one where a surrogate asks for it.
    fn unit(&mut self) -> Result<char, Fault> {
        let first = self.at;
        let high = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&high) && self.peek() == Some(b'\\') {
            self.at += 1;
            let low = self.hex()?;
            // Of a wrong second half comes no character either.
            if (0xdc00..0xe000).contains(&low) { 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00) } else { high }
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| {
            self.at = first;
            self.invalid("both halves of a surrogate pair")
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.rest().strip_prefix('u').and_then(|rest| rest.get(..4));
        let Some(digits) = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
            return Err(self.invalid("`u` and four hexadecimal digits"));
        };
        self.at += 5;
        Ok(u32::from_str_radix(digits, 16).unwrap_or(0))
    }

    /// Reads a number as it is written.
    pub(super) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        self.skip_one(b"-");
        if !self.skip_one(b"0") {
            self.skip_digits()?;
        }
        if self.skip_one(b".") {
            self.skip_digits()?;
        }
        if self.skip_one(b"eE") {
            self.skip_one(b"+-");
            self.skip_digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn literal(&mut self) -> Result<Option<bool>, Fault> {
        for (literal, value) in [("true", Some(true)), ("false", Some(false)), ("null", None)] {
            if self.rest().starts_with(literal) {
                self.at += literal.len();
                return Ok(value);
            }
        }
        Err(self.invalid("a JSON value"))
    }

    /// Checks that only white space is left.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.at < self.text.len() { Err(self.invalid("the end")) } else { Ok(()) }
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) -> Result<(), Fault> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        if count == 0 { Err(self.invalid("a digit")) } else { Ok(()) }
    }

    fn skip_one(&mut self, of: &[u8]) -> bool {
        let is_one = self.peek().is_some_and(|byte| of.contains(&byte));
        self.at += usize::from(is_one);
        is_one
    }

    fn take(&mut self, byte: u8, wanted: &str) -> Result<(), Fault> {
        if self.skip_one(&[byte]) { Ok(()) } else { Err(self.invalid(wanted)) }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[cold]
    fn invalid(&self, wanted: &str) -> Fault {
        let found = match self.rest().chars().next() {
            Some(character) => detail::quoted(character.encode_utf8(&mut [0; 4])),
            None => "the end".to_owned(),
        };
        Fault::new(Reason::JsonInvalid, format!("found {found} at byte {}, wanted {wanted}", self.at))
    }
}
