//! TLS with servers, and with clients whose requests are looked at.

mod authority;
mod outward;
mod roots;

pub use roots::Roots;

pub(crate) use authority::Authority;
pub(crate) use outward::Outward;
