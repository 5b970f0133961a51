//! `wasi:filesystem`: what descriptors are, and the folders that a program begins with. What is
//! done with descriptors is in `descriptor`.
//!
//! A folder is a path here, and a file is opened at the gate. So a folder that is moved while a
//! program has it open is not found any more, where a real descriptor would follow it.

use std::collections::VecDeque;

use aether_protocol::v1::{self, FsKind, method};
use wasmtime::component::{Resource, ResourceTableError};

use super::clocks::datetime;
use super::errors;
use super::files::Open;
use super::io::Failed;
use crate::bindings::wasi::filesystem::{preopens, types};
use crate::gate::{Gate, Over, Refused};
use crate::held::Held;
use crate::state::State;
use types::{DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode};

/// A file or folder that a program has open.
#[derive(Debug)]
pub struct Descriptor {
    /// Its path when it was opened.
    pub(super) path: String,
    /// The file; a folder has none, nor has a file that was opened neither to be read nor written.
    pub(super) file: Option<Open>,
    pub(super) kind: FsKind,
    pub(super) flags: DescriptorFlags,
}

/// The entries of a folder that were not read yet.
#[derive(Debug)]
pub struct Listing {
    pub(super) path: String,
    pub(super) entries: VecDeque<v1::FsEntry>,
    /// What to ask for the next ones with.
    pub(super) next: Option<String>,
    _held: Held,
}

/// Why an operation is refused.
#[derive(Debug)]
pub enum FsError {
    /// The program is told.
    Code(ErrorCode),
    /// The program is stopped.
    Trap(wasmtime::Error),
}

impl From<ErrorCode> for FsError {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<Refused> for FsError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Error(error) => Self::Code(errors::of_files(&error)),
            Refused::Over(over) => over.into(),
        }
    }
}

impl From<Over> for FsError {
    fn from(over: Over) -> Self {
        Self::Trap(over.into())
    }
}

impl From<ResourceTableError> for FsError {
    fn from(error: ResourceTableError) -> Self {
        match error {
            ResourceTableError::Full => Self::Code(ErrorCode::InsufficientMemory),
            error => Self::Trap(error.into()),
        }
    }
}

impl From<wasmtime::Error> for FsError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

impl<G: Gate> preopens::Host for State<G> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let around = self.around.clone();
        let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        let folders = around.folders.iter().map(|folder| {
            let path = folder.path.clone();
            let opened = Descriptor { path, file: None, kind: FsKind::Directory, flags };
            Ok((self.table.push(opened)?, folder.name.clone()))
        });
        folders.collect()
    }
}

impl<G: Gate> types::Host for State<G> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        match error {
            FsError::Code(code) => Ok(code),
            FsError::Trap(trap) => Err(trap),
        }
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<Failed>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Some(errors::of_files(&self.table.get(&error)?.error)))
    }
}

impl<G: Gate> types::HostDirectoryEntryStream for State<G> {
    fn read_directory_entry(
        &mut self,
        this: Resource<Listing>,
    ) -> Result<Option<types::DirectoryEntry>, FsError> {
        let listing = self.table.get_mut(&this)?;
        if listing.entries.is_empty() {
            let Some(after) = listing.next.take() else { return Ok(None) };
            let path = listing.path.clone();
            let read = list(self, path, Some(after))?;
            *self.table.get_mut(&this)? = read;
        }
        let entry = self.table.get_mut(&this)?.entries.pop_front();
        Ok(entry.map(|entry| types::DirectoryEntry { type_: kind(entry.kind), name: entry.name }))
    }

    fn drop(&mut self, this: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

/// The entries of a folder.
pub(super) fn list<G: Gate>(
    state: &mut State<G>,
    path: String,
    after: Option<String>,
) -> Result<Listing, FsError> {
    let params = v1::FsList { path: path.clone(), after };
    let answer: v1::FsEntries = state.ask(method::FS_LIST, &params)?;
    let size = |entry: &v1::FsEntry| entry.name.len() + size_of::<v1::FsEntry>();
    let mut held = state.budget.hold();
    held.set(answer.entries.iter().map(size).sum()).map_err(|_| ErrorCode::InsufficientMemory)?;
    Ok(Listing { path, entries: answer.entries.into(), next: answer.next, _held: held })
}

pub(super) fn kind(kind: FsKind) -> DescriptorType {
    match kind {
        FsKind::File => DescriptorType::RegularFile,
        FsKind::Directory => DescriptorType::Directory,
        FsKind::Symlink => DescriptorType::SymbolicLink,
        FsKind::Special => DescriptorType::Unknown,
    }
}

/// Only when something was modified is known, and so told of reading it too.
pub(super) fn stat(found: &v1::FsStat) -> DescriptorStat {
    let modified = Some(datetime(found.modified_ms));
    DescriptorStat {
        type_: kind(found.kind),
        link_count: u64::from(found.links),
        size: found.size,
        data_access_timestamp: modified,
        data_modification_timestamp: modified,
        status_change_timestamp: modified,
    }
}
