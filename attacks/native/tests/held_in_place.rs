//! Every hostile program against Aether's native cells where no namespace can be had: an ordinary
//! user's, on the host's own tree, in a user namespace around the run that allows no other.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Nothing can be granted for writing there.
const EXEC: &str = "exec --quiet --pass-code --allow-degraded userns --memory 48MB --disk 32MB \
    --processes 32 --timeout 60s --cpu-time 3s --output 8MB --read {readonly} --read {granted} \
    --run {program} --";

/// What is open there, as `SECURITY.md` says of that rung.
const OPEN: [&str; 3] = [
    // Landlock does not know of mmap(2): what may be read can be executed by a loader.
    "execute-by-loader",
    // No hole, but it looks like one: the kernel says that a running program is busy before it asks
    // Landlock, which does not let it be written when it has ended either.
    "overwrite-own-program",
    // Landlock does not know of stat(2).
    "stat-secret",
];

/// Uses the namespaces up, then gives away what that took.
const OUTER: &str = "echo 0 > /proc/sys/user/max_user_namespaces && \
                     exec setpriv --ambient-caps=-all --inh-caps=-all -- \"$0\" \"$@\"";

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_349;

/// A copy that every user may run.
fn copy_for_all(from: &Path, folder: &Path) -> PathBuf {
    assert!(from.is_file(), "{} is not built: cargo build -p aether-cli", from.display());
    let to = folder.join(from.file_name().expect("a name"));
    fs::copy(from, &to).expect("a copy");
    fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).expect("its rights");
    to
}

#[test]
fn every_program_is_held_but_for_what_is_known_to_be_open() {
    let folder = tempfile::Builder::new().prefix("held-").tempdir_in("/var/tmp").expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("its rights");
    let judge = Path::new(env!("CARGO_BIN_EXE_aether-attacks-native"));
    // A run of the workspace's tests builds it.
    let program = copy_for_all(&judge.with_file_name("aether"), folder.path());
    let judge = copy_for_all(judge, folder.path());
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-current-user", "--keep-caps", "sh", "-c", OUTER]).arg(judge);
    // The one that only wants the processor for long is held by a limit that others would meet.
    command.args(["run", "--without", "processor-hog"]);
    command.args(["--sandbox", &format!("{} {EXEC}", program.display())]);
    command.env("AETHER_STATE_DIR", folder.path().join("state")).env_remove("HOME");
    command.current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().expect("unshare (util-linux) runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let told = format!("{told}{}", String::from_utf8_lossy(&output.stderr));
    let named = |word: &str| -> Vec<&str> {
        let lines = told.lines().filter(|line| line.contains(&format!(", sandbox: {word}")));
        lines.filter_map(|line| line.split(',').next()).collect()
    };
    let mut open = named("HOLE");
    open.sort_unstable();
    assert_eq!(open, OPEN, "{told}");
    assert!(named("inconclusive").is_empty(), "{told}");
    // Most of them bite on every machine that can build this: otherwise nothing was shown.
    let verdicts = told.lines().find_map(|line| line.strip_prefix("sandbox: "));
    let held = verdicts.and_then(|line| line.split(' ').next()?.parse::<u32>().ok());
    assert!(held > Some(100), "{told}");
}
