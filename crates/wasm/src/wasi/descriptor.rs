//! What is done with a file or folder that is open.

use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{self, FsKind, method};
use wasmtime::component::Resource;

use super::files;
use super::filesystem::{Descriptor, FsError, Listing, kind, list, stat};
use super::found::Fs;
use super::io::{Input, Output};
use crate::bindings::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, HostDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::gate::Gate;
use crate::limits;
use crate::state::State;

impl<G: Gate> HostDescriptor for State<G> {
    fn read_via_stream(&mut self, this: Resource<Descriptor>, offset: u64) -> Fs<Resource<Input>> {
        let file = self.file(&this, DescriptorFlags::READ)?;
        Ok(self.table.push(Input::File { file, offset })?)
    }

    fn write_via_stream(
        &mut self,
        this: Resource<Descriptor>,
        offset: u64,
    ) -> Fs<Resource<Output>> {
        let file = self.file(&this, DescriptorFlags::WRITE)?;
        Ok(self.table.push(Output::File { file, offset: Some(offset) })?)
    }

    fn append_via_stream(&mut self, this: Resource<Descriptor>) -> Fs<Resource<Output>> {
        let file = self.file(&this, DescriptorFlags::WRITE)?;
        Ok(self.table.push(Output::File { file, offset: None })?)
    }

    fn advise(&mut self, this: Resource<Descriptor>, _: u64, _: u64, _: Advice) -> Fs<()> {
        match self.table.get(&this)?.kind {
            FsKind::Directory => Err(ErrorCode::BadDescriptor.into()),
            _ => Ok(()),
        }
    }

    /// Writes are in the overlay when they were answered.
    fn sync_data(&mut self, this: Resource<Descriptor>) -> Fs<()> {
        self.table.get(&this)?;
        Ok(())
    }

    fn get_flags(&mut self, this: Resource<Descriptor>) -> Fs<DescriptorFlags> {
        Ok(self.table.get(&this)?.flags)
    }

    fn get_type(&mut self, this: Resource<Descriptor>) -> Fs<DescriptorType> {
        Ok(kind(self.table.get(&this)?.kind))
    }

    fn set_size(&mut self, this: Resource<Descriptor>, size: u64) -> Fs<()> {
        let file = self.file(&this, DescriptorFlags::WRITE)?.number();
        Ok(self.tell(method::FS_RESIZE, &v1::FsResize { file, size })?)
    }

    fn set_times(
        &mut self,
        this: Resource<Descriptor>,
        _: NewTimestamp,
        modified: NewTimestamp,
    ) -> Fs<()> {
        let path = self.table.get(&this)?.path.clone();
        self.set_modified(path, modified)
    }

    fn read(
        &mut self,
        this: Resource<Descriptor>,
        length: u64,
        offset: u64,
    ) -> Fs<(Vec<u8>, bool)> {
        let file = self.file(&this, DescriptorFlags::READ)?.number();
        let length = length.min(limits::PIECE_BYTES);
        let (bytes, size) = files::pread(self, file, offset, length)?;
        let end = offset.saturating_add(bytes.len() as u64) >= size;
        Ok((bytes, end))
    }

    fn write(&mut self, this: Resource<Descriptor>, bytes: Vec<u8>, offset: u64) -> Fs<u64> {
        let file = self.file(&this, DescriptorFlags::WRITE)?.number();
        let length = bytes.len() as u64;
        if length > PAYLOAD_BYTES {
            return Err(ErrorCode::FileTooLarge.into());
        }
        files::pwrite(self, file, Some(offset), bytes)?;
        Ok(length)
    }

    fn read_directory(&mut self, this: Resource<Descriptor>) -> Fs<Resource<Listing>> {
        let path = self.folder(&this)?;
        let listing = list(self, path, None)?;
        Ok(self.table.push(listing)?)
    }

    fn sync(&mut self, this: Resource<Descriptor>) -> Fs<()> {
        self.sync_data(this)
    }

    fn create_directory_at(&mut self, this: Resource<Descriptor>, path: String) -> Fs<()> {
        let path = self.find_changeable(&this, &path)?.path;
        Ok(self.tell(method::FS_MKDIR, &v1::FsMkdir { path, recursive: false })?)
    }

    fn stat(&mut self, this: Resource<Descriptor>) -> Fs<DescriptorStat> {
        Ok(stat(&self.look_at(&this)?))
    }

