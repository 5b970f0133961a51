//! In which words tunnels are asked for, and answered.

use super::answer::Answer;
use super::connection::Side;
use crate::wire::socks::{self, Reply};

/// How a tunnel was asked for. What is decided on it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// By CONNECT.
    Connect,
    /// By SOCKS.
    Socks,
}

impl Voice {
    /// That the tunnel is there.
    pub(super) fn opened(self) -> Vec<u8> {
        match self {
            Voice::Connect => b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec(),
            Voice::Socks => socks::reply(Reply::Done),
        }
    }

    /// Tells that there is none, and closes. In SOCKS there is no room for a reason.
    pub(super) async fn refuse(self, side: &mut Side, answer: &Answer) {
        match self {
            Voice::Connect => {
                side.answer(answer, false, false).await;
            }
            Voice::Socks => side.end(&socks::reply(answer.reply)).await,
        }
    }
}
