//! What is written through is on the host at once, and nothing else is.

#![cfg(any(target_os = "linux", windows))]

mod common;

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};

use aether_overlay::{Quota, Resolution, Usage};
use common::{Lab, tree};

const HOST: &[(&str, &str)] = &[("a", "old a"), ("d/x", "old x")];

fn through(lab: &mut Lab, at: &str, content: &str) -> Result<(), &'static str> {
    let at = lab.at(at).map_err(|error| error.code())?;
    lab.overlay.write_through(&at, content.into()).map_err(|error| error.code())
}

#[test]
#[cfg(unix)]
fn a_file_is_replaced_or_made_and_nothing_waits() {
    let mut lab = Lab::new(HOST);
    fs::set_permissions(lab.host("a"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(through(&mut lab, "/w/a", "new a"), Ok(()));
    assert_eq!(through(&mut lab, "/w/d/y", "new y"), Ok(()));
    assert_eq!(tree(&lab.host("")), ["a=new a", "d/", "d/x=old x", "d/y=new y"]);
    assert_eq!(lab.read("/w/a").as_deref(), Ok("new a"));
    let mode = fs::metadata(lab.host("a")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640, "a replaced file keeps its mode");
    assert!(lab.overlay.changeset().is_empty());
}

#[test]
fn what_waits_stays_waiting() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/d/x", "new x").unwrap();
    lab.write("/w/b", "new b").unwrap();
    let before = lab.overlay.changeset();
    assert_eq!(through(&mut lab, "/w/a", "new a"), Ok(()));
    assert_eq!(tree(&lab.host("")), ["a=new a", "d/", "d/x=old x"]);
    assert_eq!(lab.overlay.changeset(), before);
    assert_eq!(through(&mut lab, "/w/b", "newer b"), Err("EBUSY"), "it waits to be applied");
    assert_eq!(lab.overlay.changeset(), before);
}

#[test]
fn folders_on_the_way_are_those_of_the_host() {
    let mut lab = Lab::new(HOST);
    assert_eq!(through(&mut lab, "/w/new/a", "x"), Err("ENOENT"));
    let at = lab.itself("/w/new").unwrap();
    lab.overlay.mkdir(&at).unwrap();
    assert_eq!(through(&mut lab, "/w/new/a", "x"), Err("EBUSY"));
    assert_eq!(through(&mut lab, "/w/d", "x"), Err("EISDIR"));
    assert_eq!(tree(&lab.host("")), ["a=old a", "d/", "d/x=old x"]);
}

#[test]
#[cfg(unix)]
fn a_link_that_appears_is_not_followed() {
    let mut lab = Lab::new(HOST);
    let outside = lab.dir.path().join("outside");
    fs::write(&outside, "secret").unwrap();
    let at = lab.at("/w/a").unwrap();
    fs::remove_file(lab.host("a")).unwrap();
    symlink(&outside, lab.host("a")).unwrap();
    assert!(lab.overlay.write_through(&at, b"x".to_vec()).is_err());
    assert_eq!(fs::read_to_string(&outside).unwrap(), "secret");
    let at = lab.at("/w/d/x").unwrap();
    fs::rename(lab.host("d"), lab.dir.path().join("moved")).unwrap();
    symlink(lab.dir.path().join("moved"), lab.host("d")).unwrap();
    assert!(lab.overlay.write_through(&at, b"x".to_vec()).is_err());
    assert_eq!(fs::read_to_string(lab.dir.path().join("moved/x")).unwrap(), "old x");
}

#[test]
fn the_quota_counts_it_for_good() {
    let quota = Quota { bytes: 4096, entries: 100 };
    let mut lab = Lab::with(HOST, quota, Resolution::Auto);
    let text = "x".repeat(1500);
    assert_eq!(through(&mut lab, "/w/a", &text), Ok(()));
    let used = lab.overlay.usage();
    assert_ne!(used, Usage::default());
    // Only what grows: the same again takes no more room, and less gives none back.
    for again in [&text, "x", &text[..1000]] {
        assert_eq!(through(&mut lab, "/w/a", again), Ok(()));
    }
    assert_eq!(lab.overlay.usage().bytes, used.bytes + 999);
    assert_eq!(through(&mut lab, "/w/b", &text), Err("ENOSPC"));
    assert!(!lab.host("b").exists());
}
