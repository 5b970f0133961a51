//! The note that a server leaves for programs of the same user: where it is, and its token.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{Server, Token};

/// Why it cannot be left.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct NoteError {
    path: PathBuf,
    error: io::Error,
}

/// A file that tells where a server is. It goes when this is dropped, unless another server has put its
/// own in that place.
#[derive(Debug)]
pub struct Note {
    path: PathBuf,
    text: String,
}

impl Note {
    /// Leaves it, for this user's eyes alone. One that an earlier server has left is replaced.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn leave(path: &Path, server: &Server) -> Result<Self, NoteError> {
        Self::write(path, server.reachable(), server.token())
    }

    fn write(path: &Path, address: SocketAddr, token: &Token) -> Result<Self, NoteError> {
        let note: Value = json!({
            "address": address.to_string(),
            "token": token.secret(),
            "pid": std::process::id(),
        });
        let text = format!("{note}\n");
        // Written beside it and moved there: nobody reads half of it, nor follows a link that stands
        // in its place.
        let new = path.with_extension(format!("{}.new", std::process::id()));
        // What a program of this number has left when it crashed.
        drop(fs::remove_file(&new));
        let written = write_private(&new, &text).and_then(|()| fs::rename(&new, path));
        written.map_err(|error| {
            // Fails where it was never made.
            drop(fs::remove_file(&new));
            NoteError { path: path.to_owned(), error }
        })?;
        Ok(Self { path: path.to_owned(), text })
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            // A note that cannot go leads to nobody.
            drop(fs::remove_file(&self.path));
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_note_is_private_and_goes_with_its_server_alone() {
        let folder = std::env::temp_dir().join(format!("aether-note-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("serve.json");
        let address = SocketAddr::from(([127, 0, 0, 1], 7171));
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        let first = Note::write(&path, address, &one).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let second = Note::write(&path, address, &other).unwrap();
        drop(first);
        assert!(fs::read_to_string(&path).unwrap().contains(other.secret()));
        drop(second);
        assert!(!path.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
