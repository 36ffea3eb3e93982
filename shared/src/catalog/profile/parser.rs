//! Reads JSON from its bytes, without a tree: text is borrowed where nothing in it is escaped.

use std::borrow::Cow;

use memchr::memchr2;

use super::Error;

/// How deep objects and lists may nest in what is skipped; deeper text is no answer of DynamoDB.
const DEEPEST: usize = 256;

/// How many bytes of a text are looked at eight by eight, before it is taken for a long one.
const SHORT: usize = 32;

/// DynamoDB's types, by which values are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Binary,
    Boolean,
    Null,
    Map,
    List,
    TextSet,
    NumberSet,
    BinarySet,
}

impl Kind {
    /// Every type in the order in which equally frequent ones are told, under DynamoDB's own name.
    pub(super) const ALL: [(Self, &'static str); 10] = [
        (Self::Text, "S"),
        (Self::Number, "N"),
        (Self::Binary, "B"),
        (Self::Boolean, "BOOL"),
        (Self::Null, "NULL"),
        (Self::Map, "M"),
        (Self::List, "L"),
        (Self::TextSet, "SS"),
        (Self::NumberSet, "NS"),
        (Self::BinarySet, "BS"),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, each)| *each == name).map(|(kind, _)| *kind)
    }
}

/// A place in a text of JSON.
pub(super) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Whether every text so far and to come is.
    is_ascii: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(body: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|error| Error::Malformed(error.valid_up_to()))?;
        Ok(Self { text, bytes: body, at: 0, is_ascii: text.is_ascii() })
    }

    /// How many bytes were read.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Says that what stands here is none of what may.
    pub(super) fn malformed<T>(&self) -> Result<T, Error> {
        Err(Error::Malformed(self.at))
    }

    /// The number of characters of a text that was read here.
    pub(super) fn characters(&self, text: &str) -> usize {
        if self.is_ascii { text.len() } else { text.chars().count() }
    }

    /// Steps over white space, if there is any, and hands back the byte that stands behind.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Steps over a byte, if it is the next one.
    #[inline]
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.bytes.get(self.at) == Some(&byte) || self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over a byte.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> Result<(), Error> {
        if self.takes(byte) { Ok(()) } else { self.malformed() }
    }

    /// Steps over what stands between two members of an object or list, or behind the last one, and tells whether there
    /// is another one.
    #[inline]
    pub(super) fn goes_on(&mut self, end: u8) -> Result<bool, Error> {
        if self.takes(b',') {
            return Ok(true);
        }
        self.take(end)?;
        Ok(false)
    }

    /// Reads a text.
    #[inline]
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let (raw, is_escaped) = self.raw()?;
        if is_escaped { self.unescape(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(raw)) }
    }

    /// Reads the beginning of a value of DynamoDB JSON: `{"S":` and so on.
    #[inline]
    pub(super) fn open(&mut self) -> Result<Kind, Error> {
        if let Some([b'{', b'"', letter, b'"', b':', ..]) = self.bytes.get(self.at..) {
            let kind = match letter {
                b'S' => Kind::Text,
                b'N' => Kind::Number,
                b'B' => Kind::Binary,
                b'M' => Kind::Map,
                b'L' => Kind::List,
                _ => return self.malformed(),
            };
            self.at += 5;
            return Ok(kind);
        }
        self.take(b'{')?;
        let name = self.text()?;
        self.take(b':')?;
        match Kind::of(&name) {
            Some(kind) => Ok(kind),
            None => self.malformed(),
        }
    }

    /// Reads true or false.
    pub(super) fn boolean(&mut self) -> Result<bool, Error> {
        match self.word() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => self.malformed(),
        }
    }

    /// Reads a number that stands outside of text.
    pub(super) fn number(&mut self) -> Result<f64, Error> {
        match self.word().parse() {
            Ok(number) => Ok(number),
            Err(_) => self.malformed(),
        }
    }

    /// Steps over a value and hands back its text.
    pub(super) fn skip(&mut self) -> Result<&'a str, Error> {
        self.peek();
        let (from, mut depth) = (self.at, 0);
        loop {
            match self.peek() {
                Some(b'{' | b'[') => {
                    self.at += 1;
                    depth += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    self.at += 1;
                    depth -= 1;
                }
                Some(b',' | b':') if depth > 0 => self.at += 1,
                Some(b'"') => drop(self.raw()?),
                Some(_) => {
                    if self.word().is_empty() {
                        return self.malformed();
                    }
                }
                None => return self.malformed(),
            }
            if depth == 0 {
                return Ok(self.text.get(from..self.at).unwrap_or_default());
            }
            if depth > DEEPEST {
                return Err(Error::TooDeep);
            }
        }
    }

    /// Tells that nothing stands behind.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.peek().is_some() { self.malformed() } else { Ok(()) }
    }

    /// Reads what is neither text nor nested: a number, true, false or null.
    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = rest.iter().take_while(|byte| part(byte)).count();
        let word = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        word
    }

    /// Reads a text as it stands, and tells whether something in it is escaped.
    #[inline]
    fn raw(&mut self) -> Result<(&'a str, bool), Error> {
        self.take(b'"')?;
        let (from, mut is_escaped) = (self.at, false);
        loop {
            let Some(at) = self.quote() else {
                self.at = self.bytes.len();
                return self.malformed();
            };
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Ok((self.text.get(from..at).unwrap_or_default(), is_escaped));
            }
            is_escaped = true;
            self.at = at + 2;
        }
    }

    /// Where the next quote or backslash is.
    #[inline]
    fn quote(&self) -> Option<usize> {
        let zero = |word: u64| word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080;
        let mut at = self.at;
        while at < self.at + SHORT {
            let Some(chunk) = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else { break };
            let word = u64::from_le_bytes(*chunk);
            let found = zero(word ^ 0x2222_2222_2222_2222) | zero(word ^ 0x5c5c_5c5c_5c5c_5c5c);
            if found != 0 {
                return Some(at + (found.trailing_zeros() / 8) as usize);
            }
            at += 8;
        }
        memchr2(b'"', b'\\', self.bytes.get(at..)?).map(|further| at + further)
    }

    fn unescape(&mut self, raw: &str) -> Result<String, Error> {
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((plain, escaped)) = rest.split_once('\\') {
            text.push_str(plain);
            let mut letters = escaped.chars();
            let letter = match letters.next() {
                Some(letter @ ('"' | '\\' | '/')) => letter,
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    let Some((letter, behind)) = unicode(letters.as_str()) else { return self.malformed() };
                    self.is_ascii &= letter.is_ascii();
                    text.push(letter);
                    rest = behind;
                    continue;
                }
                _ => return self.malformed(),
            };
            text.push(letter);
            rest = letters.as_str();
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// The character that `\u` stands before, and what stands behind it.
fn unicode(text: &str) -> Option<(char, &str)> {
    fn unit(text: &str) -> Option<(u32, &str)> {
        let (digits, rest) = text.split_at_checked(4)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        Some((u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?, rest))
    }
    let (high, rest) = unit(text)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, rest));
    }
    let (low, rest) = unit(rest.strip_prefix("\\u")?)?;
    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?, rest))
}
