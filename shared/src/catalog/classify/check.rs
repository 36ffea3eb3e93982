//! Whether a text is such a thing: forms and check digits. Nothing here allocates.

pub(crate) mod address;
pub(crate) mod bank;
pub(crate) mod crypto;
pub(crate) mod date;
pub(crate) mod net;
pub(crate) mod number;
pub(crate) mod person;
pub(crate) mod phone;
pub(crate) mod secret;

/// Up to 24 digits, as numbers, with what stands between them left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digits {
    digits: [u8; 24],
    length: usize,
}

impl Digits {
    /// The digits of a text; none where there are more than 24.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let mut all = Self { digits: [0; 24], length: 0 };
        for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
            *all.digits.get_mut(all.length)? = byte - b'0';
            all.length += 1;
        }
        Some(all)
    }

    /// The digits.
    pub(crate) fn all(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// The number that some of them make; those that are not there are none.
    pub(crate) fn number(&self, from: usize, to: usize) -> u64 {
        let some = self.all().get(from..to).unwrap_or_default();
        some.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))
    }

    /// The sum of digits times weights.
    pub(crate) fn weighed(&self, weights: &[u32]) -> u32 {
        self.all().iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
    }

    /// Whether all are the same digit.
    pub(crate) fn are_same(&self) -> bool {
        self.all().windows(2).all(|pair| pair.first() == pair.last())
    }
}

/// Whether the last digit is the check digit by Luhn's sum.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(*digit);
        match place % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        }
    });
    sum.sum::<u32>() % 10 == 0
}

/// The value of a digit (0 to 9) or letter (10 to 35).
pub(crate) fn base36(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// Whether bytes have a form: `9` stands for a digit, `A` for a letter of any case, `*` for either, and other bytes for
/// themselves.
pub(crate) fn has_form(bytes: &[u8], form: &[u8]) -> bool {
    bytes.len() == form.len()
        && bytes.iter().zip(form).all(|(byte, form)| match form {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'*' => byte.is_ascii_alphanumeric(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests;
