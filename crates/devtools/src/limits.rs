//! The limits, and what each of them stops.

use std::time::Duration;

/// Most bytes of a message, in either direction.
///
/// A debugger sends a whole file when a person edits it live, and gets one to show it: this is room
/// for any that a person would open. It stops one frame's head from reserving whatever memory it
/// likes. A message on its way in takes about three times its size.
pub const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// Most bytes that wait for a debugger to read them. One message goes in whatever its size where
/// nothing else waits.
///
/// Room for a burst, such as all scripts at once, and no more: what is debugged could
/// otherwise fill the memory of whoever opened the door by writing to its console.
pub const MAX_WAITING_BYTES: usize = 64 << 20;

/// How long a debugger may read nothing while something waits for it, and how long whoever sends may
/// wait for room. Then it is cut off.
pub const STALL_TIME: Duration = Duration::from_secs(10);

/// Most bytes of a request's head. Stops a stranger from filling memory before the token is asked for.
pub(crate) const HEAD: usize = 8 << 10;

/// Most fields in a request's head, likewise.
pub(crate) const FIELDS: usize = 64;

/// How long a connection may take that has not attached: to ask, and to read the answer. Stops strangers
/// who open connections and say nothing, or a letter now and then, from keeping others out.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(5);

/// Most connections at a time. Stops a stranger from using up threads and descriptors.
pub(crate) const CONNECTIONS: usize = 16;

/// How long a debugger may take to hear what was still to be said, and to take its leave.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(2);

/// Most bytes that are sent in one go. On Windows all of them have to be read in [`STALL_TIME`],
/// elsewhere some.
pub(crate) const PIECE: usize = 64 << 10;

/// How often it is looked for new connections, and for those whose time is up.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// The same once the door is closing and somebody waits for that.
pub(crate) const LAST_TICK: Duration = Duration::from_millis(5);

/// How often a thread that waits for bytes sees whether its line was cut meanwhile.
pub(crate) const LOOK_UP: Duration = Duration::from_millis(200);
