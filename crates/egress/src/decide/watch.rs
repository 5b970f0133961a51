//! Looking for placeholders of secrets in bodies.

use super::secret::MAX_PLACEHOLDER;
use super::{Denied, Secret};

/// Looks into the body of a request, which comes in pieces: no secret is put into a body, and whoever
/// sends a placeholder in one sends it to somebody who cannot use it.
#[derive(Debug, Default)]
pub(crate) struct Watch<'s> {
    secrets: &'s [Secret],
    /// The end of what was looked at, in which a placeholder may have begun.
    tail: Vec<u8>,
}

impl<'s> Watch<'s> {
    pub(super) fn new(secrets: &'s [Secret]) -> Self {
        Watch { secrets, tail: Vec::new() }
    }

    /// Looks at the next piece.
    pub(crate) fn look(&mut self, piece: &[u8]) -> Result<(), Denied> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let kept = MAX_PLACEHOLDER - 1;
        // What begins in the tail ends within as much of the piece.
        self.tail.extend_from_slice(&piece[..piece.len().min(kept)]);
        let is_there = |secret: &&Secret| secret.is_in(&self.tail) || secret.is_in(piece);
        if let Some(secret) = self.secrets.iter().find(is_there) {
            return Err(secret.denied());
        }
        if piece.len() > kept {
            self.tail.clear();
            self.tail.extend_from_slice(&piece[piece.len() - kept..]);
        } else {
            self.tail.drain(..self.tail.len().saturating_sub(kept));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACEHOLDER: &str = "aether-secret-0123456789";

    /// Whether the placeholder is found in these pieces.
    fn found<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> bool {
        let secrets = [Secret::new("token", PLACEHOLDER, "value", []).unwrap()];
        let mut watch = Watch::new(&secrets);
        pieces.into_iter().any(|piece| watch.look(piece).is_err())
    }

    #[test]
    fn a_placeholder_is_found_however_the_body_comes() {
        for before in [0, 1, 200, 255, 256, 5000] {
            let body = [&vec![b'a'; before], PLACEHOLDER.as_bytes(), b"aether-secret"].concat();
            for size in [1, 2, 7, 24, 255, 256, 300, body.len()] {
                assert!(found(body.chunks(size)), "{before} bytes before, in pieces of {size}");
                assert!(!found(body[..before + PLACEHOLDER.len() - 1].chunks(size)));
            }
        }
        assert!(!found([&b"aether-secret-01234"[..], b"x", b"56789"]));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let secrets = [Secret::new("token", PLACEHOLDER, "value", []).unwrap()];
        let mut watch = Watch::new(&secrets);
        for size in [1, 100, 255, 256, 1000].repeat(50) {
            watch.look(&vec![b'x'; size]).unwrap();
            assert!(watch.tail.len() < MAX_PLACEHOLDER);
        }
    }
}
