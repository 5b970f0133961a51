//! Lines and attached memory files over the gateway, from the cell's side.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use aether_protocol::{FrameReader, limits};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// A blocking end of the gateway.
pub(crate) struct Wire {
    socket: OwnedFd,
    frames: FrameReader,
    files: VecDeque<OwnedFd>,
    buffer: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        let (frames, files) = (FrameReader::default(), VecDeque::new());
        Self { socket, frames, files, buffer: vec![0; 64 << 10] }
    }

    /// Sends whole lines.
    pub(crate) fn send(&self, mut lines: &[u8]) -> Result<(), Box<dyn Error>> {
        while !lines.is_empty() {
            let mut none = SendAncillaryBuffer::default();
            let parts = [IoSlice::new(lines)];
            let sent = sendmsg(&self.socket, &parts, &mut none, SendFlags::NOSIGNAL)?;
            lines = lines.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Sends a line with a sealed memory file of these bytes.
    pub(crate) fn send_with(&self, line: &[u8], bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create(c"bench", flags | MemfdFlags::NOEXEC_SEAL)?;
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            written += rustix::io::write(&file, rest)?;
        }
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        fcntl_add_seals(&file, seals)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let files = [file.as_fd()];
        control.push(SendAncillaryMessage::ScmRights(&files));
        let parts = [IoSlice::new(line)];
        let sent = sendmsg(&self.socket, &parts, &mut control, SendFlags::NOSIGNAL)?;
        self.send(line.get(sent..).unwrap_or_default())
    }

    /// The next line; `None` when the host hung up.
    pub(crate) fn next(&mut self) -> Result<Option<String>, Box<dyn Error>> {
        loop {
            if let Some(line) = self.frames.next_frame()? {
                return Ok(Some(String::from_utf8(line.to_vec())?));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The size of the next attached memory file after its bytes were read.
    pub(crate) fn take_file(&mut self) -> Result<usize, Box<dyn Error>> {
        let file = self.files.pop_front().ok_or("no memory file came along")?;
        let size = usize::try_from(rustix::fs::fstat(&file)?.st_size)?;
        let mut bytes = vec![0; size];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&file, rest, filled as u64)? {
                0 => return Err("the memory file ended early".into()),
                got => filled += got,
            }
        }
        Ok(std::hint::black_box(bytes).len())
    }

    /// Reads the next attached memory file into memory of its size.
    pub(crate) fn read_file(&mut self, room: &mut [u8]) -> Result<usize, Box<dyn Error>> {
        let file = self.files.pop_front().ok_or("no memory file came along")?;
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&file, rest, filled as u64)? {
                0 => return Err("the memory file ended early".into()),
                got => filled += got,
            }
        }
        Ok(std::hint::black_box(&*room).len())
    }

    fn fill(&mut self) -> Result<bool, Box<dyn Error>> {
        let mut space =
            [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(limits::DESCRIPTORS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut self.buffer)];
        let got = recvmsg(&self.socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC)?;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                self.files.extend(files);
            }
        }
        self.frames.push(self.buffer.get(..got.bytes).unwrap_or_default());
        Ok(got.bytes > 0)
    }
}
