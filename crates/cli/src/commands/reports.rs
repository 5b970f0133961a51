//! The four files of `--inspect-security`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aether::audit::{MAX_SEGMENTS, segment_path};
use aether::report::{RunRecord, html, json, sarif};

use crate::failure::Failure;
use crate::files::{beside, replace};
use crate::state::RunFolder;

pub(super) const PAGE: &str = "report.html";
pub(super) const RECORD: &str = "report.json";
pub(super) const FINDINGS: &str = "violations.sarif";
pub(super) const LOG: &str = "audit.jsonl";

const HELP: &str = "name a folder that can be made and written to: --inspect-security=DIR";

/// Makes the folder, and makes sure that the files can be written, before anything runs: a report
/// that turns out impossible after the work is a report lost. Only files are replaced: what else
/// stands there, a link or a device, is not what a person expects to lose or to be written to.
pub(crate) fn prepare(into: &Path) -> Result<(), Failure> {
    fs::create_dir_all(into).map_err(Failure::io_with(into, HELP))?;
    for name in [PAGE, RECORD, FINDINGS, LOG] {
        let path = into.join(name);
        match path.symlink_metadata() {
            Ok(meta) if meta.is_file() => {}
            Ok(meta) => return Err(in_the_way(&path, meta.file_type())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::io_with(path, HELP)(error)),
        }
    }
    let trial = beside(into, PAGE);
    let tried = fs::File::create_new(&trial).and_then(|_| fs::remove_file(&trial));
    tried.map_err(Failure::io_with(into, HELP))
}

fn in_the_way(path: &Path, kind: fs::FileType) -> Failure {
    let kind = match kind {
        kind if kind.is_symlink() => "a link",
        kind if kind.is_dir() => "a folder",
        _ => "a pipe, socket or device",
    };
    let message = format!("{}: {kind} is in the way: only a file is replaced", path.display());
    Failure::usage_with(message, "remove it, or name another folder: --inspect-security=DIR")
}

/// Writes the files, replacing older ones; gives the page's path.
pub(crate) fn write(
    into: &Path,
    record: &RunRecord,
    folder: &RunFolder,
) -> Result<PathBuf, Failure> {
    for (name, content) in [(PAGE, html(record)), (RECORD, json(record)), (FINDINGS, sarif(record))]
    {
        replace(into, name, |file| file.write_all(content.as_bytes()))?;
    }
    // Content alone: the run's own log is for this user's eyes, a report is handed on.
    // A large one has several segments; those of an earlier report are none of it.
    for number in 0..MAX_SEGMENTS {
        let (from, name) =
            (segment_path(&folder.audit(), number), segment_path(Path::new(LOG), number));
        if !from.is_file() {
            let old = into.join(&name);
            match old.symlink_metadata() {
                Ok(meta) if meta.is_file() => fs::remove_file(&old).map_err(Failure::io(old))?,
                _ => break,
            }
            continue;
        }
        let name = name.to_string_lossy().into_owned();
        replace(into, &name, |file| io::copy(&mut fs::File::open(&from)?, file).map(drop))?;
    }
    Ok(into.join(PAGE))
}
