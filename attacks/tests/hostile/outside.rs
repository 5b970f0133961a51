//! The same act in the machine's own Node, without a sandbox: it must bite there, or its failure
//! inside says nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::assemble::CODE;
use super::attack::Outside;
use super::scene::{PLANTED, SECRET, Scene};
use super::sys;
use crate::apart::bounded;

/// How long a script may take to bite.
const PATIENCE: Duration = Duration::from_secs(20);

/// After what time a script that does not end counts as one that never does.
const FOREVER: Duration = Duration::from_millis(1500);

/// The variable that tells a script where the assembled code is.
const ASSEMBLED: &str = "AETHER_ATTACKS_CODE";

/// What scripts share that run such code.
const KIT: &str = include_str!("outside.mjs");

/// What a script prints that has done what it tries.
const BITES: &str = "BITES";

/// The version of the Node of this machine; why nothing is tried in it, where that is so.
pub(super) fn node() -> Result<String, &'static str> {
    sys::OUTSIDE?;
    let output = Command::new("node").arg("--version").stderr(Stdio::null()).output().ok();
    match output.filter(|output| output.status.success()) {
        Some(output) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        None => Err("for want of a Node"),
    }
}

/// Nothing when it bites.
pub(super) fn bites(outside: &Outside, root: &Path, secret: &str) -> Result<(), String> {
    let scene = Scene::lay(root, secret).map_err(|error| format!("the scene: {error}"))?;
    let (script, time) = match outside {
        Outside::Leaks(script) | Outside::Bites(script) | Outside::Dies(script) => {
            (script, PATIENCE)
        }
        Outside::Hangs(script) => (script, FOREVER),
        Outside::None(_) => return Ok(()),
    };
    let code = root.join("plugin").join(CODE);
    let script = if code.exists() { format!("{KIT}\n{script}") } else { script.clone() };
    let mut command = Command::new("node");
    command
        .args(["--max-old-space-size=64", "--input-type=module", "--eval", &script])
        .current_dir(scene.work())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env(PLANTED, secret)
        .env(SECRET, secret)
        .env(ASSEMBLED, code)
        .stderr(Stdio::null());
    let said = bounded(&mut command, time)?;
    let bit = match outside {
        Outside::Leaks(_) => said.text.contains(secret),
        Outside::Bites(_) => said.text.contains(BITES),
        Outside::Hangs(_) => said.timed_out,
        Outside::Dies(_) => sys::is_by_signal(said.status) && !said.timed_out,
        Outside::None(_) => true,
    };
    if bit { Ok(()) } else { Err(format!("inconclusive, it does not bite: {said:?}")) }
}
