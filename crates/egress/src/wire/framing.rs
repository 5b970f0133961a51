//! How long a body is.

use super::Fields;

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    Empty,
    /// By its length.
    Length(u64),
    /// By its last chunk.
    Chunked,
    /// By the end of the connection; answers only.
    UntilClose,
}

/// Why the length of a body is not known for certain: where the gateway sees one end of it and the
/// server another, what follows is a request that nobody decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Both ways at once.
    #[error("the head has both `Content-Length` and `Transfer-Encoding`")]
    Both,
    /// More than one length, even the same twice.
    #[error("the head has more than one `Content-Length`")]
    RepeatedLength,
    /// Not digits alone.
    #[error("`Content-Length` is not a number")]
    Length,
    /// Anything but `chunked`, once.
    #[error("`Transfer-Encoding` is something other than `chunked`")]
    Coding,
    /// Chunks in a version that has none.
    #[error("the head has `Transfer-Encoding` in HTTP/1.0")]
    Version,
}

impl Framing {
    /// What the fields say; nothing when they say nothing.
    pub(crate) fn of(fields: &Fields, is_1_0: bool) -> Result<Option<Self>, FramingError> {
        let mut lengths = fields.all("content-length");
        let mut codings = fields.all("transfer-encoding");
        let (length, coding) = (lengths.next(), codings.next());
        if lengths.next().is_some() {
            return Err(FramingError::RepeatedLength);
        }
        match (length, coding) {
            (Some(_), Some(_)) => Err(FramingError::Both),
            (None, Some(_)) if is_1_0 => Err(FramingError::Version),
            (None, Some(coding)) => {
                let once = codings.next().is_none() && coding.eq_ignore_ascii_case(b"chunked");
                if once { Ok(Some(Framing::Chunked)) } else { Err(FramingError::Coding) }
            }
            (Some(length), None) => {
                let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
                let text = std::str::from_utf8(length).ok().filter(|_| digits);
                let number = text.and_then(|text| text.parse().ok());
                number.map(|number| Some(Framing::Length(number))).ok_or(FramingError::Length)
            }
            (None, None) => Ok(None),
        }
    }

    /// Writes the field that says so.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Framing::Empty | Framing::UntilClose => {}
            Framing::Length(length) => {
                out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
            }
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        }
    }
}
