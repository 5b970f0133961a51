//! Lines and descriptors over the inherited socket.
//!
//! Sending never deadlocks against a host that is sending too: while the socket is full, what
//! arrives is read into memory (the frame cap bounds each line).

use std::collections::VecDeque;
use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use aether_protocol::{FrameReader, limits};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

use super::ChannelError;
use crate::memfile::{self, Attached};

/// Bytes asked for in one read.
const READ_BYTES: usize = 64 << 10;

/// How long nothing is sent after the system had no room for a descriptor. It counts those under
/// way for each user, so that others of that user can use the room up for a moment.
const PAUSE: Duration = Duration::from_millis(10);

/// Lets the host work that is in the same thread, until then at most; false when all is over.
pub type Turn = Box<dyn FnMut(Option<Instant>) -> bool>;

/// The cell's end of the socket.
pub(crate) struct Channel {
    /// `None` once we hung up.
    socket: Option<OwnedFd>,
    /// Set where nobody else would fill or empty the socket while we wait.
    turn: Option<Turn>,
    frames: FrameReader,
    /// Descriptors that arrived and that no line has claimed yet, in order of arrival.
    descriptors: VecDeque<OwnedFd>,
    buffer: Vec<u8>,
}

impl Channel {
    /// A channel over a connected stream socket.
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self {
            socket: Some(socket),
            turn: None,
            frames: FrameReader::default(),
            descriptors: VecDeque::new(),
            buffer: vec![0; READ_BYTES],
        }
    }

    /// The same, with a host in the same thread.
    pub(crate) fn beside(socket: OwnedFd, turn: Turn) -> Self {
        Self { turn: Some(turn), ..Self::new(socket) }
    }

    /// Hangs up. The process may live on for a moment; the host need not wait for that.
    pub(crate) fn close(&mut self) {
        self.socket = None;
    }

    /// Sends one line, newline included, with these payloads attached in order.
    ///
    /// # Errors
    /// [`ChannelError`]; the channel is unusable then.
    pub(crate) fn send(&mut self, line: &[u8], attach: &[Vec<u8>]) -> Result<(), ChannelError> {
        let files =
            attach.iter().map(|bytes| memfile::write(bytes)).collect::<Result<Vec<_>, _>>()?;
        let mut rest = line;
        // Descriptors go with the first byte of the line, so that the reader has them in time.
        let mut files: &[OwnedFd] = &files;
        while !rest.is_empty() {
            match self.send_once(rest, files) {
                Ok(sent) => {
                    rest = rest.get(sent..).unwrap_or_default();
                    files = &[];
                }
                Err(Errno::AGAIN) => self.wait_for_room()?,
                Err(Errno::TOOMANYREFS | Errno::NOBUFS | Errno::NOMEM) => self.pause()?,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE | Errno::CONNRESET) => return Err(ChannelError::Closed),
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }

    /// The next whole line without its newline, if one has arrived.
    ///
    /// # Errors
    /// [`ChannelError::Overflow`].
    pub(crate) fn next_line(&mut self) -> Result<Option<Vec<u8>>, ChannelError> {
        Ok(self.frames.next_frame()?.map(<[u8]>::to_vec))
    }

    /// Waits until something arrives or `until` passes (`None`: for ever) and reads it. False
    /// when the time passed.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub(crate) fn fill(&mut self, until: Option<Instant>) -> Result<bool, ChannelError> {
        let ready = self.wait(PollFlags::IN, until)?;
        if ready.is_empty() {
            return Ok(false);
        }
        self.read_once()?;
        Ok(true)
    }

    /// The bytes of the next attached descriptor, which a line announced with this size.
    ///
    /// # Errors
    /// [`ChannelError::Descriptors`], [`ChannelError::Memfile`].
    pub(crate) fn claim(&mut self, size: u64) -> Result<Vec<u8>, ChannelError> {
        Ok(memfile::read(self.next_file()?, size)?)
    }

    /// The same, to be read later.
    ///
    /// # Errors
    /// As [`Channel::claim`].
    pub(crate) fn claim_unread(&mut self, size: u64) -> Result<Attached, ChannelError> {
        Ok(Attached::new(self.next_file()?, size)?)
    }

    /// The next attached descriptor as a file, which a line announced with this size.
    ///
    /// # Errors
    /// As [`Channel::claim`].
    pub(crate) fn claim_file(&mut self, size: u64) -> Result<File, ChannelError> {
        let file = File::from(self.next_file()?);
        let is_as_announced =
            rustix::fs::fstat(&file)?.st_size == i64::try_from(size).unwrap_or(-1);
        is_as_announced.then_some(file).ok_or(ChannelError::Descriptors)
    }

    fn next_file(&mut self) -> Result<OwnedFd, ChannelError> {
        self.descriptors.pop_front().ok_or(ChannelError::Descriptors)
    }

    fn socket(&self) -> Result<BorrowedFd<'_>, Errno> {
        self.socket.as_ref().map(AsFd::as_fd).ok_or(Errno::PIPE)
    }

    fn send_once(&self, bytes: &[u8], files: &[OwnedFd]) -> Result<usize, Errno> {
        let borrowed: Vec<BorrowedFd<'_>> = files.iter().map(AsFd::as_fd).collect();
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(limits::DESCRIPTORS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !borrowed.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&borrowed)) {
            return Err(Errno::TOOMANYREFS);
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        rustix::net::sendmsg(self.socket()?, &[IoSlice::new(bytes)], &mut control, flags)
    }

    fn wait_for_room(&mut self) -> Result<(), ChannelError> {
        self.read_until(PollFlags::OUT, None)
    }

    /// Lets the host take what is under way. Ends when the host does: the system then tells of it.
    fn pause(&mut self) -> Result<(), ChannelError> {
        self.read_until(PollFlags::empty(), Some(Instant::now() + PAUSE))
    }

    /// Waits until one of `events` or something to read comes, and reads it.
    fn read_until(
        &mut self,
        mut events: PollFlags,
        until: Option<Instant>,
    ) -> Result<(), ChannelError> {
        // Lines that announce blobs claim them later, so reading stops at the descriptors' cap.
        if self.descriptors.len() < limits::DESCRIPTORS {
            events |= PollFlags::IN;
        }
        let ready = self.wait(events, until)?;
        if ready.contains(PollFlags::IN) {
            self.read_once()?;
        }
        Ok(())
    }

    /// The events that became true, none when the time passed first.
    fn wait(
        &mut self,
        events: PollFlags,
        until: Option<Instant>,
    ) -> Result<PollFlags, ChannelError> {
        let Some(mut turn) = self.turn.take() else {
            return Ok(wait(self.socket()?, events, until)?);
        };
        let done = self.wait_turning(events, until, &mut turn);
        self.turn = Some(turn);
        done
    }

    fn wait_turning(
        &self,
        events: PollFlags,
        until: Option<Instant>,
        turn: &mut Turn,
    ) -> Result<PollFlags, ChannelError> {
        loop {
            let ready = wait(self.socket()?, events, Some(Instant::now()))?;
            if !ready.is_empty() {
                return Ok(ready);
            }
            let is_late = until.is_some_and(|until| Instant::now() >= until);
            if !turn(until) {
                return Err(ChannelError::Closed);
            }
            if is_late {
                return Ok(wait(self.socket()?, events, until)?);
            }
        }
    }

    fn read_once(&mut self) -> Result<(), ChannelError> {
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(limits::DESCRIPTORS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let socket = self.socket.as_ref().ok_or(ChannelError::Closed)?;
        let got = rustix::net::recvmsg(
            socket,
            &mut [IoSliceMut::new(&mut self.buffer)],
            &mut control,
            flags,
        );
        let got = match got {
            Err(Errno::AGAIN | Errno::INTR) => return Ok(()),
            Err(Errno::CONNRESET) => return Err(ChannelError::Closed),
            other => other?,
        };
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                self.descriptors.extend(files);
            }
        }
        if got.flags.contains(ReturnFlags::CTRUNC) || self.descriptors.len() > limits::DESCRIPTORS {
            return Err(ChannelError::Descriptors);
        }
        if got.bytes == 0 {
            return Err(ChannelError::Closed);
        }
        self.frames.push(self.buffer.get(..got.bytes).unwrap_or_default());
        Ok(())
    }
}

