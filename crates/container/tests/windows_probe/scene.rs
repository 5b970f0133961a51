//! What the host has that is not the cell's: a file, a key, a listener, names.

use std::io;
use std::net::TcpListener;
use std::os::windows::io::OwnedHandle;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::calls;

/// Scenes that were made: tests run side by side.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Everything of one test. Dropped, it is gone.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    listener: TcpListener,
    name: String,
    _event: OwnedHandle,
    _section: OwnedHandle,
}

impl Scene {
    /// Bytes that a cell may have.
    pub(crate) const MEMORY: u64 = 128 << 20;

    /// The value that is written to the registry.
    pub(crate) const VALUE: &str = "written";

    pub(crate) fn new() -> io::Result<Self> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("aether-probe-{}-{number}", std::process::id());
        // The folder for what is temporary is in the profile of the user.
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let scene = Self {
            _event: calls::make_event(&event_of(&name))?,
            _section: calls::make_section(&section_of(&name))?,
            folder,
            listener,
            name,
        };
        std::fs::write(scene.secret(), "the user's own")?;
        std::fs::copy(Self::system("version.dll"), scene.library())?;
        calls::write_value(&scene.key(), "known")?;
        Ok(scene)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn secret(&self) -> String {
        text(&self.path("secret.txt"))
    }

    pub(crate) fn unwritten(&self) -> String {
        text(&self.path("written.txt"))
    }

    pub(crate) fn take_written(&self) -> bool {
        std::fs::remove_file(self.unwritten()).is_ok()
    }

    pub(crate) fn profile() -> String {
        std::env::var("USERPROFILE").expect("a profile")
    }

    /// A file of the system's folder.
    pub(crate) fn system(name: &str) -> String {
        let root = std::env::var_os("SystemRoot").expect("a system");
        text(&Path::new(&root).join("System32").join(name))
    }

    pub(crate) fn key(&self) -> String {
        format!(r"Software\{}", self.name)
    }

    pub(crate) fn take_value(&self) -> bool {
        let written = calls::read_value(&self.key(), Self::VALUE).is_ok();
        calls::delete_key(&self.key()).expect("the key is the host's own");
        calls::write_value(&self.key(), "known").expect("the key is the host's own");
        written
    }

    pub(crate) fn address(&self) -> String {
        self.listener.local_addr().expect("it listens").to_string()
    }

    /// Whoever has connected.
    pub(crate) fn take_guest(&self) -> bool {
        self.listener.accept().is_ok()
    }

    pub(crate) fn event(&self) -> String {
        event_of(&self.name)
    }

    pub(crate) fn section(&self) -> String {
        section_of(&self.name)
    }

    pub(crate) fn library(&self) -> String {
        text(&self.path("library.dll"))
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // It was made by this scene, and is nobody else's.
        drop(calls::delete_key(&self.key()));
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path that can be said").to_owned()
}

fn event_of(name: &str) -> String {
    format!("{name}-event")
}

fn section_of(name: &str) -> String {
    format!("{name}-section")
}
