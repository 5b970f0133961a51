//! What a server says in a WebSocket, put together from its frames.

use super::frame::{FrameError, FrameHead, Opcode};

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// The last thing.
    Close(Option<(u16, String)>),
}

/// Puts frames together. It holds one message at most, and no more of it than came.
#[derive(Debug)]
pub(crate) struct Messages {
    limit: usize,
    state: State,
    /// The message whose frames are coming.
    message: Option<(Opcode, Vec<u8>)>,
    /// The payload of a frame that is no part of it.
    control: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before a frame.
    Head,
    /// In one, of which so many bytes are to come.
    Payload { opcode: Opcode, is_last: bool, left: usize },
}

impl Messages {
    /// For messages of so many bytes at most.
    pub(crate) fn new(limit: usize) -> Self {
        Messages { limit, state: State::Head, message: None, control: Vec::new() }
    }

    /// Looks at the next bytes: how many were used, and what was said with them. With none used and
    /// nothing said, more are needed.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(usize, Option<Said>), FrameError> {
        match self.state {
            State::Head => {
                let Some((head, used)) = FrameHead::parse(bytes)? else { return Ok((0, None)) };
                let left = self.begin(head)?;
                let (opcode, is_last) = (head.opcode, head.is_last);
                self.state = State::Payload { opcode, is_last, left };
                let said = if left == 0 { self.end(opcode, is_last)? } else { None };
                Ok((used, said))
            }
            State::Payload { opcode, is_last, left } => {
                let used = left.min(bytes.len());
                self.payload(opcode).extend_from_slice(&bytes[..used]);
                let left = left - used;
                self.state = State::Payload { opcode, is_last, left };
                let said = if left == 0 { self.end(opcode, is_last)? } else { None };
                Ok((used, said))
            }
        }
    }

    /// Begins a frame; the length of its payload.
    fn begin(&mut self, head: FrameHead) -> Result<usize, FrameError> {
        if head.mask.is_some() {
            return Err(FrameError::Masked);
        }
        let held = match (head.opcode, &mut self.message) {
            (Opcode::Continuation, Some((_, message))) => message.len(),
            (Opcode::Text | Opcode::Binary, message @ None) => {
                *message = Some((head.opcode, Vec::new()));
                0
            }
            (Opcode::Continuation | Opcode::Text | Opcode::Binary, _) => {
                return Err(FrameError::Order);
            }
            _ => 0,
        };
        let length = usize::try_from(head.length).map_err(|_| FrameError::TooLong)?;
        let is_long = !head.opcode.is_control() && length > self.limit - held;
        if is_long { Err(FrameError::TooLong) } else { Ok(length) }
    }

    fn payload(&mut self, opcode: Opcode) -> &mut Vec<u8> {
        match &mut self.message {
            Some((_, message)) if !opcode.is_control() => message,
            _ => &mut self.control,
        }
    }

    /// Ends a frame; what it says, if it is the last of something.
    fn end(&mut self, opcode: Opcode, is_last: bool) -> Result<Option<Said>, FrameError> {
        self.state = State::Head;
        let text = |bytes| String::from_utf8(bytes).map_err(|_| FrameError::Text);
        let control = |messages: &mut Self| std::mem::take(&mut messages.control);
        Ok(Some(match opcode {
            Opcode::Pong => {
                control(self);
                Said::Pong
            }
            Opcode::Ping => Said::Ping(control(self)),
            Opcode::Close => Said::Close(close(control(self))?),
            _ if !is_last => return Ok(None),
            _ => match self.message.take() {
                Some((Opcode::Text, message)) => Said::Text(text(message)?),
                Some((_, message)) => Said::Binary(message),
                None => return Err(FrameError::Order),
            },
        }))
    }
}

/// The code of a close and its reason, if it has them.
fn close(payload: Vec<u8>) -> Result<Option<(u16, String)>, FrameError> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(None) } else { Err(FrameError::Code) };
    };
    let code = u16::from_be_bytes(*code);
    if !is_code(code) {
        return Err(FrameError::Code);
    }
    let reason = std::str::from_utf8(reason).map_err(|_| FrameError::Text)?;
    Ok(Some((code, reason.to_owned())))
}

/// Whether a close can have the code: others mean that there was none.
fn is_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
