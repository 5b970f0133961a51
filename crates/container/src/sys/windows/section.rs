//! Memory that a host shares with its cells, read-only: how large payloads travel.
//!
//! A section is a host's own. Its DACL lets nobody open it, so that whoever has a handle with the right
//! to map it for reading cannot make one of it with more. A cell gets such a handle put into it; of
//! what a cell makes, its host opens nothing.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{
    AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle, RawHandle,
};
use std::ptr::null;
use std::slice;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_READ, FILE_MAP_WRITE, MEMORY_BASIC_INFORMATION,
    MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile, PAGE_READWRITE, UnmapViewOfFile, VirtualQuery,
};

use super::acl::Private;
use super::calls::{System, owned};

/// Memory with bytes in it that nobody changes any more.
#[derive(Debug)]
pub(super) struct Section {
    handle: OwnedHandle,
    size: u64,
}

/// A part of this process's memory that shows a section.
struct View(MEMORY_MAPPED_VIEW_ADDRESS);

impl View {
    fn of(section: BorrowedHandle<'_>, access: u32) -> io::Result<Self> {
        // SAFETY: the handle is borrowed. Nothing is said of where the view is to be.
        let view = unsafe { MapViewOfFile(section.as_raw_handle(), access, 0, 0, 0) };
        if view.Value.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(view)) }
    }

    /// Bytes that it has, whole pages.
    fn size(&self) -> io::Result<usize> {
        let mut about = MEMORY_BASIC_INFORMATION::default();
        let length = size_of::<MEMORY_BASIC_INFORMATION>();
        // SAFETY: the structure is of this size.
        let told = unsafe { VirtualQuery(self.0.Value, &raw mut about, length) };
        if told == 0 { Err(io::Error::last_os_error()) } else { Ok(about.RegionSize) }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: it was mapped, and nothing of it is used any more.
        unsafe { UnmapViewOfFile(self.0) };
    }
}

impl Section {
    /// A section with these bytes.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        let size = bytes.len() as u64;
        // There is none without any byte.
        let (high, low) = ((size.max(1) >> 32) as u32, size.max(1) as u32);
        let private = Private::nobody()?;
        let attributes = private.attributes(false);
        // SAFETY: it is backed by no file and has no name, the attributes live through the call, and what
        // was made is nobody else's.
        let handle = unsafe {
            let (file, attributes) = (INVALID_HANDLE_VALUE, &raw const attributes);
            owned(CreateFileMappingW(file, attributes, PAGE_READWRITE, high, low, null()))
        }?;
        let section = Self { handle, size };
        let view = View::of(section.handle(), FILE_MAP_WRITE)?;
        // SAFETY: the view has at least so many bytes, which nobody else sees yet.
        unsafe { slice::from_raw_parts_mut(view.0.Value.cast::<u8>(), bytes.len()) }
            .copy_from_slice(bytes);
        Ok(section)
    }

    /// Takes over a handle that this process's host has put into it.
    ///
    /// # Errors
    /// `InvalidInput` where this is no section that has so many bytes.
    pub(super) fn adopt(handle: u64, size: u64) -> io::Result<Self> {
        let value = usize::try_from(handle).map_err(|_| io::ErrorKind::InvalidInput)?;
        if value == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: the host has put it there for whoever reads this number, and says it once.
        let handle = unsafe { OwnedHandle::from_raw_handle(value as RawHandle) };
        let section = Self { handle, size };
        let found = View::of(section.handle(), FILE_MAP_READ)?.size()?;
        if u64::try_from(found).unwrap_or(0) < size {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a section is too short"));
        }
        Ok(section)
    }

    fn handle(&self) -> BorrowedHandle<'_> {
        use std::os::windows::io::AsHandle as _;
        self.handle.as_handle()
    }

    /// Its size in bytes.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Copies its bytes out.
    ///
    /// # Errors
    /// The system's; `InvalidInput` where the room is not of its size.
    pub(super) fn read_into(&self, room: &mut [u8]) -> io::Result<()> {
        if room.len() as u64 != self.size {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let view = View::of(self.handle(), FILE_MAP_READ)?;
        // SAFETY: the view has at least so many bytes, as was looked when it was made or taken over,
        // and whoever could write them is done.
        room.copy_from_slice(unsafe {
            slice::from_raw_parts(view.0.Value.cast::<u8>(), room.len())
        });
        Ok(())
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let size = usize::try_from(self.size).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        self.read_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Puts a handle of it into another process, with which it can be mapped for reading and nothing
    /// else: the number that it has there.
    ///
    /// # Errors
    /// The system's, such as for a process that has ended.
    pub(super) fn put_into(&self, process: BorrowedHandle<'_>) -> io::Result<u64> {
        System.put_into(self.handle(), process, FILE_MAP_READ)
    }
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsHandle as _;

    use windows_sys::Win32::Foundation::DuplicateHandle;
    use windows_sys::Win32::System::Threading::GetCurrentProcess;

    use super::*;

    fn here() -> OwnedHandle {
        // SAFETY: the number that stands for this process is never given back.
        let own = unsafe { BorrowedHandle::borrow_raw(GetCurrentProcess()) };
        own.try_clone_to_owned().unwrap()
    }

    #[test]
    fn what_is_put_in_comes_out_through_a_handle_for_reading() {
        for size in [0usize, 1, 4096, 1_000_001] {
            let bytes: Vec<u8> = (0..size).map(|number| number as u8).collect();
            let section = Section::new(&bytes).unwrap();
            assert!(section.read().unwrap() == bytes);
            let there = section.put_into(here().as_handle()).unwrap();
            let other = Section::adopt(there, size as u64).unwrap();
            drop(section);
            assert!(other.read().unwrap() == bytes);
            assert!(other.read_into(&mut vec![0; size + 1]).is_err());
        }
    }

    #[test]
    fn a_handle_for_reading_maps_nothing_for_writing() {
        let section = Section::new(b"hello").unwrap();
        let there = section.put_into(here().as_handle()).unwrap();
        let other = Section::adopt(there, 5).unwrap();
        assert!(View::of(other.handle(), FILE_MAP_WRITE).is_err());
        // Nor does another one that is made of it with more rights: nobody may open it.
        let mut more = std::ptr::null_mut();
        // SAFETY: the handle is borrowed, and the answer is ours.
        let done = unsafe {
            let (own, handle) = (GetCurrentProcess(), other.handle.as_raw_handle());
            DuplicateHandle(own, handle, own, &raw mut more, FILE_MAP_WRITE | FILE_MAP_READ, 0, 0)
        };
        if done != 0 {
            // SAFETY: the call has just made it.
            let more = unsafe { OwnedHandle::from_raw_handle(more) };
            assert!(View::of(more.as_handle(), FILE_MAP_WRITE).is_err(), "it became writable");
        }
        assert_eq!(section.read().unwrap(), b"hello");
    }

    #[test]
    fn what_is_no_section_of_that_size_is_refused() {
        let section = Section::new(b"hello").unwrap();
        let there = section.put_into(here().as_handle()).unwrap();
        assert!(Section::adopt(there, 1 << 20).is_err());
        assert!(Section::adopt(0, 1).is_err());
        let event = super::super::event::Event::new().unwrap();
        let event = event.as_handle().try_clone_to_owned().unwrap();
        let number = std::os::windows::io::IntoRawHandle::into_raw_handle(event) as u64;
        assert!(Section::adopt(number, 1).is_err());
    }
}
