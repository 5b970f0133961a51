//! What a host under attack is told, and what it answers. Each trial's host is a process of its
//! own, so that its memory is its own too and its death is seen.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::scene::{PLANTED, SECRET};

/// The variable by which a process knows that it is a host under attack.
const ORDER: &str = "AETHER_ATTACKS_JAVASCRIPT_HOST";

/// How long one trial may take in all.
const PATIENCE: Duration = Duration::from_secs(40);

/// What a host under attack is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// The trial's own folder: the plugins are in it, and it may write there.
    pub(super) root: PathBuf,
    /// The secret that must not come out.
    pub(super) secret: String,
}

/// What a host under attack found.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Why the trial failed; nothing when it did not.
    pub(super) failed: Vec<String>,
    /// Figures for people.
    pub(super) figures: String,
}

impl Order {
    /// The order that this process was started with.
    pub(super) fn of_this_process() -> Option<Self> {
        let text = std::env::var(ORDER).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Starts a host, as `user` if one is given, and waits for its answer.
    pub(super) fn give(&self, program: &Path, user: Option<u32>) -> Result<Answer, String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env(ORDER, text)
            .env(PLANTED, &self.secret)
            .env(SECRET, &self.secret)
            .env("LANG", "C.UTF-8")
            .env("PATH", "/usr/bin:/bin")
            .current_dir(&self.root);
        if let Some(user) = user {
            // Setting a user from root also clears the groups.
            command.uid(user).gid(user);
        }
        let said = bounded(&mut command, PATIENCE)?;
        if said.timed_out {
            return Err(format!("the host did not answer within {PATIENCE:?}"));
        }
        serde_json::from_str(said.text.trim())
            .map_err(|_| format!("the host died: {}, it said {:?}", said.status, said.text))
    }
}

/// What a helper process said and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) status: String,
    /// Whether a signal ended it.
    pub(super) signal: bool,
    pub(super) timed_out: bool,
}

/// Most bytes kept of what a helper says.
const MOST_SAID: u64 = 1 << 20;

/// Runs a command for a bounded time, and takes what it says on standard output.
pub(super) fn bounded(command: &mut Command, time: Duration) -> Result<Said, String> {
    let fail = |error: std::io::Error| format!("a helper process: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(fail)?;
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
    Ok(Said { text, status: status.to_string(), signal: status.signal().is_some(), timed_out })
}
