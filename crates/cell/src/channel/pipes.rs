//! Lines and attachments over two inherited pipes, one for each direction.
//!
//! Sending never deadlocks against a host that is sending too: a thread reads all the time what the
//! host sends, into memory (the frame cap bounds each line, the process's limit all of it). The thread
//! may be in a read when the process ends.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Instant;

use aether_protocol::{FrameReader, limits};

use super::ChannelError;
use super::chunks::{self, Chunk, Decoder};
use crate::section::{self, Attached, Attachment, Open};

/// Bytes asked for in one read.
const READ_BYTES: usize = 64 << 10;

/// Bytes of the stack of the thread that reads, which calls nothing deep.
const STACK_BYTES: usize = 256 << 10;

/// The way of a cell to its host where the system has no sockets that carry memory.
///
/// Both are for blocking reads and writes, and nobody else in this process has them. The host writes
/// something whenever it writes: a write of nothing looks like its end.
#[derive(Debug)]
pub struct Pipes {
    /// What the host writes to.
    pub incoming: File,
    /// What the host reads from.
    pub outgoing: File,
    /// How this process takes over what the host has put into it.
    pub open: Open,
}

/// The cell's ends of the pipes.
pub(crate) struct Channel {
    /// `None` once we hung up.
    outgoing: Option<File>,
    open: Open,
    /// What was read, in order. The other side is gone when there is no more.
    arrived: Receiver<io::Result<Vec<u8>>>,
    chunks: Decoder,
    frames: FrameReader,
    /// Whole lines that are there. Until they are taken nothing more is decoded: attachments wait for
    /// one line at a time, however much has arrived.
    lines: usize,
    /// Sections that arrived and that no line has claimed yet, in order of arrival.
    sections: VecDeque<Box<dyn Attachment>>,
}

impl Channel {
    /// A channel over these pipes. Starts the thread that reads.
    ///
    /// # Errors
    /// [`ChannelError::Pipe`].
    pub(crate) fn new(pipes: Pipes) -> Result<Self, ChannelError> {
        let Pipes { incoming, outgoing, open } = pipes;
        let (read, arrived) = mpsc::channel();
        thread::Builder::new()
            .name("reader".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || read_all(incoming, &read))?;
        Ok(Self {
            outgoing: Some(outgoing),
            open,
            arrived,
            chunks: Decoder::default(),
            frames: FrameReader::default(),
            lines: 0,
            sections: VecDeque::new(),
        })
    }

    /// Hangs up. The process may live on for a moment; the host need not wait for that.
    pub(crate) fn close(&mut self) {
        self.outgoing = None;
    }

