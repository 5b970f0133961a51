//! Every hostile program against Aether's own cells: `aether exec`, as this user and, where that is
//! root, as an ordinary one too.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command line that is judged: grants for what the programs are told of, and limits below what
/// the bombs among them take.
const EXEC: &str = "--quiet --pass-code --memory 48MB --disk 32MB --processes 32 \
    --timeout 60s --output 8MB --read {readonly} --run {program} \
    --write {granted} --";

/// The `aether` command beside the judge. A run of the workspace's tests builds it.
fn aether() -> PathBuf {
    let judge = Path::new(env!("CARGO_BIN_EXE_aether-attacks-native"));
    let path = judge.with_file_name("aether");
    assert!(path.is_file(), "{} is not built: cargo build -p aether-cli", path.display());
    path
}

fn holds(limits: &str, more: &[&str], least: u32) {
    let folder = tempfile::Builder::new().prefix("held-").tempdir_in("/var/tmp").expect("a folder");
    // An ordinary user may neither look into the build's folder nor write here otherwise.
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its rights");
    };
    open(folder.path(), 0o777);
    let program = folder.path().join("aether");
    fs::copy(aether(), &program).expect("a copy");
    open(&program, 0o755);
    let state = folder.path().join("state");
    let mut command = Command::new(env!("CARGO_BIN_EXE_aether-attacks-native"));
    command
        .args(["run", "--sandbox", &format!("{} exec {limits} {EXEC}", program.display())])
        .args(more)
        .env("AETHER_STATE_DIR", &state);
    let output = command.output().expect("the run");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    // Most of them bite on every machine that can build this: otherwise nothing was shown.
    let count = |word: &str| {
        let verdicts = told.lines().find(|line| line.starts_with("sandbox: "))?;
        let words: Vec<&str> = verdicts.split([' ', ',']).filter(|part| !part.is_empty()).collect();
        words[words.iter().position(|part| *part == word)? - 1].parse::<u32>().ok()
    };
    assert!(count("held") >= Some(least), "{told}");
}

/// All but the one that only wants the processor for long: others take as much in honesty.
#[test]
fn every_program_is_held() {
    holds("", &["--without", "processor-hog"], 120);
}

#[test]
fn every_program_of_an_ordinary_user_is_held() {
    if rustix::process::geteuid().is_root() {
        holds("", &["--without", "processor-hog", "--as-user"], 120);
    } else {
        eprintln!("SKIPPED: this is an ordinary user; the other test is this one");
    }
}

#[test]
fn a_hog_is_held() {
    holds("--cpu-time 1s", &["--only", "processor-hog"], 1);
}
