//! One self-contained page.
//!
//! Its own policy allows it nothing but its own style and script, by their hashes: no network, and
//! no other script even if a text escaped its escaping. Everything is there without the script,
//! which only filters, shows values, and turns the theme. Drawings are inline SVG, each with the
//! same figures in a table.

mod audit;
mod cells;
mod changes;
mod diagram;
mod digest;
mod document;
mod egress;
mod elevations;
mod findings;
mod flows;
mod frame;
mod glance;
mod grants;
mod heat;
mod heatmap;
mod interactions;
mod ladder;
mod lanes;
mod layout;
mod matrix;
mod page;
mod posture;
mod resources;
mod table;
mod view;
mod violations;

pub use document::html;
