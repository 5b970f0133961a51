//! The name of a run.

use std::fmt;

/// 128 bits as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

/// A run id cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunIdError {
    /// The text is not 32 lower-case hexadecimal digits.
    #[error("a run id is 32 lower-case hexadecimal digits")]
    NotHex,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a run id: {0}")]
    NoRandom(getrandom::Error),
}

impl RunId {
    /// A new id from the operating system's random source.
    pub fn random() -> Result<RunId, RunIdError> {
        let high = getrandom::u64().map_err(RunIdError::NoRandom)?;
        let low = getrandom::u64().map_err(RunIdError::NoRandom)?;
        Ok(RunId(format!("{high:016x}{low:016x}")))
    }

    /// Reads an id as it stands in a record.
    pub fn parse(text: &str) -> Result<RunId, RunIdError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(is_digit) {
            Ok(RunId(text.to_owned()))
        } else {
            Err(RunIdError::NotHex)
        }
    }

    /// The 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_parses_and_differs() {
        let first = RunId::random().unwrap();
        assert_eq!(RunId::parse(first.as_str()).unwrap(), first);
        assert_ne!(first, RunId::random().unwrap());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "ab", &"g".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
            assert!(RunId::parse(text).is_err(), "{text}");
        }
    }
}
