//! One folder per platform, each with the same interface; nothing else asks for the platform.

#[cfg(any(target_os = "linux", windows))]
mod governor;
mod lenient;
#[cfg(not(target_os = "linux"))]
mod nothing;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod unix;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::{Beating, Guest, aside, beating, beside, no_more_code, on_beat};
#[cfg(target_os = "linux")]
pub use linux::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};

// What is only text is looked at on every platform.
#[cfg(any(windows, test))]
mod windows;
#[cfg(windows)]
pub use windows::{
    Beating, Gateway, Lender, Shown, Stage, beating, forget_what_was_typed, is_its_users,
    no_more_code, on_beat, system_folder,
};
#[cfg(windows)]
pub use windows::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};

#[cfg(any(target_os = "macos", all(test, unix)))]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod unsupported;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub use unsupported::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};
