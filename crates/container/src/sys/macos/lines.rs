//! A pair of sockets that keeps messages apart: one JSON value per line.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest message, in bytes. Orders name every argument, mount and variable of a native program.
const MESSAGE_BYTES: u64 = 16 << 20;

/// One end of the launch channel.
#[derive(Debug)]
pub(super) struct Channel(BufReader<UnixStream>);

impl Channel {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self(BufReader::new(stream))
    }

    pub(super) fn say<T: Serialize>(&mut self, message: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec(message)?;
        text.push(b'\n');
        self.0.get_mut().write_all(&text)
    }

    /// The other side's next message; `None` when it has closed its end.
    pub(super) fn hear<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut text = Vec::new();
        let count = (&mut self.0).take(MESSAGE_BYTES).read_until(b'\n', &mut text)?;
        if count == 0 {
            return Ok(None);
        }
        if text.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(serde_json::from_slice(&text)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard_whole_and_in_order() {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut one, mut other) = (Channel::new(one), Channel::new(other));
        one.say(&"a\nb").unwrap();
        one.say(&"c").unwrap();
        drop(one);
        assert_eq!(other.hear::<String>().unwrap().as_deref(), Some("a\nb"));
        assert_eq!(other.hear::<String>().unwrap().as_deref(), Some("c"));
        assert_eq!(other.hear::<String>().unwrap(), None);
    }

    #[test]
    fn half_a_message_and_one_without_an_end_are_errors() {
        let (mut one, other) = UnixStream::pair().unwrap();
        one.write_all(b"\"half").unwrap();
        drop(one);
        assert!(Channel::new(other).hear::<String>().is_err());
        let (mut one, other) = UnixStream::pair().unwrap();
        let flood = std::thread::spawn(move || while one.write_all(&[b' '; 1 << 16]).is_ok() {});
        assert!(Channel::new(other).hear::<String>().is_err());
        flood.join().unwrap();
    }
}
