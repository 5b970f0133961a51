//! The real folder.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::acts::{Act, Answer, SLOTS};
use crate::common::fill;
use crate::outside::{leads_out, links_of, resolved};
use crate::tree::{milliseconds, old, text, usual_modes};

pub(crate) struct Real {
    dir: TempDir,
    open: [Option<File>; SLOTS],
}

impl Real {
    pub(crate) fn new(host: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path(), host);
        usual_modes(dir.path());
        Self { dir, open: Default::default() }
    }

    pub(crate) fn top(&self) -> &Path {
        self.dir.path()
    }

    /// What an overlay does otherwise, and may: it makes what a dangling symlink leads to, gives no
    /// symlink a second name, and lets nobody touch the top of a granted folder.
    pub(crate) fn is_beyond_us(&self, act: &Act) -> bool {
        let at_top = |at: &str| {
            let found = self.top().join(at).canonicalize();
            found.is_ok_and(|found| found == self.top().canonicalize().unwrap())
        };
        match act {
            Act::MkdirAll(at) => self.dangles(at),
            Act::Link(from, _) => self.top().join(from).is_symlink(),
            Act::Chmod(at, _) | Act::SetTimes(at, _) => at_top(at),
            _ => false,
        }
    }

    fn dangles(&self, at: &str) -> bool {
        self.top().join(at).ancestors().any(|path| path.is_symlink() && !path.exists())
    }

    /// Folders that their owner may not enter are another matter.
    pub(crate) fn mended(&self, act: &Act) -> Act {
        match act {
            Act::Chmod(at, _) if self.top().join(at).is_dir() => act.within_reach(),
            other => other.clone(),
        }
    }

    /// Whether a symlink would come to stand where it could lead out.
    pub(crate) fn would_lead_out(&self, act: &Act) -> bool {
        let new_place = |to: &str| resolved(self.top(), to);
        match act {
            Act::Symlink(target, at) => new_place(at).is_some_and(|at| leads_out(&at, target)),
            Act::Rename(from, to) | Act::Link(from, to) => {
                let links = links_of(&self.top().join(from));
                let Some(to) = new_place(to) else { return false };
                links.iter().any(|(below, target)| leads_out(&format!("{to}{below}"), target))
            }
            _ => false,
        }
    }

    pub(crate) fn act(&mut self, act: &Act) -> Answer {
        self.try_act(act).map_err(|error| match error.raw_os_error() {
            Some(1) => "EPERM",
            Some(2) => "ENOENT",
            Some(9) => "EBADF",
            Some(17) => "EEXIST",
            Some(20) => "ENOTDIR",
            Some(21) => "EISDIR",
            Some(22) => "EINVAL",
            Some(39) => "ENOTEMPTY",
            Some(40) => "ELOOP",
            other => panic!("{other:?} {error} {act:?}"),
        })
    }

    fn try_act(&mut self, act: &Act) -> io::Result<String> {
        let top = self.dir.path();
        let done = match act {
            Act::Write(at, content) => create(&top.join(at), |path| fs::write(path, content)),
            Act::Append(at, content) => create(&top.join(at), |path| {
                let file = OpenOptions::new().append(true).create(true).open(path)?;
                io::Write::write_all(&mut &file, content.as_bytes())
            }),
            Act::WriteAt(at, offset, content) => {
                let opened = OpenOptions::new().write(true).open(top.join(at));
                opened.and_then(|file| file.write_all_at(content.as_bytes(), *offset))
            }
            Act::Truncate(at, len) => {
                let opened = OpenOptions::new().write(true).open(top.join(at));
                opened.and_then(|file| file.set_len(*len))
            }
            Act::Mkdir(at) => fs::create_dir(top.join(at)).map(|()| made(&top.join(at))),
            Act::MkdirAll(at) => make_all(&top.join(at)),
            Act::RemoveFile(at) => fs::remove_file(top.join(at)),
            Act::RemoveFolder(at) => fs::remove_dir(top.join(at)),
            Act::RemoveTree(at) => remove_tree(top, at),
            Act::Rename(from, to) => fs::rename(top.join(from), top.join(to)),
            Act::Link(from, to) => fs::hard_link(top.join(from), top.join(to)),
            Act::Symlink(target, at) => symlink(target, top.join(at)),
            Act::Readlink(at) => {
                let target = fs::read_link(top.join(at))?;
                return Ok(target.into_os_string().into_string().unwrap());
            }
            Act::Chmod(at, mode) => {
                fs::set_permissions(top.join(at), Permissions::from_mode(*mode))
            }
            Act::SetTimes(at, time) => {
                File::open(top.join(at)).and_then(|file| file.set_modified(point(*time)))
            }
            Act::Read(at) => return fs::read_to_string(top.join(at)),
            Act::List(at) => return Ok(list(&top.join(at))?.join(",")),
            Act::Page(at, after, _) => {
                let mut names = list(&top.join(at))?;
                names.retain(|name| name > after);
                return Ok(names.join(","));
            }
            Act::Stat(at) => return fs::symlink_metadata(top.join(at)).map(|meta| shown(&meta)),
            Act::Open(slot, at) => {
                let opened = OpenOptions::new().read(true).write(true).open(top.join(at));
                opened.map(|file| self.open[*slot] = Some(file))
            }
            Act::Close(slot) => self.open[*slot].take().map(drop).ok_or_else(closed),
            Act::ReadOpen(slot) => {
                let file = self.opened(*slot)?;
                let mut bytes = vec![0; file.metadata()?.len() as usize];
                file.read_exact_at(&mut bytes, 0)?;
                return Ok(String::from_utf8(bytes).unwrap());
            }
            Act::StatOpen(slot) => return self.opened(*slot)?.metadata().map(|meta| shown(&meta)),
            Act::WriteOpen(slot, offset, content) => {
                self.opened(*slot)?.write_all_at(content.as_bytes(), *offset)
            }
            Act::AppendOpen(slot, content) => {
                let file = self.opened(*slot)?;
                file.write_all_at(content.as_bytes(), file.metadata()?.len())
            }
            Act::TruncateOpen(slot, len) => self.opened(*slot)?.set_len(*len),
            Act::Look => Ok(()),
        };
        done.map(|()| String::new())
    }

    fn opened(&self, slot: usize) -> io::Result<&File> {
        self.open[slot].as_ref().ok_or_else(closed)
    }
}

