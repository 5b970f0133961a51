//! What a plugin was not granted: it learns so, can go on, and everybody is told.

use crate::Stage;

#[test]
fn reading_the_password_hashes_names_the_manifest_line() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["./in/**"]).main(
        "import { readText } from 'aether:fs';
         export default async () => {
           try { await readText('/etc/shadow'); } catch ({ name, code, permission, resource, plugin, fix, message }) {
             return { name, code, permission, resource, plugin, fix, message };
           }
         };
         export const uncaught = () => readText('/etc/shadow');",
    );
    let caught = stage.run_generously(&["call", "p", "run"]);
    let error = caught.exits(0).json();
    assert_eq!(error["name"], "PermissionDenied");
    assert_eq!(error["code"], "ERR_ACCESS_DENIED");
    assert_eq!(error["permission"], "FileSystemRead");
    assert_eq!(error["resource"], "/etc/shadow");
    assert_eq!(error["plugin"], "p");
    let fix = error["fix"].as_str().expect("a fix");
    assert!(fix.contains("\"/etc/shadow\"") && fix.contains("\"read\""), "{fix}");
    caught.says("denied p: reading `/etc/shadow` is not granted").says("p/aether-plugin.json:");

    let uncaught = stage.run_generously(&["call", "p", "uncaught"]);
    uncaught.exits(1).prints_nothing().says("ERR_ACCESS_DENIED").says("main.js:7");
    uncaught.says("to allow it, the manifest must ask for it").says(fix);
}

#[test]
fn a_plugin_sees_only_what_it_was_granted() {
    let stage = Stage::new();
    stage.file("in/a.txt", "a");
    stage.file("in/b.md", "b");
    stage.file("in/deep/c.txt", "c");
    stage.file("secret.txt", "secret");
    stage.plugin("p").reads(&["./in/*.txt"]).writes(&["./out/*.md"]).main(
        "import * as fs from 'aether:fs';
         const attempt = async (action) => { try { return await action(); } catch (error) { return error.code; } };
         export default async () => ({
           text: await attempt(() => fs.readText('./in/a.txt')),
           other: await attempt(() => fs.readText('./in/b.md')),
           deep: await attempt(() => fs.readText('./in/deep/c.txt')),
           listed: await attempt(async () => (await fs.list('./in')).map(({ name }) => name)),
           here: await attempt(async () => (await fs.list('.')).map(({ name }) => name)),
           secret: await attempt(() => fs.readText('./secret.txt')),
           around: await attempt(() => fs.readText('./in/../secret.txt')),
           nul: await attempt(() => fs.readText('./in/a.txt\\0.md')),
           exists: await attempt(() => fs.exists('./secret.txt')),
           write: await attempt(() => fs.writeText('./in/a.txt', 'x')),
           kind: await attempt(() => fs.writeText('./out/x.txt', 'x')),
           move: await attempt(() => fs.rename('./in/a.txt', './out/a.md')),
           none: await attempt(() => fs.readText('./in/none.txt')),
         });",
    );
    let found = stage.run_generously(&["call", "p", "run"]).exits(0).json();
    let check =
        |key: &str, expect: serde_json::Value| assert_eq!(found[key], expect, "{key} of {found}");
    check("text", "a".into());
    check("listed", serde_json::json!(["a.txt"]));
    check("here", serde_json::json!(["in", "out"]));
    check("none", "ENOENT".into());
    for key in ["other", "deep", "secret", "write", "kind", "move"] {
        check(key, "ERR_ACCESS_DENIED".into());
    }
    for key in ["around", "nul"] {
        check(key, "EINVAL".into());
    }
    assert_ne!(found["exists"], true);
    assert_eq!(stage.text("in/a.txt"), "a");
}

#[test]
fn links_lead_nowhere_else() {
    use std::os::unix::fs::symlink;
    let stage = Stage::new();
    stage.file("in/a.txt", "a");
    stage.file("secret.txt", "secret");
    std::fs::create_dir_all(stage.path("in/deep")).expect("a folder");
    for (target, link) in [
        ("/etc/passwd", "in/absolute"),
        ("../secret.txt", "in/up"),
        ("../../../../../../etc/passwd", "in/far"),
        ("/proc/self/root/etc/passwd", "in/magic"),
        ("/", "in/root"),
        ("loop", "in/loop"),
        ("a.txt", "in/honest"),
    ] {
        symlink(target, stage.path(link)).expect("a link");
    }
    stage.plugin("p").reads(&["./in/**"]).main(
        "import * as fs from 'aether:fs';
         const attempt = async (path) => { try { return await fs.readText(path); } catch (error) { return 'refused'; } };
         export default async () => {
           const paths = ['absolute', 'up', 'far', 'magic', 'root/etc/passwd', 'loop', 'honest'];
           return Promise.all(paths.map((path) => attempt('./in/' + path)));
         };",
    );
    let refused = "\"refused\",".repeat(6);
    stage.run_generously(&["call", "p", "run"]).exits(0).prints(&format!("[{refused}\"a\"]"));
}

#[test]
fn special_files_are_never_opened() {
    let stage = Stage::new();
    stage.file("in/a.txt", "a");
    let made = std::process::Command::new("mkfifo").arg(stage.path("in/pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return aether_testkit::skip("special_files_are_never_opened", "there is no mkfifo");
    }
    let _socket =
        std::os::unix::net::UnixListener::bind(stage.path("in/socket")).expect("a socket");
    stage.plugin("p").reads(&["./in/**"]).main(
        "import * as fs from 'aether:fs';
         const attempt = async (path) => { try { return await fs.readText(path); } catch ({ code }) { return code; } };
         export default async () => [await attempt('./in/pipe'), await attempt('./in/socket')];",
    );
    let outcome = stage.run_generously(&["call", "p", "run"]);
    outcome.exits(0).prints(r#"["EACCES","EACCES"]"#);
}

#[test]
fn variables_are_those_that_were_granted() {
    let stage = Stage::new();
    stage.plugin("p").permissions(r#"{ "environment": ["LANG", "NOT_SET"] }"#).main(
        "import * as env from 'aether:env';
         const attempt = async (name) => { try { return (await env.get(name)) ?? null; } catch ({ code }) { return code; } };
         export default async () => [await attempt('LANG'), await attempt('NOT_SET'), await attempt('PATH'), await attempt('SECRET'), await env.names()];",
    );
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { p: { allow: { environment: [LANG, NOT_SET] } } }\n",
    );
    let command = stage.aether(&["call", "p", "run", "--policy", "policy.yaml"]).env("SECRET", "1");
    command
        .run()
        .exits(0)
        .prints(r#"["C.UTF-8",null,"ERR_ACCESS_DENIED","ERR_ACCESS_DENIED",["LANG"]]"#);
}

#[test]
fn the_misbehaving_example_achieves_nothing() {
    let stage = Stage::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/misbehaving");
    let policy = format!("{example}/aether-policy.yaml");
    stage.file("public/a.txt", "a");
    stage.file("secret.txt", "secret");
    let outcome = stage.run(&["call", example, "run", "--policy", &policy]);
    let found = outcome.exits(0).json();
    assert!(found["counts"]["refused"].as_u64() > Some(15), "{found}");
    let attempts = found["attempts"].as_array().expect("attempts");
    let worked: Vec<_> = attempts.iter().filter(|one| one["outcome"] == "worked").collect();
    // The root shows the way to ./public and nothing else.
    assert!(worked.iter().all(|one| one["what"] == "list the root folder"), "{worked:?}");
    assert!(!outcome.stdout.contains("secret\n"), "{outcome}");
}
