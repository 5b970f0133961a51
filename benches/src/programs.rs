//! The other programs of a run: the command line, the client, the peers.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::args::Args;

/// Where the programs are; a peer that is not installed is `None`.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The `aether` command.
    pub(crate) cli: PathBuf,
    /// A cell without an engine, and the echo peer.
    pub(crate) client: PathBuf,
    pub(crate) node: Option<PathBuf>,
    pub(crate) deno: Option<PathBuf>,
    pub(crate) bwrap: Option<PathBuf>,
    pub(crate) nothing: Option<PathBuf>,
}

impl Programs {
    /// Builds ours as this program was built, unless that is switched off, and finds the others.
    pub(crate) fn find(args: &Args) -> Result<Self, Box<dyn Error>> {
        let folder = folder()?;
        if !args.no_build && !args.installed {
            build(&["-p", "aether-benches", "--bin", "aether-benches-client"])?;
            build(&["-p", "aether-cli"])?;
        }
        let ours = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(format!("{} is not built", path.display())) }
        };
        Ok(Self {
            cli: ours("aether")?,
            client: ours("aether-benches-client")?,
            node: installed("node"),
            deno: installed("deno"),
            bwrap: installed("bwrap"),
            nothing: installed("true"),
        })
    }
}

/// The folder of this program, beside which the others are built.
fn folder() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    Ok(own.parent().ok_or("this program has no folder")?.to_owned())
}

fn build(what: &[&str]) -> Result<(), Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet"]).args(what).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if let Some(target) = folder()?.parent() {
        command.arg("--target-dir").arg(target);
    }
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo build {what:?}: {status}").into()) }
}

fn installed(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A program with an empty environment but for where programs are: a variable such as
/// `NODE_EXTRA_CA_CERTS` alone makes node's start three times as expensive.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
}
