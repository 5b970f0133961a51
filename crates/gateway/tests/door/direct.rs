//! What the policy has changed on disk at once.

use serde_json::{Value, json};

use crate::bench::{Bench, REQUEST};

fn word(bench: &mut Bench, method: &str, params: Value) -> String {
    match bench.ask(method, params) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.word(),
    }
}

fn direct() -> Bench {
    Bench::directly(REQUEST, r#"["./both/**"]"#)
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn everything_that_is_done_there_is_on_disk_at_once() {
    let mut bench = direct();
    let mut does = |method: &str, params: Value| {
        assert_eq!(word(&mut bench, method, params.clone()), "ok", "{method} {params}");
    };
    does("fs.mkdir", json!({ "path": "./both/d/e", "recursive": true }));
    does("fs.write", json!({ "path": "./both/d/e/f", "data": { "text": "one" } }));
    does("fs.write", json!({ "path": "./both/d/e/f", "data": { "text": " two" }, "append": true }));
    does("fs.open", json!({ "path": "./both/d/e/f", "access": "both" }));
    does("fs.pwrite", json!({ "file": 1, "offset": 0, "data": { "text": "O" } }));
    does("fs.pwrite", json!({ "file": 1, "data": { "text": "!" } }));
    does("fs.resize", json!({ "file": 1, "size": 5 }));
    does("fs.symlink", json!({ "path": "./both/d/s", "target": "e/f" }));
    does("fs.chmod", json!({ "path": "./both/d/e/f", "mode": 0o600 }));
    does("fs.rename", json!({ "from": "./both/d", "to": "./both/g" }));
    does("fs.remove", json!({ "path": "./both/c.txt" }));
    let at = |bench: &Bench, name: &str| std::fs::read_to_string(bench.host(name)).ok();
    assert_eq!(at(&bench, "both/g/e/f").as_deref(), Some("One t"));
    assert_eq!(at(&bench, "both/g/s").as_deref(), Some("One t"));
    assert!(!bench.host("both/d").exists() && !bench.host("both/c.txt").exists());
    // Each is in the log before, and what became of it after.
    let log = bench.recorded("apply");
    let of = |action: &str, path: &str| {
        log.iter().position(|one| *one == (action.to_owned(), path.to_owned()))
    };
    let (before, after) = (of("direct", "/workspace/both/g"), of("applied", "/workspace/both/g"));
    assert!(before.is_some() && before < after, "{log:?}");
    let made = &bench.door.ledger().at_once;
    assert!(made.iter().any(|change| change.path.as_str() == "/workspace/both/c.txt"), "{made:?}");
    // The same number: removed and made again by somebody else it is no more what was opened.
    std::fs::remove_dir_all(bench.host("both/g")).expect("it was there");
    let asked = json!({ "file": 1, "data": { "text": "x" } });
    assert_eq!(word(&mut bench, "fs.pwrite", asked), "ENOENT");
}

#[test]
fn one_change_is_wholly_of_one_kind() {
    let mut bench = Bench::directly(REQUEST, r#"["./both/*", "./out/kept"]"#);
    std::fs::create_dir_all(bench.host("both/sub/deep")).expect("a folder");
    std::fs::write(bench.host("both/sub/deep/f"), "f").expect("a file");
    std::fs::write(bench.host("out/kept"), "kept").expect("a file");
    for (method, params, expect) in [
        // Deeper than the policy lets be changed unseen.
        ("fs.remove", json!({ "path": "./both/sub", "recursive": true }), "EACCES"),
        ("fs.rename", json!({ "from": "./both/sub", "to": "./both/moved" }), "EACCES"),
        ("fs.mkdir", json!({ "path": "./both/sub/new/er", "recursive": true }), "ok"),
        // From one kind to the other.
        ("fs.rename", json!({ "from": "./both/c.txt", "to": "./out/c.txt" }), "EXDEV"),
        ("fs.link", json!({ "from": "./both/c.txt", "to": "./both/sub/c.txt" }), "EXDEV"),
    ] {
        assert_eq!(word(&mut bench, method, params.clone()), expect, "{method} {params}");
    }
    assert!(bench.host("both/sub/deep/f").exists() && bench.host("both/c.txt").exists());
    assert!(!bench.host("both/sub/new").exists(), "that waits");
}

#[test]
fn what_somebody_else_has_changed_keeps_all_from_being_done() {
    let mut bench = direct();
    std::fs::create_dir(bench.host("both/d")).expect("a folder");
    for name in ["1", "2", "3"] {
        std::fs::write(bench.host(&format!("both/d/{name}")), name).expect("a file");
    }
    assert_eq!(word(&mut bench, "fs.read", json!({ "path": "./both/d/2" })), "ok");
    std::fs::write(bench.host("both/d/2"), "somebody's").expect("a file");
    let remove = json!({ "path": "./both/d", "recursive": true });
    assert_eq!(word(&mut bench, "fs.remove", remove.clone()), "EBUSY");
    let rename = json!({ "from": "./both/d", "to": "./both/e" });
    assert_eq!(word(&mut bench, "fs.rename", rename), "EBUSY");
    for name in ["1", "2", "3"] {
        assert!(bench.host(&format!("both/d/{name}")).exists(), "{name}");
    }
    assert!(!bench.host("both/e").exists());
    assert!(bench.door.ledger().at_once.is_empty());
    assert_eq!(word(&mut bench, "fs.read", json!({ "path": "./both/d/2" })), "ok");
    assert_eq!(word(&mut bench, "fs.remove", remove), "ok", "now it is known");
}

#[test]
fn what_is_written_anew_as_a_whole_counts_as_such() {
    let mut bench = Bench::directly(REQUEST, r#"["./both/**"], rates: { bytes: 4MB/s }"#);
    let large = "x".repeat(500_000);
    assert_eq!(
        word(&mut bench, "fs.write", json!({ "path": "./both/l", "data": { "text": large } })),
        "ok"
    );
    assert_eq!(word(&mut bench, "fs.open", json!({ "path": "./both/l", "access": "both" })), "ok");
    let one = json!({ "file": 1, "offset": 0, "data": { "text": "y" } });
    let refused =
        (0..100).map(|_| word(&mut bench, "fs.pwrite", one.clone())).find(|word| word != "ok");
    assert_eq!(refused.as_deref(), Some("-32029"), "fifty megabytes are written for 100 bytes");
}
