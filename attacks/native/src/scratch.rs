//! A folder of the program's own, where the sandbox lets it have one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::errors::While;
use crate::probe::Miss;
use crate::scene::Scene;

/// Removed when dropped; what is left when the program dies bears the name of the run, by which
/// the judge finds it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// In the folder for temporary files, or else in the granted one.
    pub(crate) fn new(scene: &Scene) -> Result<Self, Miss> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // In a namespace of its own each program has the same number.
        let name = format!("aether-native-{}-{}", scene.id, since.as_nanos());
        let temporary = Path::new("/tmp").join(&name);
        if fs::create_dir(&temporary).is_ok() {
            return Ok(Self(temporary));
        }
        let granted = Path::new(&scene.granted()).join(&name);
        fs::create_dir(&granted).at_step("a folder of its own")?;
        Ok(Self(granted))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is found by the judge.
        let _left = fs::remove_dir_all(&self.0);
    }
}
