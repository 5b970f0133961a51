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
    use super::*;

    #[test]
    fn depth_is_bounded_below_the_wire_cap() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(limits::DEPTH - ENVELOPE)).is_ok());
        assert!(check(&nested(limits::DEPTH - ENVELOPE + 1)).unwrap_err().contains("60 levels"));
        assert!(check(r#""[[[[\"[[[[""#).is_ok());
        assert_eq!(depth(r#"{"a\\":[{"b":"]]"}]}"#), 3);
    }
}
