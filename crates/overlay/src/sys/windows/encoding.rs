//! Names as bytes.
//!
//! A name of Windows is in UTF-16 that need not be Unicode. As bytes it is in WTF-8: UTF-8, with a
//! half of a pair that stands alone in the three bytes of its number.

use std::ffi::{OsStr, OsString};
use std::os::windows::ffi::OsStringExt;

/// The bytes of a host name or path.
pub(crate) fn name_to_bytes(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

/// The host name or path of such bytes. What is neither is replaced by a character that says so.
pub(crate) fn name_from_bytes(bytes: Vec<u8>) -> OsString {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (valid, behind) = valid_part(rest);
        units.extend(valid.encode_utf16());
        rest = behind;
        if let Some((half, behind)) = lone_half(rest) {
            units.push(half);
            rest = behind;
        } else if let Some((_, behind)) = rest.split_first() {
            units.push(u16::try_from(u32::from(char::REPLACEMENT_CHARACTER)).unwrap_or_default());
            rest = behind;
        }
    }
    OsString::from_wide(&units)
}

fn valid_part(bytes: &[u8]) -> (&str, &[u8]) {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return (text, &[]),
        Err(error) => error.valid_up_to(),
    };
    let (valid, rest) = bytes.split_at(valid);
    (std::str::from_utf8(valid).unwrap_or_default(), rest)
}

/// A half of a pair at the beginning, `U+D800` to `U+DFFF`.
fn lone_half(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (&[0xed, high @ 0xa0..=0xbf, low @ 0x80..=0xbf], rest) = bytes.split_first_chunk()? else {
        return None;
    };
    Some((0xd000 | u16::from(high & 0x3f) << 6 | u16::from(low & 0x3f), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_their_bytes_whatever_they_are() {
        for units in [
            "a/ä…🎈".encode_utf16().collect(),
            vec![],
            vec![0xd800],
            vec![0x61, 0xdfff, 0x62],
            // The halves the wrong way round are no pair.
            vec![0xdc00, 0xd83c],
            vec![0xd83c, 0xdf88],
        ] {
            let name = OsString::from_wide(&units);
            assert_eq!(name_from_bytes(name_to_bytes(&name).to_vec()), name, "{units:04x?}");
        }
    }

    #[test]
    fn what_is_no_name_is_shown_as_such() {
        for bytes in [&b"a\xffb"[..], b"a\xed\xa0", b"\xc3"] {
            let name = name_from_bytes(bytes.to_vec());
            assert!(name.to_str().is_some_and(|name| name.contains('\u{fffd}')), "{name:?}");
        }
    }
}
