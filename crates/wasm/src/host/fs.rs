//! `aether:plugin/fs`.

use aether_protocol::Payload;
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{self, FsKind, method};
use wasmtime::component::Resource;

use super::failure::{Told, told, too_large};
use super::token::Token;
use crate::bindings::aether::plugin::fs;
use crate::gate::{Gate, Refused};
use crate::state::{State, split};
use fs::{Entry, Kind, Listing, Metadata, Part, WriteFlags};

/// Bytes that are read at a time of a file that is read whole.
const PIECE_BYTES: u64 = 4 << 20;

impl<G: Gate> fs::Host for State<G> {
    fn read_text(&mut self, path: String) -> Told<String> {
        told(self.read_whole(&path).map(|bytes| match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }))
    }

    fn read(&mut self, path: String, offset: u64, length: Option<u64>) -> Told<Part> {
        told(self.read_part(&path, offset, length))
    }

    fn write(&mut self, path: String, data: Vec<u8>, how: WriteFlags) -> Told<()> {
        let append = how.contains(WriteFlags::APPEND);
        let exclusive = how.contains(WriteFlags::EXCLUSIVE);
        told(split(Payload::bytes(data)).and_then(|(data, attach)| {
            let params = v1::FsWrite { path, data, append, exclusive, through: false, token: None };
            self.tell_with(method::FS_WRITE, &params, attach)
        }))
    }

    fn write_through(
        &mut self,
        path: String,
        data: Vec<u8>,
        exclusive: bool,
        token: Option<Resource<Token>>,
    ) -> Told<()> {
        let token = self.token_text(token)?;
        told(split(Payload::bytes(data)).and_then(|(data, attach)| {
            let params = v1::FsWrite { path, data, append: false, exclusive, through: true, token };
            self.tell_with(method::FS_WRITE, &params, attach)
        }))
    }

    fn list(&mut self, path: String, after: Option<String>) -> Told<Listing> {
        let listed = self.ask::<v1::FsEntries>(method::FS_LIST, &v1::FsList { path, after });
        told(listed.map(|listed| {
            let entry = |entry: v1::FsEntry| Entry {
                name: entry.name,
                kind: kind(entry.kind),
                size: entry.size,
            };
            let entries = listed.entries.into_iter().map(entry).collect();
            Listing { entries, truncated: listed.truncated, next: listed.next }
        }))
    }

    fn stat(&mut self, path: String) -> Told<Metadata> {
        told(self.look_up(path))
    }

    fn exists(&mut self, path: String) -> Told<bool> {
        told(match self.look_up(path) {
            Ok(_) => Ok(true),
            Err(Refused::Error(error))
                if matches!(error.fact("code"), Some("ENOENT" | "ENOTDIR")) =>
            {
                Ok(false)
            }
            Err(refused) => Err(refused),
        })
    }

    fn remove(&mut self, path: String, recursive: bool) -> Told<()> {
        told(self.tell(method::FS_REMOVE, &v1::FsRemove { path, recursive }))
    }

    fn rename(&mut self, from: String, to: String) -> Told<()> {
        told(self.tell(method::FS_RENAME, &v1::FsRename { from, to }))
    }

    fn mkdir(&mut self, path: String, recursive: bool) -> Told<()> {
        told(self.tell(method::FS_MKDIR, &v1::FsMkdir { path, recursive }))
    }
}

impl<G: Gate> State<G> {
    fn look_up(&mut self, path: String) -> Result<Metadata, Refused> {
        let params = v1::FsLook { path, no_follow: false };
        let found: v1::FsStat = self.ask(method::FS_STAT, &params)?;
        Ok(Metadata { kind: kind(found.kind), size: found.size, modified_ms: found.modified_ms })
    }

    fn read_part(&mut self, path: &str, offset: u64, length: Option<u64>) -> Result<Part, Refused> {
        let length = Some(length.unwrap_or(PAYLOAD_BYTES).min(PAYLOAD_BYTES));
        let params = v1::FsRead { path: path.to_owned(), offset, length };
        let (read, mut attached): (v1::FsData, _) =
            self.ask_with(method::FS_READ, &params, Vec::new())?;
        Ok(Part { data: attached.bytes(read.data)?, size: read.size })
    }

    fn read_whole(&mut self, path: &str) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        loop {
            let at = bytes.len() as u64;
            let part = self.read_part(path, at, Some(PIECE_BYTES))?;
            if part.size > PAYLOAD_BYTES || at + part.data.len() as u64 > PAYLOAD_BYTES {
                return Err(too_large(&format!("`{path}`, which is read whole,")).into());
            }
            let is_end = part.data.is_empty() || at + part.data.len() as u64 >= part.size;
            bytes.extend_from_slice(&part.data);
            if is_end {
                return Ok(bytes);
            }
        }
    }
}

const fn kind(kind: FsKind) -> Kind {
    match kind {
        FsKind::File => Kind::File,
        FsKind::Directory => Kind::Directory,
        FsKind::Symlink => Kind::Symlink,
        FsKind::Special => Kind::Special,
    }
}