    fn stat_at(
        &mut self,
        this: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> Fs<DescriptorStat> {
        Ok(stat(&self.look_below(&this, flags, &path)?))
    }

    fn set_times_at(
        &mut self,
        this: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        _: NewTimestamp,
        modified: NewTimestamp,
    ) -> Fs<()> {
        let found = self.look_below(&this, flags, &path)?;
        if found.kind == FsKind::Symlink {
            // The gate knows no time of a link.
            return Err(ErrorCode::Unsupported.into());
        }
        let path = self.find_changeable(&this, &path)?.path;
        self.set_modified(path, modified)
    }

    fn link_at(
        &mut self,
        this: Resource<Descriptor>,
        flags: PathFlags,
        from: String,
        other: Resource<Descriptor>,
        to: String,
    ) -> Fs<()> {
        if flags.contains(PathFlags::SYMLINK_FOLLOW) {
            return Err(ErrorCode::Invalid.into());
        }
        let from = self.no_folder(&this, &from)?.path;
        let to = self.no_folder(&other, &to)?.path;
        Ok(self.tell(method::FS_LINK, &v1::FsLink { from, to })?)
    }

    fn open_at(
        &mut self,
        this: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Fs<Resource<Descriptor>> {
        let changes = open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
            || flags.contains(DescriptorFlags::WRITE);
        let found = match changes {
            true => self.find_changeable(&this, &path)?,
            false => self.find(&this, &path)?,
        };
        if open.contains(OpenFlags::CREATE | OpenFlags::DIRECTORY) {
            return Err(ErrorCode::Invalid.into());
        }
        let follow = path_flags.contains(PathFlags::SYMLINK_FOLLOW);
        let seen = self.seen(&found.path, follow)?;
        let is_folder = found.is_folder || open.contains(OpenFlags::DIRECTORY);
        match (&seen, open) {
            (Some(_), open) if open.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) => {
                return Err(ErrorCode::Exist.into());
            }
            (None, open) if !open.contains(OpenFlags::CREATE) => {
                return Err(ErrorCode::NoEntry.into());
            }
            (None, _) if is_folder => return Err(ErrorCode::IsDirectory.into()),
            _ => {}
        }
        let opened = match seen.map(|seen| seen.kind) {
            Some(FsKind::Directory) if changes => return Err(ErrorCode::IsDirectory.into()),
            Some(FsKind::Directory) => {
                // Whether anything in it may be changed is the affair of the folder it is in.
                let flags = self.table.get(&this)?.flags;
                Descriptor { path: found.path, file: None, kind: FsKind::Directory, flags }
            }
            Some(_) if is_folder => return Err(ErrorCode::NotDirectory.into()),
            Some(FsKind::Symlink) => return Err(ErrorCode::Loop.into()),
            _ => self.open_file(found.path, follow, open, flags)?,
        };
        Ok(self.table.push(opened)?)
    }

    fn readlink_at(&mut self, this: Resource<Descriptor>, path: String) -> Fs<String> {
        let path = self.no_folder(&this, &path)?.path;
        let target: v1::FsTarget = self.ask(method::FS_READLINK, &v1::FsPath { path })?;
        Ok(target.target)
    }

    fn remove_directory_at(&mut self, this: Resource<Descriptor>, path: String) -> Fs<()> {
        let found = self.find_changeable(&this, &path)?;
        match self.seen(&found.path, false)?.map(|seen| seen.kind) {
            None => Err(ErrorCode::NoEntry.into()),
            Some(FsKind::Directory) => self.remove(found.path),
            Some(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    fn rename_at(
        &mut self,
        this: Resource<Descriptor>,
        from: String,
        other: Resource<Descriptor>,
        to: String,
    ) -> Fs<()> {
        let (from, to) = (self.find_changeable(&this, &from)?, self.find_changeable(&other, &to)?);
        let is_folder = match self.seen(&from.path, false)? {
            None => return Err(ErrorCode::NoEntry.into()),
            Some(seen) => seen.kind == FsKind::Directory,
        };
        if !is_folder && (from.is_folder || to.is_folder) {
            return Err(ErrorCode::NotDirectory.into());
        }
        let params = v1::FsRename { from: from.path, to: to.path };
        Ok(self.tell(method::FS_RENAME, &params)?)
    }

    fn symlink_at(&mut self, this: Resource<Descriptor>, target: String, path: String) -> Fs<()> {
        if target.starts_with('/') {
            return Err(ErrorCode::NotPermitted.into());
        }
        let found = self.find_changeable(&this, &path)?;
        if found.is_folder {
            return Err(match self.seen(&found.path, false)? {
                Some(_) => ErrorCode::Exist.into(),
                None => ErrorCode::NoEntry.into(),
            });
        }
        let params = v1::FsSymlink { path: found.path, target };
        Ok(self.tell(method::FS_SYMLINK, &params)?)
    }

    fn unlink_file_at(&mut self, this: Resource<Descriptor>, path: String) -> Fs<()> {
        let found = self.find_changeable(&this, &path)?;
        match self.seen(&found.path, false)?.map(|seen| seen.kind) {
            None => Err(ErrorCode::NoEntry.into()),
            Some(FsKind::Directory) => Err(ErrorCode::IsDirectory.into()),
            Some(_) if found.is_folder => Err(ErrorCode::NotDirectory.into()),
            Some(_) => self.remove(found.path),
        }
    }

    fn is_same_object(
        &mut self,
        this: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        match (self.look_at(&this), self.look_at(&other)) {
            (Ok(this), Ok(other)) => Ok(this.id == other.id),
            (Err(FsError::Trap(trap)), _) | (_, Err(FsError::Trap(trap))) => Err(trap),
            _ => Ok(false),
        }
    }

    fn metadata_hash(&mut self, this: Resource<Descriptor>) -> Fs<MetadataHashValue> {
        Ok(hash(&self.look_at(&this)?))
    }

    fn metadata_hash_at(
        &mut self,
        this: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> Fs<MetadataHashValue> {
        Ok(hash(&self.look_below(&this, flags, &path)?))
    }

    fn drop(&mut self, this: Resource<Descriptor>) -> wasmtime::Result<()> {
        match self.table.delete(this)?.file {
            Some(file) => files::release(self, file),
            None => Ok(()),
        }
    }
}

fn hash(found: &v1::FsStat) -> MetadataHashValue {
    MetadataHashValue { lower: found.id, upper: 0 }
}
