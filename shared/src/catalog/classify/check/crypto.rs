//! Addresses of cryptocurrencies, by their checksums.

use sha2::{Digest, Sha256};
use sha3::Keccak256;

/// Whether a text is a bitcoin address of base 58: 21 bytes and the first four of their double SHA-256.
pub(crate) fn is_base58(text: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0_u8; 25];
    for byte in text {
        let digit = ALPHABET.iter().position(|each| each == byte).and_then(|digit| u16::try_from(digit).ok());
        let Some(mut carry) = digit else { return false };
        for place in bytes.iter_mut().rev() {
            carry += u16::from(*place) * 58;
            let [high, low] = carry.to_be_bytes();
            *place = low;
            carry = u16::from(high);
        }
        if carry > 0 {
            return false;
        }
    }
    let Some((body, check)) = bytes.split_last_chunk::<4>() else { return false };
    let hash = Sha256::digest(Sha256::digest(body));
    (26..=35).contains(&text.len()) && hash.starts_with(check)
}

/// Whether a text is a bitcoin address of base 32, by BIP 173 or 350.
pub(crate) fn is_bech32(text: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const STEPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let step = |check: u32, value: u32| {
        let top = check >> 25;
        let steps = STEPS.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1);
        steps.fold((check & 0x01ff_ffff) << 5 ^ value, |check, (_, step)| check ^ step)
    };
    let Some(data) = text.get(3..).filter(|_| (42..=62).contains(&text.len())) else { return false };
    let mut check = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    for byte in data {
        let value = ALPHABET.iter().position(|each| *each == byte.to_ascii_lowercase());
        let Some(value) = value.and_then(|value| u32::try_from(value).ok()) else { return false };
        check = step(check, value);
    }
    text.get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case(b"bc1")) && matches!(check, 1 | 0x2bc8_30a3)
}

/// What a text of `0x` and 40 hexadecimal digits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ethereum {
    /// Its capitals are those of EIP-55.
    Checked,
    /// Its letters are all small or all capitals, so that nothing is checked.
    Plain,
    /// Its capitals are wrong.
    Wrong,
}

/// Looks at such a text, `0x` left out.
pub(crate) fn ethereum(digits: &[u8]) -> Ethereum {
    let has = |is: fn(&u8) -> bool| digits.iter().any(is);
    if !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)) {
        return Ethereum::Plain;
    }
    let hash = Keccak256::digest(digits.to_ascii_lowercase());
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let is_right = digits
        .iter()
        .zip(nibbles)
        .all(|(digit, nibble)| !digit.is_ascii_alphabetic() || digit.is_ascii_uppercase() == (nibble > 7));
    if is_right { Ethereum::Checked } else { Ethereum::Wrong }
}
