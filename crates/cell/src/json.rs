//! What JSON text must be like to leave the cell.

use aether_protocol::limits;

/// Levels of a message around a value: the host counts the whole line.
const ENVELOPE: usize = 4;

/// Why a value cannot be sent, as the end of a sentence beginning with "the value is".
///
/// # Errors
/// The reason.
pub(crate) fn check(text: &str) -> Result<(), String> {
    if text.len() as u64 > limits::PAYLOAD_BYTES {
        let size = text.len();
        return Err(format!("too large: {size} bytes, at most {} fit", limits::PAYLOAD_BYTES));
    }
    let allowed = limits::DEPTH - ENVELOPE;
    if depth(text) > allowed { Err(format!("nested deeper than {allowed} levels")) } else { Ok(()) }
}

/// The same text without escapes of lone surrogates, which JavaScript writes and JSON readers of
/// other languages refuse: each becomes the replacement character.
pub(crate) fn well_formed(text: String) -> String {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(_), _) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // The escaped character may itself be a backslash.
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (escape, after) = escape.split_at(length);
        out.push_str(escape);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The surrogate that an escape at the beginning of `text` stands for, if it does.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}

/// Deepest nesting of arrays and objects.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_are_not() {
        for (text, expect) in [
            (r#""plain""#, r#""plain""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udc00\ud800x""#, r#""\ufffd\ufffdx""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\\\ud800é\n""#, r#""\\\ufffdé\n""#),
            (r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
        ] {
            assert_eq!(well_formed(text.into()), expect, "{text}");
            assert!(serde_json::from_str::<String>(expect).is_ok(), "{expect}");
        }
    }

    proptest! {
        #[test]
        fn what_is_well_formed_can_be_read(text in r#"(\\(\\|u[dD][89a-cA-C][0-9a-f]{2}|n|")|[a-zé]){0,20}"#) {
            let quoted = well_formed(format!("\"{text}\""));
            prop_assert!(serde_json::from_str::<String>(&quoted).is_ok(), "{quoted}");
        }
    }

    #[test]
    fn depth_is_bounded_below_the_wire_cap() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(limits::DEPTH - ENVELOPE)).is_ok());
        assert!(check(&nested(limits::DEPTH - ENVELOPE + 1)).unwrap_err().contains("60 levels"));
        assert!(check(r#""[[[[\"[[[[""#).is_ok());
        assert_eq!(depth(r#"{"a\\":[{"b":"]]"}]}"#), 3);
    }
}
