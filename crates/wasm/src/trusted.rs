//! Loading code that this product compiled itself: the only `unsafe` of this crate.
//!
//! Compiled code is machine code. Whoever may choose its bytes may do in this process what the
//! process may do, so nothing in here looks at bytes that a plugin brought along: its caller has
//! seen, by [`entry`](crate::entry), that a host which holds the key stored them.
//!
//! # What the system is asked for
//!
//! Mapping code of a file ([`Code::Mapped`](crate::entry::Code)) is three calls, in this order, and
//! no `mprotect`: so it works where memory can never become executable that was not mapped so
//! (`PR_SET_MDWE`), and under a filter that refuses `PROT_WRITE | PROT_EXEC` everywhere and
//! `PROT_EXEC` in `mprotect`:
//!
//! 1. `mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0)`: the whole;
//! 2. `mmap(text, its size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, its offset)`: the
//!    machine code, over the former;
//! 3. `munmap` of the whole when the program is dropped.
//!
//! Before that its size is asked for (`fstat`) and its bytes are hashed (`pread64`). Code in memory
//! (`Code::Held`) is copied instead: `mmap(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)`,
//! `mprotect(PROT_READ)` of the whole, `mprotect(PROT_READ | PROT_EXEC)` of the machine code.
//!
//! [`Ticker::start`](crate::Ticker::start) makes a thread and asks once for the machine's facts
//! (`prctl(PR_GET_AUXV)`); [`Engine::new`](crate::Engine::new) sets handlers for `SIGSEGV`,
//! `SIGBUS`, `SIGILL` and `SIGFPE` (`rt_sigaction`), once for the process, and gives its thread a
//! stack for them (`mmap`, `mprotect`, `sigaltstack`). A process that confines itself asks for the
//! machine's facts before ([`prepare`](crate::prepare)); the calls of `Engine::new` are on its list.
//!
//! From then on running asks for nothing executable: `mmap(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
//! MAP_NORESERVE)`, `mprotect(PROT_READ | PROT_WRITE)` and `munmap` for memories and tables;
//! `madvise(MADV_DONTNEED)` for slots; `rt_sigreturn` at a trap; `clock_nanosleep` and `futex` of
//! the ticker. With [`Settings::images`](crate::Settings::images) there are `memfd_create`,
//! `write`, `fcntl(F_ADD_SEALS)` and `mmap(MAP_FIXED)` of that file, which a limit on the size of
//! files counts.
#![allow(unsafe_code, reason = "machine code is run; the contract stands at each block")]

use std::sync::Arc;

use wasmtime::CustomCodeMemory;
use wasmtime::component::Component;

use crate::entry::Verified;

#[cfg(unix)]
use mapping::Mapping;

/// A component that can be run, and what its code lies in.
pub(crate) struct Loaded {
    /// Dropped before the memory that its code is in.
    pub(crate) component: Component,
    #[cfg(unix)]
    _mapping: Option<Mapping>,
}

/// Loads code in memory.
pub(crate) fn load_held(
    engine: &wasmtime::Engine,
    code: &[u8],
    _proof: &Verified,
) -> wasmtime::Result<Loaded> {
    // SAFETY: `deserialize` asks for bytes that `serialize` or `precompile_component` made. A
    // `Verified` is made only where these very bytes carry a keyed digest of the host, which seals
    // nothing else.
    let component = unsafe { Component::deserialize(engine, code)? };
    Ok(Loaded {
        component,
        #[cfg(unix)]
        _mapping: None,
    })
}

/// Loads code of an open file by mapping it.
#[cfg(unix)]
pub(crate) fn load_mapped(
    engine: &wasmtime::Engine,
    file: &std::fs::File,
    text: &crate::entry::Text,
    _proof: &Verified,
) -> wasmtime::Result<Loaded> {
    let mapping = Mapping::of(file, text)?;
    // SAFETY: as above for the bytes: `Verified` is made of this file's. `deserialize_raw` asks
    // besides that the memory outlives the component and never changes. It is mapped read-only and
    // privately, the contract of `Code::Mapped` is that nobody writes to the file, and `Loaded`
    // keeps the mapping until its component is dropped.
    let component = unsafe { Component::deserialize_raw(engine, mapping.bytes())? };
    Ok(Loaded { component, _mapping: Some(mapping) })
}

/// What never lets code become executable.
pub(crate) fn never_executable() -> Arc<dyn CustomCodeMemory> {
    Arc::new(Never)
}

struct Never;

impl CustomCodeMemory for Never {
    fn required_alignment(&self) -> usize {
        ALIGNMENT
    }

    fn publish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }

    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// The engine maps code, and lays it out, by pages: nothing more is asked of it.
const ALIGNMENT: usize = 1;

/// Asks the system for what it is asked for once: a process that confines itself, and makes its engine
/// afterwards, does this before.
#[cfg(unix)]
pub fn prepare() {
    let _ = rustix::param::page_size();
}