/// The events that became true, none when the time passed first.
fn wait(
    socket: BorrowedFd<'_>,
    events: PollFlags,
    until: Option<Instant>,
) -> Result<PollFlags, Errno> {
    loop {
        let left = until.map(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec {
                tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        let mut sockets = [PollFd::from_borrowed_fd(socket, events)];
        match rustix::event::poll(&mut sockets, left.as_ref()) {
            Err(Errno::INTR) => {}
            Err(other) => return Err(other),
            // An error or hang-up counts as readable: the read says what is wrong.
            Ok(_) => return Ok(sockets.first().map_or(PollFlags::empty(), PollFd::revents)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;

    fn sockets() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap()
    }

    fn pair() -> (Channel, Channel) {
        let (a, b) = sockets();
        (Channel::new(a), Channel::new(b))
    }

    fn line(channel: &mut Channel) -> Vec<u8> {
        loop {
            if let Some(line) = channel.next_line().unwrap() {
                return line;
            }
            channel.fill(None).unwrap();
        }
    }

    #[test]
    fn blobs_reach_the_lines_that_announce_them() {
        let (mut host, mut cell) = pair();
        host.send(b"plain\n", &[]).unwrap();
        host.send(b"two\n", &[vec![1; 10], vec![2; 20]]).unwrap();
        host.send(b"one\n", &[vec![3; 30]]).unwrap();
        assert_eq!(line(&mut cell), b"plain");
        assert_eq!(line(&mut cell), b"two");
        assert_eq!(cell.claim(10).unwrap(), vec![1; 10]);
        assert_eq!(cell.claim(20).unwrap(), vec![2; 20]);
        assert_eq!(line(&mut cell), b"one");
        assert_eq!(cell.claim(30).unwrap(), vec![3; 30]);
        assert!(matches!(cell.claim(1), Err(ChannelError::Descriptors)));
    }

    #[test]
    fn unclaimed_descriptors_end_the_channel() {
        let (mut host, mut cell) = pair();
        for _ in 0..=limits::DESCRIPTORS {
            host.send(b"x\n", &[vec![1]]).unwrap();
        }
        let ended = (0..=limits::DESCRIPTORS).find_map(|_| cell.fill(None).err());
        assert!(matches!(ended, Some(ChannelError::Descriptors)));
    }

    #[test]
    fn both_sides_may_send_at_once() {
        let (host, cell) = sockets();
        let mut cell = Channel::new(cell);
        let mut big = vec![b'x'; limits::FRAME_BYTES - 1];
        big.push(b'\n');
        let sent = big.clone();
        let other = std::thread::spawn(move || {
            let mut host = Channel::new(host);
            host.send(&sent, &[]).unwrap();
            line(&mut host).len()
        });
        cell.send(&big, &[]).unwrap();
        assert_eq!(line(&mut cell).len(), big.len() - 1);
        assert_eq!(other.join().unwrap(), big.len() - 1);
    }

    #[test]
    fn a_host_in_the_same_thread_takes_its_turns() {
        let (host, cell) = sockets();
        let mut host = Channel::new(host);
        let (mut turns, mut heard) = (0, 0);
        let turn = move |_| {
            // It takes what has come, and answers a whole line with one of its own.
            turns += 1;
            while host.fill(Some(Instant::now())).unwrap() {}
            if let Some(line) = host.next_line().unwrap() {
                heard += line.len();
                host.send(format!("{heard}\n").as_bytes(), &[]).unwrap();
            }
            turns < 10_000
        };
        let mut cell = Channel::beside(cell, Box::new(turn));
        // More than the socket holds: it is written while the host reads.
        let mut big = vec![b'x'; limits::FRAME_BYTES - 1];
        big.push(b'\n');
        cell.send(&big, &[]).unwrap();
        assert_eq!(line(&mut cell), (big.len() - 1).to_string().as_bytes());
        assert!(!cell.fill(Some(Instant::now())).unwrap(), "nothing more");
        assert!(matches!(cell.fill(None), Err(ChannelError::Closed)), "the host has ended it");
    }

    #[test]
    fn the_end_and_the_passing_of_time_are_told_apart() {
        let (host, mut cell) = pair();
        assert!(!cell.fill(Some(Instant::now() + Duration::from_millis(5))).unwrap());
        drop(host);
        assert!(matches!(cell.fill(None), Err(ChannelError::Closed)));
    }
}
