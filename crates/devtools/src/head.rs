//! The head of a request, read by `httparse` and looked at as strictly as nothing but debuggers asks
//! for.

use crate::answer::Answer;
use crate::limits::FIELDS;

/// What ends a head.
const END: &[u8] = b"\r\n\r\n";

/// A head of which every part is one text.
#[derive(Debug)]
pub(crate) struct Head<'h> {
    pub(crate) method: &'h str,
    /// As it was sent: with its query, or a whole address.
    pub(crate) target: &'h str,
    /// Whether it speaks HTTP/1.1, without which there is no WebSocket.
    pub(crate) is_modern: bool,
    fields: Vec<(&'h str, &'h [u8])>,
}

/// Where the head ends, if it does, where it was looked through so far already.
pub(crate) fn end(bytes: &[u8], so_far: usize) -> Option<usize> {
    let from = so_far.saturating_sub(END.len() - 1);
    let rest = bytes.get(from..)?;
    rest.windows(END.len()).position(|four| four == END).map(|at| from + at + END.len())
}

impl<'h> Head<'h> {
    /// Reads a head, from its first byte to its [`end`].
    pub(crate) fn parse(bytes: &'h [u8]) -> Result<Self, Answer> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            // Not that it ends at a line that others would not take for the last one.
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
            Ok(_) => return Err(Answer::bad("the request does not end where its head does")),
            Err(httparse::Error::TooManyHeaders) => return Err(Answer::large()),
            Err(error) => return Err(Answer::bad(&format!("this is no request: {error}"))),
        }
        let (Some(method), Some(target)) = (request.method, request.path) else {
            return Err(Answer::bad("this is no request"));
        };
        let fields = request.headers.iter().map(|field| (field.name, field.value)).collect();
        Ok(Self { method, target, is_modern: request.version == Some(1), fields })
    }

    /// The one value of a field. Two of them could be read differently by others on the way.
    pub(crate) fn only(&self, name: &str) -> Result<Option<&'h str>, Answer> {
        let mut all = self.all(name);
        match (all.next().map(std::str::from_utf8).transpose(), all.next()) {
            (Ok(first), None) => Ok(first),
            _ => Err(Answer::bad(&format!("the field `{name}` is not one plain text"))),
        }
    }

    /// Whether a field that is a list of words has this one, in letters of either case.
    pub(crate) fn lists(&self, name: &str, word: &str) -> bool {
        let mut words = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        words.any(|one| one.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        let named = |(field, _): &&(&str, &[u8])| field.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_empty_line_however_it_comes() {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nmore\r\n\r\n";
        for so_far in 0..27 {
            assert_eq!(end(bytes, so_far), Some(27), "{so_far}");
        }
        assert_eq!(end(&bytes[..26], 0), None);
        assert_eq!(end(b"", 0), None);
        assert_eq!(end(b"\n\n", 2), None);
    }

    #[test]
    fn every_part_is_told() {
        let bytes = b"GET /json HTTP/1.1\r\nhOsT: a\r\nConnection: keep-alive,\t uPgrade\r\n\r\n";
        let head = Head::parse(bytes).unwrap();
        assert_eq!((head.method, head.target, head.is_modern), ("GET", "/json", true));
        assert_eq!(head.only("host").unwrap(), Some("a"));
        assert_eq!(head.only("origin").unwrap(), None);
        assert!(head.lists("connection", "upgrade") && head.lists("connection", "keep-alive"));
        assert!(!head.lists("connection", "up") && !head.lists("upgrade", "upgrade"));
        assert!(!Head::parse(b"GET / HTTP/1.0\r\n\r\n").unwrap().is_modern);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let status = |bytes: &[u8]| Head::parse(bytes).map(drop).map_err(|answer| answer.status);
        let bad = Err("400 Bad Request");
        assert_eq!(status(b"\r\n\r\n"), bad);
        assert_eq!(status(b"GET / HTTP/1.1\n\nHost: a\r\n\r\n"), bad, "it ended before");
        assert_eq!(status(b"GET / HTTP/1.1\r\nHost: a\r\n"), bad, "it has not ended");
        assert_eq!(status(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"), bad);
        assert_eq!(status(b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n"), bad, "a folded line");
        assert_eq!(status(b"GET / HTTP/2.0\r\n\r\n"), bad);
        assert_eq!(status(b"GET /json\r\n\r\n"), bad);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(FIELDS + 1));
        assert_eq!(status(many.as_bytes()), Err("431 Request Header Fields Too Large"));
        let twice = Head::parse(b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n").unwrap();
        assert_eq!(twice.only("Host").unwrap_err().status, "400 Bad Request");
        let odd = Head::parse(b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n").unwrap();
        assert_eq!(odd.only("Host").unwrap_err().status, "400 Bad Request");
    }
}
