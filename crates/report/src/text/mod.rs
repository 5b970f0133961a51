//! A summary for a terminal: short, aligned, without boxes.

mod columns;
mod ink;
mod summary;
mod watched;

pub use summary::text;
