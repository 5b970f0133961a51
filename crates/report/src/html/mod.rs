//! One self-contained page.
//!
//! No script, no network: the policy in its head forbids both, so even a text that escaped its
//! escaping could do nothing. Drawings are inline SVG, each with the same figures in a table.

mod audit;
mod cells;
mod changes;
mod document;
mod elevations;
mod glance;
mod grants;
mod heat;
mod interactions;
mod layout;
mod page;
mod posture;
mod resources;
mod violations;

pub use document::html;
