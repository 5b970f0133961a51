//! The scene on the machine: what is granted, what is not, and who is about.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::listeners::listen;
use super::shared::Shared;
use super::traces::set_mode;
use crate::scene::{PLANTED, SECRET, Scene, namespace};

/// The lowest number of the descriptors that every child inherits: one that nobody expects.
const FIRST_LEAK: i32 = 251;

/// How often the link is swapped.
const SWAPS: u32 = 100_000;

/// Everything that a run prepares; removed when dropped.
pub(super) struct Stage {
    pub(super) scene: Scene,
    /// The copy of this program that is attacked with.
    pub(super) program: PathBuf,
    victim: Child,
    _shared: Shared,
    _leaks: [OwnedFd; 2],
}

impl Stage {
    /// Lays the scene out in this folder.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{}x{}", std::process::id(), since.subsec_nanos());
        let mut scene = Scene {
            folder: folder.join(format!("aether-native-{id}")).display().to_string(),
            host: std::process::id().cast_signed(),
            names: namespace("uts").unwrap_or(0),
            processes: namespace("pid").unwrap_or(0),
            id,
            ..Scene::default()
        };
        fs::create_dir(&scene.folder)?;
        for folder in [scene.granted(), scene.readonly(), scene.outside(), bundle(&scene)] {
            fs::create_dir(folder)?;
        }
        let program = PathBuf::from(bundle(&scene)).join("program");
        lay_out(&scene)?;
        point(&scene, "inner/data.txt")?;
        listen(&mut scene)?;
        let shared = Shared::new(&mut scene)?;
        let leaks = [leak(Path::new(&scene.secret()))?, leak(Path::new(&scene.outside()))?];
        scene.file = leaks[0].as_raw_fd();
        scene.directory = leaks[1].as_raw_fd();
        plant();
        let (victim, address) = start_victim(&program, &scene.id)?;
        scene.victim = victim.id().cast_signed();
        scene.address = address;
        Ok(Self { scene, program, victim, _shared: shared, _leaks: leaks })
    }

    /// Puts every file of the scene back that is not as it was.
    pub(super) fn restore(&self, changed: &[PathBuf]) -> io::Result<()> {
        for path in changed {
            // What is no part of the scene is gone after this; the rest is laid out anew.
            super::traces::remove(path);
        }
        if changed.is_empty() { Ok(()) } else { lay_out(&self.scene) }
    }

    /// Swaps the link in the granted folder, until this is dropped.
    pub(super) fn swap(&self) -> Swapper {
        let (scene, done) = (self.scene.clone(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            for turn in 0..SWAPS {
                let target = if turn % 2 == 0 { "../outside/secret.txt" } else { "inner/data.txt" };
                if told.load(Ordering::Relaxed) || point(&scene, target).is_err() {
                    break;
                }
            }
            // As it was.
            let _unchanged = point(&scene, "inner/data.txt");
        });
        Swapper { done, thread: Some(thread) }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Its input ends with this.
        drop(self.victim.stdin.take());
        let _ended = self.victim.wait();
        let name = self.scene.shared_name();
        for folder in ["/tmp", "/dev/shm", "/run"] {
            let _gone = fs::remove_file(format!("{folder}/{name}"));
            let _gone = fs::remove_file(format!("{folder}/{name}.socket"));
        }
        if let Err(error) = fs::remove_dir_all(&self.scene.folder) {
            eprintln!("{} is left: {error}", self.scene.folder);
        }
    }
}

/// Somebody who swaps the link; stops when dropped.
pub(super) struct Swapper {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn bundle(scene: &Scene) -> String {
    format!("{}/bundle", scene.folder)
}

/// Writes every file of the scene that is not there.
fn lay_out(scene: &Scene) -> io::Result<()> {
    let write = |path: String, content: String| {
        if Path::new(&path).exists() { Ok(()) } else { fs::write(path, content) }
    };
    write(scene.secret(), format!("{SECRET}in a file\n"))?;
    write(format!("{}/data.txt", scene.granted()), "granted\n".to_owned())?;
    fs::create_dir_all(format!("{}/inner", scene.granted()))?;
    write(format!("{}/inner/data.txt", scene.granted()), "granted\n".to_owned())?;
    write(format!("{}/data.txt", scene.readonly()), "for reading\n".to_owned())?;
    for folder in ["/tmp", "/dev/shm", "/run"] {
        // An ordinary user may have no place in /run.
        let _unwritten =
            write(format!("{folder}/{}", scene.shared_name()), format!("{SECRET}shared"));
    }
    for (path, mode) in [
        (format!("{}/program", bundle(scene)), 0o755),
        (format!("{}/program", scene.readonly()), 0o644),
    ] {
        if !Path::new(&path).exists() {
            fs::copy(std::env::current_exe()?, &path)?;
            set_mode(Path::new(&path), mode)?;
        }
    }
    Ok(())
}

/// Points the link in the granted folder there, in one step.
fn point(scene: &Scene, target: &str) -> io::Result<()> {
    let next = format!("{}/link.next", scene.granted());
    symlink(target, &next)?;
    fs::rename(next, format!("{}/link", scene.granted()))
}

/// A descriptor that every child inherits.
fn leak(path: &Path) -> io::Result<OwnedFd> {
    let file = File::open(path)?;
    let leak = rustix::io::fcntl_dupfd_cloexec(&file, FIRST_LEAK)?;
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty())?;
    Ok(leak)
}

/// Variables and limits of the launcher.
#[allow(unsafe_code, reason = "sets the environment")]
fn plant() {
    // SAFETY: the threads of the listeners read no variable, and none is started that would.
    unsafe {
        std::env::set_var(PLANTED, format!("{SECRET}in a variable"));
        // Without LD_DEBUG the loader does nothing with it.
        std::env::set_var("LD_DEBUG_OUTPUT", "/aether/none");
        std::env::set_var("NODE_OPTIONS", "--no-deprecation");
        std::env::set_var("PYTHONSTARTUP", "/aether/none");
    }
    // No dumps; and a limit that there is something to raise of.
    let limit = Rlimit { current: Some(0), maximum: Some(4096) };
    let _lower_already = setrlimit(Resource::Core, limit);
}

fn start_victim(program: &Path, id: &str) -> io::Result<(Child, u64)> {
    let mut command = Command::new(program);
    command.args(["victim", id]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut victim = command.spawn()?;
    let mut line = String::new();
    if let Some(stdout) = victim.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let address = line.trim().parse().map_err(|_| io::Error::other("the victim says nothing"))?;
    Ok((victim, address))
}
