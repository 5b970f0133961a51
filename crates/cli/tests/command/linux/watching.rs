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
fn limits_are_written_when_they_are_asked_for() {
    let stage = reader();
    stage.run(&["learn", "--runs", "1", "--", "run", "p"]).exits(0);
    let line = ["suggest", "p", "--write"];
    let shown = stage.run(&line);
    shown.exits(0).prints_some("Limits that would have been enough").says("--limits");
    let manifest = stage.text("p/aether-plugin.json");
    assert!(manifest.contains("./notes/a.txt") && !manifest.contains("resources"), "{manifest}");
    stage.run(&[&line[..], &["--limits"]].concat()).exits(0).says("Wrote");
    let manifest = stage.text("p/aether-plugin.json");
    assert!(manifest.contains("\"timeout\": \"1s\""), "{manifest}");
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
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(results.len() >= denied, "{results:#?}");
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("a number") as usize];
        assert_eq!(result["ruleId"], rule["id"]);
        assert!(!rule["help"]["text"].as_str().expect("a text").contains("not know"), "{rule}");
        assert_eq!((&result["kind"], &result["level"]), (&"fail".into(), &"warning".into()));
    }
    assert!(results.iter().any(|result| result["ruleId"] == "file-read-denied"));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 1);
    let times = ["startTimeUtc", "endTimeUtc"].map(|key| invocation[key].as_str().expect(key));
    assert!(times[0] < times[1] && times[1].ends_with('Z'), "{times:?}");
    let none = stage.run(&["audit", "export", log, "--as", "sarif", "--kind", "ladder"]);
    let none: Value = serde_json::from_str(&none.exits(0).stdout).expect("JSON");
    assert_eq!(none["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(none["runs"][0]["invocations"], run["invocations"]);
    stage.run(&["audit", "show", log, "--since", "yesterday"]).exits(2).says("--since");
    stage.run(&["audit", "show", log, "--verdict", "denyed"]).exits(2).says("did you mean");
}

#[test]
fn what_is_refused_before_start_is_exported_with_its_place() {
    let stage = Stage::new();
    let manifest = "{\n  \"name\": \"p\",\n  \"permissions\": { \"filesystem\": { \"read\": [\"/etc/passwd\"] } }\n}\n";
    stage.file("p/aether-plugin.json", manifest);
    stage.file("p/main.js", "export default () => 1;");
    stage.file("policy.yaml", "version: 1\nplugins: { p: { allow: {} } }\n");
    stage.run(&["run", "p", "--policy", "policy.yaml", "--inspect-security=report"]).exits(3);
    let sarif = stage.run(&["audit", "export", "report/audit.jsonl", "--as", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.exits(0).stdout).expect("JSON");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "request-beyond-policy");
    let place = &result["locations"][0]["physicalLocation"];
    let file = place["artifactLocation"]["uri"].as_str().expect("a file");
    assert!(file.ends_with("aether-plugin.json"), "{place}");
    assert_eq!(place["region"]["startLine"], 3, "{place}");
    assert_eq!(result["properties"]["fix"], Value::Null);
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
    stage.run(&["report", "report/report.json"]).exits(2).no_panic().says("report.json");
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
    // Who gave what back is on record, as what was taken is.
    let log = stage.state().join("restored/audit.jsonl");
    let audit = |command: &str| stage.aether(&["audit", command]).arg(&log).run();
    audit("show").exits(0).prints_some("ladder").prints_some("restore");
    let text = std::fs::read_to_string(&log).expect("a log");
    let record = text.lines().nth(1).expect("a record");
    let record: Value = serde_json::from_str(record).expect("JSON");
    assert_eq!((&record["plugin"], &record["detail"]["by"]), (&"s".into(), &"a person".into()));
    audit("verify").exits(0).says("valid").says("after record");
    std::fs::remove_file(&log).expect("a log");
    audit("verify").exits(6).says("broken").says("checkpoint");
    // What cannot be recorded does not happen.
    stage.run(&["run", "s"]).exits(0).says("monitor");
    std::fs::write(&log, "no log\n").expect("a log");
    let refused = stage.run(&["plugins", "restore", "s"]);
    refused.exits(2).no_panic().says("audit log").says("move the file away");
    stage.run(&["plugins", "restore"]).exits(0).prints_some("s ");
    std::fs::rename(&log, stage.path("moved.jsonl")).expect("moved");
    stage.run(&["plugins", "restore", "s"]).exits(0).says("has its permissions again");
}

/// What a file system leaves of the last bytes when the machine stops.
#[test]
fn zeros_at_the_end_of_the_log_do_not_keep_a_plugin_from_being_restored() {
    let stage = Stage::new();
    let scan = r#"
        import * as fs from "aether:fs";
        export default async () => {
            for (let n = 0; n < 60; n++) try { await fs.readText(`/etc/none-${n}`); } catch {}
        };
    "#;
    stage.file("s/aether-plugin.json", r#"{ "name": "s", "permissions": {} }"#);
    stage.file("s/main.js", scan);
    stage.run(&["run", "s"]).exits(0);
    stage.run(&["plugins", "restore", "s"]).exits(0);
    let log = stage.state().join("restored/audit.jsonl");
    let bytes = std::fs::read(&log).expect("a log");
    std::fs::write(&log, [&bytes[..], &[0; 300]].concat()).expect("written");
    stage.run(&["run", "s"]).exits(0);
    stage.run(&["plugins", "restore", "s"]).exits(0).says("has its permissions again");
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(!text.contains('\0') && text.contains("\"cut_bytes\":300"), "{text}");
    stage.aether(&["audit", "verify"]).arg(&log).run().exits(0).says("valid");
}

/// The folder of the only run.
fn run_folder(stage: &Stage) -> std::path::PathBuf {
    let runs = std::fs::read_dir(stage.state().join("runs")).expect("runs");
    runs.flatten().next().expect("a run").path()
}

#[test]
fn a_report_that_is_made_again_tells_what_the_log_is_worth_by_now() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    let run = run_folder(&stage);
    let name = run.file_name().expect("a name").to_string_lossy().into_owned();
    let state = |named: &str, words: &str| {
        let json = stage.run(&["report", named, "--as", "json"]);
        let json: Value = serde_json::from_str(&json.exits(0).says(words).stdout).expect("JSON");
        json["audit"]["verified"]["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(state(&name, ""), "valid");
    let log = run.join("audit.jsonl");
    let whole = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<&str> = whole.lines().collect();
    let without = [&lines[..9], &lines[12..]].concat().join("\n");
    std::fs::write(&log, format!("{without}\n")).expect("written");
    assert_eq!(state(&name, "no proof"), "broken");
    stage.run(&["report", &name, "--as", "text"]).exits(0).prints_some("broken");
    // The copy beside a report is what is looked at.
    assert_eq!(state("report", ""), "valid");
    std::fs::remove_file(&log).expect("removed");
    assert_eq!(state(&name, ""), "was-valid");
    std::fs::remove_file(stage.path("report/audit.jsonl")).expect("removed");
    assert_eq!(state("report/report.json", ""), "was-valid");
    let page = stage.run(&["report", "report", "--as", "html"]);
    page.exits(0).prints_some("valid when the run ended");
    // Another run's log, of which nothing is wrong, and of which this machine knows nothing.
    stage.run(&["run", "p", "--inspect-security=other"]).exits(1);
    let other = stage.text("other/audit.jsonl");
    std::fs::write(&log, other).expect("written");
    std::fs::remove_dir_all(stage.state().join("checkpoints")).expect("removed");
    assert_eq!(state(&name, "no proof"), "broken");
}

#[test]
fn a_record_that_was_written_by_half_does_not_hide_the_log() {
    let stage = reader();
    stage.run(&["run", "p"]).exits(1);
    let record = run_folder(&stage).join("record.json");
    let text = std::fs::read(&record).expect("a record");
    std::fs::write(&record, &text[..text.len() / 2]).expect("written");
    let name = run_folder(&stage).file_name().expect("a name").to_string_lossy().into_owned();
    let json = stage.run(&["report", &name, "--as", "json"]);
    json.exits(0).no_panic().says("has no whole record: its audit log is read instead");
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["cells"][0]["plugin"]["name"], "p");
    assert_eq!(json["audit"]["verified"]["state"], "valid");
    // A file that is named is what is meant.
    stage.file("half.json", &text[..text.len() / 2]);
    stage.run(&["report", "half.json"]).exits(2).no_panic().says("not the JSON of a report");
}

#[test]
fn a_checkpoint_that_does_not_count_is_told_of_once() {
    let stage = reader();
    stage.run(&["run", "p", "--inspect-security=report"]).exits(1);
    let notes = std::fs::read_dir(stage.state().join("checkpoints")).expect("a folder");
    let notes = notes.map(|entry| entry.expect("a file").path()).next().expect("a file");
    let notes = std::fs::read_to_string(notes).expect("notes");
    stage.file("copy.notes", &notes);
    let verify = ["audit", "verify", "report/audit.jsonl", "--checkpoint", "copy.notes"];
    stage.run(&verify).exits(0).says("valid");
    let stranger =
        stage.aether(&["audit", "key"]).env("AETHER_STATE_DIR", stage.path("else")).run();
    let key = stranger.exits(0).stdout.trim().to_owned();
    let refused = stage.run(&[&verify[..], &["--key", &key]].concat());
    refused.exits(6).says("no known key has signed");
    assert_eq!(refused.stderr.matches("no known key").count(), 1, "{refused}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused}");
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
    let browser = |page: &str| {
        let run = std::process::Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .arg(format!("--user-data-dir={}", stage.path("browser").display()))
            .arg(format!("file://{}", stage.path(page).display()))
            .output();
        let run = run.ok()?;
        // Whatever the page's own rules kept from being loaded or run would be told there.
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(!told.contains("Content Security Policy"), "{told}");
        Some(String::from_utf8_lossy(&run.stdout).into_owned())
    };
    let Some(shown) = browser("report/report.html") else {
        aether_testkit::skip("browser", "there is no chromium to look at the report with");
        return;
    };
    seen_to_misbehave(&shown);
    assert!(shown.contains("id=\"tip-box\""), "its script ran under its own rules");
    // The same where no script is run.
    let page = stage.text("report/report.html");
    let script = format!("<script>{}</script>", part(&page, "<script>", "</script>"));
    stage.file("still.html", page.replace(&script, ""));
    let shown = browser("still.html").expect("a browser");
    seen_to_misbehave(&shown);
    assert!(!shown.contains("id=\"tip-box\""), "none did");
}

/// What is between two marks, of which the first comes up once.
#[track_caller]
fn part<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    assert_eq!(page.matches(from).count(), 1, "{from}");
    let (_, rest) = page.split_once(from).expect("a beginning");
    rest.split_once(to).expect("an end").0
}

/// Violations, a hot row in the heat map, a refused edge in the diagram, findings and the ladder.
fn seen_to_misbehave(page: &str) {
    let violations = part(page, "<section id=\"violations\"", "</section>");
    assert!(violations.matches("<article class=\"rule").count() >= 5, "{violations}");
    for words in ["A file outside the grant was asked for", "<wbr>shadow", "to allow it"] {
        assert!(violations.contains(words), "{words}: {violations}");
    }
    let denials = part(page, "<figure class=\"map alarm\">", "</figure>");
    let rows: Vec<&str> = denials.split("<tr").skip(2).collect();
    assert_eq!(rows.len(), 3, "{denials}");
    let is_hot = |row: &&str| row.contains("class=\"s8\"");
    assert!(rows[0].contains(">misbehave<") && is_hot(&rows[0]), "the hottest first: {denials}");
    assert!(!rows[1..].iter().any(is_hot), "and the others are cold: {denials}");
    let graph = part(page, "class=\"graph\"", "</svg>");
    let refused = part(graph, "class=\"edge bad\"", "</path>");
    assert!(refused.contains("1 refused: its manifest does not have"), "{refused}");
    assert!(part(graph, "class=\"flow bad\"", "</text>").ends_with("1 refused"), "{graph}");
    let findings = part(page, "<section id=\"findings\"", "</section>");
    assert!(findings.contains("It looks for what is open"), "{findings}");
    let ladder = part(page, "<section id=\"ladder\"", "</section>");
    assert!(ladder.contains("</i>throttle</span>"), "{ladder}");
}
