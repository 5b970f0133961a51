//! How a server is set up, and its limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::Token;

/// The port that is listened on where none is named.
const PORT: u16 = 7171;

/// Most bytes of a request's body where the owner says nothing else. Stops whoever holds the token, or
/// a program of theirs gone wrong, from filling the host's memory with one request.
pub(crate) const BODY: usize = 1 << 20;

/// Most bytes of a request's head. Stops a stranger from filling memory before the token is asked for.
pub(crate) const HEAD: usize = 16 << 10;

/// Most fields in a request's head, likewise.
pub(crate) const FIELDS: usize = 64;

/// How long a head may take, and a connection may idle before the next one. Stops strangers who open
/// connections and say nothing, or a letter now and then, from keeping others out.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a body may take, likewise.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);

/// How long a client may leave an answer unread. Stops one that never reads from holding its connection
/// for ever.
pub(crate) const WRITE_TIME: Duration = Duration::from_secs(30);

/// Most connections at a time. Stops a stranger from using up the host's descriptors.
pub(crate) const CONNECTIONS: usize = 64;

/// Most connections that wait for events: the others are left for questions and orders.
pub(crate) const STREAMS: usize = 16;

/// Most calls under way at a time, each of which holds a thread: orders are given on others, so that a
/// plugin whose calls hang can still be frozen.
pub(crate) const CALLS: usize = 32;

/// Most other work at a time that waits for the disk or for a cell.
pub(crate) const WORK: usize = 16;

/// Most plugins that are known at a time. Stops a loop that loads one folder after the other.
pub(crate) const PLUGINS: usize = 1000;

/// Most cells at a time. Stops a loop that starts plugins from using up the machine's processes.
pub(crate) const CELLS: usize = 256;

/// Ended cells, and starts that failed, that stay on record although they would change nothing. A host
/// that lives for months must not grow with each of them.
pub(crate) const ENDED: usize = 100;

/// How often it is looked for more of them than that. A start looks too, but nobody need start anything.
pub(crate) const SWEEP: Duration = Duration::from_secs(2);

/// Most bytes that the changes of ended cells take in memory before another plugin is started.
pub(crate) const CHANGES: u64 = 256 << 20;

/// How long answers under way are waited for at the end.
pub(crate) const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// Whether that may be an address which other machines reach. What is said to it there is not
    /// encrypted: the token and all answers can be read on the way.
    pub anywhere: bool,
    /// The token; a random one where none is given.
    pub token: Option<Token>,
    /// Most bytes of a request's body.
    pub body: usize,
    /// What its runs are called in reports.
    pub name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            anywhere: false,
            token: None,
            body: BODY,
            name: "serve".to_owned(),
        }
    }
}
