//! What a host under attack is told, and what it answers. Each trial's host is a process of its
//! own, so that its memory is its own too and its death is seen.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::scene::{PLANTED, SECRET};
use super::{engine, sys};
use crate::apart::bounded;

/// The variable by which a process knows that it is a host under attack.
const ORDER: &str = "AETHER_ATTACKS_HOST";

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
            .envs(std::env::var(engine::VARIABLE).map(|engine| (engine::VARIABLE, engine)))
            .current_dir(&self.root);
        sys::set_environment(&mut command);
        if let Some(user) = user {
            sys::set_user(&mut command, user)?;
        }
        let said = bounded(&mut command, sys::PATIENCE)?;
        if said.timed_out {
            return Err(format!("the host did not answer within {:?}", sys::PATIENCE));
        }
        serde_json::from_str(said.text.trim())
            .map_err(|_| format!("the host died: {}, it said {:?}", said.status, said.text))
    }
}
