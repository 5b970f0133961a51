//! Frames of a WebSocket, RFC 6455.

/// Longest payload of a frame that is no part of a message, in bytes, by the standard.
pub(crate) const MAX_CONTROL: usize = 125;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn parse(bits: u8) -> Option<Self> {
        use Opcode::{Binary, Close, Continuation, Ping, Pong, Text};
        [Continuation, Text, Binary, Close, Ping, Pong].into_iter().find(|code| *code as u8 == bits)
    }

    pub(crate) fn is_control(self) -> bool {
        self as u8 >= Opcode::Close as u8
    }
}

/// What stands before the payload of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    /// Whether it is the last of its message.
    pub(crate) is_last: bool,
    pub(crate) opcode: Opcode,
    pub(crate) length: u64,
    /// What the payload is masked with; a server masks none.
    pub(crate) mask: Option<[u8; 4]>,
}

/// Why bytes are no frames, or frames no messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Bits that mean something only by an extension, of which none was agreed on.
    #[error("a frame has reserved bits")]
    Reserved,
    /// Neither part of a message nor one of the three others.
    #[error("a frame is of no kind that there is")]
    Opcode,
    /// A close, ping or pong that is longer than one can be, or in parts.
    #[error("a close, ping or pong is longer than {MAX_CONTROL} bytes or in parts")]
    Control,
    /// A length written with more bytes than it needs, or beyond what there is.
    #[error("a frame does not have its length in its shortest form")]
    Length,
    /// A server's frame that is masked.
    #[error("a frame of the server is masked")]
    Masked,
    /// A part of a message that never began, or another message within one.
    #[error("a message begins within another one or in its middle")]
    Order,
    /// A message that is too long.
    #[error("a message is longer than allowed")]
    TooLong,
    /// A text that is none.
    #[error("a text is not UTF-8")]
    Text,
    /// A code that says nothing, or half of one.
    #[error("a close has a code that cannot be sent")]
    Code,
}

impl FrameError {
    /// The code of the close that says so.
    pub(crate) fn code(self) -> u16 {
        match self {
            FrameError::TooLong => 1009,
            FrameError::Text => 1007,
            _ => 1002,
        }
    }
}

impl FrameHead {
    /// Reads one, and how many bytes it took; nothing while some are missing.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, FrameError> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(FrameError::Reserved);
        }
        let is_last = first & 0x80 != 0;
        let opcode = Opcode::parse(first & 0x0f).ok_or(FrameError::Opcode)?;
        let short = second & 0x7f;
        if opcode.is_control() && (usize::from(short) > MAX_CONTROL || !is_last) {
            return Err(FrameError::Control);
        }
        let (length, rest) = match short {
            126 => match rest.split_first_chunk() {
                Some((long, rest)) => (u64::from(u16::from_be_bytes(*long)), rest),
                None => return Ok(None),
            },
            127 => match rest.split_first_chunk() {
                Some((long, rest)) => (u64::from_be_bytes(*long), rest),
                None => return Ok(None),
            },
            short => (u64::from(short), rest),
        };
        let least = match short {
            126 => 126,
            127 => 1 << 16,
            _ => 0,
        };
        if length < least || length > i64::MAX as u64 {
            return Err(FrameError::Length);
        }
        let (mask, rest) = match (second & 0x80 != 0, rest.split_first_chunk()) {
            (false, _) => (None, rest),
            (true, Some((mask, rest))) => (Some(*mask), rest),
            (true, None) => return Ok(None),
        };
        let head = FrameHead { is_last, opcode, length, mask };
        Ok(Some((head, bytes.len() - rest.len())))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_last) << 7 | self.opcode as u8);
        let masked = u8::from(self.mask.is_some()) << 7;
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(short @ ..126), _) => out.push(masked | short),
            (_, Ok(long)) => {
                out.push(masked | 126);
                out.extend_from_slice(&long.to_be_bytes());
            }
            _ => {
                out.push(masked | 127);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        out.extend_from_slice(self.mask.as_ref().map_or(&[], |mask| mask));
    }
}

/// Masks a payload, or takes its mask off.
pub(crate) fn mask(payload: &mut [u8], mask: [u8; 4]) {
    for four in payload.chunks_mut(4) {
        four.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}
