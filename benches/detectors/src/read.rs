//! ADFA-LD as it lies on disk: one trace a file, numbers of system calls with spaces between.

use std::io;
use std::path::{Path, PathBuf};

/// A trace: names of system calls, which here are numbers.
pub(crate) type Trace = Vec<String>;

/// The three sets.
#[derive(Debug)]
pub(crate) struct Sets {
    /// Honest, to learn from.
    pub(crate) training: Vec<Trace>,
    /// Honest, to judge by.
    pub(crate) honest: Vec<Trace>,
    /// Attacks.
    pub(crate) attacks: Vec<Attack>,
}

/// A trace of an attack.
#[derive(Debug)]
pub(crate) struct Attack {
    /// What kind of attack it is.
    pub(crate) family: String,
    /// Which attack of its kind it is of: one attack has several traces.
    pub(crate) run: u32,
    pub(crate) trace: Trace,
}

/// Reads all sets of a folder.
pub(crate) fn sets(folder: &Path) -> io::Result<Sets> {
    let root = match folder.join("ADFA-LD") {
        within if within.is_dir() => within,
        _ => folder.to_owned(),
    };
    let plain = |name: &str| -> io::Result<Vec<Trace>> {
        Ok(traces(&root.join(name))?.into_iter().map(|(_, trace)| trace).collect())
    };
    let attacks = traces(&root.join("Attack_Data_Master"))?;
    Ok(Sets {
        training: plain("Training_Data_Master")?,
        honest: plain("Validation_Data_Master")?,
        attacks: attacks.into_iter().map(|(file, trace)| attack(&file, trace)).collect(),
    })
}

/// All traces below a folder, by path.
fn traces(folder: &Path) -> io::Result<Vec<(PathBuf, Trace)>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut traces = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let trace: Trace = text.split_whitespace().map(str::to_owned).collect();
        if !trace.is_empty() {
            traces.push((file, trace));
        }
    }
    Ok(traces)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
    Ok(())
}

/// `Hydra_SSH_3/x.txt` is of the third attack of the family `Hydra_SSH`.
fn attack(file: &Path, trace: Trace) -> Attack {
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let family = folder.trim_end_matches(|c: char| c.is_ascii_digit());
    let run = folder.strip_prefix(family).and_then(|number| number.parse().ok());
    let family = family.trim_end_matches('_').to_owned();
    Attack { family, run: run.unwrap_or_default(), trace }
}
