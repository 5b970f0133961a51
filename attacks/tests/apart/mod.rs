//! What the suites share whose hosts are processes of their own, some of them of other users: the
//! program that they run, and how long one may take.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

mod sys;

pub(crate) use sys::set_mode;

/// A copy of this program where every user may execute it, made when it is first wanted and removed
/// with its last user.
#[derive(Clone, Default)]
pub(crate) struct Program(Arc<OnceLock<Result<Copied, String>>>);

struct Copied {
    _folder: tempfile::TempDir,
    program: PathBuf,
}

impl Program {
    pub(crate) fn copy(&self) -> Result<&Path, String> {
        let made = self.0.get_or_init(|| Copied::make().map_err(|error| error.to_string()));
        match made {
            Ok(copied) => Ok(&copied.program),
            Err(error) => Err(format!("copying the test program: {error}")),
        }
    }
}

impl Copied {
    fn make() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("aether-attacks-").tempdir()?;
        set_mode(folder.path(), 0o755)?;
        let program = folder.path().join(sys::PROGRAM);
        fs::copy(std::env::current_exe()?, &program)?;
        set_mode(&program, 0o755)?;
        Ok(Self { _folder: folder, program })
    }
}

/// What a helper process said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) status: ExitStatus,
    pub(crate) timed_out: bool,
}

/// Most bytes kept of what a helper says.
const MOST_SAID: u64 = 1 << 20;

/// Runs a command for a bounded time, and takes what it says on standard output.
pub(crate) fn bounded(command: &mut Command, time: Duration) -> Result<Said, String> {
    let fail = |error: std::io::Error| format!("a helper process: {error}");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = aether_testkit::spawn(command).map_err(fail)?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stdout) = stdout {
            // What is beyond is still taken, so that nobody waits for a full pipe.
            drop(stdout.by_ref().take(MOST_SAID).read_to_end(&mut bytes));
            drop(std::io::copy(&mut stdout, &mut std::io::sink()));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let until = Instant::now() + time;
    let mut timed_out = false;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fail)? {
            break status;
        }
        if !timed_out && Instant::now() > until {
            timed_out = true;
            child.kill().map_err(fail)?;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = reader.join().unwrap_or_default();
    Ok(Said { text, status, timed_out })
}
