//! The decision: pure functions of a request and the rules, without I/O and without a clock.

mod address;
mod basic;
mod host;
mod overriding;
mod path;
mod private;
mod request;
mod rules;
mod secret;
mod vain;
mod verdict;
mod watch;

pub use address::{Class, Form};
pub use basic::Basic;
pub use host::{Host, HostError, HostProblem};
pub use path::{MAX_TARGET, PathProblem, RequestPath};
pub use private::{Network, Private, PrivateError};
pub(crate) use request::parse_authority;
pub use request::{Method, Request, RequestError, Scheme};
pub use rules::{Rule, Rules};
pub use secret::{MIN_PLACEHOLDER, Secret, SecretError};
pub use vain::{RulesError, Vain};
pub use verdict::{Advice, Allowed, Denied, Tunnel, Why};
pub(crate) use watch::Watch;
