//! The four files of `--inspect-security`.

use std::fs;
use std::path::{Path, PathBuf};

use aether::report::{RunRecord, html, json, sarif};

use crate::failure::Failure;
use crate::state::RunFolder;

const PAGE: &str = "report.html";
const RECORD: &str = "report.json";
const FINDINGS: &str = "violations.sarif";
const LOG: &str = "audit.jsonl";

const HELP: &str = "name a folder that can be made and written to: --inspect-security=DIR";

/// Makes the folder, and makes sure that the files can be written, before anything runs: a report
/// that turns out impossible after the work is a report lost.
pub(crate) fn prepare(into: &Path) -> Result<(), Failure> {
    fs::create_dir_all(into).map_err(Failure::io_with(into, HELP))?;
    for name in [PAGE, RECORD, FINDINGS, LOG] {
        let path = into.join(name);
        let there = path.symlink_metadata().is_ok();
        let opened = fs::File::options().append(true).create(true).open(&path);
        opened.map_err(Failure::io_with(&path, HELP))?;
        if !there {
            fs::remove_file(&path).map_err(Failure::io_with(&path, HELP))?;
        }
    }
    Ok(())
}

/// Writes the files, replacing older ones; gives the page's path.
pub(crate) fn write(
    into: &Path,
    record: &RunRecord,
    folder: &RunFolder,
) -> Result<PathBuf, Failure> {
    let page = into.join(PAGE);
    for (path, content) in [
        (page.clone(), html(record)),
        (into.join(RECORD), json(record)),
        (into.join(FINDINGS), sarif(record)),
    ] {
        fs::write(&path, content).map_err(Failure::io(path))?;
    }
    // Content alone: the run's own log is for this user's eyes, a report is handed on.
    let copy = || -> std::io::Result<()> {
        let mut log = fs::File::open(folder.audit())?;
        std::io::copy(&mut log, &mut fs::File::create(into.join(LOG))?).map(drop)
    };
    copy().map_err(Failure::io(into.join(LOG)))?;
    Ok(page)
}
