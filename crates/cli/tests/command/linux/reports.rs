//! `--inspect-security`, and whether what it writes can be believed.

use serde_json::Value;

use crate::Stage;

const FILES: [&str; 4] = ["report.html", "report.json", "violations.sarif", "audit.jsonl"];

/// A run with a grant that is used, a refusal and a change.
fn reported(stage: &Stage) -> Value {
    stage.file("in/a.txt", "content");
    stage.plugin("p").reads(&["./in/**"]).writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async () => {
           await fs.readText('./in/a.txt'); await fs.readText('./in/a.txt');
           try { await fs.readText('/etc/shadow'); } catch {}
           await fs.writeText('./out/x', 'x');
         };",
    );
    stage.run_generously(&["call", "p", "run", "--inspect-security=report"]).exits(0);
    serde_json::from_str(&stage.text("report/report.json")).expect("JSON")
}

#[test]
fn the_four_files_tell_what_happened() {
    let stage = Stage::new();
    let report = reported(&stage);
    let cell = &report["cells"][0];
    assert_eq!(report["outcome"]["kind"], "done");
    assert_eq!(report["audit"]["verified"]["state"], "valid");
    let read = &cell["grants"][0];
    assert_eq!(read["permission"], "filesystem.read");
    assert_eq!(read["pattern"], "./in/**");
    assert_eq!(read["used"], 2);
    assert_eq!(read["manifest"]["file"], "p/aether-plugin.json");
    let violation = &cell["violations"][0];
    assert_eq!(violation["object"], "/etc/shadow");
    assert_eq!(violation["count"], 1);
    assert_eq!(violation["manifest"]["file"], "p/aether-plugin.json");
    assert!(
        violation["fix"].as_str().is_some_and(|fix| fix.contains("/etc/shadow")),
        "{violation}"
    );
    let changed: Vec<&str> = cell["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|one| one["path"].as_str())
        .collect();
    assert_eq!(changed, ["/workspace/out", "/workspace/out/x"]);

    let sarif: Value = serde_json::from_str(&stage.text("report/violations.sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert!(result["message"]["text"].as_str().is_some_and(|text| text.contains("/etc/shadow")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "p/aether-plugin.json");

    // Paths may break after a slash.
    let page = stage.text("report/report.html").replace("<wbr>", "");
    for part in ["<!doctype html>", "/etc/shadow", "./in/**", "/workspace/out/x"] {
        assert!(page.to_lowercase().contains(part), "no {part}");
    }
    for outside in ["http://", "https://", "src=\"", "@import", "<script src", "<link"] {
        let found = page.matches(outside).count();
        assert_eq!(found, 0, "the page is to stand for itself, but has {outside}");
    }
}

#[test]
fn the_place_is_the_named_folder_or_aether_report() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    stage.run(&["run", "p.yaml", "--inspect-security"]).exits(0).says("aether-report/report.html");
    stage.run(&["call", "p", "run", "--inspect-security=a/b/c"]).exits(0).says("a/b/c/report.html");
    // A second run replaces the first one's.
    stage.run(&["call", "p", "run", "--inspect-security=a/b/c"]).exits(0);
    for file in FILES {
        assert!(
            stage.has(format!("aether-report/{file}")) && stage.has(format!("a/b/c/{file}")),
            "{file}"
        );
    }
    stage.file("taken", "a file");
    // Found before the work, not after it.
    let taken = stage.run(&["call", "p", "run", "--inspect-security=taken"]);
    taken.exits(2).prints_nothing().says("taken").never_says("started");
    let taken = stage.run(&["run", "p.yaml", "--inspect-security=taken/below"]);
    taken.exits(2).prints_nothing().says("--inspect-security=DIR").never_says("started");
    use std::os::unix::fs::PermissionsExt;
    let mode = |file: &str| {
        let meta = stage.path("a/b/c").join(file).metadata().expect("its rights");
        meta.permissions().mode() & 0o777
    };
    assert_eq!(mode("audit.jsonl"), mode("report.html"), "a report is handed on as a whole");
}

#[test]
fn the_summary_names_the_run_and_its_log_as_they_can_be_typed() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let outcome = stage.call("p", "run");
    outcome.exits(0).says("run          [RUN]");
    let log = outcome.stderr.split_whitespace().find(|word| word.ends_with("audit.jsonl"));
    stage.run(&["audit", "verify", log.expect("the log")]).exits(0).says("valid");
    let json = stage.run(&["call", "p", "run", "--format", "json"]).exits(0).json();
    assert_eq!(json["record"]["kept_as"], json["run"]);
    assert_eq!(json["record"]["run"].as_str().map(str::len), Some(32));
}

/// What a limit stopped, and what to write for a higher one.
#[test]
fn a_limit_is_told_with_its_place() {
    let stage = Stage::new();
    let report = |resources: &str, policy: &str| -> Value {
        stage.plugin("p").resources(resources).main("export default () => { for (;;); };");
        stage.file("policy.yaml", format!("version: 1\nlimits: {policy}\n"));
        let line = ["call", "p", "run", "--policy", "policy.yaml", "--inspect-security=report"];
        stage.run(&line).exits(5);
        let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
        report["cells"][0]["violations"][0].clone()
    };
    let own = report(r#"{ "timeout": "200ms" }"#, "{}");
    assert_eq!(own["manifest"]["file"], "p/aether-plugin.json", "{own}");
    assert_eq!(own["fix"], r#""resources": { "timeout": "400ms" }"#);
    let sarif: Value = serde_json::from_str(&stage.text("report/violations.sarif")).expect("JSON");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "p/aether-plugin.json", "{sarif}");
    let policy = report("{}", "{ timeout: 200ms }");
    assert!(policy["message"].as_str().expect("a text").contains("the policy's ceiling"));
    assert!(policy["fix"].is_null(), "{policy}");
}

#[test]
fn a_run_that_failed_is_reported_too() {
    let stage = Stage::new();
    let check = |line: &[&str], code: i32, kind: &str| {
        let line = [line, &["--inspect-security=report"]].concat();
        stage.run(&line).exits(code);
        let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
        assert_eq!(report["outcome"]["exit_code"], code);
        assert_eq!(report["cells"][0]["exit"]["kind"], kind, "{report}");
        stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
        std::fs::remove_dir_all(stage.path("report")).expect("removed");
    };
    stage.plugin("throws").main("export default () => { throw new Error('no'); };");
    check(&["call", "throws", "run"], 1, "error");
    stage.plugin("wants").reads(&["/etc/shadow"]).main("export default () => 1;");
    check(&["call", "wants", "run"], 3, "refused");
    stage
        .plugin("spins")
        .resources(r#"{ "timeout": "500ms" }"#)
        .main("export default () => { while (true); };");
    check(&["call", "spins", "run"], 5, "limit");
}

/// The same schema, by which nothing else may stand in an object than what it names.
fn closed(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(closed),
        Value::Object(object) => {
            if object.get("properties").is_some_and(Value::is_object) {
                object.insert("additionalProperties".to_owned(), false.into());
            }
            object.values_mut().for_each(closed);
        }
        _ => {}
    }
}

#[test]
fn reports_of_real_runs_are_valid_by_their_schema() {
    let stage = Stage::new();
    let mut schema = stage.run(&["schema", "report"]).exits(0).json();
    closed(&mut schema);
    let check = |report: &Value| {
        assert!(aether_testkit::is_valid(&schema, report), "{report:#}");
        for (pointer, wrong) in [
            ("/schema", "aether-report/0".into()),
            ("/cells/0/exit/kind", "vanished".into()),
            ("/duration_ms", (-1).into()),
            ("/outcome", Value::Null),
        ] {
            let mut other = report.clone();
            *other.pointer_mut(pointer).expect("a place") = wrong;
            assert!(!aether_testkit::is_valid(&schema, &other), "{pointer}");
        }
    };
    check(&reported(&stage));
    let read = || serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    for example in ["misbehaving", "mixed"] {
        let file = format!("{}/../../examples/{example}/pipeline.yaml", env!("CARGO_MANIFEST_DIR"));
        stage.run(&["run", &file, "--inspect-security=report"]).no_panic();
        check(&read());
    }
    stage.plugin("wants").reads(&["/etc/shadow"]).main("export default () => 1;");
    stage.run(&["call", "wants", "run", "--inspect-security=report"]).exits(3);
    check(&read());
}

#[test]
fn a_log_verifies_until_a_byte_is_changed() {
    let stage = Stage::new();
    reported(&stage);
    let log = std::fs::read(stage.path("report/audit.jsonl")).expect("a log");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0).prints_nothing().says("valid");
    // One byte of the first record, of one in the middle, and of the last.
    for at in [40, log.len() / 2, log.len() - 40] {
        let mut changed = log.clone();
        changed[at] ^= 1;
        stage.file("changed.jsonl", &changed);
        stage.run(&["audit", "verify", "changed.jsonl"]).exits(6).says("broken");
    }
}

#[test]
fn a_log_that_was_cut_or_mended_does_not_verify() {
    let stage = Stage::new();
    reported(&stage);
    let log = stage.text("report/audit.jsonl");
    let lines: Vec<&str> = log.lines().collect();
    let check = |text: &str, words: &str| {
        stage.file("changed.jsonl", text);
        stage.run(&["audit", "verify", "changed.jsonl"]).exits(6).says(words);
    };
    // Without the checkpoints that this machine keeps it would only be unclean.
    check(&log[..log.len() / 2], "a checkpoint names records that are not there");
    let but_the_last = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    check(&but_the_last, "a checkpoint names records that are not there");
    check(&format!("{}\n", lines[1..].join("\n")), "broken");
    let without_one = [&lines[..3], &lines[4..]].concat().join("\n");
    check(&format!("{without_one}\n"), "broken");
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    check(&format!("{}\n", swapped.join("\n")), "broken");
    check(&format!("{log}{}\n", lines[3]), "broken");
    check(&format!("{log}more\n"), "broken");
    check("not a log\n", "broken");
    check("\u{0}\u{0}\u{0}\u{0}", "");
}

#[test]
fn records_can_be_shown_and_chosen() {
    let stage = Stage::new();
    reported(&stage);
    let all = stage.run(&["audit", "show", "report/audit.jsonl"]);
    all.exits(0).is_inert().prints_some("run-start").prints_some("run-end");
    let denied = stage.run(&["audit", "show", "report/audit.jsonl", "--kind", "denied"]);
    denied.exits(0).prints_some("/etc/shadow");
    assert_eq!(denied.stdout.lines().count(), 1, "{denied}");
    let plugin =
        stage.run(&["audit", "show", "report/audit.jsonl", "--plugin", "p", "--kind", "grant"]);
    assert_eq!(plugin.exits(0).stdout.lines().count(), 2, "{plugin}");
    let none = stage.run(&["audit", "show", "report/audit.jsonl", "--plugin", "q"]);
    none.exits(0).prints_nothing();
    let mut changed = stage.text("report/audit.jsonl");
    changed.push_str("{\"v\":1}\n");
    stage.file("changed.jsonl", changed);
    stage.run(&["audit", "show", "changed.jsonl"]).exits(6).prints_some("run-end");
}

#[test]
fn the_log_of_every_run_is_kept_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.call("p", "run").exits(0);
    let runs = stage.state().join("runs");
    let run = std::fs::read_dir(&runs).expect("runs").next().expect("a run").expect("a run").path();
    let mode =
        |path: &std::path::Path| path.metadata().expect("its rights").permissions().mode() & 0o077;
    assert_eq!(mode(&runs), 0, "only this user may look into the runs");
    assert_eq!(mode(&run.join("audit.jsonl")), 0);
    stage.aether(&["audit", "verify"]).arg(run.join("audit.jsonl")).run().exits(0);
}

