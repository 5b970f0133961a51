//! How much of anything a plugin gets, unless its host says otherwise.

use std::time::Duration;

/// Longest head of a request or an answer, in bytes: against heads that are sent to fill memory.
pub const HEAD_BYTES: usize = 32 * 1024;

/// Longest body of a request, in bytes: against a plugin that carries off a disk in one upload.
pub const REQUEST_BODY: u64 = 64 * 1024 * 1024;

/// Longest body of an answer, in bytes: against bodies without an end.
pub const RESPONSE_BODY: u64 = 1024 * 1024 * 1024;

/// Longest message of a WebSocket, in bytes, and bytes of all messages that wait to be taken or to
/// be sent, each way: against messages that are sent to fill memory.
pub const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Most bytes of a tunnel or a WebSocket, both ways together: what is inside cannot be counted by requests.
pub const TUNNEL_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Most connections of a plugin at once; further ones wait. Against a plugin that uses up the
/// descriptors and the memory of the host.
pub const CONNECTIONS: usize = 16;

/// Most connections of all plugins at once; further ones wait. Against many plugins that do so
/// together.
pub const ALL_CONNECTIONS: usize = 512;

/// Requests and connections of a plugin in a second, in the long run; faster ones are slowed, not
/// refused, so that neither the processor nor the audit log is flooded. Against floods, of the
/// server too.
pub const REQUESTS_PER_SECOND: u32 = 100;

/// Requests that may come at once before they are slowed.
pub const BURST: u32 = 200;

/// Names of a plugin that are looked up at once, by all of its cells together; further ones wait. A
/// lookup may hold a thread for as long as a dead name server takes.
pub const LOOKUPS: usize = 4;

/// Time for a head, from its first byte or from the connection's start: against clients that send
/// a byte a minute to hold a connection.
pub const HEAD_TIME: Duration = Duration::from_secs(10);

/// Time that a connection waits for its next request.
pub const KEEP_ALIVE_TIME: Duration = Duration::from_secs(30);

/// Time without a byte in the middle of something: against peers that hold a connection by silence.
pub const IDLE_TIME: Duration = Duration::from_secs(60);

/// Time for a request with its answer: against bodies that drip.
pub const EXCHANGE_TIME: Duration = Duration::from_secs(600);

/// Time that a tunnel or a WebSocket may last.
pub const TUNNEL_TIME: Duration = Duration::from_secs(3600);

/// Time for a lookup: against dead name servers.
pub const LOOKUP_TIME: Duration = Duration::from_secs(10);

/// Time for a connection to one address: against dead hosts.
pub const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Addresses of a name that are tried: against names with thousands of dead ones.
pub(crate) const ADDRESSES_TRIED: usize = 4;

/// Answers with a status below 200 that are passed over: against a server that sends nothing else.
pub(crate) const INTERIM_ANSWERS: usize = 8;

/// Bytes that are read and dropped after a refusal, so that the client can read it: closing with
/// bytes unread makes the kernel throw away what was sent.
pub(crate) const LINGER_BYTES: usize = 256 * 1024;

/// Time for that.
pub(crate) const LINGER_TIME: Duration = Duration::from_secs(1);

/// Threads for lookups, of all plugins together: against many plugins that ask dead name servers.
pub(crate) const LOOKUP_THREADS: usize = 32;

/// Of these, those that only a plugin without a lookup under way may take: against a few plugins that
/// wait for dead name servers with all that they may have.
pub(crate) const LOOKUPS_KEPT_FREE: usize = 16;

/// Most connections that can be allowed, to one plugin or to all: no machine has descriptors for
/// more.
pub const MOST_CONNECTIONS: usize = 65_536;

/// Longest head that can be allowed, in bytes: what is held of one connection at most.
pub const MOST_HEAD_BYTES: usize = 64 * 1024;

/// Longest message of a WebSocket that can be allowed, in bytes: it is held as a whole.
pub const MOST_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// The limits of one plugin, for all of its ways out together; by default the constants of the same
/// names, which say what each is for. A value beyond what a field can be counts as the nearest that
/// it can be. Numbers of bytes and times are otherwise as large as anybody likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// [`HEAD_BYTES`]; 1 to [`MOST_HEAD_BYTES`].
    pub head_bytes: usize,
    /// [`REQUEST_BODY`], in bytes, as it is sent.
    pub request_body: u64,
    /// [`RESPONSE_BODY`], in bytes; of what is fetched, both as it came and decoded.
    pub response_body: u64,
    /// [`MESSAGE_BYTES`]; 1 to [`MOST_MESSAGE_BYTES`].
    pub message_bytes: usize,
    /// [`TUNNEL_BYTES`].
    pub tunnel_bytes: u64,
    /// [`CONNECTIONS`]; 1 to [`MOST_CONNECTIONS`].
    pub connections: usize,
    /// [`REQUESTS_PER_SECOND`]; 1 at least.
    pub requests_per_second: u32,
    /// [`BURST`].
    pub burst: u32,
    /// [`HEAD_TIME`].
    pub head_time: Duration,
    /// [`KEEP_ALIVE_TIME`].
    pub keep_alive_time: Duration,
    /// [`IDLE_TIME`].
    pub idle_time: Duration,
    /// [`EXCHANGE_TIME`].
    pub exchange_time: Duration,
    /// [`TUNNEL_TIME`].
    pub tunnel_time: Duration,
    /// [`LOOKUP_TIME`].
    pub lookup_time: Duration,
    /// [`CONNECT_TIME`].
    pub connect_time: Duration,
}

impl Limits {
    /// The same with each field as it can be.
    #[must_use]
    pub fn bounded(self) -> Self {
        Limits {
            head_bytes: self.head_bytes.clamp(1, MOST_HEAD_BYTES),
            message_bytes: self.message_bytes.clamp(1, MOST_MESSAGE_BYTES),
            connections: self.connections.clamp(1, MOST_CONNECTIONS),
            requests_per_second: self.requests_per_second.max(1),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_bytes: HEAD_BYTES,
            request_body: REQUEST_BODY,
            response_body: RESPONSE_BODY,
            message_bytes: MESSAGE_BYTES,
            tunnel_bytes: TUNNEL_BYTES,
            connections: CONNECTIONS,
            requests_per_second: REQUESTS_PER_SECOND,
            burst: BURST,
            head_time: HEAD_TIME,
            keep_alive_time: KEEP_ALIVE_TIME,
            idle_time: IDLE_TIME,
            exchange_time: EXCHANGE_TIME,
            tunnel_time: TUNNEL_TIME,
            lookup_time: LOOKUP_TIME,
            connect_time: CONNECT_TIME,
        }
    }
}
