//! What some attacks need prepared, and is no thing to keep in a repository.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use aether::{Answer, StartOptions};
use serde::Deserialize;

use super::assemble::CODE;
use super::redirector::Redirector;
use super::scene::Scene;
use super::sys;

/// Something to prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Setup {
    /// A file of 64 GiB without a byte on disk, in the granted folder.
    SparseFile,
    /// A pipe in the granted folder.
    Pipe,
    /// A file that becomes a link to the secret and a file again, as fast as the machine can.
    Restless,
    /// A link in the bundle to a file beside it.
    BundleLink,
    /// A link in the bundle to a folder beside it.
    BundleFolderLink,
    /// A pipe in the bundle.
    BundlePipe,
    /// 5000 files in the bundle.
    BundleManyFiles,
    /// A file of 100 MB in the bundle.
    BundleLargeFile,
    /// A file in the bundle whose name is not Unicode.
    BundleRawName,
    /// A file in the bundle whose name would turn a terminal red.
    BundleEscapeName,
    /// 100 folders in each other in the bundle.
    BundleDeep,
    /// A manifest of 10 MB.
    LargeManifest,
    /// A manifest nested 100 000 levels deep.
    DeepManifest,
    /// An entry that the product's own compiler has compiled already.
    CompiledEntry,
    /// A server that `localhost:00000` in the bundle is made to mean, which leads elsewhere.
    Redirector,
}

impl Setup {
    /// Prepares it. What comes back must be kept as long as it is wanted.
    pub(super) fn prepare(
        self,
        root: &Path,
        plugin: &Path,
        port: u16,
    ) -> Result<Option<Busy>, String> {
        let broken = |error: io::Error| format!("the scene: {error}");
        match self {
            Self::Restless => Swapping::start(root).map(Busy::Swaps).map(Some).map_err(broken),
            Self::Redirector => {
                Redirector::start(plugin, port).map(Busy::Redirects).map(Some).map_err(broken)
            }
            Self::CompiledEntry => compiled_entry(root, plugin).map(|()| None),
            _ => self.lay(root, plugin).map(|()| None).map_err(broken),
        }
    }

    fn lay(self, root: &Path, plugin: &Path) -> io::Result<()> {
        let public = root.join("work/public");
        match self {
            Self::SparseFile => {
                let file = File::create(public.join("sparse.bin"))?;
                sys::make_sparse(&file)?;
                file.set_len(64 << 30)?;
            }
            Self::Pipe => sys::pipe(&public.join("pipe"))?,
            Self::BundleLink => sys::link("../outside/secret.txt", plugin.join("stolen.txt"))?,
            Self::BundleFolderLink => sys::link("../outside", plugin.join("stolen"))?,
            Self::BundlePipe => sys::pipe(&plugin.join("pipe.js"))?,
            Self::BundleManyFiles => {
                for number in 0..5000 {
                    fs::write(plugin.join(format!("{number}.js")), "")?;
                }
            }
            Self::BundleLargeFile => {
                File::create(plugin.join("large.bin"))?.set_len(100 << 20)?;
            }
            Self::BundleRawName => fs::write(plugin.join(sys::raw_name()), "")?,
            Self::BundleEscapeName => fs::write(plugin.join(sys::ESCAPE_NAME), "")?,
            Self::BundleDeep => fs::create_dir_all(plugin.join("deep/".repeat(100)))?,
            Self::LargeManifest => {
                let padding = " ".repeat(10 << 20);
                manifest(plugin, &format!("{{\"permissions\": {{}}{padding}}}"))?;
            }
            Self::DeepManifest => {
                let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
                manifest(plugin, &format!("{{\"permissions\": {open}{close}}}"))?;
            }
            Self::Restless | Self::CompiledEntry | Self::Redirector => {}
        }
        Ok(())
    }
}

/// What goes on until it is dropped.
#[derive(Debug)]
pub(super) enum Busy {
    Swaps(#[expect(dead_code, reason = "it is held")] Swapping),
    Redirects(#[expect(dead_code, reason = "it is held")] Redirector),
}

fn manifest(plugin: &Path, text: &str) -> io::Result<()> {
    let path = plugin.join("aether-plugin.json");
    // The folder is ours; the file may be another user's.
    fs::remove_file(&path)?;
    fs::write(path, text)
}

/// Compiles the entry as the product does, and has what came of it in the entry's place.
fn compiled_entry(root: &Path, plugin: &Path) -> Result<(), String> {
    let (kept, entry) = (root.join("compiled"), plugin.join(CODE));
    let host = sys::builder().keep_code(&kept).ask(|_| Answer::Once).build();
    let host = host.map_err(|error| error.to_string())?;
    let loaded = host.load(plugin).map_err(|error| error.to_string())?;
    // It is kept once a cell was to run it.
    let started = host.start(&loaded, &StartOptions::default());
    started.map_err(|error| error.to_string())?.stop();
    let broken = |error: io::Error| format!("the compiled code: {error}");
    let mut files = fs::read_dir(kept).map_err(broken)?.filter_map(|file| Some(file.ok()?.path()));
    let code = files.find(|path| path.extension() == Some(OsStr::new("code")));
    let code = code.ok_or("the code was not kept")?;
    // The folder is ours; the file may be another user's.
    fs::remove_file(&entry).map_err(broken)?;
    fs::copy(code, &entry).map_err(broken)?;
    Ok(())
}

/// A thread that swaps a file and a link until it is dropped.
#[derive(Debug)]
pub(super) struct Swapping {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Swapping {
    fn start(root: &Path) -> io::Result<Self> {
        let restless = root.join(Scene::RESTLESS);
        let other: PathBuf = root.join("swapped");
        fs::write(&restless, "for everyone\n")?;
        sys::link("../private/secret.txt", &other)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                // Both names always exist, so this fails only with the machine.
                let _swapped = sys::exchange(&restless, &other);
            }
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Swapping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
