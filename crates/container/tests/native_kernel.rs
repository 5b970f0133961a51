//! What the kernel's own tests of Landlock and seccomp expect, asked of native cells: each act of a
//! list is tried in a cell, by its first thread, by another one and by a child, and ends as the list
//! says. `docs/expectations.md` holds the list against the kernel's.
//!
//! Every list is tried in the cells of this user, as root also in those of an ordinary one, and in
//! cells without namespaces.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "the acts of a confined process are raw system calls")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the programs that it plays"
)]

mod acts;
mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command};

use aether_container::{MountKind, Protection};
use libtest_mimic::Trial;

use acts::{ACT, Act, GROUPS, Places, WAYS};
use harness::{Folder, Test, become_a_cell, become_a_test, from_root, mount, overlay, read_only};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_348;

const TESTS: &[Test] = &[
    ("files", || check("files")),
    ("moving between grants", || check("moving")),
    ("descriptors", || check("descriptors")),
    ("programs", || check("programs")),
    ("devices", || check("devices")),
    ("mounts and namespaces", || check("mounts")),
    ("sockets", || check("sockets")),
    ("ports", || check("ports")),
    ("signals and tracing", || check("signals")),
    ("filters of its own", || check("filters")),
    ("layers of its own", || check("layers")),
];

fn main() {
    become_a_cell();
    let words: Vec<String> = std::env::args().collect();
    if words[0] == ACT {
        return acts::play(&words[1..]);
    }
    if become_a_test(TESTS) {
        return;
    }
    harness::run_all(TESTS, NOBODY, |copy, name| {
        let title = format!("{name}, without namespaces");
        vec![Trial::test(title, copy.without_namespaces(NOBODY, name))]
    })
}

/// Whether this user can have no namespace.
fn is_bare() -> bool {
    let most = fs::read_to_string("/proc/sys/user/max_user_namespaces");
    most.is_ok_and(|most| most.trim() == "0")
}

/// Somebody outside of the cell, of the same user, who dies of any signal.
struct Victim(Child);

impl Victim {
    fn new() -> Self {
        Self(Command::new("sleep").arg("600").spawn().expect("sleep"))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let lived = self.0.try_wait().is_ok_and(|end| end.is_none());
        drop(self.0.kill());
        drop(self.0.wait());
        assert!(lived || std::thread::panicking(), "somebody outside was ended");
    }
}

#[track_caller]
fn check(group: &str) {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name);
    for name in ["r/d", "w/d", "w2", "x", "out"] {
        fs::create_dir_all(at(name)).expect("a folder");
    }
    for name in ["r/f", "w/f", "out/f"] {
        folder.file(name, "as it was");
    }
    for name in ["r/true", "x/true"] {
        fs::copy("/bin/true", at(name)).expect("a program");
    }
    // Nothing but the cell stands between the program and these.
    for name in
        ["r", "r/f", "r/d", "r/true", "w", "w/f", "w/d", "w2", "x", "x/true", "out", "out/f"]
    {
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o777)).expect("its rights");
    }
    let victim = Victim::new();
    let bare = is_bare();
    let itself: PathBuf = std::env::current_exe().and_then(|path| path.canonicalize()).expect("it");
    let places = Places {
        read: at("r"),
        write: (!bare).then(|| at("w")),
        other: (!bare).then(|| at("w2")),
        run: at("x"),
        outside: at("out"),
        victim: victim.0.id(),
        init: None,
    };
    let words = places.words();
    let mut command = vec![ACT, group];
    command.extend(words.iter().map(String::as_str));
    let mut native = harness::native(&command);
    native.program.clone_from(&itself);
    native.processes = 64;
    let shown = |mount| if bare { mount } else { from_root(mount) };
    native.mounts.push(shown(mount(&itself, &itself, MountKind::ReadOnly)));
    for path in [&places.read, &places.run] {
        native.mounts.push(shown(read_only(path)));
    }
    native.mounts.extend(places.write.iter().chain(&places.other).map(overlay));
    native.executable.extend([itself, places.run.clone()]);
    if group == "ports" && !bare {
        native.proxy = Some(acts::WAY_OUT);
        native.inbound.push(acts::WAY_IN);
    }
    let mut recipe = harness::recipe(native);
    if bare {
        recipe.optional.insert(Protection::Userns);
    }
    let ran = harness::run(&recipe);
    ran.ends_well();
    let (_, acts) = GROUPS.iter().find(|(name, _)| *name == group).expect("a known group");
    let mut wrong = Vec::new();
    for way in WAYS {
        for Act { name, expect, .. } in *acts {
            let head = format!("{way}: {name}: ");
            let told = ran.out.lines().find_map(|line| line.strip_prefix(&head));
            let expect = if bare { expect.1 } else { expect.0 };
            if !told.is_some_and(|told| expect.split('|').any(|one| one == told)) {
                wrong.push(format!("{head}{told:?}, not {expect}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), ran.out);
    for name in ["r/f", "w/f", "out/f"] {
        assert_eq!(fs::read_to_string(at(name)).expect("it is there"), "as it was", "{name}");
    }
    let mut left: Vec<_> = ["r", "w", "w2", "out"]
        .iter()
        .flat_map(|name| fs::read_dir(at(name)).expect("it is there").flatten())
        .map(|entry| entry.file_name())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["d", "d", "f", "f", "f", "true"], "nothing more is on the machine");
}
