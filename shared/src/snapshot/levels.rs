//! Which rows have a digest: definition levels of one bit each.
//!
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>

/// Appends the levels of so many rows: one run where none lacks its digest, else a bit for each row.
pub(super) fn append(known: &[bool], out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend_from_slice(&[0; 4]);
    if known.iter().all(|known| *known) {
        append_number((known.len() as u64) << 1, out);
        out.push(1);
    } else {
        append_number(((known.len().div_ceil(8) as u64) << 1) | 1, out);
        out.extend(
            known.chunks(8).map(|bits| {
                bits.iter().enumerate().fold(0_u8, |byte, (place, known)| byte | (u8::from(*known) << place))
            }),
        );
    }
    let length = u32::try_from(out.len() - begin - 4).unwrap_or(u32::MAX);
    if let Some(room) = out.get_mut(begin..begin + 4) {
        room.copy_from_slice(&length.to_le_bytes());
    }
}

/// Appends a number as LEB128: seven bits a byte, the lowest first.
pub(super) fn append_number(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Which rows have a digest.
pub(super) enum Levels {
    /// Every one.
    All,
    /// Those that are so marked.
    Some(Vec<bool>),
}

/// Splits a page into the levels of so many rows and its values; none where the levels are not as [`append`] writes them.
pub(super) fn split(page: &[u8], rows: usize) -> Option<(Levels, usize)> {
    let (length, rest) = page.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (header, runs) = number(rest.get(..length)?)?;
    let levels = if header & 1 == 0 {
        (header >> 1 == rows && runs == [1]).then_some(Levels::All)?
    } else {
        if header >> 1 != rows.div_ceil(8) || runs.len() != rows.div_ceil(8) {
            return None;
        }
        let bits = runs.iter().flat_map(|byte| (0..8).map(move |place| byte >> place & 1 == 1));
        Levels::Some(bits.take(rows).collect())
    };
    Some((levels, 4 + length))
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}
