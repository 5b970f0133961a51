//! Files: the grant, the paths, and what leads from one to the other.

use serde_json::{Value, json};

use crate::bench::{Bench, SECRET};

/// The result of a file call, or the word for its refusal.
fn ask(bench: &mut Bench, method: &str, params: Value) -> String {
    match bench.ask(method, params) {
        Ok(result) => {
            assert!(!result.to_string().contains(SECRET), "{result}");
            "ok".to_owned()
        }
        Err(error) => {
            assert!(!error.0.to_string().contains(SECRET), "{error:?}");
            error.word()
        }
    }
}

const DENIED: &str = "-32001";

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn what_is_granted_can_be_read_and_nothing_else() {
    let check = |path: &str, expect: &str| {
        let mut bench = Bench::new();
        assert_eq!(ask(&mut bench, "fs.read", json!({ "path": path })), expect, "{path:?}");
    };
    check("./in/a.txt", "ok");
    check("in/a.txt", "ok");
    check("/workspace/in/deep/b.txt", "ok");
    check("././in/./a.txt", "ok");
    check("./in/honest", "ok");
    check("./in/none", "ENOENT");
    check("./in", "EISDIR");
    check("./in/a.txt/x", "ENOTDIR");
    for denied in [
        "./secret.txt",
        "/workspace/secret.txt",
        "/etc/passwd",
        "/",
        "/workspace",
        "./out/d.txt",
        "./IN/a.txt",
        "./inn/a.txt",
        "/in/a.txt",
        "/proc/self/environ",
        "~/.ssh/id_ed25519",
        "file:///etc/passwd",
        "./%2e%2e/secret.txt",
        "./in\u{2215}..\u{2215}secret.txt",
    ] {
        check(denied, DENIED);
    }
    for unusable in [
        "",
        "..",
        "./in/../secret.txt",
        "./in/../in/a.txt",
        "/workspace/in/../../etc/passwd",
        "./in/a.txt\0",
        "./in/\0/../../secret.txt",
        "./in//a.txt/..",
    ] {
        check(unusable, "EINVAL");
    }
    check(&format!("./in/{}", "x".repeat(5000)), "ENAMETOOLONG");
    check(&"x".repeat(1 << 19), "ENAMETOOLONG");
    check(&format!("./in/{}", "x".repeat(300)), "EINVAL");
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn links_lead_only_to_what_is_granted() {
    for (path, expect) in [
        ("./in/honest", "ok"),
        ("./in/link", DENIED),
        ("./in/folder-link/e.txt", DENIED),
        ("./in/absolute", DENIED),
        ("./in/loop", "ELOOP"),
        ("./both/folder-link/e.txt", DENIED),
    ] {
        let mut bench = Bench::new();
        let found = ask(&mut bench, "fs.read", json!({ "path": path }));
        assert!(found == expect || found == "ENOENT" && expect == DENIED, "{path}: {found}");
        let found = ask(&mut bench, "fs.stat", json!({ "path": path }));
        assert!(found == expect || found == "ENOENT" && expect == DENIED, "{path}: {found}");
    }
    // Nothing is written through one either.
    let mut bench = Bench::new();
    let write = json!({ "path": "./out/link", "data": { "text": "x" } });
    assert_ne!(ask(&mut bench, "fs.write", write), "ok");
    let write = json!({ "path": "./both/folder-link/e.txt", "data": { "text": "x" } });
    assert_ne!(ask(&mut bench, "fs.write", write), "ok");
    assert_eq!(std::fs::read_to_string(bench.host("secrets/e.txt")).expect("a file"), SECRET);
}

#[test]
fn a_right_is_for_one_thing() {
    let data = json!({ "text": "x" });
    let check = |method: &str, params: Value, expect: &str| {
        let mut bench = Bench::new();
        assert_eq!(ask(&mut bench, method, params.clone()), expect, "{method} {params}");
    };
    check("fs.write", json!({ "path": "./out/new", "data": data }), "ok");
    check("fs.write", json!({ "path": "./in/a.txt", "data": data }), DENIED);
    check("fs.write", json!({ "path": "./secret.txt", "data": data }), DENIED);
    check("fs.write", json!({ "path": "./out/../secret.txt", "data": data }), "EINVAL");
    check("fs.write", json!({ "path": "./out/d.txt", "data": data, "exclusive": true }), "EEXIST");
    check("fs.write", json!({ "path": "./out/no/where", "data": data }), "ENOENT");
    check("fs.remove", json!({ "path": "./out/d.txt" }), "ok");
    check("fs.remove", json!({ "path": "./in/a.txt" }), DENIED);
    check("fs.remove", json!({ "path": "./in", "recursive": true }), DENIED);
    check("fs.remove", json!({ "path": "/", "recursive": true }), DENIED);
    // The top of a granted tree belongs to it, and stays all the same.
    check("fs.remove", json!({ "path": "./both", "recursive": true }), "EBUSY");
    check("fs.rename", json!({ "from": "./both", "to": "./out/both" }), "EBUSY");
    check("fs.mkdir", json!({ "path": "./out/a/b/c", "recursive": true }), "ok");
    check("fs.mkdir", json!({ "path": "./out/a/b/c" }), "ENOENT");
    check("fs.mkdir", json!({ "path": "./in/a" }), DENIED);
    check("fs.mkdir", json!({ "path": "/workspace/other", "recursive": true }), DENIED);
    check("fs.rename", json!({ "from": "./out/d.txt", "to": "./out/e.txt" }), "ok");
    check("fs.rename", json!({ "from": "./in/a.txt", "to": "./out/a.txt" }), DENIED);
    check("fs.rename", json!({ "from": "./out/d.txt", "to": "./in/d.txt" }), DENIED);
    check("fs.rename", json!({ "from": "./secret.txt", "to": "./both/s.txt" }), DENIED);
    check("fs.rename", json!({ "from": "./out/d.txt", "to": "./out/../secret.txt" }), "EINVAL");
    check("fs.stat", json!({ "path": "./secret.txt" }), DENIED);
    check("fs.list", json!({ "path": "./secrets" }), DENIED);
    check("bundle.read", json!({ "path": "main.js" }), "ok");
    check("bundle.read", json!({ "path": "binary" }), "ok");
    for path in ["../main.js", "/etc/passwd", "", "./main.js", "main.js\0", "in/a.txt"] {
        check("bundle.read", json!({ "path": path }), "ENOENT");
    }
}

#[test]
fn listings_show_the_way_and_what_is_granted() {
    let mut bench = Bench::new();
    let mut names = |path: &str| -> Vec<String> {
        let listing = bench.ask("fs.list", json!({ "path": path })).expect("a listing");
        let entries = listing["entries"].as_array().expect("entries").iter();
        entries.map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("/"), ["workspace"]);
    assert_eq!(names("."), ["both", "in", "out"]);
    assert!(names("./in").contains(&"a.txt".to_owned()));
    let narrow = r#"{ "filesystem": { "read": ["./in/*.txt"] } }"#;
    let mut bench = Bench::granting(narrow);
    let listing = bench.ask("fs.list", json!({ "path": "./in" })).expect("a listing");
    let entries = listing["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 1, "{listing}");
    assert_eq!(entries[0]["name"], "a.txt");
}

#[test]
fn a_file_that_may_not_be_read_is_not_moved_to_where_it_may() {
    let request = r#"{ "filesystem": { "read": ["./out/public/**"], "write": ["./out/**"] } }"#;
    let check = |prepare: &[(&str, Value)], from: &str, to: &str, expect: &str| {
        let mut bench = Bench::granting(request);
        for (method, params) in prepare {
            assert_eq!(ask(&mut bench, method, params.clone()), "ok", "{method} {params}");
        }
        let moved = ask(&mut bench, "fs.rename", json!({ "from": from, "to": to }));
        assert_eq!(moved, expect, "{from} to {to}");
        bench
    };
    let public = || ("fs.mkdir", json!({ "path": "./out/public" }));
    let folder = || ("fs.mkdir", json!({ "path": "./out/folder" }));
    let into = || ("fs.rename", json!({ "from": "./out/d.txt", "to": "./out/folder/d.txt" }));
    check(&[public()], "./out/d.txt", "./out/public/d.txt", "EACCES");
    // A folder's files move with it.
    check(&[folder(), into()], "./out/folder", "./out/public", "EACCES");
    check(&[public(), folder(), into()], "./out/folder", "./out/public/folder", "EACCES");
    // What the plugin wrote itself, where it could not read it, stays unread too.
    let write = ("fs.write", json!({ "path": "./out/x", "data": { "text": "x" } }));
    check(&[public(), write], "./out/x", "./out/public/x", "EACCES");
    // The other direction, and within what may be read, is no trick.
    let readable = || ("fs.write", json!({ "path": "./out/public/y", "data": { "text": "y" } }));
    check(&[public(), readable()], "./out/public/y", "./out/y", "ok");
    let mut bench = check(&[public(), readable()], "./out/public/y", "./out/public/z", "ok");
    assert_eq!(ask(&mut bench, "fs.read", json!({ "path": "./out/public/z" })), "ok");
}

#[test]
fn what_is_written_stays_in_memory_under_a_quota() {
    let mut bench = Bench::new();
    let text = "x".repeat(30_000);
    let write = |bench: &mut Bench, n: usize| {
        ask(bench, "fs.write", json!({ "path": format!("./out/{n}"), "data": { "text": text } }))
    };
    let written = (0..100).take_while(|n| write(&mut bench, *n) == "ok").count();
    assert!((30..36).contains(&written), "{written} files of 30 kB within 1 MiB");
    let refused = bench
        .ask("fs.write", json!({ "path": "./out/more", "data": { "text": text } }))
        .expect_err("a full quota");
    assert_eq!(refused.number(), -32030);
    assert_eq!(ask(&mut bench, "fs.remove", json!({ "path": "./out/0" })), "ok");
    assert_eq!(write(&mut bench, 0), "ok");
    assert!(!bench.host("out/0").exists(), "nothing is on the host");
    let appended = json!({ "path": "./out/d.txt", "data": { "text": "more" }, "append": true });
    assert_eq!(ask(&mut bench, "fs.write", appended), "ok");
    assert_eq!(std::fs::read_to_string(bench.host("out/d.txt")).expect("a file"), "d");
}

#[test]
fn ranges_of_a_file() {
    let mut bench = Bench::new();
    std::fs::write(bench.host("in/range"), "0123456789").expect("a file");
    let mut read = |params: Value| {
        let mut all = json!({ "path": "./in/range" });
        all.as_object_mut()
            .expect("an object")
            .extend(params.as_object().expect("an object").clone());
        let answer = bench.ask("fs.read", all).expect("bytes");
        assert_eq!(answer["size"], 10);
        answer["data"]["text"].as_str().expect("text").to_owned()
    };
    assert_eq!(read(json!({})), "0123456789");
    assert_eq!(read(json!({ "offset": 7 })), "789");
    assert_eq!(read(json!({ "offset": 2, "length": 3 })), "234");
    assert_eq!(read(json!({ "length": 0 })), "");
    assert_eq!(read(json!({ "offset": 10 })), "");
    assert_eq!(read(json!({ "offset": u64::MAX, "length": u64::MAX })), "");
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_listing_of_any_names_fits_into_a_line() {
    let mut bench = Bench::new();
    // One byte of a name can become six of JSON.
    for n in 0..3000 {
        let name = format!("in/deep/{}{n:04}", "\u{1}".repeat(240));
        std::fs::write(bench.host(&name), "").expect("a file");
    }
    let listing = bench.ask("fs.list", json!({ "path": "./in/deep" })).expect("a listing");
    assert_eq!(listing["truncated"], true);
    assert!(listing["entries"].as_array().expect("entries").len() > 100);
    assert!(listing.to_string().len() < aether_protocol::limits::FRAME_BYTES);
    assert_eq!(listed(&mut bench, "./in/deep").len(), 3001, "and `b.txt`");
}

/// The names that a folder has, answer by answer.
fn listed(bench: &mut Bench, path: &str) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut asked = json!({ "path": path });
        if after.is_string() {
            asked["after"] = after;
        }
        let listing = bench.ask("fs.list", asked).expect("a listing");
        assert!(listing.to_string().len() < aether_protocol::limits::FRAME_BYTES);
        let entries = listing["entries"].as_array().expect("entries");
        names.extend(entries.iter().map(|one| one["name"].as_str().expect("a name").to_owned()));
        after = listing["next"].clone();
        assert_eq!(listing["truncated"] == true, after.is_string(), "{listing}");
        if after.is_null() {
            return names;
        }
    }
}

#[test]
fn a_long_listing_goes_on_and_names_nothing_that_is_not_to_be_seen() {
    let mut bench = Bench::granting(r#"{ "filesystem": { "read": ["./in/*.txt"] } }"#);
    std::fs::remove_file(bench.host("in/a.txt")).expect("it was there");
    let mut expected = Vec::new();
    for n in 0..12_000 {
        // Where one answer ends, only hidden names follow.
        let end = if n < 10_000 { "txt" } else { "key" };
        std::fs::write(bench.host(&format!("in/{n:05}.{end}")), "").expect("a file");
        expected.extend((n < 10_000).then(|| format!("{n:05}.txt")));
    }
    assert_eq!(listed(&mut bench, "./in"), expected);
    let refused = bench.ask("fs.list", json!({ "path": "./in", "after": "x".repeat(256) }));
    assert_eq!(refused.expect_err("too long").number(), -32602);
}
