//! What the platforms have in common that are a Unix: the gateway, what a cell is born with, and the system
//! calls that are the same on all of them.

pub(super) mod gateway;
pub(super) mod raw;

/// Descriptor of the gateway in the cell.
pub(super) const GATEWAY_FD: i32 = 3;

/// Descriptor of the launch channel in the cell; closed once sealed.
pub(super) const STATUS_FD: i32 = 4;

/// The cell's `argv[0]`, by which a program knows that it is to become a cell.
pub(super) const ARGV0: &str = "aether-cell";

/// Whether this process was started by [`crate::launch`] to become a cell.
#[must_use]
pub fn is_cell() -> bool {
    let mut arguments = std::env::args_os();
    arguments.next().is_some_and(|name| name == ARGV0) && arguments.next().is_none()
}
