//! What is learned of plugins, and what is kept of runs.

use serde_json::Value;

use crate::Stage;

const READER: &str = r#"
    import * as fs from "aether:fs";
    import * as env from "aether:env";
    export default async function run() {
        const texts = [];
        for (const name of ["a", "b"]) texts.push(await fs.readText(`./notes/${name}.txt`));
        await fs.writeText("./out/sum.txt", texts.join(""));
        let secret = "refused";
        try { secret = await fs.readText("/etc/shadow"); } catch {}
        return { texts, language: env.get("LANG") ?? null, secret };
    }
"#;

fn reader() -> Stage {
    let stage = Stage::new();
    stage.file("p/aether-plugin.json", "{\n  \"name\": \"p\",\n  \"permissions\": {}\n}\n");
    stage.file("p/main.js", READER);
    stage.file("notes/a.txt", "hi");
    stage.file("notes/b.txt", "ho");
    stage
}

#[test]
fn what_is_learned_is_suggested_and_then_nothing_is_refused() {
    let stage = reader();
    let learned = stage.run(&["learn", "--runs", "2", "--", "run", "p"]);
    learned.exits(0).no_panic().prints_nothing();
    learned.says("round 1: p: filesystem.read ./notes/a.txt").says("nothing more is denied");
    assert!(!stage.path("out").exists(), "what it wrote stayed aside");
    let shown = stage.run(&["suggest", "p"]);
    shown.exits(0).prints_some("./out/sum.txt").prints_some("the password hashes").says("--write");
    assert!(stage.text("p/aether-plugin.json").contains("\"permissions\": {}"), "only shown");
    let json = stage.run(&["suggest", "p", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.exits(0).stdout).expect("JSON");
    assert_eq!(json["lines"].as_array().map(Vec::len), Some(4), "{json:#}");
    stage.run(&["suggest", "p", "--write"]).exits(0).says("Wrote");
    let manifest = stage.text("p/aether-plugin.json");
    assert!(!manifest.contains("shadow"), "{manifest}");
    let policy = "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"./notes/*\"], write: [\"./out/\"] }, environment: [LANG] } } }\n";
    stage.file("policy.yaml", policy);
    let again = stage.run(&["run", "p", "--policy", "policy.yaml", "--inspect-security=report"]);
    again.exits(0).no_panic().prints_some("\"secret\":\"refused\"");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let refused: Vec<&Value> = report["cells"]
        .as_array()
        .expect("cells")
        .iter()
        .flat_map(|cell| cell["violations"].as_array().expect("a list"))
        .collect();
    // What stays closed to everybody is all that is left.
    assert!(refused.iter().all(|one| one["object"] == "/etc/shadow"), "{refused:#?}");
    stage.file(
        "p/aether-plugin.json",
        manifest.replace("./notes/a.txt\"", "./notes/a.txt\", \"./spare.txt\""),
    );
    let tight = stage.run(&["suggest", "p", "--tighten"]);
    tight.exits(0).prints_some("./spare.txt");
}

#[test]
fn what_cannot_be_learned_from_is_said() {
    let stage = reader();
    stage.run(&["learn", "--", "doctor"]).exits(2).says("learn -- run");
    stage.run(&["learn", "--", "run", "nowhere"]).exits(2).no_panic();
    stage.run(&["learn"]).exits(2);
    stage.run(&["learn", "--", "run", "p", "--apply"]).exits(2).says("--apply");
    stage.run(&["suggest", "p"]).exits(2).says("no run is kept");
    stage.run(&["suggest", "nowhere"]).exits(2).no_panic();
}

#[test]
fn a_log_is_held_against_the_checkpoints_that_are_kept_of_it() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    let log = "report/audit.jsonl";
    let whole = stage.text(log);
    stage.run(&["audit", "verify", log]).exits(0).says("valid");
    // A run that has another end, with hashes that are right, is found out.
    let lines: Vec<&str> = whole.lines().collect();
    stage.file(log, format!("{}\n", lines[..lines.len() - 5].join("\n")));
    stage.run(&["audit", "verify", log]).exits(6).says("broken").says("checkpoint");
    // Without them it is only unclean, which a crash leaves too.
    let elsewhere = stage.aether(&["audit", "verify", log]);
    let elsewhere = elsewhere.env("AETHER_STATE_DIR", stage.path("nothing")).run();
    elsewhere.exits(6).says("unclean");
    stage.file(log, &whole);
    let key = stage.run(&["audit", "key"]);
    key.exits(0);
    let run = serde_json::from_str::<Value>(lines[0]).expect("JSON")["run"].clone();
    let run = run.as_str().expect("a run").to_owned();
    let proof = stage.run(&["audit", "prove", log, "--record", "3", "--run", &run]);
    let proof: Value = serde_json::from_str(&proof.exits(0).stdout).expect("JSON");
    assert!(proof["root"].is_string() || proof["record"].is_string(), "{proof:#}");
    stage.run(&["audit", "prove", log, "--record", "9999"]).exits(2).no_panic();
}

#[test]
fn a_log_that_is_gone_or_replaced_is_noticed() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    stage.run(&["run", "p", "--inspect-security=other"]).exits(1);
    let log = stage.path("report/audit.jsonl");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0).says("valid");
    std::fs::copy(stage.path("other/audit.jsonl"), &log).expect("a copy");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(6).says("broken");
    std::fs::remove_file(&log).expect("a file");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(6).says("broken");
    stage.run(&["audit", "verify", "nowhere/audit.jsonl"]).exits(2);
}

#[test]
fn records_are_picked_and_exported() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    let log = "report/audit.jsonl";
    let count = |line: &[&str]| {
        let line = [&["audit"], line].concat();
        stage.run(&line).exits(0).stdout.lines().count()
    };
    let all = count(&["show", log]);
    let denied = count(&["show", log, "--kind", "denied"]);
    assert!(denied >= 1 && denied < all, "{denied} of {all}");
    assert_eq!(count(&["show", log, "--verdict", "denied", "--plugin", "p"]), denied);
    assert_eq!(count(&["show", log, "--since", "1h"]), all);
    assert_eq!(count(&["show", log, "--until", "1h"]), 0);
    for form in ["ocsf", "cef", "plain"] {
        assert_eq!(count(&["export", log, "--as", form]), all, "{form}");
    }
    let ocsf = stage.run(&["audit", "export", log, "--kind", "denied"]);
    for line in ocsf.exits(0).stdout.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        assert!(event["class_uid"].is_number(), "{event:#}");
    }
    let sarif = stage.run(&["audit", "export", log, "--as", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.exits(0).stdout).expect("JSON");
    assert!(!sarif["runs"][0]["results"].as_array().expect("results").is_empty());
    stage.run(&["audit", "show", log, "--since", "yesterday"]).exits(2).says("--since");
    stage.run(&["audit", "show", log, "--verdict", "denyed"]).exits(2).says("did you mean");
}

#[test]
fn a_report_is_written_again_from_its_record() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    stage.run(&["report", "report", "--output", "again"]).exits(0).prints_nothing();
    for name in ["report.html", "report.json", "violations.sarif"] {
        assert_eq!(stage.text(format!("again/{name}")), stage.text(format!("report/{name}")));
    }
    let run = stage.text("report/report.json");
    let run: Value = serde_json::from_str(&run).expect("JSON");
    let kept = run["kept_as"].as_str().expect("a name").to_owned();
    stage.run(&["report", &kept, "--as", "text"]).exits(0).prints_some("Refused or stopped");
    stage.run(&["report", &kept, "--as", "mermaid"]).exits(0).prints_some("flowchart");
    let trace = stage.run(&["report", "report/report.json", "--as", "trace"]);
    let trace: Value = serde_json::from_str(&trace.exits(0).stdout).expect("JSON");
    assert!(!trace["traceEvents"].as_array().or(trace.as_array()).expect("events").is_empty());
    stage.file("report/report.json", "{}");
    stage.run(&["report", "report"]).exits(2).no_panic().says("report.json");
    stage.run(&["report", "no-such-run"]).exits(2).says("no run is called");
}

#[test]
fn what_the_monitor_took_is_listed_and_given_back() {
    let stage = reader();
    stage.run(&["plugins", "restore"]).exits(0).says("Nothing was taken");
    stage.run(&["plugins", "restore", "p"]).exits(2).says("nothing was taken");
    let scan = r#"
        import * as fs from "aether:fs";
        export default async () => {
            for (let n = 0; n < 60; n++) try { await fs.readText(`/etc/none-${n}`); } catch {}
            return "done";
        };
    "#;
    stage.file("s/aether-plugin.json", r#"{ "name": "s", "permissions": {} }"#);
    stage.file("s/main.js", scan);
    let run = stage.run(&["run", "s"]);
    run.exits(0).no_panic().says("monitor").says("keeps fewer permissions");
    stage.run(&["plugins", "restore"]).exits(0).prints_some("s ");
    stage.run(&["run", "s"]).exits(0).says("an earlier run");
    stage.run(&["plugins", "restore", "s"]).exits(0).says("has its permissions again");
    stage.run(&["plugins", "restore"]).exits(0).prints_nothing();
}

#[test]
fn the_report_of_a_misbehaving_plugin_tells_in_a_browser_what_it_did() {
    let stage = Stage::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/misbehaving/pipeline.yaml");
    stage.file("public/a.txt", "a");
    stage.run(&["run", example, "--inspect-security=report"]).exits(0).says("monitor");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cell = &report["cells"][1];
    let hot = |key: &str| {
        let samples = report["cells"].as_array().expect("cells").iter();
        let most = samples.map(|cell| {
            let samples = cell["resources"]["samples"].as_array().expect("samples");
            samples.iter().filter_map(|sample| sample[key].as_u64()).max()
        });
        most.collect::<Vec<_>>()
    };
    assert!(hot("denials")[1] > hot("denials")[0] && hot("memory")[1] > hot("memory")[0]);
    assert!(!cell["findings"].as_array().expect("findings").is_empty(), "{cell:#}");
    assert!(!cell["ladder"].as_array().expect("steps").is_empty());
    let edges = report["edges"].as_array().expect("edges");
    assert!(edges.iter().any(|edge| edge["refused"] == 1 && edge["via"] == "hello.hello"));
    let page = stage.path("report/report.html");
    let run = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", stage.path("browser").display()))
        .arg(format!("file://{}", page.display()))
        .output();
    let Ok(run) = run else {
        aether_testkit::skip("browser", "there is no chromium to look at the report with");
        return;
    };
    let shown = String::from_utf8_lossy(&run.stdout);
    for words in ["Sandbox violation log", "1 refused", "It looks for what is open", "narrow"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // Whatever the page's own rules kept from being loaded or run would be told there.
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(!told.contains("Content Security Policy"), "{told}");
}
