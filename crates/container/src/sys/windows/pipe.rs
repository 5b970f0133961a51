//! Pipes between a host and its cell. The host's ends never make it wait: what it reads and writes is
//! under way while it does other things, and an event tells when it is done.
//!
//! A pipe that can do that needs a name for the moment in which its other end is opened. It is random,
//! the first and only one of its kind, closed to other machines and to everybody but this user, and the
//! host itself opens the other end: whoever guessed the name would find nothing left to open.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::cell::UnsafeCell;
use std::io;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle, OwnedHandle};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    ERROR_IO_INCOMPLETE, ERROR_IO_PENDING, GENERIC_READ, GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, OPEN_EXISTING,
    PIPE_ACCESS_DUPLEX, PIPE_ACCESS_INBOUND, PIPE_ACCESS_OUTBOUND, ReadFile, WriteFile,
};
use windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, GetNamedPipeClientProcessId, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS,
    PIPE_TYPE_BYTE, PIPE_WAIT,
};

use super::acl::Private;
use super::calls::{Calls as _, System, checked, owned};
use super::event::Event;

/// Bytes that a pipe holds, and that are read or written at a time.
pub(super) const BYTES: usize = 64 << 10;

/// Bytes of chunk heads that may go before a piece that is written.
const HEADS: usize = 256;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToCell,
    FromCell,
    Both,
}

/// A pipe whose bytes a cell reads: the host's end, and the cell's.
///
/// # Errors
/// The system's.
pub(super) fn to_cell(private: &Private) -> io::Result<(Writer, OwnedHandle)> {
    let (host, cell) = pair(Way::ToCell, private)?;
    Ok((Writer::new(host)?, cell))
}

/// A pipe whose bytes a cell writes: the host's end, and the cell's.
///
/// # Errors
/// The system's.
pub(super) fn from_cell(private: &Private) -> io::Result<(Reader, OwnedHandle)> {
    let (host, cell) = pair(Way::FromCell, private)?;
    Ok((Reader::new(host)?, cell))
}

/// A pipe that a program reads from and writes to: the host's two ends, and the one of the program.
///
/// The program's end does one thing at a time, as files do that are opened without further ado: a thread
/// that reads holds up another that writes.
///
/// # Errors
/// The system's.
pub(super) fn both(private: &Private) -> io::Result<(Reader, Writer, OwnedHandle)> {
    let (host, cell) = pair(Way::Both, private)?;
    let other = host.try_clone()?;
    Ok((Reader::new(host)?, Writer::new(other)?, cell))
}

fn pair(way: Way, private: &Private) -> io::Result<(OwnedHandle, OwnedHandle)> {
    let name: Vec<u16> = name()?.encode_utf16().chain([0]).collect();
    let (host_access, cell_access) = match way {
        Way::ToCell => (PIPE_ACCESS_OUTBOUND, GENERIC_READ),
        Way::FromCell => (PIPE_ACCESS_INBOUND, GENERIC_WRITE),
        Way::Both => (PIPE_ACCESS_DUPLEX, GENERIC_READ | GENERIC_WRITE),
    };
    let attributes = private.attributes(false);
    let bytes = BYTES as u32;
    // SAFETY: the name ends with a zero, the attributes live through the call, and what was made is
    // nobody else's.
    let host = unsafe {
        owned(CreateNamedPipeW(
            name.as_ptr(),
            host_access | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_OVERLAPPED,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            1,
            bytes,
            bytes,
            0,
            &raw const attributes,
        ))
    }?;
    // SAFETY: the name ends with a zero, neither attributes nor a template are given, and what was made is
    // nobody else's.
    let cell = unsafe {
        let (name, none) = (name.as_ptr(), null_mut());
        owned(CreateFileW(name, cell_access, 0, null(), OPEN_EXISTING, 0, none))
    }?;
    let mut client = 0;
    // SAFETY: the pipe is ours, and so is the answer.
    checked(unsafe { GetNamedPipeClientProcessId(host.as_raw_handle(), &raw mut client) })?;
    if client != std::process::id() {
        return Err(io::Error::other("another process holds the other end of a pipe"));
    }
    Ok((host, cell))
}

/// A name that nobody can know before.
fn name() -> io::Result<String> {
    let random = System.random()?.map(|number| format!("{number:08x}")).concat();
    Ok(format!(r"\\.\pipe\aether-{}-{random}", std::process::id()))
}

