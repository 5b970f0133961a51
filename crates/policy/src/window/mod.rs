//! Execution windows: the times of the week at which a plugin may start.
//!
//! A window begins on each of its days at `from` and ends at the next `to`, both read from a wall
//! clock in the window's time zone. Where the clock is changed:
//!
//! - A time that the clock skips counts as the instant of the skip. A window that lies wholly in
//!   the skipped hour does not open that day.
//! - A time that the clock shows twice counts as the first of the two.
//!
//! The current time is always an argument.

mod days;
mod interval;
mod read;
#[cfg(test)]
mod tests;

pub use days::Days;
pub use interval::{Window, Windows};
pub use read::{MAX_WINDOWS, read_windows};
