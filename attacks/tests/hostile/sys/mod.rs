//! What differs between systems; nothing else here asks for the system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    ESCAPE_NAME, HAS_LINKS, MOVED, OUTSIDE, PATIENCE, WINDOWS, anybody, builder, descriptors,
    exchange, forget_peak, give_away, is_by_signal, is_pipe, is_root, is_wine, link, make_sparse,
    mode, path_mark, peak, pipe, raw_name, resident, said, set_environment, set_user, stands,
};

#[cfg(windows)]
mod counters;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use counters::{anybody, forget_peak, make_sparse, peak, resident};
#[cfg(windows)]
pub(crate) use windows::{
    ESCAPE_NAME, HAS_LINKS, MOVED, OUTSIDE, PATIENCE, WINDOWS, builder, descriptors, exchange,
    give_away, is_by_signal, is_pipe, is_root, is_wine, link, mode, path_mark, pipe, raw_name,
    said, set_environment, set_user, stands,
};