fn is_one_of(error: &io::Error, codes: &[u32]) -> bool {
    error.raw_os_error().is_some_and(|code| codes.contains(&code.cast_unsigned()))
}

/// How far something is that was begun.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Idle,
    /// The system has the buffer.
    Pending,
    /// It is over: the other end is gone.
    Ended,
}

/// One read or write at a time, and the buffer that the system has meanwhile.
struct Operation {
    pipe: OwnedHandle,
    event: Event,
    /// The system writes into it while something is under way.
    overlapped: Box<UnsafeCell<OVERLAPPED>>,
    /// Likewise.
    buffer: Box<UnsafeCell<[u8]>>,
    state: State,
}

// SAFETY: the pointers in it are to what it owns itself, and whoever has it may be in any thread.
unsafe impl Send for Operation {}

impl std::fmt::Debug for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Operation").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Operation {
    fn new(pipe: OwnedHandle, bytes: usize) -> io::Result<Self> {
        let event = Event::new()?;
        let zeros: Box<[u8]> = vec![0; bytes].into();
        // SAFETY: a cell of bytes is laid out as the bytes are, and nobody else has the box.
        let buffer = unsafe { Box::from_raw(Box::into_raw(zeros) as *mut UnsafeCell<[u8]>) };
        let overlapped = Box::new(UnsafeCell::new(OVERLAPPED::default()));
        Ok(Self { pipe, event, overlapped, buffer, state: State::Idle })
    }

    /// The bytes, while the system does not have them.
    fn bytes(&mut self) -> Option<&mut [u8]> {
        // SAFETY: nothing is under way, so that the system does not touch them; and this is the only
        // way to them.
        (self.state != State::Pending).then(|| unsafe { &mut *self.buffer.get() })
    }

    /// Begins a read, or a write of so many bytes of the buffer.
    fn begin(&mut self, written: Option<usize>) {
        if self.state != State::Idle {
            return;
        }
        self.event.reset();
        let buffer = self.buffer.get();
        let length = written.map_or(buffer.len(), |count| count.min(buffer.len()));
        let overlapped = self.overlapped.get();
        // SAFETY: nothing is under way, so that both are ours. They are not moved, and not given back
        // before the system has said that it is done: see `drop`.
        let done = unsafe {
            *overlapped = OVERLAPPED::default();
            (*overlapped).hEvent = self.event.as_handle().as_raw_handle();
            let (pipe, bytes) = (self.pipe.as_raw_handle(), buffer.cast::<u8>());
            match written {
                None => ReadFile(pipe, bytes, length as u32, null_mut(), overlapped),
                Some(_) => WriteFile(pipe, bytes, length as u32, null_mut(), overlapped),
            }
        };
        let error = io::Error::last_os_error();
        self.state = match done != 0 || is_one_of(&error, &[ERROR_IO_PENDING]) {
            // What is done already is told in the same way.
            true => State::Pending,
            false => State::Ended,
        };
    }

    /// How many bytes were moved, if that is known now. `None` while it is under way, and when nothing is.
    fn finish(&mut self) -> Option<io::Result<usize>> {
        if self.state != State::Pending {
            return None;
        }
        let mut moved = 0;
        // SAFETY: the operation was begun with this pipe and this structure, which lives.
        let done = unsafe {
            let overlapped = self.overlapped.get();
            GetOverlappedResult(self.pipe.as_raw_handle(), overlapped, &raw mut moved, 0)
        };
        if done != 0 {
            self.state = State::Idle;
            return Some(Ok(moved as usize));
        }
        let error = io::Error::last_os_error();
        if is_one_of(&error, &[ERROR_IO_INCOMPLETE]) {
            return None;
        }
        self.state = State::Ended;
        Some(Err(error))
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if self.state != State::Pending {
            return;
        }
        let mut moved = 0;
        // SAFETY: the operation was begun with this pipe and this structure. Afterwards the system is
        // done with both: the wait is for that, and a cancelled operation of a pipe ends at once.
        unsafe {
            let (pipe, overlapped) = (self.pipe.as_raw_handle(), self.overlapped.get());
            CancelIoEx(pipe, overlapped);
            GetOverlappedResult(pipe, overlapped, &raw mut moved, 1);
        }
    }
}

/// The host's end of a pipe that a cell writes to.
#[derive(Debug)]
pub(super) struct Reader {
    operation: Operation,
    /// What of the buffer has arrived and was not taken.
    arrived: std::ops::Range<usize>,
}

