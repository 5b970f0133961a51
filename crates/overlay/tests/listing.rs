//! Folders are listed in order, whole or piece by piece.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::collections::BTreeSet;
#[cfg(unix)]
use std::ffi::OsStr;
use std::fs;
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;

#[cfg(unix)]
use aether_overlay::MAX_LISTED;
use aether_overlay::{Listing, Mount};
use aether_path::VirtualPath;
use common::{Lab, fill, path};

fn names(listing: &Listing) -> Vec<&str> {
    listing.entries.iter().map(|entry| entry.name.as_str()).collect()
}

/// All names of a folder, `max` at a time; `meanwhile` is done after each piece.
fn by_pieces(lab: &mut Lab, max: usize, mut meanwhile: impl FnMut(&mut Lab)) -> Vec<String> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let at = lab.at("/w").unwrap();
        let piece = lab.overlay.list_after(&at, after.as_deref(), max, |_| true).unwrap();
        assert!(piece.entries.len() <= max);
        assert_eq!(piece.complete, piece.next.is_none());
        found.extend(names(&piece).into_iter().map(str::to_owned));
        match piece.next {
            Some(next) => after = Some(next),
            None => return found,
        }
        meanwhile(lab);
    }
}

#[test]
#[cfg(unix)]
fn pieces_make_up_the_whole() {
    let mut lab =
        Lab::new(&[("b", ""), ("d", ""), ("f/x", ""), ("h", ""), ("j", ""), ("l -> b", "")]);
    fs::write(lab.host("").join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    lab.remove_file("/w/b").unwrap();
    lab.remove_file("/w/j").unwrap();
    lab.write("/w/a", "").unwrap();
    lab.mkdir("/w/e").unwrap();
    lab.write("/w/z", "").unwrap();
    let whole = lab.list("/w").unwrap();
    assert_eq!(whole, ["a", "caf\\xE9", "d", "e", "f", "h", "l", "z"]);
    for max in 1..10 {
        assert_eq!(by_pieces(&mut lab, max, |_| {}), whole, "{max} at a time");
    }
    let at = lab.at("/w").unwrap();
    let after = |after| {
        let listing = lab.overlay.list_after(&at, Some(after), 100, |_| true).unwrap();
        names(&listing).join(" ")
    };
    assert_eq!(after("d"), "e f h l z");
    assert_eq!(after("dd"), "e f h l z", "what it was need not be there any more");
    assert_eq!(after("zz"), "");
}

#[test]
fn what_is_not_to_be_seen_takes_no_place_and_is_never_named() {
    let mut lab = Lab::new(&[("a", ""), ("b", ""), ("c", ""), ("d/", ""), ("e/", ""), ("f", "")]);
    lab.remove_file("/w/a").unwrap();
    lab.write("/w/a2", "").unwrap();
    let at = lab.at("/w").unwrap();
    let shown = |path: &VirtualPath| ["/w/d", "/w/e", "/w/f"].contains(&path.as_str());
    let piece = |after: Option<&str>| lab.overlay.list_after(&at, after, 2, shown).unwrap();
    let first = piece(None);
    assert_eq!((names(&first), first.next.as_deref()), (vec!["d", "e"], Some("e")));
    let second = piece(Some("e"));
    assert_eq!((names(&second), second.next.as_deref()), (vec!["f"], None));
}

#[test]
fn what_stays_is_listed_once_whatever_comes_and_goes() {
    let host: Vec<(String, &str)> = (100..160).map(|number| (number.to_string(), "")).collect();
    let host: Vec<(&str, &str)> = host.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let mut lab = Lab::new(&host);
    let mut round = 0;
    let found = by_pieces(&mut lab, 7, |lab| {
        round += 1;
        // Even numbers go on the host and in the overlay, others come.
        let _ = fs::remove_file(lab.host(&(100 + 4 * round).to_string()));
        let _ = lab.remove_file(&format!("/w/{}", 102 + 4 * round));
        lab.write(&format!("/w/{}x", 100 + 7 * round), "").unwrap();
        fs::write(lab.host(&format!("{}y", 160 - 7 * round)), "").unwrap();
    });
    let unique: BTreeSet<&String> = found.iter().collect();
    assert_eq!(unique.len(), found.len(), "nothing twice");
    assert!(found.is_sorted());
    for number in (101..160).step_by(2) {
        assert!(found.contains(&number.to_string()), "{number}");
    }
}

// Wine looks each of them up among all the others.
#[test]
#[cfg(unix)]
fn names_beyond_what_one_answer_holds_can_be_had() {
    const COUNT: usize = MAX_LISTED + 100;
    let lab = Lab::new(&[("d/", "")]);
    let top = lab.host("d");
    (0..COUNT).for_each(|number| drop(fs::File::create(top.join(format!("{number:06}"))).unwrap()));
    let at = lab.at("/w/d").unwrap();
    let first = lab.overlay.list(&at, |_| true).unwrap();
    assert_eq!((first.entries.len(), first.complete), (MAX_LISTED, false));
    assert_eq!(first.entries[0].name, "000000", "the first by name, whatever the host's order");
    let next = first.next.unwrap();
    assert_eq!(next, format!("{:06}", MAX_LISTED - 1));
    let rest = lab.overlay.list_after(&at, Some(&next), usize::MAX, |_| true).unwrap();
    assert_eq!((rest.entries.len(), rest.complete, rest.next), (100, true, None));
}

#[test]
fn mounts_within_are_among_the_names() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fill(&top, &[("ws/a", ""), ("ws/m/hidden", ""), ("ws/z", ""), ("in/x", "")]);
    let mounts = vec![
        Mount::folder(path("/w"), top.join("ws")),
        Mount::folder(path("/w/m"), top.join("in")),
        Mount::file(path("/w/none"), top.join("none")),
        Mount::folder(path("/w/q/r"), top.join("in")),
    ];
    let mut lab = Lab::mounted(dir, mounts);
    for max in 1..6 {
        assert_eq!(by_pieces(&mut lab, max, |_| {}), ["a", "m", "q", "z"], "{max} at a time");
    }
}

#[test]
fn a_listing_tells_what_was_set() {
    let mut lab = Lab::new(&[("d/", ""), ("f", "")]);
    for name in ["/w/d", "/w/f"] {
        lab.set_mode(name, 0o700).unwrap();
        lab.set_times(name, 1000).unwrap();
    }
    let at = lab.at("/w").unwrap();
    let listing = lab.overlay.list(&at, |_| true).unwrap();
    let stats: Vec<_> =
        listing.entries.iter().map(|one| (one.stat.mode, one.stat.modified)).collect();
    assert_eq!(stats, [(0o700, 1000); 2]);
}
