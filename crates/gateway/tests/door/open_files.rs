//! Open files, second names, symlinks, permissions and times.

use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs};

/// What stands under a key of the answer; the word for a refusal.
fn ask(bench: &mut Bench, method: &str, params: Value, key: &str) -> Value {
    match bench.ask(method, params) {
        Ok(result) if key.is_empty() => result,
        Ok(result) => result[key].clone(),
        Err(error) => json!(error.word()),
    }
}

fn open(bench: &mut Bench, path: &str, access: &str) -> Value {
    ask(bench, "fs.open", json!({ "path": path, "access": access }), "file")
}

fn made(bench: &mut Bench, path: &str) -> Value {
    let asked = json!({ "path": path, "access": "both", "create": true, "truncate": true });
    ask(bench, "fs.open", asked, "file")
}

fn read(bench: &mut Bench, file: &Value) -> Value {
    let data = ask(bench, "fs.pread", json!({ "file": file, "offset": 0 }), "data");
    if data.is_object() { data["text"].clone() } else { data }
}

fn write(bench: &mut Bench, file: &Value, offset: Option<u64>, text: &str) -> Value {
    let mut asked = json!({ "file": file, "data": { "text": text } });
    if let Some(offset) = offset {
        asked["offset"] = json!(offset);
    }
    ask(bench, "fs.pwrite", asked, "size")
}

const DENIED: &str = "-32001";

#[test]
fn an_open_file_is_read_written_and_closed() {
    let mut bench = Bench::new();
    let file = made(&mut bench, "./both/n");
    assert_eq!(write(&mut bench, &file, Some(2), "cd"), 4);
    assert_eq!(write(&mut bench, &file, None, "e"), 5);
    assert_eq!(read(&mut bench, &file), "\0\0cde");
    assert_eq!(ask(&mut bench, "fs.resize", json!({ "file": file, "size": 3 }), ""), json!({}));
    let stat = ask(&mut bench, "fs.fstat", json!({ "file": file }), "");
    assert_eq!(
        (&stat["kind"], &stat["size"], &stat["links"]),
        (&json!("file"), &json!(3), &json!(1))
    );
    assert_eq!(ask(&mut bench, "fs.stat", json!({ "path": "./both/n" }), "id"), stat["id"]);
    assert_eq!(ask(&mut bench, "fs.close", json!({ "file": file }), ""), json!({}));
    for (method, more) in [
        ("fs.pread", json!({ "offset": 0 })),
        ("fs.pwrite", json!({ "data": { "text": "x" } })),
        ("fs.resize", json!({ "size": 0 })),
        ("fs.fstat", json!({})),
        ("fs.close", json!({})),
    ] {
        let mut asked = more;
        asked["file"] = file.clone();
        assert_eq!(ask(&mut bench, method, asked, ""), "EBADF", "{method}");
    }
    assert_ne!(made(&mut bench, "./both/n"), file, "a number is not used again");
}

