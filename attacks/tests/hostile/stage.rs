//! A trial's own folder, and the program that plays the host there.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::assemble::assemble;
use super::order::{Answer, Order};
use super::sys::give_away;
use crate::apart::{Program, set_mode};

/// The next user and group without name, file or right on any machine. Each trial has its own: the
/// system shares some limits out by user, and trials run side by side.
static NEXT_USER: AtomicU32 = AtomicU32::new(1_912_345);

/// The folder of code that differs from a plugin's only by what is to be refused.
pub(super) const TWIN: &str = "twin";

/// A folder with copies of what runs in it. Removed when dropped.
pub(super) struct Stage {
    folder: tempfile::TempDir,
    pub(super) secret: String,
}

impl Stage {
    /// For the plugin in `from`.
    pub(super) fn new(from: &Path) -> Result<Self, String> {
        let make = || -> std::io::Result<tempfile::TempDir> {
            let root = tempfile::Builder::new().prefix("aether-attack-").tempdir()?;
            set_mode(root.path(), 0o755)?;
            copy(from, &root.path().join("plugin"))?;
            let neighbour = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/hello");
            copy(&neighbour, &root.path().join("neighbour"))?;
            Ok(root)
        };
        let folder = make().map_err(|error| format!("the stage: {error}"))?;
        assemble(&folder.path().join("plugin"), &folder.path().join(TWIN))?;
        // Known to nobody by chance, and another for each trial.
        let tail = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let secret = format!("the-secret-of-{}", tail.replace("aether-attack-", ""));
        Ok(Self { folder, secret })
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Has the plugin attack a host, of this user or of one without any right. Gives figures for
    /// people.
    pub(super) fn attack(&self, ordinary: bool, program: &Program) -> Result<String, String> {
        let user = ordinary.then(|| NEXT_USER.fetch_add(1, Ordering::Relaxed));
        if let Some(user) = user {
            give_away(self.root(), user)?;
            give_away(&self.root().join("plugin"), user)?;
        }
        let order = Order { root: self.root().to_owned(), secret: self.secret.clone() };
        let Answer { failed, figures } = order.give(program.copy()?, user)?;
        if failed.is_empty() {
            Ok(figures)
        } else {
            Err(format!("{}\n  {figures}", failed.join("\n")))
        }
    }
}

/// Copies a folder's files and folders, for everyone to read.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    set_mode(to, 0o755)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            set_mode(&target, 0o644)?;
        }
    }
    Ok(())
}
