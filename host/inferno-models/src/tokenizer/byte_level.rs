//! The alphabet of byte-level BPE: one printable character for each byte (Radford et al. 2019, GPT-2).
//!
//! Bytes that print in Latin-1 stand for themselves; the other 68 are counted up from U+0100.

use super::TokenKind;

const fn prints(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff)
}

/// The character for each byte.
pub(crate) fn alphabet() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| {
        let byte = byte as u8;
        if prints(byte) {
            return char::from(byte);
        }
        let stand_in = char::from_u32(next).unwrap_or(char::REPLACEMENT_CHARACTER);
        next += 1;
        stand_in
    })
}

/// The byte that a character stands for.
fn byte(c: char) -> Option<u8> {
    match u32::from(c) {
        n @ 0..=0xff => Some(n as u8).filter(|byte| prints(*byte)),
        // In ascending order: 00–20, 7f–a0, ad.
        n @ 0x100..=0x120 => Some((n - 0x100) as u8),
        n @ 0x121..=0x142 => Some((n - 0x121 + 0x7f) as u8),
        0x143 => Some(0xad),
        _ => None,
    }
}

/// The bytes of a token's text. A character outside the alphabet, which some files have in added tokens,
/// stands for itself.
pub(super) fn decode(text: &str, _: TokenKind) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_character() {
        let alphabet = alphabet();
        for (expected, c) in alphabet.into_iter().enumerate() {
            assert_eq!(byte(c), Some(expected as u8), "{c:?}");
        }
        assert_eq!((alphabet[b' ' as usize], alphabet[b'\n' as usize]), ('Ġ', 'Ċ'));
    }
}