    /// Sends one line, newline included, with these payloads attached in order.
    ///
    /// # Errors
    /// [`ChannelError`]; the channel is unusable then.
    pub(crate) fn send(&mut self, line: &[u8], attach: &[Vec<u8>]) -> Result<(), ChannelError> {
        if attach.len() > limits::DESCRIPTORS {
            return Err(ChannelError::Descriptors);
        }
        for bytes in attach {
            section::check_payload(bytes.len() as u64)?;
        }
        let out = self.outgoing.as_mut().ok_or(ChannelError::Closed)?;
        let mut attachments = attach.iter();
        let sent = attachments.try_for_each(|bytes| chunks::write_attachment(out, bytes));
        sent.and_then(|()| chunks::write_line(out, line)).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => ChannelError::Closed,
            _ => error.into(),
        })
    }

    /// The next whole line without its newline, if one has arrived.
    ///
    /// # Errors
    /// [`ChannelError::Overflow`].
    pub(crate) fn next_line(&mut self) -> Result<Option<Vec<u8>>, ChannelError> {
        let line = self.frames.next_frame()?.map(<[u8]>::to_vec);
        self.lines -= usize::from(line.is_some());
        Ok(line)
    }

    /// Waits until something of a line is there or `until` passes (`None`: for ever). False when the
    /// time passed.
    ///
    /// # Errors
    /// [`ChannelError`].
    pub(crate) fn fill(&mut self, until: Option<Instant>) -> Result<bool, ChannelError> {
        while !self.decode()? {
            match self.receive(until)? {
                Some(bytes) => self.chunks.push(&bytes),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The bytes of the next attached section, which a line announced with this size.
    ///
    /// # Errors
    /// [`ChannelError::Descriptors`], [`ChannelError::Section`].
    pub(crate) fn claim(&mut self, size: u64) -> Result<Vec<u8>, ChannelError> {
        Ok(self.claim_unread(size)?.read()?)
    }

    /// The same, to be read later.
    ///
    /// # Errors
    /// As [`Channel::claim`].
    pub(crate) fn claim_unread(&mut self, size: u64) -> Result<Attached, ChannelError> {
        Ok(Attached::new(self.next_section()?, size)?)
    }

    /// The bytes of the next attached section, which may be more than a payload has.
    ///
    /// # Errors
    /// As [`Channel::claim`].
    pub(crate) fn claim_code(&mut self, size: u64) -> Result<Vec<u8>, ChannelError> {
        Ok(Attached::of_any_size(self.next_section()?, size)?.read()?)
    }

    fn next_section(&mut self) -> Result<Box<dyn Attachment>, ChannelError> {
        self.sections.pop_front().ok_or(ChannelError::Descriptors)
    }

    /// Decodes what has arrived until something of a line is there; false when more must arrive.
    fn decode(&mut self) -> Result<bool, ChannelError> {
        while self.lines == 0 {
            match self.chunks.next()? {
                Some(Chunk::Line(bytes)) => {
                    self.lines = bytes.iter().filter(|byte| **byte == b'\n').count();
                    self.frames.push(bytes);
                    return Ok(true);
                }
                Some(Chunk::Section { handle, size }) => self.take_over(handle, size)?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn take_over(&mut self, handle: u64, size: u64) -> Result<(), ChannelError> {
        if self.sections.len() >= limits::DESCRIPTORS {
            return Err(ChannelError::Descriptors);
        }
        self.sections.push_back((self.open)(handle, size)?);
        Ok(())
    }

    /// The next bytes that were read; `None` when the time passed first.
    fn receive(&self, until: Option<Instant>) -> Result<Option<Vec<u8>>, ChannelError> {
        let received = match until {
            None => self.arrived.recv().map_err(RecvTimeoutError::from),
            Some(until) => {
                self.arrived.recv_timeout(until.saturating_duration_since(Instant::now()))
            }
        };
        match received {
            Ok(read) => Ok(Some(read?)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(ChannelError::Closed),
        }
    }
}

/// Reads until the host hangs up, or until nobody wants what is read.
fn read_all(mut incoming: File, into: &Sender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match incoming.read(&mut buffer) {
            Ok(0) => return,
            Ok(got) => Ok(buffer.get(..got).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_over = read.is_err();
        if into.send(read).is_err() || is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::sync::Mutex;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::chunks::ChunkError;
    use super::chunks::tests::{read, section};
    use super::*;
    use crate::section::SectionError;

    /// What hosts have put into this process, by handle.
    static PUT: Mutex<BTreeMap<u64, Vec<u8>>> = Mutex::new(BTreeMap::new());

    impl Attachment for Vec<u8> {
        fn size(&self) -> u64 {
            self.len() as u64
        }

        fn read_into(&self, room: &mut [u8]) -> io::Result<()> {
            room.copy_from_slice(self);
            Ok(())
        }
    }

    fn open(handle: u64, _: u64) -> io::Result<Box<dyn Attachment>> {
        let put = PUT.lock().unwrap().remove(&handle).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(put))
    }

    /// Puts these bytes into this process; the chunk that says so.
    fn put(bytes: &[u8]) -> Vec<u8> {
        let mut put = PUT.lock().unwrap();
        let handle = put.last_key_value().map_or(1, |(last, _)| last + 1);
        put.insert(handle, bytes.to_vec());
        section(handle, bytes.len() as u64)
    }

    /// The host's ends of the pipes.
    struct Host {
        outgoing: File,
        incoming: File,
    }

    impl Host {
        fn send(&mut self, line: &[u8], attach: &[&[u8]]) -> io::Result<()> {
            for bytes in attach {
                self.outgoing.write_all(&put(bytes))?;
            }
            chunks::write_line(&mut self.outgoing, line)
        }
    }

    #[cfg(unix)]
    fn pipe() -> (File, File) {
        use std::os::fd::OwnedFd;
        let (reader, writer) = io::pipe().unwrap();
        (OwnedFd::from(reader).into(), OwnedFd::from(writer).into())
    }

    #[cfg(windows)]
    fn pipe() -> (File, File) {
        use std::os::windows::io::OwnedHandle;
        let (reader, writer) = io::pipe().unwrap();
        (OwnedHandle::from(reader).into(), OwnedHandle::from(writer).into())
    }

    fn pair() -> (Host, Channel) {
        let (incoming, to_cell) = pipe();
        let (from_cell, outgoing) = pipe();
        let cell = Channel::new(Pipes { incoming, outgoing, open }).unwrap();
        (Host { outgoing: to_cell, incoming: from_cell }, cell)
    }

    fn line(channel: &mut Channel) -> Vec<u8> {
        loop {
            if let Some(line) = channel.next_line().unwrap() {
                return line;
            }
            channel.fill(None).unwrap();
        }
    }

    /// Why a channel ends whose host writes this and hangs up.
    fn end_of(bytes: &[u8]) -> ChannelError {
        let (mut host, mut cell) = pair();
        host.outgoing.write_all(bytes).unwrap();
        drop(host);
        loop {
            while cell.next_line().unwrap().is_some() {}
            if let Err(error) = cell.fill(None) {
                return error;
            }
        }
    }

    #[test]
    fn sections_reach_the_lines_that_announce_them() {
        let (mut host, mut cell) = pair();
        host.send(b"plain\n", &[]).unwrap();
        host.send(b"two\n", &[&[1; 10], &[2; 20]]).unwrap();
        host.send(b"one\n", &[&[3; 30]]).unwrap();
        assert_eq!(line(&mut cell), b"plain");
        assert_eq!(line(&mut cell), b"two");
        assert_eq!(cell.claim(10).unwrap(), vec![1; 10]);
        let later = cell.claim_unread(20).unwrap();
        assert_eq!(line(&mut cell), b"one");
        assert_eq!(cell.claim_code(30).unwrap(), vec![3; 30]);
        assert_eq!(later.read().unwrap(), vec![2; 20]);
        assert!(matches!(cell.claim(1), Err(ChannelError::Descriptors)));
    }

    #[test]
    fn a_section_of_another_size_than_announced_is_refused() {
        let (mut host, mut cell) = pair();
        host.send(b"two\n", &[b"abc", b"def"]).unwrap();
        assert_eq!(line(&mut cell), b"two");
        let wrong = |error| matches!(error, ChannelError::Section(SectionError::WrongSize { .. }));
        assert!(wrong(cell.claim(4).unwrap_err()));
        assert!(wrong(cell.claim_code(2).unwrap_err()));
    }

    #[test]
    fn many_lines_with_sections_may_wait_but_not_many_sections_for_a_line() {
        let (mut host, mut cell) = pair();
        for at in 0..10 {
            host.send(b"x\n", &[&[at][..]; limits::DESCRIPTORS]).unwrap();
        }
        // All of it has arrived, and still each line finds its own.
        thread::sleep(Duration::from_millis(50));
        for at in 0..10 {
            assert!(cell.fill(None).unwrap(), "it asks twice, as one who looks does");
            assert!(cell.fill(None).unwrap());
            assert_eq!(line(&mut cell), b"x");
            for _ in 0..limits::DESCRIPTORS {
                assert_eq!(cell.claim(1).unwrap(), [at]);
            }
        }
        host.send(b"x\n", &[&[1][..]; limits::DESCRIPTORS + 1]).unwrap();
        let ended = std::iter::repeat_with(|| (cell.next_line(), cell.fill(None)).1.err());
        assert!(matches!(ended.flatten().next(), Some(ChannelError::Descriptors)));
    }

    #[test]
    fn both_sides_may_send_at_once() {
        let (mut host, mut cell) = pair();
        let mut big = vec![b'x'; limits::FRAME_BYTES - 1];
        big.push(b'\n');
        let sent = big.clone();
        let other = thread::spawn(move || {
            host.send(&sent, &[]).unwrap();
            drop(host.outgoing);
            std::iter::from_fn(|| read(&mut host.incoming)).map(|(_, body)| body.len()).sum()
        });
        cell.send(&big, &[]).unwrap();
        cell.close();
        assert_eq!(line(&mut cell).len(), big.len() - 1);
        let heard: usize = other.join().unwrap();
        assert_eq!(heard, big.len());
    }

    #[test]
    fn payloads_go_before_their_line() {
        let (mut host, mut cell) = pair();
        let largest = vec![7; usize::try_from(limits::PAYLOAD_BYTES).unwrap()];
        let other = thread::spawn(move || {
            std::iter::from_fn(|| read(&mut host.incoming)).collect::<Vec<_>>()
        });
        cell.send(b"two\n", &[largest.clone(), Vec::new()]).unwrap();
        cell.send(b"none\n", &[]).unwrap();
        cell.close();
        let heard = other.join().unwrap();
        let lines = [(0, b"two\n".to_vec()), (0, b"none\n".to_vec())];
        let [largest, none] = [largest, Vec::new()].map(|payload| (1, payload));
        assert!(heard == [&[largest, none], &lines[..]].concat());
    }

    #[test]
    fn too_large_or_too_many_payloads_are_not_sent() {
        let (mut host, mut cell) = pair();
        let large = vec![0; usize::try_from(limits::PAYLOAD_BYTES).unwrap() + 1];
        let refused = cell.send(b"x\n", &[vec![1], large]);
        assert!(matches!(refused, Err(ChannelError::Section(SectionError::TooLarge(_)))));
        let many = vec![vec![1]; limits::DESCRIPTORS + 1];
        assert!(matches!(cell.send(b"x\n", &many), Err(ChannelError::Descriptors)));
        drop(cell);
        assert_eq!(read(&mut host.incoming), None);
    }

    #[test]
    fn the_end_and_the_passing_of_time_are_told_apart() {
        let (mut host, mut cell) = pair();
        assert!(!cell.fill(Some(Instant::now())).unwrap());
        let (began, wait) = (Instant::now(), Duration::from_millis(20));
        assert!(!cell.fill(Some(began + wait)).unwrap());
        assert!(began.elapsed() >= wait);
        // A part of a chunk is nothing yet.
        host.outgoing.write_all(b"\0\x02\0\0\0a").unwrap();
        assert!(!cell.fill(Some(Instant::now() + wait)).unwrap());
        host.outgoing.write_all(b"\n").unwrap();
        assert_eq!(line(&mut cell), b"a");
        drop(host);
        assert!(matches!(cell.fill(None), Err(ChannelError::Closed)));
        assert!(matches!(cell.fill(Some(Instant::now())), Err(ChannelError::Closed)));
        assert!(matches!(cell.send(b"x\n", &[]), Err(ChannelError::Closed)));
    }

    #[test]
    fn what_came_before_the_end_is_heard() {
        let (mut host, mut cell) = pair();
        host.send(b"last\n", &[b"of all"]).unwrap();
        drop(host);
        assert_eq!(line(&mut cell), b"last");
        assert_eq!(cell.claim(6).unwrap(), b"of all");
        assert!(matches!(cell.fill(None), Err(ChannelError::Closed)));
        assert!(matches!(end_of(b"\0\x02\0\0\0a"), ChannelError::Closed));
    }

    #[test]
    fn the_host_hears_that_the_cell_hangs_up() {
        let (mut host, mut cell) = pair();
        cell.send(b"bye\n", &[]).unwrap();
        cell.close();
        assert_eq!(read(&mut host.incoming), Some((0, b"bye\n".to_vec())));
        assert_eq!(read(&mut host.incoming), None);
        assert!(matches!(cell.send(b"x\n", &[]), Err(ChannelError::Closed)));
    }

    #[test]
    fn what_is_no_chunk_of_a_hosts_ends_the_channel() {
        let kind = |bytes: &[u8]| match end_of(bytes) {
            ChannelError::Chunk(ChunkError::Kind(kind)) => kind,
            other => panic!("{other}"),
        };
        assert_eq!(kind(b"\x01\x01\0\0\0a"), 1);
        assert_eq!(kind(b"\0\x02\0\0\0a\n\x03\x01\0\0\0a"), 3);
        for bytes in [&b"\0\0\0\0\0"[..], b"\0\x01\0\x01\0", b"\x02\x08\0\0\0abcdefgh"] {
            let error = end_of(bytes);
            assert!(matches!(error, ChannelError::Chunk(ChunkError::Length { .. })), "{error}");
        }
    }

    #[test]
    fn a_handle_that_is_none_ends_the_channel() {
        assert!(matches!(end_of(&section(u64::MAX, 1)), ChannelError::Pipe(_)));
    }

    #[test]
    fn a_line_beyond_the_cap_ends_the_channel() {
        let (mut host, mut cell) = pair();
        // It stops at the end of the cell: nobody reads the rest.
        let other = thread::spawn(move || host.send(&vec![b'x'; limits::FRAME_BYTES + 1], &[]));
        let ended = std::iter::repeat_with(|| cell.fill(None).and(cell.next_line()).err());
        assert!(matches!(ended.flatten().next(), Some(ChannelError::Overflow(_))));
        drop(cell);
        assert!(other.join().is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lines_arrive_as_they_were_sent_however_they_are_cut(
            lines in proptest::collection::vec((".{0,40}", 0..=limits::DESCRIPTORS), 0..20),
            lengths in proptest::collection::vec(1usize..60, 1..10),
        ) {
            let (mut host, mut cell) = pair();
            let (mut bytes, mut whole) = (Vec::new(), Vec::new());
            for (at, (text, attached)) in lines.iter().enumerate() {
                let line = format!("{text:?}\n").into_bytes();
                let attach = vec![vec![at as u8; at + 1]; *attached];
                bytes.extend(attach.iter().flat_map(|payload| put(payload)));
                chunks::write_line(&mut bytes, &line).unwrap();
                whole.push((line, attach));
            }
            let mut rest = &*bytes;
            for length in lengths.iter().cycle() {
                let (piece, after) = rest.split_at(rest.len().min(*length));
                host.outgoing.write_all(piece).unwrap();
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            drop(host.outgoing);
            for (sent, attach) in whole {
                prop_assert_eq!([&*line(&mut cell), b"\n"].concat(), sent);
                for payload in attach {
                    prop_assert_eq!(cell.claim(payload.len() as u64).unwrap(), payload);
                }
            }
            prop_assert!(matches!(cell.fill(None), Err(ChannelError::Closed)));
        }
    }
}
