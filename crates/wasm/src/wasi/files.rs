//! Open files at the gate.

use std::sync::Arc;

use aether_protocol::v1::{self, method};
use aether_protocol::{Payload, limits::PAYLOAD_BYTES};

use crate::gate::{Gate, Refused};
use crate::state::{State, split};

/// An open file. A descriptor and the streams that were made of it share it; the last one closes
/// it.
#[derive(Clone, Debug)]
pub struct Open(Arc<u64>);

impl Open {
    /// Its number at the gate.
    pub(crate) fn number(&self) -> u64 {
        *self.0
    }
}

/// Opens a file.
pub(super) fn open<G: Gate>(state: &mut State<G>, asked: &v1::FsOpen) -> Result<Open, Refused> {
    let opened: v1::FsOpened = state.ask(method::FS_OPEN, asked)?;
    state.open_files.insert(opened.file);
    Ok(Open(Arc::new(opened.file)))
}

/// Closes a file that nobody else has.
pub(super) fn release<G: Gate>(state: &mut State<G>, open: Open) -> wasmtime::Result<()> {
    let Some(file) = Arc::into_inner(open.0) else { return Ok(()) };
    state.open_files.remove(&file);
    match state.tell(method::FS_CLOSE, &v1::FsFile { file }) {
        Err(Refused::Over(over)) => Err(over.into()),
        // Closed all the same: nobody has its number any more.
        Err(Refused::Error(_)) | Ok(()) => Ok(()),
    }
}

/// A piece of a file, and the size of the whole.
pub(super) fn pread<G: Gate>(
    state: &mut State<G>,
    file: u64,
    offset: u64,
    length: u64,
) -> Result<(Vec<u8>, u64), Refused> {
    let length = Some(length.min(PAYLOAD_BYTES));
    let params = v1::FsPread { file, offset, length };
    let (read, mut attached): (v1::FsData, _) =
        state.ask_with(method::FS_PREAD, &params, Vec::new())?;
    Ok((attached.bytes(read.data)?, read.size))
}

/// Writes into a file; without an offset, at its end.
pub(super) fn pwrite<G: Gate>(
    state: &mut State<G>,
    file: u64,
    offset: Option<u64>,
    bytes: Vec<u8>,
) -> Result<(), Refused> {
    let (data, attach) = split(Payload::bytes(bytes))?;
    let params = v1::FsPwrite { file, offset, data };
    state.tell_with(method::FS_PWRITE, &params, attach)
}
