//! The decision: pure functions of a request and the rules, without I/O and without a clock.

mod address;
mod host;
mod path;
mod private;
mod request;
mod rules;
mod secret;
mod verdict;

pub use address::{Class, Form};
pub use host::{Host, HostError, HostProblem};
pub use path::{MAX_TARGET, PathProblem, RequestPath};
pub use private::{Network, Private, PrivateError};
pub(crate) use request::parse_authority;
pub use request::{Method, Request, RequestError, Scheme};
pub use rules::{Rule, Rules, RulesError, Vain};
pub use secret::{MIN_PLACEHOLDER, Secret, SecretError};
pub use verdict::{Advice, Allowed, Denied, Tunnel, Why};
