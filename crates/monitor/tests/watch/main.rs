//! The whole watcher, before simulated cells: attacks must be found soon, honest work left alone.

mod acts;
mod attacks;
mod bounds;
mod honest;
mod simulate;
