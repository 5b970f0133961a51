//! One folder per platform, each with the same interface; nothing else asks for the platform.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::{Beating, Guest, beating, beside, no_more_code, on_beat};
#[cfg(target_os = "linux")]
pub use linux::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};

// What is only text is looked at on every platform.
#[cfg(any(windows, test))]
#[cfg_attr(not(test), expect(dead_code, reason = "the launch that uses it is being written"))]
mod windows;

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub use unsupported::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};
