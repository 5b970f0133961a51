//! The same run by an ordinary user.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;

/// Runs a copy of this program as that user, with the same options; its exit code.
pub(super) fn run_as(user: u32, options: &[&str], parsed: &Options) -> io::Result<i32> {
    let folder = PathBuf::from(format!("/var/tmp/aether-native-user-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let code = run_in(&folder, user, options, parsed);
    fs::remove_dir_all(&folder)?;
    code
}

fn run_in(folder: &Path, user: u32, options: &[&str], parsed: &Options) -> io::Result<i32> {
    chown(folder, Some(user), Some(user))?;
    let program = folder.join("program");
    fs::copy(std::env::current_exe()?, &program)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    // The user may have no right where the results go, so they come by its own folder.
    let results = [(&parsed.json, "json"), (&parsed.markdown, "markdown")];
    let mut command = Command::new(&program);
    command.arg("run").uid(user).gid(user).current_dir("/");
    // A person's variables lead to a person's folders.
    command.env_remove("HOME").env_remove("XDG_RUNTIME_DIR").env("USER", user.to_string());
    let mut words = options.iter().peekable();
    while let Some(word) = words.next() {
        match *word {
            "--as-user" => drop(words.next_if(|word| word.parse::<u32>().is_ok())),
            "--json" | "--markdown" => drop(words.next()),
            word => drop(command.arg(word)),
        }
    }
    for (wanted, name) in results {
        if wanted.is_some() {
            command.arg(format!("--{name}")).arg(folder.join(name));
        }
    }
    let status = command.status()?;
    for (wanted, name) in results {
        if let Some(path) = wanted {
            fs::copy(folder.join(name), path)?;
        }
    }
    Ok(status.code().unwrap_or(1))
}
