//! The grant: what a plugin asked for, as far as policy, person and time allow it.
//!
//! [`decide`] joins the request with policy, consent and window. Its answer is all or nothing:
//! either everything that was requested is granted, or every reason against it comes at once, each
//! with the policy lines that would change it. What is granted is a [`Grant`], the only thing the
//! gateway asks afterwards.

mod canonical;
mod changes;
mod decide;
mod denial;
mod engine;
mod file_access;
mod granted;
mod input;
mod judge;
mod limits;
mod line;
mod mounts;
mod objection;
mod refusal;
mod request;
mod review;
mod right;
mod risk;
#[cfg(test)]
mod tests;

pub use decide::{Decision, decide};
pub use denial::{Denial, api_name};
pub use engine::Engine;
pub use granted::{Allowed, Grant};
pub use input::{Identity, Input, Mount};
pub use line::Line;
pub(crate) use mounts::host_path;
pub use refusal::{Refusal, RefusalKind, Refused};
pub use request::check_narrowing;
pub use review::{AskReason, Review, ReviewEngine, ReviewLimit, ReviewLine};
pub use risk::Risk;