impl Reader {
    fn new(pipe: OwnedHandle) -> io::Result<Self> {
        let mut operation = Operation::new(pipe, BYTES)?;
        operation.begin(None);
        Ok(Self { operation, arrived: 0..0 })
    }

    /// Signalled when there may be something to be taken.
    pub(super) fn event(&self) -> BorrowedHandle<'_> {
        self.operation.event.as_handle()
    }

    /// Whether there are bytes, or the end.
    pub(super) fn is_ready(&mut self) -> bool {
        if !self.arrived.is_empty() || self.operation.state == State::Ended {
            return true;
        }
        match self.operation.finish() {
            Some(Ok(count)) => self.arrived = 0..count,
            // Whatever it is, nothing more comes.
            Some(Err(_)) => return true,
            None if self.operation.state == State::Pending => return false,
            None => {}
        }
        // A writer may write nothing, which is not the end: it is looked again at the next call, so that one
        // who does nothing else keeps nobody here.
        if self.arrived.is_empty() {
            self.operation.begin(None);
        }
        !self.arrived.is_empty() || self.operation.state == State::Ended
    }

    /// What has arrived; nothing when the other end is gone.
    ///
    /// # Errors
    /// `WouldBlock` while there is nothing.
    pub(super) fn take(&mut self, most: usize) -> io::Result<Vec<u8>> {
        if !self.is_ready() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.arrived.len().min(most);
        let these = self.arrived.start..self.arrived.start + count;
        // While something has arrived nothing is under way. At the end nothing has, and that is given.
        let bytes = self.operation.bytes().and_then(|all| all.get(these));
        let bytes = bytes.map(<[u8]>::to_vec).unwrap_or_default();
        self.arrived.start += count;
        if self.arrived.is_empty() {
            self.operation.begin(None);
        }
        Ok(bytes)
    }
}

/// The host's end of a pipe that a cell reads from.
#[derive(Debug)]
pub(super) struct Writer {
    operation: Operation,
}

impl Writer {
    fn new(pipe: OwnedHandle) -> io::Result<Self> {
        let operation = Operation::new(pipe, BYTES + HEADS)?;
        operation.event.set();
        Ok(Self { operation })
    }

