//! A line of a request or grant.

use aether_manifest::Permission;
use aether_source::{Place, Span};

use super::right::Right;

/// One granted permission, counted by its index.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number within the grant; [`Allowed`](super::Allowed) refers to it.
    pub index: usize,
    /// What kind of permission it is.
    pub permission: Permission,
    /// What it is for, as written: a pattern, a host, a name.
    pub resource: String,
    /// Where the manifest requests it.
    pub place: Place,
    /// The JSON pointer of the request.
    pub pointer: String,
    /// Where the policy allows it; nothing when a person did without a policy.
    pub allowed_at: Option<Place>,
    pub(crate) right: Right,
    pub(crate) span: Span,
}
