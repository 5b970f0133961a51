//! What asks a command to end where there are no signals.

use std::io;

/// Does this at each interruption, on a thread of its own.
pub(crate) fn listen(hear: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::try_set_handler(hear).map_err(io::Error::other)
}
