//! Folders that are no plugin, and code that cannot be run.

use std::os::unix::ffi::OsStrExt;

use crate::Stage;

/// `call`, `check` and a pipeline all find it unusable and say this.
#[track_caller]
fn unusable(stage: &Stage, words: &str) {
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    for line in
        [&["call", "p", "run"][..], &["check", "p"], &["run", "p.yaml"], &["check", "p.yaml"]]
    {
        stage.run(line).exits(2).prints_nothing().says(words).is_inert();
    }
}

#[test]
fn a_folder_that_is_not_there_or_not_one() {
    let stage = Stage::new();
    unusable(&stage, "p: No such file");
    stage.file("p", "a file");
    stage.call("p", "run").exits(2).says("p: not a folder");
}

#[test]
fn parts_that_are_missing() {
    let stage = Stage::new();
    stage.file("p/main.js", "export default () => 1;");
    unusable(&stage, "p has no aether-plugin.json");
    stage.file("p/aether-plugin.json", r#"{ "permissions": {}, "entry": "other.js" }"#);
    unusable(&stage, "p/aether-plugin.json:1:31");
    stage.file("p/aether-plugin.json", r#"{ "permissions": {}, "entry": "x.wasm" }"#);
    unusable(&stage, "the entry `x.wasm` is not in the bundle");
    stage.file("p/x.wasm", "export default () => 1;");
    stage.call("p", "run").exits(1).says("this is not WebAssembly");
    stage.run(&["check", "p"]).exits(2).says("this is not WebAssembly");
    stage.file("p/aether-plugin.json", r#"{ "permissions": {}, "entry": ["python3", "x.py"] }"#);
    stage.call("p", "run").exits(1);
    stage.file("p/aether-plugin.json", r#"{ "permissions": {}, "entry": ["no-such", "x.py"] }"#);
    unusable(&stage, "the program `no-such` is not there");
    std::fs::remove_file(stage.path("p/aether-plugin.json")).expect("removed");
    std::fs::create_dir(stage.path("p/aether-plugin.json")).expect("a folder");
    unusable(&stage, "p has no aether-plugin.json");
}

#[test]
fn links_in_a_bundle() {
    use std::os::unix::fs::symlink;
    for target in ["/etc/passwd", "main.js", "..", "/", "nowhere"] {
        let stage = Stage::new();
        stage.plugin("p").main("export default () => 1;");
        symlink(target, stage.path("p/link.js")).expect("a link");
        unusable(&stage, "p/link.js: a symbolic link");
    }
    // The manifest and the entry are files like any other.
    for name in ["aether-plugin.json", "main.js"] {
        let stage = Stage::new();
        stage.plugin("q").main("export default () => 1;");
        stage.plugin("p").main("export default () => 1;");
        std::fs::remove_file(stage.path("p").join(name)).expect("removed");
        symlink(stage.path("q").join(name), stage.path("p").join(name)).expect("a link");
        unusable(&stage, "a symbolic link");
    }
    // The folder itself a person named.
    let stage = Stage::new();
    stage.plugin("real").main("export default () => 1;");
    symlink("real", stage.path("p")).expect("a link");
    stage.call("p", "run").exits(0).prints("1");
}

#[test]
fn names_that_are_not_portable() {
    for name in [&b"caf\xe9.js"[..], b"a\\b.js", b"c:x.js", b"line\nbreak.js", b"\x1b[31mred.js"] {
        let stage = Stage::new();
        stage.plugin("p").main("export default () => 1;");
        stage.file(std::path::Path::new("p").join(std::ffi::OsStr::from_bytes(name)), "");
        unusable(&stage, "its name is not portable");
    }
}

#[test]
fn a_folder_whose_name_is_no_text() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    std::fs::rename(stage.path("p"), stage.path(name)).expect("renamed");
    let call = |path: &std::ffi::OsStr| stage.aether(&["call"]).arg(path).arg("run").run();
    call(name).exits(0).prints("1").is_inert();
    call(std::ffi::OsStr::from_bytes(b"none\xff\x1b[2J")).exits(2).prints_nothing().is_inert();
    let method = std::ffi::OsStr::from_bytes(b"\xff");
    stage.aether(&["call", "p"]).arg(method).run().exits(2).prints_nothing().is_inert();
}

#[test]
fn what_is_neither_file_nor_folder() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let socket = std::os::unix::net::UnixListener::bind(stage.path("p/socket")).expect("a socket");
    unusable(&stage, "p/socket: neither a file nor a folder");
    drop(socket);
    std::fs::remove_file(stage.path("p/socket")).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(stage.path("p/pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return aether_testkit::skip("what_is_neither_file_nor_folder", "there is no mkfifo");
    }
    unusable(&stage, "p/pipe: neither a file nor a folder");
}

#[test]
fn bundles_that_are_too_large() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let large = std::fs::File::create(stage.path("p/large")).expect("a file");
    large.set_len((64 << 20) + 1).expect("a sparse file");
    unusable(&stage, "p/large: larger than 64 MiB");
    stage.call("p", "run").says("keep in the plugin's folder what it needs to run");

    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file(format!("p/{}x", "d/".repeat(40)), "");
    unusable(&stage, "nested deeper than 32 folders");
}

/// The plugin's code does not load: `call` fails with 1, `check` finds it unusable, and both say
/// where.
#[track_caller]
fn broken(code: &str, place: &str, words: &[&str]) {
    let stage = Stage::new();
    stage.plugin("p").main(code);
    stage.file("p/lib.js", "export const one = 1;\nexport default function (;\n");
    stage.file("p/data.json", "{ \"a\": }");
    stage.file("p/good.js", "export const one = 1;");
    for line in [&["call", "p", "run"][..], &["check", "p"]] {
        let outcome = stage.run(line);
        let code = if line[0] == "call" { 1 } else { 2 };
        outcome.exits(code).prints_nothing().says(place);
        words.iter().for_each(|words| {
            outcome.says(words);
        });
        assert!(!outcome.stderr.contains(&stage.path("p").display().to_string()), "{outcome}");
    }
}

#[test]
fn a_syntax_error_is_shown_with_its_line() {
    broken(
        "export default () => {\n  const a = 1;\n  return a +;\n};\n",
        "main.js:3:",
        &["SyntaxError", "3 |   return a +;", "^"],
    );
    broken("let let = 1;", "main.js:1:", &["1 | let let = 1;"]);
    broken("export default () => 1;\n}", "main.js:2:1", &["2 | }"]);
    broken("import './lib.js';", "lib.js:2:", &["export default function (;"]);
    broken("await;", "main.js:1:", &[]);
    broken("export default 1; export default 2;", "main.js:1:", &[]);
    // What would be more than a line.
    broken("export default '\u{1b}[2J\u{202e}", "main.js:1:", &["\\u{1b}[2J\\u{202e}"]);
}

#[test]
fn imports_that_lead_nowhere() {
    broken("import './none.js';", "main.js", &["none.js"]);
    broken("import '../q/main.js';", "", &["../q/main.js"]);
    broken("import '/etc/passwd';", "", &["/etc/passwd"]);
    broken("import 'https://example.com/x.js';", "", &["https://example.com/x.js"]);
    broken("import 'left-pad';", "", &["left-pad"]);
    broken("import 'aether:none';", "", &["aether:none"]);
}

#[test]
fn blocked_modules_name_the_alternative() {
    broken("import net from 'node:net';", "", &["node:net", "ERR_MODULE_BLOCKED"]);
    broken("import { exec } from 'child_process';", "", &["child_process", "ERR_MODULE_BLOCKED"]);
    broken("import fs from 'fs';", "", &["aether:fs"]);
    broken("import fs from 'node:fs/promises';", "", &["aether:fs"]);
    for name in ["vm", "module", "worker_threads", "http", "https", "cluster", "inspector"] {
        broken(&format!("import 'node:{name}';"), "", &["ERR_MODULE_BLOCKED"]);
    }
}

#[test]
fn a_module_that_throws_while_loading() {
    let stage = Stage::new();
    stage.plugin("p").main("throw new TypeError('not today');");
    stage.call("p", "run").exits(1).prints_nothing().says("TypeError: not today").says("main.js:1");
    stage.plugin("p").main("await Promise.reject(new Error('later')); export default () => 1;");
    stage.call("p", "run").exits(1).prints_nothing().says("Error: later");
    stage.plugin("p").main("await new Promise(() => {}); export default () => 1;");
    stage.call("p", "run").exits(1).prints_nothing().says("never");
    stage.file("p/lib.js", "export const one = 1;");
    stage.plugin("p").main("import { two } from './lib.js'; export default () => two;");
    stage.call("p", "run").exits(1).prints_nothing().says("SyntaxError").says("two");
    // No method of the name that was typed.
    for nothing in ["", "export default 42;"] {
        stage.plugin("p").main(nothing);
        stage.call("p", "run").exits(2).prints_nothing().says("no method `run`");
    }
    // To compile is not to run.
    stage.plugin("p").main("throw new Error('at run time'); export default () => 1;");
    stage.run(&["check", "p"]).exits(0);
}
