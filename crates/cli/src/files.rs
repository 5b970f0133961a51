//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Writes a new file and puts it in the place of the old one, whole: whatever stands at the name by
/// now is neither followed nor waited for.
pub(crate) fn replace(
    into: &Path,
    name: &str,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), Failure> {
    let (new, path) = (beside(into, name), into.join(name));
    let written = fs::File::create_new(&new)
        .and_then(|mut file| write(&mut file))
        .and_then(|()| fs::rename(&new, &path));
    written.map_err(|error| {
        // Fails where it was never made.
        drop(fs::remove_file(&new));
        Failure::io(path)(error)
    })
}

/// A name that nobody else uses, in the same folder.
pub(crate) fn beside(into: &Path, name: &str) -> PathBuf {
    into.join(format!(".{name}.{}", std::process::id()))
}

/// The same for a file by its path, with these bytes in it.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let Some(name) = path.file_name() else {
        return Err(Failure::usage(format!("{}: it names no file", path.display())));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    replace(folder, &name.to_string_lossy(), |file| file.write_all(bytes))
}
