//! Changes that wait for a person.

use aether_app::model::{AppliedOutcome, Event};
use serde_json::json;

use crate::desk::{Desk, tests};

tests! {
    changes_wait_and_are_made_one_by_one,
    what_the_host_changed_meanwhile_is_a_conflict_and_waits_on,
    discarded_changes_are_gone,
    a_plugin_that_is_removed_takes_its_changes_along,
}

const WRITES: &str = "import { writeText } from 'aether:fs';
    export default async (files) => { for (const file of files) await writeText(`/workspace/${file}`, `${file}\\n`); };";

/// With a plugin that wrote these files and has ended.
fn wrote(files: &[&str]) -> Desk {
    let desk = Desk::new();
    let folder = desk.plugin("p").writes(&["./**"]).main(WRITES);
    desk.install(folder).unwrap();
    desk.call("p", "run", json!(files)).unwrap();
    assert!(desk.app.changes("p").unwrap().is_empty(), "it runs still");
    desk.app.stop("p").unwrap();
    let count = desk.hear(|event| match event {
        Event::Changes { plugin, count, .. } if plugin == "p" => Some(*count),
        _ => None,
    });
    assert_eq!(count, files.len());
    desk
}

fn changes_wait_and_are_made_one_by_one() {
    let desk = wrote(&["a.txt", "b.txt"]);
    let changes = desk.app.changes("p").unwrap();
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["/workspace/a.txt", "/workspace/b.txt"]);
    assert!(changes[0].diff.as_deref().expect("text").contains("+a.txt"), "{changes:?}");
    assert_eq!(changes[0].bytes, Some(6));
    assert_eq!(desk.app.list()[0].changes, 2);
    assert!(!desk.has("a.txt"));
    let none = desk.app.apply("p", Some(&["/workspace/c.txt".to_owned()])).unwrap();
    assert!(none.is_empty());
    let one = desk.app.apply("p", Some(&["/workspace/a.txt".to_owned()])).unwrap();
    assert_eq!((one.len(), one[0].outcome), (1, AppliedOutcome::Applied));
    assert_eq!((desk.text("a.txt").as_str(), desk.has("b.txt")), ("a.txt\n", false));
    assert_eq!(desk.app.list()[0].changes, 1);
    // What was made is not made again, whatever became of it.
    std::fs::remove_file(desk.path("a.txt")).unwrap();
    let rest = desk.app.apply("p", None).unwrap();
    assert_eq!((rest.len(), rest[0].path.as_str()), (1, "/workspace/b.txt"));
    assert_eq!((desk.has("a.txt"), desk.text("b.txt").as_str()), (false, "b.txt\n"));
    assert!(desk.app.changes("p").unwrap().is_empty());
    let record = desk.app.run_record();
    assert!(
        record.cells.iter().any(|cell| !cell.changes.is_empty()),
        "the report tells of it still"
    );
}

fn what_the_host_changed_meanwhile_is_a_conflict_and_waits_on() {
    let desk = wrote(&["a.txt", "b.txt"]);
    desk.file("a.txt", "a person's");
    let done = desk.app.apply("p", None).unwrap();
    let outcome = |path: &str| done.iter().find(|one| one.path == path).map(|one| one.outcome);
    assert_eq!(outcome("/workspace/a.txt"), Some(AppliedOutcome::Conflict));
    assert_eq!(outcome("/workspace/b.txt"), Some(AppliedOutcome::Applied));
    assert_eq!(desk.text("a.txt"), "a person's");
    assert_eq!(desk.app.changes("p").unwrap().len(), 1);
}

fn discarded_changes_are_gone() {
    let desk = wrote(&["a.txt", "b.txt"]);
    assert_eq!(desk.app.discard("p").unwrap(), 2);
    assert_eq!(desk.app.discard("p").unwrap(), 0);
    assert!(desk.app.apply("p", None).unwrap().is_empty());
    assert!(!desk.has("a.txt"));
}

fn a_plugin_that_is_removed_takes_its_changes_along() {
    let desk = wrote(&["a.txt"]);
    desk.app.uninstall("p").unwrap();
    Desk::refuses(desk.app.changes("p"), "unknown-plugin");
    desk.install(desk.path("p")).unwrap();
    assert!(desk.app.changes("p").unwrap().is_empty());
}
