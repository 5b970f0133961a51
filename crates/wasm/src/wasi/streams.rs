//! `wasi:io/streams`: files, bodies, and the standard streams.

use aether_protocol::{RpcError, v1};
use wasmtime::component::Resource;

use super::io::{Failed, Input, Output, Pollable, StreamError};
use super::{files, http_body};
use crate::bindings::wasi::io::streams;
use crate::gate::Gate;
use crate::limits;
use crate::state::State;

/// Bytes that a stream takes at once.
const PERMIT: u64 = limits::PIECE_BYTES;

impl<G: Gate> streams::Host for State<G> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        match error {
            StreamError::Closed => Ok(streams::StreamError::Closed),
            StreamError::Failed(error) => Ok(self.failed(error)?),
            StreamError::Trap(trap) => Err(trap),
        }
    }
}

impl<G: Gate> streams::HostInputStream for State<G> {
    fn read(&mut self, this: Resource<Input>, len: u64) -> Result<Vec<u8>, StreamError> {
        self.read_some(&this, len)
    }

    fn blocking_read(&mut self, this: Resource<Input>, len: u64) -> Result<Vec<u8>, StreamError> {
        self.read_some(&this, len)
    }

    fn skip(&mut self, this: Resource<Input>, len: u64) -> Result<u64, StreamError> {
        Ok(self.read_some(&this, len)?.len() as u64)
    }

    fn blocking_skip(&mut self, this: Resource<Input>, len: u64) -> Result<u64, StreamError> {
        Ok(self.read_some(&this, len)?.len() as u64)
    }

    fn subscribe(&mut self, this: Resource<Input>) -> wasmtime::Result<Resource<Pollable>> {
        self.table.get(&this)?;
        self.ready()
    }

    fn drop(&mut self, this: Resource<Input>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {
            Input::Body { stream, end: false, .. } => http_body::close(self, stream),
            Input::File { file, .. } => files::release(self, file),
            _ => Ok(()),
        }
    }
}

impl<G: Gate> streams::HostOutputStream for State<G> {
    fn check_write(&mut self, this: Resource<Output>) -> Result<u64, StreamError> {
        self.table.get(&this)?;
        Ok(PERMIT)
    }

    fn write(&mut self, this: Resource<Output>, bytes: Vec<u8>) -> Result<(), StreamError> {
        if bytes.len() as u64 > PERMIT {
            let message = "more was written than the stream takes at once";
            return Err(StreamError::Trap(wasmtime::Error::msg(message)));
        }
        self.write_all(&this, bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        this: Resource<Output>,
        bytes: Vec<u8>,
    ) -> Result<(), StreamError> {
        self.write(this, bytes)
    }

    fn flush(&mut self, this: Resource<Output>) -> Result<(), StreamError> {
        self.table.get(&this)?;
        Ok(())
    }

    fn blocking_flush(&mut self, this: Resource<Output>) -> Result<(), StreamError> {
        self.flush(this)
    }

    fn subscribe(&mut self, this: Resource<Output>) -> wasmtime::Result<Resource<Pollable>> {
        self.table.get(&this)?;
        self.ready()
    }

    fn write_zeroes(&mut self, this: Resource<Output>, len: u64) -> Result<(), StreamError> {
        // Longer than a stream takes at once, and so refused, is as good as any length beyond it.
        let length = usize::try_from(len.min(PERMIT + 1)).unwrap_or(usize::MAX);
        self.write(this, vec![0; length])
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        this: Resource<Output>,
        len: u64,
    ) -> Result<(), StreamError> {
        self.write_zeroes(this, len)
    }

    fn splice(
        &mut self,
        this: Resource<Output>,
        from: Resource<Input>,
        len: u64,
    ) -> Result<u64, StreamError> {
        self.table.get(&this)?;
        let bytes = self.read_some(&from, len.min(PERMIT))?;
        let length = bytes.len() as u64;
        self.write_all(&this, bytes)?;
        Ok(length)
    }

    fn blocking_splice(
        &mut self,
        this: Resource<Output>,
        from: Resource<Input>,
        len: u64,
    ) -> Result<u64, StreamError> {
        self.splice(this, from, len)
    }

    fn drop(&mut self, this: Resource<Output>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {
            Output::File { file, .. } => files::release(self, file),
            _ => Ok(()),
        }
    }
}

impl<G: Gate> State<G> {
    /// An error for the program to ask about.
    fn failed(&mut self, error: RpcError) -> wasmtime::Result<streams::StreamError> {
        let failed = self.table.push(Failed { error })?;
        Ok(streams::StreamError::LastOperationFailed(failed))
    }

