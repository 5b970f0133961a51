//! The token: the path that leads to what is debugged.

use std::fmt;
use std::io;

use subtle::ConstantTimeEq as _;

/// Random bytes in a token: beyond guessing.
const BYTES: usize = 16;

/// Compared in constant time, and never shown by accident.
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0_u8; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| io::Error::other(format!("no random token: {error}")))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether this is it. How long that takes tells nothing but the length.
    pub(crate) fn is(&self, said: &str) -> bool {
        self.0.as_bytes().ct_eq(said.as_bytes()).into()
    }

    /// The secret itself, for whoever is to have it.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_random_and_only_themselves() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.secret().len(), 32);
        assert!(one.secret().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(one.is(one.secret()));
        assert!(!one.is(other.secret()));
        assert!(!one.is("") && !one.is(&one.secret()[1..]));
        assert!(
            !one.is(&one.secret().to_uppercase()) || !one.secret().contains(char::is_alphabetic)
        );
        assert!(!format!("{one:?}").contains(one.secret()));
    }
}