#[test]
fn what_is_attached_is_written() {
    let mut bench = Bench::new();
    let file = made(&mut bench, "./both/n");
    let asked = json!({ "file": file, "data": { "blob": 3, "as": "bytes" } });
    let mut blobs = FakeBlobs::of(*b"abc");
    assert_eq!(bench.ask_with("fs.pwrite", asked, &mut blobs).expect("written")["size"], 3);
    assert_eq!(read(&mut bench, &file), "abc");
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_file_is_opened_for_what_is_granted_and_for_nothing_else() {
    let mut bench = Bench::new();
    for (path, access, expect) in [
        ("./in/a.txt", "write", DENIED),
        ("./in/a.txt", "both", DENIED),
        ("./out/d.txt", "read", DENIED),
        ("./out/d.txt", "both", DENIED),
        ("./secret.txt", "read", DENIED),
        ("./in/link", "read", DENIED),
        ("./out/link", "write", DENIED),
        ("./in/deep", "read", "EISDIR"),
        ("./in/none", "read", "ENOENT"),
        ("./in/../secret.txt", "read", "EINVAL"),
    ] {
        let found = open(&mut bench, path, access);
        // Whether there is anything behind a symlink is not told either.
        assert!(
            found == expect || path.ends_with("link") && found == "ENOENT",
            "{path} {access}: {found}"
        );
    }
    let to_read = open(&mut bench, "./in/a.txt", "read");
    assert_eq!(write(&mut bench, &to_read, None, "x"), "EBADF");
    assert_eq!(ask(&mut bench, "fs.resize", json!({ "file": to_read, "size": 0 }), ""), "EBADF");
    let to_write = open(&mut bench, "./out/d.txt", "write");
    assert_eq!(read(&mut bench, &to_write), "EBADF");
    for how in ["create", "truncate"] {
        let asked = json!({ "path": "./both/c.txt", "access": "read", how: true });
        assert_eq!(ask(&mut bench, "fs.open", asked, ""), "EINVAL", "{how}");
    }
    let asked =
        json!({ "path": "./both/c.txt", "access": "both", "create": true, "exclusive": true });
    assert_eq!(ask(&mut bench, "fs.open", asked, ""), "EEXIST");
    let asked = json!({ "path": "./in/honest", "access": "read", "no_follow": true });
    assert_eq!(ask(&mut bench, "fs.open", asked, ""), "ELOOP");
}

#[test]
fn an_open_file_outlives_its_names() {
    let mut bench = Bench::new();
    let file = made(&mut bench, "./both/n");
    write(&mut bench, &file, None, "mine");
    ask(&mut bench, "fs.remove", json!({ "path": "./both/n" }), "");
    assert_eq!(read(&mut bench, &file), "mine");
    assert_eq!(write(&mut bench, &file, None, " still"), 10);
    assert_eq!(ask(&mut bench, "fs.stat", json!({ "path": "./both/n" }), ""), "ENOENT");
    // What the host does to its own files is another matter: they are found by their names.
    let hosts = open(&mut bench, "./in/a.txt", "read");
    std::fs::rename(bench.host("in/a.txt"), bench.host("in/b.txt")).expect("moved");
    assert_eq!(read(&mut bench, &hosts), "ENOENT");
    // What could not be read under any name is not read by a number either.
    let blind = open(&mut bench, "./out/d.txt", "write");
    let asked = json!({ "from": "./out/d.txt", "to": "./both/d.txt" });
    assert_eq!(ask(&mut bench, "fs.rename", asked, ""), "EACCES");
    assert_eq!(read(&mut bench, &blind), "EBADF");
}

#[test]
fn so_many_files_are_open_and_no_more() {
    let mut bench = Bench::new();
    let most = aether_overlay::MAX_HANDLES;
    for _ in 0..most {
        assert!(open(&mut bench, "./in/a.txt", "read").is_u64());
    }
    assert_eq!(open(&mut bench, "./in/a.txt", "read"), "EMFILE");
    ask(&mut bench, "fs.close", json!({ "file": 1 }), "");
    assert!(open(&mut bench, "./in/a.txt", "read").is_u64());
}

#[test]
fn two_names_are_one_file_and_give_nothing_away() {
    let mut bench = Bench::new();
    let link = |bench: &mut Bench, from: &str, to: &str| {
        ask(bench, "fs.link", json!({ "from": from, "to": to }), "")
    };
    assert_eq!(link(&mut bench, "./both/c.txt", "./both/e.txt"), json!({}));
    let file = open(&mut bench, "./both/e.txt", "both");
    write(&mut bench, &file, Some(0), "X");
    let data = ask(&mut bench, "fs.read", json!({ "path": "./both/c.txt" }), "data");
    assert!(data["text"].as_str().expect("text").starts_with('X'), "{data}");
    let stat = |bench: &mut Bench, path: &str| ask(bench, "fs.stat", json!({ "path": path }), "");
    let (one, two) = (stat(&mut bench, "./both/c.txt"), stat(&mut bench, "./both/e.txt"));
    assert_eq!((&one["id"], &one["links"]), (&two["id"], &json!(2)));
    for (from, to, expect) in [
        ("./out/d.txt", "./both/d.txt", "EACCES"),
        ("./in/a.txt", "./both/a.txt", DENIED),
        ("./both/c.txt", "./in/c.txt", DENIED),
        ("./secret.txt", "./both/s.txt", DENIED),
        ("./both/c.txt", "./both/e.txt", "EEXIST"),
    ] {
        assert_eq!(link(&mut bench, from, to), expect, "{from} {to}");
    }
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_symlink_leads_to_what_is_known_and_stays_within() {
    let mut bench = Bench::new();
    let symlink = |bench: &mut Bench, path: &str, target: &str| {
        ask(bench, "fs.symlink", json!({ "path": path, "target": target }), "")
    };
    assert_eq!(symlink(&mut bench, "./both/s", "c.txt"), json!({}));
    let asked = json!({ "path": "./both/s" });
    assert_eq!(ask(&mut bench, "fs.readlink", asked.clone(), "target"), "c.txt");
    assert_eq!(ask(&mut bench, "fs.stat", asked, "kind"), "file");
    let asked = json!({ "path": "./both/s", "no_follow": true });
    assert_eq!(ask(&mut bench, "fs.stat", asked, "kind"), "symlink");
    assert_eq!(ask(&mut bench, "fs.readlink", json!({ "path": "./both/c.txt" }), ""), "EINVAL");
    for (path, target, expect) in [
        ("./both/t", "/etc/passwd", "EPERM"),
        ("./both/t", "/workspace/in/a.txt", "EPERM"),
        ("./both/t", "../../etc/passwd", "EPERM"),
        ("./both/t", "../secret.txt", "EPERM"),
        ("./both/t", "x/../../secret.txt", "EPERM"),
        ("./both/t", "", "EINVAL"),
        ("./both/t", "c.txt\0", "EINVAL"),
        ("./in/t", "a.txt", DENIED),
        ("./both/s", "c.txt", "EEXIST"),
    ] {
        assert_eq!(symlink(&mut bench, path, target), expect, "{path} {target}");
    }
    // Where one of the host's own leads to is the host's affair.
    for path in ["./in/absolute", "./in/link", "./in/folder-link"] {
        let asked = json!({ "path": path });
        assert_eq!(ask(&mut bench, "fs.readlink", asked, ""), "EACCES", "{path}");
    }
    assert_eq!(ask(&mut bench, "fs.readlink", json!({ "path": "./in/honest" }), "target"), "a.txt");
    let asked = json!({ "path": "./both/t", "data": { "text": "x" }, "exclusive": true });
    assert_eq!(symlink(&mut bench, "./both/t", "nowhere"), json!({}));
    assert_eq!(ask(&mut bench, "fs.write", asked, ""), "EEXIST", "a link is something");
    let asked = json!({ "path": "./both/t", "access": "write", "create": true, "exclusive": true });
    assert_eq!(ask(&mut bench, "fs.open", asked, ""), "EEXIST");
}

#[test]
fn what_cannot_be_opened_is_not_emptied_before() {
    let mut bench = Bench::new();
    for _ in 0..aether_overlay::MAX_HANDLES {
        assert!(open(&mut bench, "./in/a.txt", "read").is_u64());
    }
    assert_eq!(made(&mut bench, "./both/c.txt"), "EMFILE");
    assert_ne!(ask(&mut bench, "fs.stat", json!({ "path": "./both/c.txt" }), "size"), 0);
    assert_eq!(made(&mut bench, "./both/new"), "EMFILE");
    assert_eq!(ask(&mut bench, "fs.stat", json!({ "path": "./both/new" }), ""), "ENOENT");
}

#[test]
fn permissions_and_times_are_set_within_the_grant() {
    let mut bench = Bench::new();
    let at = |path: &str, more: Value| {
        let mut asked = more;
        asked["path"] = json!(path);
        asked
    };
    let c = "./both/c.txt";
    assert_eq!(ask(&mut bench, "fs.chmod", at(c, json!({ "mode": 0o750 })), ""), json!({}));
    assert_eq!(ask(&mut bench, "fs.utimes", at(c, json!({ "modified_ms": 5_000 })), ""), json!({}));
    let stat = ask(&mut bench, "fs.stat", json!({ "path": c }), "");
    assert_eq!((&stat["mode"], &stat["modified_ms"]), (&json!(0o750), &json!(5_000)));
    for mode in [0o4755, 0o777, 0o722] {
        assert_eq!(
            ask(&mut bench, "fs.chmod", at(c, json!({ "mode": mode })), ""),
            "EPERM",
            "{mode:o}"
        );
    }
    for (method, more) in
        [("fs.chmod", json!({ "mode": 0o700 })), ("fs.utimes", json!({ "modified_ms": 1 }))]
    {
        assert_eq!(ask(&mut bench, method, at("./in/a.txt", more.clone()), ""), DENIED, "{method}");
        assert_eq!(ask(&mut bench, method, at("./both", more), ""), "EBUSY", "{method}");
    }
}

#[test]
fn what_is_done_with_an_open_file_is_on_record() {
    let mut bench = Bench::new();
    let file = made(&mut bench, "./both/n");
    write(&mut bench, &file, None, "x");
    read(&mut bench, &file);
    ask(&mut bench, "fs.close", json!({ "file": file }), "");
    let calls = bench.recorded("host-call");
    let of =
        |action: &str| calls.iter().find(|(known, _)| known == action).map(|(_, path)| &**path);
    for action in ["fs.open", "fs.pwrite", "fs.pread"] {
        assert_eq!(of(action), Some("/workspace/both/n"), "{action}: {calls:?}");
    }
}

/// Reads what it is to lend, as its program would.
#[derive(Debug, Default)]
struct Reads(std::sync::Arc<std::sync::Mutex<String>>);

impl aether_gateway::Lender for Reads {
    fn lend(&self, mut file: &std::fs::File) -> std::io::Result<u64> {
        let mut text = self.0.lock().expect("nobody else");
        text.clear();
        std::io::Read::read_to_string(&mut file, &mut text)?;
        Ok(7)
    }
}

#[test]
fn a_file_is_lent_where_it_may_be_read_and_to_nobody_without_a_lender() {
    let mut bench = Bench::new();
    let lend = |path: &str| json!({ "path": path, "access": "read", "lend": true });
    assert_eq!(ask(&mut bench, "fs.open", lend("./in/a.txt"), ""), "-32601");
    let reads = Reads::default();
    let read = std::sync::Arc::clone(&reads.0);
    bench.door.set_lender(Box::new(reads));
    let whole = std::fs::read_to_string(bench.host("in/a.txt")).expect("a file");
    let lent = ask(&mut bench, "fs.open", lend("./in/a.txt"), "");
    assert_eq!(lent, json!({ "file": 0, "size": whole.len(), "handle": 7 }));
    assert_eq!(*read.lock().expect("nobody else"), whole);
    for (path, why) in [
        ("./out/n.txt", DENIED),
        ("./in/missing", "ENOENT"),
        ("./in", "EISDIR"),
        ("../x", "EINVAL"),
    ] {
        assert_eq!(ask(&mut bench, "fs.open", lend(path), ""), why, "{path}");
    }
    for more in
        [json!({ "access": "both" }), json!({ "create": true }), json!({ "truncate": true })]
    {
        let mut asked = lend("./both/c.txt");
        asked.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
        assert_eq!(ask(&mut bench, "fs.open", asked, ""), "EINVAL", "{more}");
    }
    // What it changed here is not on the host yet.
    made(&mut bench, "./both/mine");
    assert_eq!(ask(&mut bench, "fs.open", lend("./both/mine"), ""), "EBUSY");
    let lent = (0..1024).map(|_| ask(&mut bench, "fs.open", lend("./in/a.txt"), "handle"));
    assert_eq!(lent.filter(|handle| *handle == 7).count(), 1023, "one was lent before");
    assert_eq!(ask(&mut bench, "fs.open", lend("./in/a.txt"), ""), "EMFILE");
    let opened = bench.records().into_iter().filter(|record| record.action == "fs.open");
    assert!(opened.count() >= 1024, "each is recorded");
}
