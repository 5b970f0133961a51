//! A summary for a terminal: short, aligned, without boxes.

mod columns;
mod ink;
mod summary;

pub use summary::text;
