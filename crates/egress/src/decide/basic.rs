//! Names and passwords in headers, as RFC 7617 has them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Reads what servers read: with or without what fills the end up.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The value of a header that says `Basic` and `name:password`, encoded. The encoding hides whatever
/// is in it from who looks for a text, and is no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    text: Vec<u8>,
}

impl Basic {
    /// Reads a header's value; nothing when it is another one.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (scheme, rest) = value.trim_ascii().split_at_checked(5)?;
        let code = rest.trim_ascii();
        if !scheme.eq_ignore_ascii_case(b"basic") || code.len() == rest.len() {
            return None;
        }
        // The other alphabet is read by some servers, and written by some clients.
        let letter = |byte: &u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
        let code: Vec<u8> = code.iter().map(letter).collect();
        LENIENT.decode(code).ok().map(|text| Basic { text })
    }

    /// The header's value for this name and password.
    pub fn value(&self) -> String {
        format!("Basic {}", STANDARD.encode(&self.text))
    }

    /// `name:password`.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Another one.
    #[must_use]
    pub fn with_text(&self, text: Vec<u8>) -> Self {
        Basic { text }
    }
}

/// Without what it holds.
impl std::fmt::Debug for Basic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Basic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing() {
        for (value, expect) in [
            ("Basic dTpw", Some("u:p")),
            ("basic  dTpw ", Some("u:p")),
            ("BASIC\tdTpw", Some("u:p")),
            ("Basic dTpwcA", Some("u:pp")),
            ("Basic dTpwcA==", Some("u:pp")),
            ("Basic dTo_Pz4-", Some("u:??>>")),
            ("Basic dTo/Pz4+", Some("u:??>>")),
            ("BasicdTpw", None),
            ("Basic", None),
            ("Basic ", None),
            ("Bearer dTpw", None),
            ("Basic d:pw", None),
            ("", None),
        ] {
            let found = Basic::parse(value.as_bytes());
            let text = found.as_ref().map(|basic| std::str::from_utf8(basic.text()).unwrap());
            assert_eq!(text, expect, "{value}");
        }
        let basic = Basic::parse(b"Basic dTpw").unwrap();
        assert_eq!(basic.value(), "Basic dTpw");
        assert_eq!(basic.with_text(b"u:pp".to_vec()).value(), "Basic dTpwcA==");
        assert_eq!(format!("{basic:?}"), "Basic");
    }
}
