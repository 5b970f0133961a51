//! The hardened HTTP gateway through which every outside request of a plugin goes.
//!
//! [`Rules`] decide, as pure functions without I/O or clock, whether a canonical [`Request`] may be
//! made and whether what its [`Host`] resolves to may be dialled. This crate never matches one
//! string and dials another, never follows a redirect that was not decided on anew, never dials an
//! address inside unless the owner of the host named it, and never acts before its caller has
//! recorded the act. It reads no policy and no clock but for deadlines. Of Aether's crates it
//! depends on `manifest`, `path` and `source`.

#![forbid(unsafe_code)]

mod decide;
#[allow(dead_code, unused_imports, reason="x")] mod wire;

pub use decide::{
    Advice, Allowed, Class, Denied, Form, Host, HostError, HostProblem, Method, Network,
    PathProblem, Private, PrivateError, Request, RequestError, RequestPath, Rule, Rules,
    RulesError, Scheme, Tunnel, Why,
};
