//! The hardened HTTP gateway through which every outside request of a plugin goes.
//!
//! [`Rules`] decide, as pure functions without I/O or clock, whether a canonical [`Request`] may be
//! made and whether what its [`Host`] resolves to may be dialled. This crate never matches one
//! string and dials another, never follows a redirect that was not decided on anew, never dials an
//! address inside unless the owner of the host named it, and never acts before its caller has
//! recorded the act. It reads no policy and no clock but for deadlines. Of Aether's crates it
//! depends on `manifest` and `source`.

#![forbid(unsafe_code)]

mod decide;
mod egress;
mod event;
mod failure;
mod fetch;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod limits;
mod proxy;
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
pub use failure::Failure;
pub use fetch::{
    AnswerHead, Fetch, FetchError, Fetcher, Fetching, MAX_RATIO, MAX_REDIRECTS, Part, Redirects,
};
pub use limits::{
    ALL_CONNECTIONS, BURST, CONNECT_TIME, CONNECTIONS, EXCHANGE_TIME, HEAD_BYTES, HEAD_TIME,
    IDLE_TIME, KEEP_ALIVE_TIME, LOOKUP_TIME, LOOKUPS, Limits, REQUEST_BODY, REQUESTS_PER_SECOND,
    RESPONSE_BODY, TUNNEL_BYTES, TUNNEL_TIME,
};
pub use proxy::{Client, Listener, Served};
pub use resolve::{Lookup, LookupError, Resolver, SystemResolver};
pub use tls::Roots;
pub use wire::{ChunkError, FramingError, HeadError};
