//! Text from bytes and back, as the Encoding Standard and Node do it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::host::Host;
use crate::lines::cut_tail;
use crate::value::{Args, Raise, Ret};

/// Accepts what Node accepts once white space is gone: padding or none, loose trailing bits.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Code points of the bytes 0x80 to 0x9F in windows-1252, which is what "latin1" means on the web.
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

pub(super) fn utf8(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    Ok(Ret::Bytes(args.text("the text")?.into_bytes()))
}

pub(super) fn latin1(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    Ok(Ret::Bytes(args.text("the text")?.encode_utf16().map(|unit| unit as u8).collect()))
}

pub(super) fn latin1_text(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    Ok(Ret::Text(args.bytes("the bytes")?.into_iter().map(char::from).collect()))
}

pub(super) fn utf16(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    Ok(Ret::Bytes(args.text("the text")?.encode_utf16().flat_map(u16::to_le_bytes).collect()))
}

pub(super) fn base64_bytes(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let text = args.text("the text")?;
    let end = text.find('=').unwrap_or(text.len());
    let mut clean: Vec<u8> = text
        .bytes()
        .take(end)
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Some(byte),
            _ => None,
        })
        .collect();
    // One digit left over carries fewer than eight bits and is dropped.
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    let bytes = FORGIVING.decode(&clean);
    Ok(Ret::Bytes(bytes.map_err(|error| Raise::wrong(error.to_string()))?))
}

pub(super) fn hex_bytes(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let text = args.text("the text")?;
    let digits = text.as_bytes().chunks_exact(2).map_while(|pair| {
        let [high, low] = pair else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
    });
    Ok(Ret::Bytes(digits.collect()))
}

pub(super) fn decode(_: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let encoding = args.text("the encoding")?;
    let bytes = args.bytes("the bytes")?;
    let fatal = args.flag("fatal")?;
    let more = args.flag("more follows")?;
    let left = if more { left_over(&encoding, &bytes) } else { 0 };
    let whole = bytes.get(..bytes.len() - left).unwrap_or_default();
    let text = match encoding.as_str() {
        "utf-8" => from_utf8(whole, fatal),
        "utf-16le" => from_utf16(whole, u16::from_le_bytes, fatal),
        "utf-16be" => from_utf16(whole, u16::from_be_bytes, fatal),
        "windows-1252" => Some(from_windows_1252(whole)),
        _ => return Err(Raise::wrong(format!("no encoding `{encoding}`"))),
    };
    let text = text.ok_or_else(|| Raise::wrong(format!("the data is not valid {encoding}")))?;
    Ok(Ret::List(vec![Ret::Text(text), Ret::Number(left as f64)]))
}

/// Bytes at the end that belong to a character which is not complete.
fn left_over(encoding: &str, bytes: &[u8]) -> usize {
    match encoding {
        "utf-8" => cut_tail(bytes),
        "utf-16le" | "utf-16be" => {
            let odd = bytes.len() % 2;
            let whole = bytes.get(..bytes.len() - odd).unwrap_or_default();
            let read = if encoding == "utf-16le" { u16::from_le_bytes } else { u16::from_be_bytes };
            match whole.last_chunk::<2>().map(|unit| read(*unit)) {
                Some(0xD800..=0xDBFF) => odd + 2,
                _ => odd,
            }
        }
        _ => 0,
    }
}

fn from_utf8(bytes: &[u8], fatal: bool) -> Option<String> {
    if fatal {
        return std::str::from_utf8(bytes).ok().map(str::to_owned);
    }
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn from_utf16(bytes: &[u8], read: fn([u8; 2]) -> u16, fatal: bool) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| read(*pair));
    let decoded = char::decode_utf16(units);
    if fatal {
        return decoded.collect::<Result<String, _>>().ok().filter(|_| odd.is_empty());
    }
    let mut text: String = decoded.map(|unit| unit.unwrap_or('\u{FFFD}')).collect();
    if !odd.is_empty() {
        text.push('\u{FFFD}');
    }
    Some(text)
}

fn from_windows_1252(bytes: &[u8]) -> String {
    let char_of = |byte: &u8| match byte {
        0x80..=0x9F => WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{FFFD}'),
        other => char::from(*other),
    };
    bytes.iter().map(char_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_waits_for_the_second_half_of_a_pair() {
        let face: Vec<u8> = "😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(left_over("utf-16le", &face[..2]), 2);
        assert_eq!(left_over("utf-16le", &face[..3]), 3);
        assert_eq!(left_over("utf-16le", &face), 0);
        assert_eq!(from_utf16(&face[..2], u16::from_le_bytes, false).as_deref(), Some("\u{FFFD}"));
        assert_eq!(from_utf16(&face[..2], u16::from_le_bytes, true), None);
        assert_eq!(
            from_utf16(&face[..3], u16::from_le_bytes, false).as_deref(),
            Some("\u{FFFD}\u{FFFD}")
        );
    }

    #[test]
    fn latin1_is_windows_1252_on_the_web() {
        assert_eq!(from_windows_1252(&[0x80, 0x9f, 0xe9, 0x41]), "€ŸéA");
    }
}