fn closed() -> io::Error {
    io::Error::from_raw_os_error(9)
}

/// A new file gets the usual permissions, whatever the user's mask is.
fn create(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let is_new = !path.exists();
    write(path)?;
    if is_new {
        fs::set_permissions(path, Permissions::from_mode(0o644))?;
    }
    Ok(())
}

fn made(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

fn make_all(path: &Path) -> io::Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(path)?;
    missing.into_iter().for_each(made);
    Ok(())
}

/// What is removed may be reached by a symlink that is in it, which is then gone before it is.
fn remove_tree(top: &Path, at: &str) -> io::Result<()> {
    let found = resolved(top, at).map_or_else(|| top.join(at), |at| top.join(at));
    match fs::symlink_metadata(&found)?.is_dir() {
        true => fs::remove_dir_all(found),
        false => fs::remove_file(found),
    }
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(path)?;
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    Ok(names)
}

fn point(milliseconds: i64) -> SystemTime {
    let distance = Duration::from_millis(milliseconds.unsigned_abs());
    if milliseconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
}

fn shown(meta: &fs::Metadata) -> String {
    let (mode, at) = (meta.permissions().mode() & 0o7777, old(milliseconds(meta)));
    match meta.file_type() {
        kind if kind.is_symlink() => format!("l {}", meta.len()),
        kind if kind.is_dir() => text('d', mode, at, None),
        _ => text('f', mode, at, Some((meta.len(), meta.nlink()))),
    }
}
