//! The token: what whoever may give orders knows.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use subtle::ConstantTimeEq as _;

/// Random bytes in a token that is made here: beyond guessing.
const BYTES: usize = 32;

/// The shortest token that is taken from a file. Stops one that could be guessed over loopback.
const SHORTEST: usize = 32;

/// The longest: a head must have room for it.
const LONGEST: usize = 256;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The system gives no random bytes.
    #[error("no random token: {0}")]
    Random(String),
    /// The file cannot be read.
    #[error("the token file: {0}")]
    Io(#[from] std::io::Error),
    /// Others may read it, or put another token there.
    #[error("the token file is open to others of this machine (mode {0:03o})")]
    Open(u32),
    /// It is another user's, who may know the token.
    #[error("the token file belongs to another user (number {0})")]
    Foreign(u32),
    /// What it holds is none.
    #[error(
        "a token has {SHORTEST} to {LONGEST} letters, digits, `-` or `_` in one line, and nothing else"
    )]
    Form,
}

/// A secret that is compared in constant time and never shown by accident.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one, of random bytes.
    ///
    /// # Errors
    /// [`TokenError::Random`].
    pub fn random() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The one in a text, which may end its line.
    ///
    /// # Errors
    /// [`TokenError::Form`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let token = text.strip_suffix('\n').unwrap_or(text);
        let token = token.strip_suffix('\r').unwrap_or(token);
        let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        match plain && (SHORTEST..=LONGEST).contains(&token.len()) {
            true => Ok(Self(token.to_owned())),
            false => Err(TokenError::Form),
        }
    }

    /// The one in a file, which on Unix must be this user's or root's, and nobody else's to read or
    /// write.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(file: &Path) -> Result<Self, TokenError> {
        let mut text = String::new();
        let file = File::open(file)?;
        // Of what was opened, whatever stands at the path by now.
        #[cfg(unix)]
        private(&file.metadata()?)?;
        file.take(LONGEST as u64 + 3).read_to_string(&mut text)?;
        Self::parse(&text)
    }

    /// Whether this is it. How long that takes tells nothing but the length.
    #[must_use]
    pub fn is(&self, said: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(said).into()
    }

    /// The secret itself, for whoever is to have it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

/// Whether only this user and root can know what is in a file.
#[cfg(unix)]
fn private(meta: &std::fs::Metadata) -> Result<(), TokenError> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = meta.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(TokenError::Foreign(owner));
    }
    match meta.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(TokenError::Open(meta.mode() & 0o777)),
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
        assert_eq!(one.secret().len(), 64);
        assert!(one.is(one.secret().as_bytes()));
        assert!(!one.is(other.secret().as_bytes()));
        assert!(!one.is(b"") && !one.is(&one.secret().as_bytes()[..63]));
        assert!(!format!("{one:?}").contains(one.secret()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_not_taken() {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let path = std::env::temp_dir().join(format!("aether-token-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, "a".repeat(32)).unwrap();
        let read = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Token::read(&path)
        };
        for mode in [0o600, 0o400, 0o700] {
            assert!(read(mode).is_ok(), "{mode:o}");
        }
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o666] {
            assert!(
                matches!(read(mode), Err(TokenError::Open(found)) if found == mode),
                "{mode:o}"
            );
        }
        // Only root can give a file away.
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(65_534), None).unwrap();
            assert!(matches!(read(0o600), Err(TokenError::Foreign(65_534))));
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_written_token_is_long_and_plain() {
        let check = |text: &str, is: bool| assert_eq!(Token::parse(text).is_ok(), is, "{text:?}");
        let long = "a".repeat(32);
        check(&long, true);
        check(&format!("{long}\r\n"), true);
        check(&long[1..], false);
        check(&"a".repeat(257), false);
        check(&format!("{long} "), false);
        check(&format!("{long}\n\n"), false);
        check(&format!("{long}ä"), false);
        check("", false);
    }
}
