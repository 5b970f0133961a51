//! Which hostile plugins a test program is for.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A folder of hostile plugins.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Its name, beside this folder's.
    pub(crate) folder: &'static str,
    /// Fewest attacks that there must be: folders do not get lost unnoticed.
    pub(crate) fewest: usize,
    /// The rows of its catalogue in the README.
    pub(crate) rows: RangeInclusive<u32>,
    /// Those that another suite is for.
    pub(crate) elsewhere: &'static [u32],
    /// Plugins of `hostile/controls` that must fail their trial, each with what must be said of it.
    pub(crate) controls: &'static [(&'static str, &'static str)],
}

impl Suite {
    /// The folder of all its attacks.
    pub(super) fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder)
    }

    /// The names of all its attacks, in order. Every folder is one.
    pub(super) fn names(&self) -> Result<Vec<String>, String> {
        let all = self.folder();
        let entries =
            std::fs::read_dir(&all).map_err(|error| format!("{}: {error}", all.display()))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry.file_name().into_string().map_err(|name| format!("{name:?}"))?;
            names.push(name);
        }
        names.sort();
        Ok(names)
    }
}
