//! A host's ends of two pipes. What it attaches is no section, but in the memory that it shares with its
//! cell: the cell runs in a thread of the same process.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::process::Command;
use std::sync::Mutex;

use aether_cell::{Attachment, Pipes};
use aether_protocol::FrameReader;

/// A host's ends.
pub struct HostEnd {
    incoming: File,
    outgoing: File,
}

/// What a cell runs on.
pub type CellEnd = Pipes;

/// What was attached and no cell has taken over yet, by handle.
static PUT: Mutex<BTreeMap<u64, Vec<u8>>> = Mutex::new(BTreeMap::new());

#[derive(Debug)]
struct Put(Vec<u8>);

impl Attachment for Put {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_into(&self, room: &mut [u8]) -> io::Result<()> {
        room.copy_from_slice(&self.0);
        Ok(())
    }
}

fn open(handle: u64, size: u64) -> io::Result<Box<dyn Attachment>> {
    let put = PUT.lock().unwrap().remove(&handle).ok_or(io::ErrorKind::NotFound)?;
    assert_eq!(put.len() as u64, size);
    Ok(Box::new(Put(put)))
}

/// Both ends.
pub fn ends() -> (HostEnd, CellEnd) {
    let ((incoming, to_cell), (from_cell, outgoing)) = (pipe(), pipe());
    (HostEnd { incoming: from_cell, outgoing: to_cell }, Pipes { incoming, outgoing, open })
}

fn pipe() -> (File, File) {
    let (reader, writer) = io::pipe().unwrap();
    (OwnedHandle::from(reader).into(), OwnedHandle::from(writer).into())
}

/// Gives a cell's end to a program. Its standard output is its test harness's.
pub fn give(program: &mut Command, end: CellEnd) {
    program.stdin(end.incoming).stderr(end.outgoing);
}

/// The end that this program was given.
pub fn given() -> CellEnd {
    let incoming = io::stdin().as_handle().try_clone_to_owned().unwrap().into();
    let outgoing = io::stderr().as_handle().try_clone_to_owned().unwrap().into();
    Pipes { incoming, outgoing, open }
}

pub struct Wire {
    ends: HostEnd,
    frames: FrameReader,
    attached: VecDeque<Vec<u8>>,
    /// How many payloads came as attachments.
    pub blobs: usize,
}

impl Wire {
    pub fn new(ends: HostEnd) -> Self {
        Self { ends, frames: FrameReader::default(), attached: VecDeque::new(), blobs: 0 }
    }

    /// The next line; `None` when the cell hung up.
    pub fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(line) = self.frames.next_frame().unwrap() {
                return Some(line.to_vec());
            }
            let mut header = [0; 5];
            self.ends.incoming.read_exact(&mut header).ok()?;
            let [kind, length @ ..] = header;
            let mut body = vec![0; u32::from_le_bytes(length) as usize];
            self.ends.incoming.read_exact(&mut body).ok()?;
            match kind {
                0 => self.frames.push(&body),
                1 => self.attached.push_back(body),
                other => panic!("a chunk of kind {other}"),
            }
        }
    }

    pub fn send(&mut self, line: &[u8], attach: &[Vec<u8>]) {
        let mut chunks = Vec::new();
        for bytes in attach {
            let mut put = PUT.lock().unwrap();
            let handle = put.last_key_value().map_or(1, |(last, _)| last + 1);
            chunks.extend([2, 16, 0, 0, 0]);
            chunks.extend(handle.to_le_bytes());
            chunks.extend((bytes.len() as u64).to_le_bytes());
            put.insert(handle, bytes.clone());
        }
        for piece in line.chunks(65_536) {
            chunks.push(0);
            chunks.extend((piece.len() as u32).to_le_bytes());
            chunks.extend(piece);
        }
        // A cell that has hung up is noticed where it is listened to.
        let _ = self.ends.outgoing.write_all(&chunks);
    }

    pub(super) fn attached(&mut self, size: u64) -> Vec<u8> {
        let bytes = self.attached.pop_front().unwrap();
        assert_eq!(bytes.len() as u64, size);
        bytes
    }
}
