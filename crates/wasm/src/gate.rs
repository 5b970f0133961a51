//! The one way out of a plugin: a trait that whoever embeds it implements.

use std::thread;
use std::time::{Duration, Instant};

use aether_protocol::{Code, RpcError};

use crate::limits;

/// Where everything goes that a plugin wants: the conversation with its host. Nothing here decides: what is asked for is held to the
/// grant behind it.
///
/// All of it blocks. A request that lasts must come back once the call is [over](Over).
pub trait Gate {
    /// Sends one request of the plugin and waits for the answer.
    ///
    /// # Errors
    /// [`Refused`]: what the host answered, or that the call is over.
    fn ask(&mut self, ask: Ask) -> Result<Told, Refused>;

    /// Tells the host something. `params` is a JSON object.
    ///
    /// # Errors
    /// [`Over`] where nobody is there to be told.
    fn notify(&mut self, method: &'static str, params: String) -> Result<(), Over>;

    /// Looks whether the running call goes on; asked at every tick while the plugin's code runs,
    /// so it must be quick.
    fn look(&mut self) -> Look;

    /// Fills `into` with bytes that nobody can foresee, or with those of a seed that the host
    /// chose.
    fn random(&mut self, into: &mut [u8]);

    /// Milliseconds since 1970-01-01 UTC, in whole ones: a finer clock tells what other
    /// processes do.
    fn wall_ms(&mut self) -> u64;

    /// Tenths of a millisecond since some moment before the plugin began.
    fn monotonic(&mut self) -> u64;

    /// Rests for so long, or until the call is over or `until` has passed.
    fn rest(&mut self, time: Duration, until: Instant) -> Look {
        let end = Instant::now().checked_add(time).map_or(until, |end| end.min(until));
        loop {
            let look = self.look();
            let left = end.saturating_duration_since(Instant::now());
            if look != Look::GoOn || left.is_zero() {
                return look;
            }
            thread::sleep(left.min(Duration::from_millis(limits::REST_MS)));
        }
    }
}

impl<G: Gate + ?Sized> Gate for Box<G> {
    fn ask(&mut self, ask: Ask) -> Result<Told, Refused> {
        (**self).ask(ask)
    }

    fn notify(&mut self, method: &'static str, params: String) -> Result<(), Over> {
        (**self).notify(method, params)
    }

    fn look(&mut self) -> Look {
        (**self).look()
    }

    fn random(&mut self, into: &mut [u8]) {
        (**self).random(into);
    }

    fn wall_ms(&mut self) -> u64 {
        (**self).wall_ms()
    }

    fn monotonic(&mut self) -> u64 {
        (**self).monotonic()
    }

    fn rest(&mut self, time: Duration, until: Instant) -> Look {
        (**self).rest(time, until)
    }
}

/// One request of the plugin, in the words of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The method on the wire.
    pub method: &'static str,
    /// Its parameters, a JSON object.
    pub params: String,
    /// Payloads that are too large for the line, in the order of the blobs in `params`.
    pub attach: Vec<Vec<u8>>,
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The result, JSON.
    pub result: String,
    /// What came along with it, in the order of the blobs in `result`.
    pub attachments: Vec<Vec<u8>>,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The host's error.
    #[error(transparent)]
    Error(#[from] RpcError),
    /// The call is over; the plugin is stopped.
    #[error(transparent)]
    Over(#[from] Over),
}

impl Refused {
    /// An error of the host's file system.
    #[must_use]
    pub fn io(code: &str) -> Self {
        Self::Error(RpcError::new(Code::Io, code).with("code", code))
    }
}

/// Why a call does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Over {
    /// Whoever called gave it up.
    #[error("the call was cancelled")]
    Cancelled,
    /// Its time is up.
    #[error("the call took too long")]
    Deadline,
    /// The host is gone.
    #[error("the host is gone")]
    Gone,
}

/// What a [`Gate`] saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing new.
    GoOn,
    /// The call has so much more time.
    Extend(Duration),
    /// The call does not go on.
    Over(Over),
}
