//! A host folder that is itself an overlay, as in a container whose image holds it: folders of its
//! lower layer can be removed there, and not moved.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use aether_overlay::{Atomicity, Mount};
use common::kill::{Act, Stored, can_kill};
use common::layer::kernel;
use common::{Lab, fill, mode, path, tree};
use tempfile::TempDir;

/// Not a test of its own: what the others run and kill.
#[test]
fn child() {
    common::kill::child();
}

const HOST: &[(&str, &str)] =
    &[("a", "a"), ("d/x", "x"), ("d/y/z", "z"), ("d/empty/", ""), ("e/f", "f"), ("l -> a", "")];

/// A folder `host`, whose layers are made when it is mounted.
struct Stacked {
    _dir: TempDir,
    top: PathBuf,
    stored: Stored,
}

impl Stacked {
    fn new(atomicity: Atomicity) -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let top = dir.path().canonicalize().unwrap();
        for name in ["host", "lower"] {
            fill(&top.join(name), HOST);
            let mode = fs::Permissions::from_mode(0o750);
            fs::set_permissions(top.join(name).join("d/empty"), mode).unwrap();
        }
        for name in ["upper", "work"] {
            fs::create_dir(top.join(name)).unwrap();
        }
        let kept = tempfile::tempdir().unwrap();
        let mut lab = Lab::mounted(kept, vec![Mount::folder(path("/w"), top.join("host"))]);
        // A file to the path of its removed folder, and a folder to that of a removed file.
        lab.rename("/w/d/x", "/w/t").unwrap();
        lab.remove_tree("/w/d").unwrap();
        lab.rename("/w/t", "/w/d").unwrap();
        lab.remove_tree("/w/e").unwrap();
        lab.remove_file("/w/a").unwrap();
        lab.mkdir("/w/a").unwrap();
        lab.write("/w/a/n", "n").unwrap();
        let stored = Stored::new(&top, &[&lab.overlay.changeset()], atomicity);
        Self { _dir: dir, top, stored }
    }

    /// Applies it over the mounted layers, by a shell's `script` that has the process as `$@`; what
    /// is there then is kept.
    fn run(&self, script: &str) {
        let mount = "mount -t overlay -o \
            userxattr,lowerdir=$TOP/lower,upperdir=$TOP/upper,workdir=$TOP/work overlay $TOP/host";
        let script = format!("{mount} || exit 99\n{script}\ncp -a $TOP/host $TOP/shown");
        let mut inside = common::kill::command("unshare", &self.stored, Act::Apply);
        inside.args(["-Urm", "sh", "-c", &script, "sh"]).env("TOP", &self.top);
        inside.arg(std::env::current_exe().unwrap()).args(["--exact", "child", "--test-threads=1"]);
        let out = inside.stderr(Stdio::piped()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    fn shown(&self) -> PathBuf {
        self.top.join("shown")
    }
}

#[test]
fn folders_of_the_lower_layer_are_removed_and_replaced() {
    if !kernel() {
        return;
    }
    let stacked = Stacked::new(Atomicity::Each);
    stacked.run("\"$@\"");
    let told = stacked.stored.told();
    assert!(told.iter().all(|line| line.ends_with(" Applied")), "{told:?}");
    assert_eq!(tree(&stacked.shown()), ["a/", "a/n=n", "d=x", "l -> a"]);
}

#[test]
fn what_could_only_be_removed_is_made_again() {
    if !kernel() || !can_kill() {
        return;
    }
    // Cut off when all is done and nothing certain: at the journal's last line.
    let stacked = Stacked::new(Atomicity::All);
    stacked.run(
        "strace -f -qq -o $TOP/log \"$@\" || exit 98\n\
         rm -rf $TOP/host/* && exit 0",
    );
    let calls = common::kill::counted(&fs::read_to_string(stacked.top.join("log")).unwrap());
    let time = calls.before("write") + calls.during("write");
    let stacked = Stacked::new(Atomicity::All);
    stacked.run(&format!(
        "strace -f -qq -o /dev/null -e inject=write:signal=KILL:when={time} \"$@\" && exit 98\n\
         [ -f $TOP/host/d ] || exit 97\n\
         OVERLAY_TEST_RESUME=1 \"$@\""
    ));
    let host = stacked.shown();
    assert_eq!(tree(&host), tree(&stacked.top.join("lower")), "{:?}", stacked.stored.told());
    assert_eq!(mode(&host.join("d/empty")), 0o750);
}
