//! Which host is watched.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::Value;

use crate::TopError;

/// Most bytes of a note or token file that are read: a wrong path may lead to anything.
const FILE: u64 = 4096;

/// Where a host serves, and the token.
#[derive(Clone)]
pub struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Target").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Target {
    /// The host at a URL, with the token in a file.
    ///
    /// # Errors
    /// [`TopError`].
    pub fn of(url: &str, token: &Path) -> Result<Self, TopError> {
        let address = address(url).ok_or_else(|| TopError::Address(url.to_owned()))?;
        Self { address, token: String::new() }.with_token(token)
    }

    /// The host that left this note.
    ///
    /// # Errors
    /// [`TopError`].
    pub fn read(note: &Path) -> Result<Self, TopError> {
        let text = read(note).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => TopError::NoHost(note.to_owned()),
            _ => TopError::Io { path: note.to_owned(), error },
        })?;
        of_note(&text).ok_or_else(|| TopError::Form {
            path: note.to_owned(),
            what: "no note of a host that serves",
        })
    }

    /// The same with the token in a file.
    ///
    /// # Errors
    /// [`TopError`].
    pub fn with_token(self, file: &Path) -> Result<Self, TopError> {
        let path = file.to_owned();
        let text = read(file).map_err(|error| TopError::Io { path: path.clone(), error })?;
        let token = text.trim_end().to_owned();
        match is_token(&token) {
            true => Ok(Self { token, ..self }),
            false => Err(TopError::Form { path, what: "no token" }),
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn of_note(text: &str) -> Option<Target> {
    let note: Value = serde_json::from_str(text).ok()?;
    let address = address(note.get("address")?.as_str()?)?;
    let token = note.get("token")?.as_str().filter(|token| is_token(token))?;
    Some(Target { address, token: token.to_owned() })
}

/// What can be said in a field of a head, and is no more than a token.
fn is_token(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !text.is_empty() && text.bytes().all(plain)
}

/// An address of this machine alone: the token is sent there.
fn address(text: &str) -> Option<SocketAddr> {
    let rest = text.strip_prefix("http://").unwrap_or(text);
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let address = match rest.strip_prefix("localhost:") {
        Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().ok()?)),
        None => rest.parse().ok()?,
    };
    address.ip().is_loopback().then_some(address)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_this_machine_is_an_address() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(address(text), expect.map(|one| one.parse().unwrap()), "{text}");
        };
        check("http://127.0.0.1:7171/", Some("127.0.0.1:7171"));
        check("127.0.0.1:7171", Some("127.0.0.1:7171"));
        check("http://localhost:80", Some("127.0.0.1:80"));
        check("http://[::1]:7171", Some("[::1]:7171"));
        check("http://192.0.2.1:7171", None);
        check("http://localhost.evil.example:7171", None);
        check("https://127.0.0.1:7171", None);
        check("127.0.0.1", None);
        check("0.0.0.0:7171", None);
    }

    #[test]
    fn a_note_is_read() {
        let target = of_note(r#"{"address":"127.0.0.1:1","token":"abc","pid":1}"#).unwrap();
        assert_eq!((target.address.port(), target.token.as_str()), (1, "abc"));
        assert!(!format!("{target:?}").contains("abc"));
        for text in [
            "",
            "[]",
            r#"{"address":"127.0.0.1:1"}"#,
            r#"{"address":"127.0.0.1:1","token":"a\r\nX: y"}"#,
            r#"{"address":"8.8.8.8:1","token":"abc"}"#,
        ] {
            assert!(of_note(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_note_is_read_or_none(text: String) {
            of_note(&text);
            address(&text);
        }
    }
}
