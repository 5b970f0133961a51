//! A system for which descriptor-anchored access has not been written: everything is refused.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;

use super::{Attributes, Least, Marks, Meta, Names, Settings};
use crate::config::Resolution;
use crate::error::HostProblem;

/// Nothing is ever synced here.
pub(crate) const SYNCS_FILE_SYSTEMS: bool = true;

/// No file is ever open here.
pub(crate) const OPEN_FILES_STAY: bool = false;

type Refused<T> = Result<T, HostProblem>;

/// Never exists here.
#[derive(Debug)]
pub(crate) enum Root {}

impl Root {
    pub(crate) fn open(_host: &Path, _resolution: Resolution) -> Refused<Self> {
        Err(HostProblem::Unsupported)
    }

    pub(crate) fn of(_folder: File, _resolution: Resolution) -> Refused<Self> {
        Err(HostProblem::Unsupported)
    }

    pub(crate) fn born(&self) -> Option<(i64, u32)> {
        match *self {}
    }

    pub(crate) fn folds(&self, _own_name: Option<&OsStr>) -> bool {
        match *self {}
    }

    pub(crate) fn is_folder(&self) -> bool {
        match *self {}
    }

    pub(crate) fn meta(&self, _path: &OsStr) -> Refused<Meta> {
        match *self {}
    }

    pub(crate) fn open_file(&self, _path: &OsStr) -> Refused<HostFile> {
        match *self {}
    }

    pub(crate) fn link_target(&self, _path: &OsStr) -> Refused<OsString> {
        match *self {}
    }

    pub(crate) fn names(&self, _path: &OsStr, _max: usize) -> Refused<Names> {
        match *self {}
    }

    pub(crate) fn least_names(
        &self,
        _path: &OsStr,
        _max: usize,
        _key: &dyn Fn(&OsStr) -> Option<String>,
    ) -> Refused<Least> {
        match *self {}
    }

    pub(crate) fn attributes(&self, _path: &OsStr) -> Refused<(Marks, Option<Attributes>)> {
        match *self {}
    }

    pub(crate) fn parent(&self, _path: &OsStr) -> Refused<Option<(Folder, OsString)>> {
        match *self {}
    }

    pub(crate) fn missing(&self, _itself: bool) -> usize {
        match *self {}
    }

    pub(crate) fn make_missing(&self, _itself: bool) -> Refused<()> {
        match *self {}
    }
}

/// Never exists here.
#[derive(Debug)]
pub(crate) enum HostFile {}

impl HostFile {
    pub(crate) fn into_file(self) -> std::fs::File {
        match self {}
    }

    pub(crate) fn meta(&self) -> &Meta {
        match *self {}
    }

    pub(crate) fn meta_now(&self) -> Refused<Meta> {
        match *self {}
    }

    pub(crate) fn marks(&self) -> Refused<Marks> {
        match *self {}
    }

    pub(crate) fn attributes(&self) -> Option<Attributes> {
        match *self {}
    }

    pub(crate) fn read_at(&self, _offset: u64, _max: usize) -> Refused<Vec<u8>> {
        match *self {}
    }
}

/// Never exists here.
#[derive(Debug)]
pub(crate) enum Folder {}

impl Folder {
    pub(crate) fn identity(&self) -> Refused<(u64, u64)> {
        match *self {}
    }

    pub(crate) fn meta(&self, _name: &OsStr) -> Refused<Meta> {
        match *self {}
    }

    pub(crate) fn make_folder(&self, _name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn set(
        &self,
        _name: &OsStr,
        _is_expected: impl Fn(&Meta) -> bool,
        _settings: Settings,
    ) -> Refused<bool> {
        match *self {}
    }

    pub(crate) fn make_private_folder(&self, _name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn restore_folder(
        &self,
        _name: &OsStr,
        _mode: u32,
        _owner: (u32, u32),
    ) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn is_empty(&self, _name: &OsStr) -> Refused<bool> {
        match *self {}
    }

    pub(crate) fn create(&self, _name: &OsStr) -> Refused<NewFile> {
        match *self {}
    }

    pub(crate) fn mode_of_new(&self, _name: &OsStr) -> Refused<u32> {
        match *self {}
    }

    pub(crate) fn make_symlink(&self, _name: &OsStr, _target: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn rename_new(&self, _name: &OsStr, _to: &Folder, _to_name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn link(&self, _name: &OsStr, _to: &Folder, _to_name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn exchange(
        &self,
        _name: &OsStr,
        _other: &Folder,
        _other_name: &OsStr,
    ) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn remove_file(&self, _name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn remove_folder(&self, _name: &OsStr) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn sync(&self) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn sync_file_system(&self) -> Refused<()> {
        match *self {}
    }
}

/// Never exists here.
#[derive(Debug)]
pub(crate) enum NewFile {}

impl NewFile {
    pub(crate) fn write_at(&self, _offset: u64, _bytes: &[u8]) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn set_len(&self, _len: u64) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn set_mode(&self, _mode: u32) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn set_executable(&self, _executable: bool) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn set_modified(&self, _at: (i64, u32)) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn inherit(&self, _replaced: &HostFile, _mode: Option<u32>) -> Refused<()> {
        match *self {}
    }

    pub(crate) fn sync(&self) -> Refused<()> {
        match *self {}
    }
}

pub(crate) fn create_private_folder(_path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn create_private_file(_path: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn open_private_file(_path: &Path, _create: bool) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn stands_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn can_have_mode(_is_folder: bool, _mode: u32) -> bool {
    false
}

pub(crate) fn name_to_bytes(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

pub(crate) fn name_from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