    /// Signalled when there may be room.
    pub(super) fn event(&self) -> BorrowedHandle<'_> {
        self.operation.event.as_handle()
    }

    /// Whether there is room, or nobody who takes anything.
    pub(super) fn is_ready(&mut self) -> bool {
        let _moved = self.operation.finish();
        self.operation.state != State::Pending
    }

    /// Whether everything that was put in is in the pipe by what is known: dropped before, some of it is
    /// lost.
    pub(super) fn is_idle(&self) -> bool {
        self.operation.state != State::Pending
    }

    /// Puts these in, one after the other, all or none. [`BYTES`] of lines and what is said before them
    /// fit.
    ///
    /// # Errors
    /// `WouldBlock` while there is no room, `BrokenPipe` when the other end is gone, `InvalidInput` for
    /// more than fits.
    pub(super) fn put(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        if !self.is_ready() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.operation.state == State::Ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = parts.iter().map(|part| part.len()).sum::<usize>();
        let room = self.operation.bytes().and_then(|all| all.get_mut(..count));
        let mut room = room.ok_or(io::ErrorKind::InvalidInput)?;
        for part in parts {
            let (these, rest) = room.split_at_mut(part.len());
            these.copy_from_slice(part);
            room = rest;
        }
        self.operation.begin(Some(count));
        match self.operation.state {
            State::Ended => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::time::{Duration, Instant};

    use super::super::event::wait_for_any;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn private() -> Private {
        Private::only_this_user(&System).unwrap()
    }

    fn all(reader: &mut Reader) -> Vec<u8> {
        let (mut all, until) = (Vec::new(), Instant::now() + PATIENCE);
        loop {
            match reader.take(usize::MAX) {
                Ok(some) if some.is_empty() => return all,
                Ok(some) => all.extend(some),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    assert!(Instant::now() < until, "it never came");
                    wait_for_any(&[reader.event()], Duration::from_secs(5)).unwrap();
                }
            }
        }
    }

    #[test]
    fn bytes_of_a_cell_arrive_and_then_the_end() {
        let (mut reader, cell) = from_cell(&private()).unwrap();
        assert!(!reader.is_ready());
        assert_eq!(reader.take(9).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let sent: Vec<u8> = (0..1_000_000u32).map(|number| number as u8).collect();
        let expect = sent.clone();
        let other = std::thread::spawn(move || {
            let mut file = File::from(cell);
            file.write_all(&[]).unwrap();
            file.write_all(&sent).unwrap();
        });
        assert!(all(&mut reader) == expect);
        other.join().unwrap();
        assert!(reader.is_ready());
        assert!(reader.take(9).unwrap().is_empty(), "the end stays the end");
    }

    #[test]
    fn what_is_not_taken_stays() {
        let (mut reader, cell) = from_cell(&private()).unwrap();
        File::from(cell).write_all(b"hello").unwrap();
        let until = Instant::now() + PATIENCE;
        while !reader.is_ready() && Instant::now() < until {
            wait_for_any(&[reader.event()], Duration::from_secs(1)).unwrap();
        }
        assert_eq!(reader.take(2).unwrap(), b"he");
        assert_eq!(reader.take(9).unwrap(), b"llo");
        assert_eq!(all(&mut reader), b"");
    }

    #[test]
    fn a_cell_reads_what_its_host_puts_in() {
        let (mut writer, cell) = to_cell(&private()).unwrap();
        let other = std::thread::spawn(move || {
            let mut said = Vec::new();
            File::from(cell).read_to_end(&mut said).unwrap();
            said
        });
        let until = Instant::now() + PATIENCE;
        for number in 0..40u8 {
            let piece = vec![number; BYTES];
            while let Err(error) = writer.put(&[b"head", &piece]) {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                assert!(Instant::now() < until, "nobody reads");
                wait_for_any(&[writer.event()], Duration::from_secs(1)).unwrap();
            }
        }
        assert_eq!(
            writer.put(&[&vec![0; BYTES + HEADS + 1]]).map_err(|error| {
                // It may still be busy with the last one.
                matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::WouldBlock)
            }),
            Err(true)
        );
        while !writer.is_ready() {
            wait_for_any(&[writer.event()], Duration::from_secs(1)).unwrap();
        }
        drop(writer);
        let said = other.join().unwrap();
        assert_eq!(said.len(), 40 * (BYTES + 4));
        assert!(said.ends_with(&[39; 100]) && said.starts_with(b"head\0\0"));
    }

    #[test]
    fn one_pipe_goes_both_ways() {
        let (mut reader, mut writer, cell) = both(&private()).unwrap();
        let other = std::thread::spawn(move || {
            let mut file = File::from(cell);
            let mut asked = [0; 5];
            file.read_exact(&mut asked).unwrap();
            file.write_all(&asked).unwrap();
            file.write_all(b" too").unwrap();
        });
        writer.put(&[b"hello"]).unwrap();
        assert_eq!(all(&mut reader), b"hello too");
        other.join().unwrap();
        let until = Instant::now() + PATIENCE;
        while writer.put(&[b"x"]).err().map(|error| error.kind()) != Some(io::ErrorKind::BrokenPipe)
        {
            assert!(Instant::now() < until, "nobody is there");
        }
    }

    #[test]
    fn a_cell_that_does_not_read_holds_nobody_up() {
        let (mut writer, cell) = to_cell(&private()).unwrap();
        let piece = vec![7; BYTES];
        let refused = (0..100).find_map(|_| writer.put(&[&piece]).err());
        assert_eq!(refused.map(|error| error.kind()), Some(io::ErrorKind::WouldBlock));
        assert!(!writer.is_ready());
        // One that is gone shows.
        drop(cell);
        let until = Instant::now() + PATIENCE;
        while !writer.is_ready() && Instant::now() < until {
            wait_for_any(&[writer.event()], Duration::from_secs(1)).unwrap();
        }
        let refused = (0..3).find_map(|_| writer.put(&[&piece]).err()).unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn what_is_under_way_is_given_up_when_it_is_dropped() {
        let (reader, _cell) = from_cell(&private()).unwrap();
        let (mut writer, _other) = to_cell(&private()).unwrap();
        let piece = vec![7; BYTES];
        while writer.put(&[&piece]).is_ok() {}
        let began = Instant::now();
        drop(reader);
        drop(writer);
        assert!(began.elapsed() < PATIENCE);
    }

    #[test]
    fn no_two_names_are_alike() {
        let names: std::collections::BTreeSet<String> = (0..100).map(|_| name().unwrap()).collect();
        assert_eq!(names.len(), 100);
    }
}
