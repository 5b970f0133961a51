//! What a host is told and what it answers. Each trial's host is a process of its own, so that its
//! memory and descriptors are its own too and its death is seen.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The variable by which a process knows that it is a host with a hostile peer.
const ORDER: &str = "AETHER_ATTACKS_PEER_HOST";

/// How long one trial may take in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a host is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// The trial's own folder.
    pub(super) root: PathBuf,
    /// The peer's name.
    pub(super) peer: String,
}

/// What a host found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Why the trial failed; nothing when it did not.
    pub(super) failed: Vec<String>,
    /// What came of the peer, for people.
    pub(super) came: String,
    /// The longest that the neighbour took to answer, in microseconds.
    pub(super) neighbour: u64,
    /// By how many bytes the host grew at most.
    pub(super) grown: u64,
    /// How long it all took, in milliseconds.
    pub(super) took: u64,
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
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(user) = user {
            // Setting a user from root also clears the groups.
            command.uid(user).gid(user);
        }
        let fail = |error: std::io::Error| format!("the host: {error}");
        let mut child = command.spawn().map_err(fail)?;
        let until = Instant::now() + PATIENCE;
        // It answers in one line that a pipe holds.
        let status = loop {
            if let Some(status) = child.try_wait().map_err(fail)? {
                break status;
            }
            if Instant::now() > until {
                child.kill().map_err(fail)?;
                child.wait().map_err(fail)?;
                return Err(format!("the host did not answer within {PATIENCE:?}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_string(&mut said).map_err(fail)?;
        }
        serde_json::from_str(said.trim())
            .map_err(|_| format!("the host died: {status}, it said {said:?}"))
    }
}