    fn read_some(&mut self, this: &Resource<Input>, len: u64) -> Result<Vec<u8>, StreamError> {
        let most = len.min(limits::PIECE_BYTES);
        let length = usize::try_from(most).unwrap_or(usize::MAX);
        match self.table.get_mut(this)? {
            Input::Stdin => ended(self.stdio.take_input(length), most),
            Input::File { file, offset } => {
                let from = (file.number(), *offset);
                self.read_file(this, from, most)
            }
            &mut Input::Body { stream, ref bytes, end, .. } => {
                if bytes.is_empty() && !end && most > 0 {
                    let (bytes, end) = http_body::next(self, stream)?;
                    self.refill(this, bytes, end)?;
                }
                let Input::Body { bytes, .. } = self.table.get_mut(this)? else {
                    return Err(StreamError::Closed);
                };
                let rest = bytes.split_off(bytes.len().min(length));
                ended(std::mem::replace(bytes, rest), most)
            }
        }
    }

    fn refill(
        &mut self,
        this: &Resource<Input>,
        come: Vec<u8>,
        is_end: bool,
    ) -> Result<(), StreamError> {
        if let Input::Body { bytes, held, end, .. } = self.table.get_mut(this)? {
            held.set(come.len())?;
            *bytes = come;
            *end = is_end;
        }
        Ok(())
    }

    fn read_file(
        &mut self,
        this: &Resource<Input>,
        (file, from): (u64, u64),
        most: u64,
    ) -> Result<Vec<u8>, StreamError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let (bytes, _) = files::pread(self, file, from, most)?;
        if let Input::File { offset, .. } = self.table.get_mut(this)? {
            *offset = from.saturating_add(bytes.len() as u64);
        }
        ended(bytes, most)
    }

    fn write_all(&mut self, this: &Resource<Output>, bytes: Vec<u8>) -> Result<(), StreamError> {
        let length = bytes.len() as u64;
        match self.table.get(this)?.clone() {
            _ if bytes.is_empty() => {}
            Output::Stdout => self.write_stdout(&bytes)?,
            Output::Stderr => self.write_stderr(&bytes)?,
            Output::Body(sent) => sent.add(&bytes)?,
            Output::File { file, offset } => {
                files::pwrite(self, file.number(), offset, bytes)?;
                if let Output::File { offset: Some(offset), .. } = self.table.get_mut(this)? {
                    *offset = offset.saturating_add(length);
                }
            }
        }
        Ok(())
    }

    fn write_stdout(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        match self.stdio.take_output(bytes) {
            Some(lines) => self.log_lines(v1::Level::Info, lines),
            None => Err(StreamError::Failed(crate::host::failure::too_large("standard output"))),
        }
    }

    fn write_stderr(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let lines = self.stdio.errors.take(bytes);
        self.log_lines(v1::Level::Warn, lines)
    }

    fn log_lines(&mut self, level: v1::Level, lines: Vec<String>) -> Result<(), StreamError> {
        for message in lines {
            let fields = serde_json::Map::new();
            self.notify(v1::method::LOG_WRITE, &v1::Log { level, message, fields })?;
        }
        Ok(())
    }

    /// What the program printed without ending the line.
    pub(crate) fn last_lines(&mut self) {
        let rest = [
            (v1::Level::Info, self.stdio.printed.rest()),
            (v1::Level::Warn, self.stdio.errors.rest()),
        ];
        for (level, line) in rest {
            // Where nobody is there any more the call has failed of that.
            let _ = self.log_lines(level, line.into_iter().collect());
        }
    }
}

/// Nothing, where something was asked for, is the end.
fn ended(bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, StreamError> {
    match bytes.is_empty() && most > 0 {
        true => Err(StreamError::Closed),
        false => Ok(bytes),
    }
}