/// Asks the system for nothing: what is needed later is never refused here.
#[cfg(not(unix))]
pub fn prepare() {}

/// What makes code executable where it was not mapped so.
#[cfg(unix)]
pub(crate) fn published() -> Option<Arc<dyn CustomCodeMemory>> {
    Some(Arc::new(mapping::Published))
}

/// The engine's own way.
#[cfg(not(unix))]
pub(crate) fn published() -> Option<Arc<dyn CustomCodeMemory>> {
    None
}

#[cfg(unix)]
mod mapping {
    use std::ffi::c_void;
    use std::fs::File;
    use std::ptr::{self, NonNull};
    use std::sync::{Mutex, PoisonError};

    use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mprotect, munmap};
    use wasmtime::CustomCodeMemory;

    use crate::entry::Text;

    /// Where machine code lies that was mapped executable, as addresses from and to. The engine
    /// says only where it wants code to be run, not whose it is.
    static EXECUTABLE: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

    fn executable() -> std::sync::MutexGuard<'static, Vec<(usize, usize)>> {
        EXECUTABLE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file in memory.
    pub(super) struct Mapping {
        start: NonNull<c_void>,
        size: usize,
        text: (usize, usize),
    }

    // SAFETY: it is read-only memory of the process, bound to no thread.
    unsafe impl Send for Mapping {}
    // SAFETY: as above; nothing changes it before it is dropped.
    unsafe impl Sync for Mapping {}

    impl Mapping {
        pub(super) fn of(file: &File, text: &Text) -> wasmtime::Result<Self> {
            let size = usize::try_from(rustix::fs::fstat(file)?.st_size)?;
            let flags = MapFlags::PRIVATE;
            // SAFETY: a new mapping, where the kernel finds room: no memory of ours is touched.
            let start = unsafe { mmap(ptr::null_mut(), size, ProtFlags::READ, flags, file, 0)? };
            let Some(start) = NonNull::new(start) else { wasmtime::bail!("mapped at no address") };
            let mut mapping = Self { start, size, text: (0, 0) };
            mapping.make_executable(file, text)?;
            Ok(mapping)
        }

        fn make_executable(&mut self, file: &File, text: &Text) -> wasmtime::Result<()> {
            let (offset, length) = (usize::try_from(text.offset)?, usize::try_from(text.length)?);
            let end = offset.checked_add(length);
            if end.is_none_or(|end| end > self.size) {
                wasmtime::bail!("the machine code does not lie within the file");
            }
            if length == 0 {
                return Ok(());
            }
            let at = self.start.as_ptr().wrapping_byte_add(offset);
            let flags = MapFlags::PRIVATE | MapFlags::FIXED;
            // SAFETY: `MAP_FIXED` replaces what is mapped there, whole pages: those of `self`, within
            // which the bytes are as was just checked, and which nobody has a reference into yet.
            // Where the offset is no page's the kernel refuses.
            unsafe {
                mmap(at, length, ProtFlags::READ | ProtFlags::EXEC, flags, file, text.offset)?
            };
            self.text = (at.addr(), at.addr() + length);
            executable().push(self.text);
            Ok(())
        }

        pub(super) fn bytes(&self) -> NonNull<[u8]> {
            NonNull::slice_from_raw_parts(self.start.cast(), self.size)
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            executable().retain(|range| *range != self.text);
            // SAFETY: mapped by `of` with this size, and by contract of `load_mapped` the last
            // that refers to it. Where it fails, address space is lost and nothing else.
            let _ = unsafe { munmap(self.start.as_ptr(), self.size) };
        }
    }

    fn is_mapped_executable(at: *const u8, length: usize) -> bool {
        let (from, to) = (at.addr(), at.addr().saturating_add(length));
        executable().iter().any(|range| range.0 <= from && to <= range.1)
    }

    pub(super) struct Published;

    impl CustomCodeMemory for Published {
        fn required_alignment(&self) -> usize {
            super::ALIGNMENT
        }

        fn publish_executable(&self, at: *const u8, length: usize) -> wasmtime::Result<()> {
            if is_mapped_executable(at, length) {
                return Ok(());
            }
            let flags = MprotectFlags::READ | MprotectFlags::EXEC;
            // SAFETY: the engine's own private mapping, read-only by now, into which it writes
            // nothing more; where `at` is no page's start the kernel refuses.
            unsafe { mprotect(at.cast_mut().cast(), length, flags)? };
            Ok(())
        }

        fn unpublish_executable(&self, at: *const u8, length: usize) -> wasmtime::Result<()> {
            if is_mapped_executable(at, length) {
                return Ok(());
            }
            let flags = MprotectFlags::READ;
            // SAFETY: as above; the engine is about to give the mapping back.
            unsafe { mprotect(at.cast_mut().cast(), length, flags)? };
            Ok(())
        }
    }
}