/// A plugin's changes may have put it there.
#[test]
fn what_is_no_file_is_neither_written_to_nor_replaced() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("outside.txt", "untouched");
    let call = ["call", "p", "run", "--inspect-security=report"];
    let refuses = |kind: &str, name: &str, make: &dyn Fn(&std::path::Path)| {
        let path = stage.path(format!("report/{name}"));
        std::fs::create_dir_all(stage.path("report")).expect("a folder");
        make(&path);
        let outcome = stage.run(&call);
        outcome.exits(2).prints_nothing().says(&format!("{kind} is in the way")).says(name);
        outcome.says("--inspect-security=DIR").never_says("started");
        assert!(path.symlink_metadata().is_ok_and(|meta| !meta.is_file()), "{name}");
        std::fs::remove_dir_all(stage.path("report")).expect("removed");
    };
    let link = |to: &'static str| {
        move |path: &std::path::Path| std::os::unix::fs::symlink(to, path).expect("a link")
    };
    refuses("a link", "report.html", &link("../outside.txt"));
    refuses("a link", "audit.jsonl", &link("../not-there"));
    refuses("a folder", "report.json", &|path| std::fs::create_dir(path).expect("a folder"));
    refuses("a pipe, socket or device", "violations.sarif", &|path| {
        std::os::unix::net::UnixListener::bind(path).map(drop).expect("a socket");
    });
    assert_eq!(stage.text("outside.txt"), "untouched");
    assert!(!stage.has("not-there"));
    // A file is replaced as a whole, and not written through another name of it.
    std::fs::create_dir_all(stage.path("report")).expect("a folder");
    std::fs::hard_link(stage.path("outside.txt"), stage.path("report/report.html"))
        .expect("a link");
    stage.run(&call).exits(0);
    assert_eq!(stage.text("outside.txt"), "untouched");
    assert!(stage.text("report/report.html").contains("<html"));
    assert_eq!(std::fs::read_dir(stage.path("report")).expect("reports").count(), 4);
}
