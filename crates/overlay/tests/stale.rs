//! A plugin does not write over what it never saw: what it read of a file, and what the host made of
//! the file since, decide together.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::fs;

use aether_overlay::{Conflict, Outcome, Quota, Resolution, apply};
use common::{Lab, tree};

const HOST: &[(&str, &str)] = &[("a", "one"), ("b", "old b"), ("d/x", "old x")];

/// A person saves a file, as editors do: a new one in its place.
fn save(lab: &Lab, name: &str, content: &str) {
    let aside = lab.host("aside");
    fs::write(&aside, content).unwrap();
    fs::rename(&aside, lab.host(name)).unwrap();
}

/// Applies what waits; gives the paths at which the host is not as the plugin saw it.
fn conflicts(lab: &Lab) -> Vec<String> {
    let report = apply(&lab.overlay.changeset(), |_| true);
    let changed = report.with(|outcome| *outcome == Outcome::Conflict(Conflict::Changed));
    changed.map(|applied| applied.path.as_str().to_owned()).collect()
}

#[test]
fn what_was_saved_between_reading_and_writing_is_a_conflict() {
    let acts: [fn(&mut Lab); 6] = [
        |lab| lab.write("/w/a", "one, changed").unwrap(),
        |lab| lab.append("/w/a", ", changed").unwrap(),
        |lab| lab.write_at("/w/a", 1, "N").unwrap(),
        |lab| lab.truncate("/w/a", 1).unwrap(),
        |lab| lab.remove_file("/w/a").unwrap(),
        |lab| lab.rename("/w/b", "/w/a").unwrap(),
    ];
    for act in acts {
        let mut lab = Lab::new(HOST);
        assert_eq!(lab.read("/w/a").as_deref(), Ok("one"));
        save(&lab, "a", "two");
        act(&mut lab);
        assert_eq!(conflicts(&lab), ["/w/a"]);
        assert_eq!(fs::read_to_string(lab.host("a")).unwrap(), "two");
    }
}

#[test]
#[cfg(unix)]
fn a_file_saved_in_place_with_its_length_and_time_is_a_conflict() {
    let mut lab = Lab::new(HOST);
    lab.read("/w/a").unwrap();
    let before = fs::metadata(lab.host("a")).unwrap().modified().unwrap();
    fs::write(lab.host("a"), "two").unwrap();
    fs::File::options().write(true).open(lab.host("a")).unwrap().set_modified(before).unwrap();
    lab.write("/w/a", "one, changed").unwrap();
    assert_eq!(conflicts(&lab), ["/w/a"]);
}

#[test]
fn what_was_read_again_or_never_is_written() {
    let mut lab = Lab::new(HOST);
    lab.read("/w/a").unwrap();
    save(&lab, "a", "two");
    assert_eq!(lab.read("/w/a").as_deref(), Ok("two"));
    lab.write("/w/a", "two, changed").unwrap();
    save(&lab, "b", "newer b");
    lab.write("/w/b", "of no base").unwrap();
    lab.read("/w/d/x").unwrap();
    lab.append("/w/d/x", "+").unwrap();
    assert_eq!(conflicts(&lab), [""; 0]);
    let host = ["a=two, changed", "b=of no base", "d/", "d/x=old x+"];
    assert_eq!(tree(&lab.host("")), host);
}

#[test]
fn pieces_of_two_states_are_of_none() {
    let mut lab = Lab::new(HOST);
    let at = lab.at("/w/a").unwrap();
    lab.overlay.read(&at, 0, 1).unwrap();
    save(&lab, "a", "two");
    lab.overlay.read(&at, 1, 2).unwrap();
    lab.write("/w/a", "owo").unwrap();
    assert_eq!(conflicts(&lab), ["/w/a"]);
}

#[test]
fn a_file_moved_after_it_was_saved_is_a_conflict() {
    let mut lab = Lab::new(HOST);
    lab.read("/w/d/x").unwrap();
    save(&lab, "d/x", "saved");
    lab.rename("/w/d", "/w/e").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(!report.is_complete());
    assert_eq!(fs::read_to_string(lab.host("d/x")).unwrap(), "saved");
}

/// With no room left for what was read, whatever the host changed since the beginning counts as
/// unseen, and nothing else does.
#[test]
fn what_could_not_be_remembered_is_taken_to_have_changed() {
    let quota = Quota { bytes: 3000, entries: 100 };
    let mut lab = Lab::with(&[("a", "one"), ("b", "b"), ("c", "c")], quota, Resolution::Auto);
    std::thread::sleep(std::time::Duration::from_millis(50));
    // A new overlay, for which all of it is old.
    let mount = aether_overlay::Mount::folder(common::path("/w"), lab.host(""));
    let config = aether_overlay::OverlayConfig {
        mounts: vec![mount],
        quota,
        ..aether_overlay::OverlayConfig::default()
    };
    lab.overlay = aether_overlay::Overlay::new(config).unwrap();
    for name in ["/w/a", "/w/b", "/w/c"] {
        lab.read(name).unwrap();
    }
    // The content takes the room of what was remembered.
    lab.write("/w/n", &"x".repeat(2000)).unwrap();
    save(&lab, "a", "two");
    lab.remove_file("/w/n").unwrap();
    lab.write("/w/a", "one, changed").unwrap();
    lab.write("/w/b", "b, changed").unwrap();
    assert_eq!(conflicts(&lab), ["/w/a"]);
    assert_eq!(tree(&lab.host("")), ["a=two", "b=b, changed", "c=c"]);
}

fn through(lab: &mut Lab, at: &str, content: &str) -> Result<(), &'static str> {
    let at = lab.at(at).map_err(|error| error.code())?;
    lab.overlay.write_through(&at, content.into()).map_err(|error| error.code())
}

#[test]
fn writing_through_refuses_what_is_not_as_it_was_read() {
    let mut lab = Lab::new(HOST);
    lab.read("/w/a").unwrap();
    save(&lab, "a", "two");
    for _ in 0..2 {
        assert_eq!(through(&mut lab, "/w/a", "one, changed"), Err("EBUSY"));
    }
    assert_eq!(lab.read("/w/a").as_deref(), Ok("two"));
    assert_eq!(through(&mut lab, "/w/a", "two, changed"), Ok(()));
    // What it wrote is what it knows.
    assert_eq!(through(&mut lab, "/w/a", "two, changed again"), Ok(()));
    save(&lab, "a", "three");
    assert_eq!(through(&mut lab, "/w/a", "two, and again"), Err("EBUSY"));
    assert_eq!(fs::read_to_string(lab.host("a")).unwrap(), "three");
}
