//! What operations on descriptors have in common: finding paths, looking, opening.

use aether_protocol::v1::{self, FsAccess, FsKind, method};
use wasmtime::component::Resource;

use super::files::{self, Open};
use super::filesystem::{Descriptor, FsError};
use super::paths::{Found, within};
use crate::bindings::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::gate::{Gate, Refused};
use crate::state::State;

pub(super) type Fs<T> = Result<T, FsError>;

impl<G: Gate> State<G> {
    /// The file of a descriptor that was opened for this.
    pub(super) fn file(&self, this: &Resource<Descriptor>, access: DescriptorFlags) -> Fs<Open> {
        let descriptor = self.table.get(this)?;
        match &descriptor.file {
            _ if descriptor.kind == FsKind::Directory => Err(ErrorCode::IsDirectory.into()),
            Some(file) if descriptor.flags.contains(access) => Ok(file.clone()),
            _ => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    /// The path of a folder.
    pub(super) fn folder(&self, this: &Resource<Descriptor>) -> Fs<String> {
        let descriptor = self.table.get(this)?;
        match descriptor.kind {
            FsKind::Directory => Ok(descriptor.path.clone()),
            _ => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// A path below a folder. Each `..` in it is behind a folder that is there and is no link.
    pub(super) fn find(&mut self, this: &Resource<Descriptor>, path: &str) -> Fs<Found> {
        let found = within(&self.folder(this)?, path)?;
        for left in &found.left {
            match self.seen(left, false)?.map(|seen| seen.kind) {
                Some(FsKind::Directory) => {}
                Some(FsKind::Symlink) => return Err(ErrorCode::NotPermitted.into()),
                Some(_) => return Err(ErrorCode::NotDirectory.into()),
                None => return Err(ErrorCode::NoEntry.into()),
            }
        }
        Ok(found)
    }

    /// As [`find`](Self::find), of something that is changed.
    pub(super) fn find_changeable(&mut self, this: &Resource<Descriptor>, path: &str) -> Fs<Found> {
        if !self.table.get(this)?.flags.contains(DescriptorFlags::MUTATE_DIRECTORY) {
            self.folder(this)?;
            return Err(ErrorCode::NotPermitted.into());
        }
        self.find(this, path)
    }

    /// As [`find`](Self::find), of something that is no folder.
    pub(super) fn no_folder(&mut self, this: &Resource<Descriptor>, path: &str) -> Fs<Found> {
        let found = self.find(this, path)?;
        match found.is_folder {
            true => Err(ErrorCode::NoEntry.into()),
            false => Ok(found),
        }
    }

    /// What is at a path; nothing where nothing is.
    pub(super) fn seen(&mut self, path: &str, follow: bool) -> Fs<Option<v1::FsStat>> {
        let params = v1::FsLook { path: path.to_owned(), no_follow: !follow };
        match self.ask(method::FS_STAT, &params) {
            Ok(found) => Ok(Some(found)),
            Err(Refused::Error(error)) if error.fact("code") == Some("ENOENT") => Ok(None),
            Err(refused) => Err(refused.into()),
        }
    }

    pub(super) fn look_below(
        &mut self,
        this: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> Fs<v1::FsStat> {
        let found = self.find(this, path)?;
        let follow = found.is_folder || flags.contains(PathFlags::SYMLINK_FOLLOW);
        match self.seen(&found.path, follow)? {
            None => Err(ErrorCode::NoEntry.into()),
            Some(seen) if found.is_folder && seen.kind != FsKind::Directory => {
                Err(ErrorCode::NotDirectory.into())
            }
            Some(seen) => Ok(seen),
        }
    }

    pub(super) fn look_at(&mut self, this: &Resource<Descriptor>) -> Fs<v1::FsStat> {
        let descriptor = self.table.get(this)?;
        let Some(file) = &descriptor.file else {
            let path = descriptor.path.clone();
            return self.seen(&path, true)?.ok_or(FsError::Code(ErrorCode::NoEntry));
        };
        let file = file.number();
        Ok(self.ask(method::FS_FSTAT, &v1::FsFile { file })?)
    }

    pub(super) fn open_file(
        &mut self,
        path: String,
        follow: bool,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Fs<Descriptor> {
        let (reads, writes) =
            (flags.contains(DescriptorFlags::READ), flags.contains(DescriptorFlags::WRITE));
        let changes = open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE);
        let access = match (reads, writes || changes) {
            (true, true) => FsAccess::Both,
            (false, true) => FsAccess::Write,
            (_, false) => FsAccess::Read,
        };
        let asked = v1::FsOpen {
            path: path.clone(),
            access,
            create: open.contains(OpenFlags::CREATE),
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            truncate: open.contains(OpenFlags::TRUNCATE),
            no_follow: !follow,
            lend: false,
        };
        let file = match files::open(self, &asked) {
            Ok(file) => Some(file),
            // Whoever opens it for nothing wants to be told of it, and needs no grant to read.
            Err(Refused::Error(_)) if !reads && !writes && !changes => None,
            Err(refused) => return Err(refused.into()),
        };
        // Every write is as good as synchronised when it was answered.
        let flags = flags & !DescriptorFlags::MUTATE_DIRECTORY;
        Ok(Descriptor { path, file, kind: FsKind::File, flags })
    }

    pub(super) fn remove(&mut self, path: String) -> Fs<()> {
        Ok(self.tell(method::FS_REMOVE, &v1::FsRemove { path, recursive: false })?)
    }

    /// When something was read last is kept by nobody, and setting it does nothing.
    pub(super) fn set_modified(&mut self, path: String, modified: NewTimestamp) -> Fs<()> {
        let modified_ms = match modified {
            NewTimestamp::NoChange => return Ok(()),
            NewTimestamp::Now => self.gate.wall_ms(),
            NewTimestamp::Timestamp(at) => {
                let ms = at.seconds.checked_mul(1000).ok_or(ErrorCode::Overflow)?;
                ms.saturating_add(u64::from(at.nanoseconds / 1_000_000))
            }
        };
        Ok(self.tell(method::FS_UTIMES, &v1::FsUtimes { path, modified_ms })?)
    }
}
