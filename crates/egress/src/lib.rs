//! The hardened HTTP gateway through which every outside request of a plugin goes.
//!
//! [`Rules`] decide, as pure functions without I/O or clock, whether a canonical [`Request`] may be
//! made and whether what its [`Host`] resolves to may be dialled. An [`Outlet`] has all ways out of
//! one client: listeners for programs that use a proxy (HTTP, CONNECT, SOCKS 5, and WebSockets
//! through each), and a [`Fetcher`] that makes requests for plugins without sockets. A `Fetcher`
//! opens WebSockets too, for programs that embed this crate: no engine has them for its plugins. This
//! crate never matches one string and dials another, never follows a redirect that was not decided
//! on anew, never dials an address inside unless the owner of the host named it, and never acts
//! before its caller has recorded the act. It reads no policy and no clock but for deadlines. Of
//! Aether's crates it depends on `manifest` and `source`.

#![forbid(unsafe_code)]

mod counted;
mod decide;
mod egress;
mod event;
mod failure;
mod fetch;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod limits;
mod outlet;
mod proxy;
mod random;
mod relay;
mod resolve;
mod tls;
mod turns;
mod wire;

pub use decide::{
    Advice, Allowed, Basic, Class, Denied, Form, Host, HostError, HostProblem, MAX_TARGET,
    MIN_PLACEHOLDER, Method, Network, PathProblem, Private, PrivateError, Request, RequestError,
    RequestPath, Rule, Rules, RulesError, Scheme, Secret, SecretError, Tunnel, Vain, Why,
};
pub use egress::{Config, Egress};
pub use event::{EgressEvent, OnEvent, Stage, Unrecorded};
pub use failure::{Failure, FailureKind};
pub use fetch::{
    AnswerHead, Body, BodyStream, BodyWriter, Fetch, FetchError, Fetcher, Fetching, Heard,
    MAX_RATIO, MAX_REASON, MAX_REDIRECTS, Message, OpenSocket, Part, Redirects, Unsent, Unwritten,
    Wake, WebSocket, body_stream,
};
pub use limits::{
    ALL_CONNECTIONS, BURST, CONNECT_TIME, CONNECTIONS, EXCHANGE_TIME, HEAD_BYTES, HEAD_TIME,
    IDLE_TIME, KEEP_ALIVE_TIME, LOOKUP_TIME, LOOKUPS, Limits, MESSAGE_BYTES, MOST_CONNECTIONS,
    MOST_HEAD_BYTES, MOST_MESSAGE_BYTES, REQUEST_BODY, REQUESTS_PER_SECOND, RESPONSE_BODY,
    TUNNEL_BYTES, TUNNEL_TIME,
};
pub use outlet::Outlet;
pub use proxy::{Client, Listener, Served};
pub use relay::{RelayEnd, RelayLimits, Relayed, relay};
pub use resolve::{Lookup, LookupError, Resolver, SystemResolver};
pub use tls::Roots;
pub use wire::{ChunkError, FrameError, FramingError, HandshakeError, HeadError, SocksError};
