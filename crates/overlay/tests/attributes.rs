//! What replaces a file takes over who may do what with it, and lets nobody look before.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aether_overlay::{Atomicity, Resumed, apply, resume};
use common::kill::{Act, Hits, Stored, calls, can_kill, killed};
use common::{Lab, mode, say};
use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::io::Errno;

const LIST: &str = "system.posix_acl_access";
const HANDED_DOWN: &str = "system.posix_acl_default";

/// Not a test of its own: what the others run and kill.
#[test]
fn child() {
    common::kill::child();
}

/// An access list: owner, the user 4711, group, mask, everyone.
fn list(owner: u16, somebody: u16, group: u16, mask: u16, everyone: u16) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries = [
        (0x01, owner, NOBODY),
        (0x02, somebody, 4711),
        (0x04, group, NOBODY),
        (0x10, mask, NOBODY),
        (0x20, everyone, NOBODY),
    ];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend([u16::to_le_bytes(tag), u16::to_le_bytes(permissions)].concat());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

/// False, said aloud, where the file system has no such attributes.
fn set(path: &Path, name: &str, value: &[u8]) -> bool {
    let done = setxattr(path, name, value, XattrFlags::empty());
    if done == Err(Errno::OPNOTSUPP) {
        say(&format!("SKIPPED: no `{name}` on this file system"));
        return false;
    }
    done.expect(name);
    true
}

fn get(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    match getxattr(path, name, &mut value[..]) {
        Ok(len) => {
            value.truncate(len);
            Some(value)
        }
        Err(_) => None,
    }
}

#[test]
fn access_lists_are_kept_and_the_group_gets_nothing_by_them() {
    let mut lab = Lab::new(&[("a", "old"), ("moved", "old"), ("plain", "old")]);
    // Somebody may write. The group may not, though its bits in the mode are the list's mask.
    let theirs = list(6, 6, 0, 6, 0);
    for name in ["a", "moved"] {
        if !set(&lab.host(name), LIST, &theirs) {
            return;
        }
        assert_eq!(mode(&lab.host(name)), 0o660);
    }
    lab.write("/w/a", "new").unwrap();
    lab.append("/w/moved", "+").unwrap();
    lab.rename("/w/moved", "/w/here").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    for name in ["a", "here"] {
        assert_eq!(get(&lab.host(name), LIST), Some(theirs.clone()), "{name}");
        assert_eq!(mode(&lab.host(name)), 0o660, "{name}");
    }
}

#[test]
fn a_list_that_the_folder_hands_down_gives_nobody_more() {
    let mut lab = Lab::new(&[("d/a", "old")]);
    fs::set_permissions(lab.host("d/a"), fs::Permissions::from_mode(0o664)).unwrap();
    if !set(&lab.host("d"), HANDED_DOWN, &list(7, 7, 5, 7, 0)) {
        return;
    }
    fs::write(lab.host("d/as any other"), "").unwrap();
    let usual = get(&lab.host("d/as any other"), LIST);
    lab.write("/w/d/a", "new").unwrap();
    lab.write("/w/d/n", "new").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    assert_eq!(get(&lab.host("d/a"), LIST), None, "the file that it replaced had none");
    assert_eq!(mode(&lab.host("d/a")), 0o664);
    assert_eq!(mode(&lab.host("d/n")) & 0o007, 0, "everyone gets nothing in this folder");
    // 0644 where others make files with 0666, so the mask is narrower.
    let ours = get(&lab.host("d/n"), LIST).expect("a list");
    assert_eq!(ours, list(6, 7, 5, 4, 0), "{usual:?}");
}

#[test]
fn what_programs_noted_on_a_file_stays_on_it() {
    let mut lab = Lab::new(&[("a", "old"), ("b", "old"), ("c", "old")]);
    for (name, value) in [("a", "of a"), ("b", "of b"), ("c", "of c")] {
        if !set(&lab.host(name), "user.comment", value.as_bytes()) {
            return;
        }
    }
    fs::set_permissions(lab.host("a"), fs::Permissions::from_mode(0o444)).unwrap();
    lab.write("/w/a", "new").unwrap();
    lab.rename("/w/b", "/w/moved").unwrap();
    lab.append("/w/c", "+").unwrap();
    lab.rename("/w/c", "/w/moved too").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    for (name, value) in [("a", "of a"), ("moved", "of b"), ("moved too", "of c")] {
        let found = get(&lab.host(name), "user.comment");
        assert_eq!(found.as_deref(), Some(value.as_bytes()), "{name}");
    }
    assert_eq!(mode(&lab.host("a")), 0o444);
}

#[test]
fn where_a_list_cannot_be_kept_the_file_stays_as_it_is() {
    if !can_kill() {
        return;
    }
    let mut lab = Lab::new(&[("a", "old"), ("b", "old")]);
    let theirs = list(6, 6, 0, 6, 0);
    if !set(&lab.host("a"), LIST, &theirs) {
        return;
    }
    lab.write("/w/a", "new").unwrap();
    lab.write("/w/b", "new").unwrap();
    let stored = Stored::of(&lab, Atomicity::Each);
    let fault = ["fsetxattr:error=EOPNOTSUPP"];
    calls(&stored, Act::Apply, &fault, &stored.log());
    assert_eq!(stored.told(), ["/w/a Failed(Attributes)", "/w/b Applied"]);
    assert_eq!(fs::read_to_string(lab.host("a")).unwrap(), "old");
    assert_eq!(fs::read_to_string(lab.host("b")).unwrap(), "new");
    assert_eq!(get(&lab.host("a"), LIST), Some(theirs));
    assert_eq!(fs::read_dir(lab.host("")).unwrap().count(), 2, "nothing is left over");
}

/// At no moment, and after no crash, others can read the new content of a file that they could not
/// read.
#[test]
fn the_new_content_of_a_private_file_is_private_all_the_time() {
    if !can_kill() {
        return;
    }
    let begun = || {
        let mut lab = Lab::new(&[("key", "old secret"), ("moved", "old secret")]);
        for name in ["key", "moved"] {
            fs::set_permissions(lab.host(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        lab.write("/w/key", "new secret").unwrap();
        lab.append("/w/moved", ", new").unwrap();
        lab.rename("/w/moved", "/w/here").unwrap();
        let stored = Stored::of(&lab, Atomicity::Each);
        (lab, stored)
    };
    let (_lab, whole) = begun();
    let calls = calls(&whole, Act::Apply, &[], &whole.log());
    let mut hits = Hits::default();
    for (call, time) in calls.kills() {
        let (lab, stored) = begun();
        hits.note(killed(&stored, Act::Apply, &[], call, time));
        for entry in fs::read_dir(lab.host("")).unwrap() {
            let at = entry.unwrap().path();
            assert_eq!(mode(&at), 0o600, "killed at {call} {time}: {}", at.display());
        }
        let changesets = stored.load();
        let changesets: Vec<_> = changesets.iter().collect();
        let resumed = resume(&changesets, &stored.journal).unwrap();
        assert!(!matches!(resumed, Resumed::RolledBack(_)));
        assert_eq!(fs::read_dir(lab.host("")).unwrap().count(), 2);
    }
    hits.check();
}

#[test]
fn new_files_get_what_the_umask_leaves() {
    let mut lab = Lab::new(&[("d/", "")]);
    lab.write("/w/n", "new").unwrap();
    lab.write("/w/d/n", "new").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    fs::write(lab.host("usual"), "").unwrap();
    let usual = mode(&lab.host("usual")) & 0o644;
    assert_eq!((mode(&lab.host("n")), mode(&lab.host("d/n"))), (usual, usual));
}
