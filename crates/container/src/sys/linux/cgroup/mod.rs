//! Control groups, version 2 or 1, for the limits that resource limits hold less well.
//!
//! Only groups below the host's own are made, each named after the host process, and each is
//! removed when its cell has ended. cgroups(7), and the kernel's admin guide for either version.

mod group;
mod limits;
mod places;

pub(super) use limits::{Cgroup, Kind, Wanted};
