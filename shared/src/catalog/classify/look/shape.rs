//! What bytes a text is made of: the prefilter of all checks.

pub(super) const DIGIT: u32 = 1;
pub(super) const UPPER: u32 = 1 << 1;
pub(super) const LOWER: u32 = 1 << 2;
pub(super) const SPACE: u32 = 1 << 3;
pub(super) const HYPHEN: u32 = 1 << 4;
pub(super) const DOT: u32 = 1 << 5;
pub(super) const SLASH: u32 = 1 << 6;
pub(super) const COLON: u32 = 1 << 7;
pub(super) const AT: u32 = 1 << 8;
pub(super) const PLUS: u32 = 1 << 9;
pub(super) const BRACKET: u32 = 1 << 10;
pub(super) const COMMA: u32 = 1 << 11;
pub(super) const APOSTROPHE: u32 = 1 << 12;
pub(super) const HIGH: u32 = 1 << 13;
pub(super) const ANGLE: u32 = 1 << 14;
/// What glues words together, so that no number begins behind it.
pub(super) const GLUE: u32 = 1 << 15;
pub(super) const OTHER: u32 = 1 << 16;

pub(super) const LETTER: u32 = UPPER | LOWER;

/// The class of each byte.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "done when it is compiled, for each byte"
)]
const CLASSES: [u32; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'/' => SLASH,
            b':' => COLON,
            b'@' => AT,
            b'+' => PLUS,
            b'(' | b')' => BRACKET,
            b',' | b';' => COMMA,
            b'\'' => APOSTROPHE,
            b'<' => ANGLE,
            b'_' | b'#' | b'=' | b'&' => GLUE,
            128.. => HIGH,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// What bytes a text is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) classes: u32,
    pub(super) digits: usize,
    /// A bit for each different byte, of its last six bits.
    pub(super) bytes: u64,
}

impl Shape {
    pub(super) fn of(text: &[u8]) -> Self {
        let (mut classes, mut digits, mut bytes) = (0, 0, 0);
        for byte in text {
            let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or_default();
            classes |= class;
            digits += usize::from(class == DIGIT);
            bytes |= 1 << (byte & 63);
        }
        Self { classes, digits, bytes }
    }

    pub(super) fn has(self, classes: u32) -> bool {
        self.classes & classes != 0
    }

    pub(super) fn is_only(self, classes: u32) -> bool {
        self.classes & !classes == 0
    }
}

/// The class of a byte.
pub(super) fn class(byte: u8) -> u32 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}
