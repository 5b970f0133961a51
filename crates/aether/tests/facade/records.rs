//! The record of a run is true.

use aether::report::{ExitKind, OutcomeKind, RunRecord, Verdict};
use aether::{ExitCode, Host, StartOptions};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    grants_are_counted_as_they_are_used,
    refusals_are_counted_with_the_line_that_would_lift_them,
    changes_and_resources_are_told,
    each_ending_has_its_kind,
    a_limit_is_raised_where_it_was_set,
    the_audit_log_is_checked_and_told,
    a_checkpoint_that_could_not_be_kept_is_told,
    a_start_is_on_record_before_anything_runs,
    a_pipeline_tells_of_steps_and_what_passed_between_them,
    a_pipeline_that_is_cancelled_begins_nothing_more,
}

fn record(host: &Host) -> RunRecord {
    host.record("test", ExitCode::Done, "a sentence", Vec::new())
}

fn grants_are_counted_as_they_are_used() {
    let lab = Lab::new();
    lab.file("in/a.txt", "a");
    let host = lab.generous_host();
    let plugin = lab.plugin("p").reads(&["./in/**", "./never/**"]).writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async () => {
           for (let i = 0; i < 5; i++) await fs.readText('./in/a.txt');
           await fs.writeText('./out/x', 'x');
         };",
    );
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    let record = record(&host);
    let grants = &record.cells[0].grants;
    let of = |pattern: &str| grants.iter().find(|grant| grant.pattern == pattern).expect("a grant");
    assert_eq!(grants.len(), 3);
    assert_eq!((of("./in/**").used, of("./never/**").used, of("./out/").used), (5, 0, 1));
    assert!(of("./in/**").last_used_ms.is_some() && of("./never/**").last_used_ms.is_none());
    assert_eq!(of("./out/").permission, "filesystem.write");
    let text = lab.text("p/aether-plugin.json");
    for grant in grants {
        let place = grant.manifest.as_ref().expect("a place");
        assert!(place.file.ends_with("p/aether-plugin.json"), "{place:?}");
        let line = text.lines().nth(place.line as usize - 1).expect("its line");
        assert!(line.contains(&grant.pattern), "{line:?} is to hold {}", grant.pattern);
        assert_eq!(line.find('"').map(|at| at + 1), Some(place.column as usize));
    }
}

fn refusals_are_counted_with_the_line_that_would_lift_them() {
    let lab = Lab::new();
    let host = lab.generous_host();
    let plugin = lab.plugin("p").reads(&["./in/**"]).main(
        "import * as fs from 'aether:fs'; import * as env from 'aether:env';
         const attempt = async (action) => { try { await action(); } catch {} };
         export default async () => {
           for (let i = 0; i < 3; i++) await attempt(() => fs.readText('/etc/shadow'));
           await attempt(() => fs.writeText('./in/x', 'x'));
           await attempt(() => env.get('TOKEN'));
           await attempt(() => fs.readText('./in/../../x'));
         };",
    );
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    let record = record(&host);
    let violations = &record.cells[0].violations;
    let of = |object: &str| {
        let found = violations.iter().find(|one| one.object == object);
        found.unwrap_or_else(|| panic!("no {object} in {violations:?}"))
    };
    let shadow = of("/etc/shadow");
    assert_eq!((shadow.rule.as_str(), shadow.count), ("file-read-denied", 3));
    assert_eq!(shadow.verdict, Verdict::Denied);
    assert!(shadow.first_ms <= shadow.last_ms);
    assert!(shadow.fix.as_ref().is_some_and(|fix| fix.contains("/etc/shadow")));
    let place = shadow.manifest.as_ref().expect("a place");
    let line = lab.text("p/aether-plugin.json");
    let line = line.lines().nth(place.line as usize - 1).expect("its line");
    assert!(line.contains("\"read\""), "the place where it would be asked for, not {line:?}");
    assert_eq!(of("/workspace/in/x").rule, "file-write-denied");
    assert_eq!(of("TOKEN").rule, "environment-denied");
    assert_eq!(of("./in/../../x").rule, "file-exception");
    let denied = lab.records(&host);
    let denied = denied.iter().filter(|one| one.kind.as_str() == "denied").count();
    assert_eq!(denied, 6, "each refusal is on record");
}

fn changes_and_resources_are_told() {
    let lab = Lab::new();
    lab.file("data/old.txt", "old");
    let host = lab.generous_host();
    let plugin = lab.plugin("p").reads(&["./data/**"]).writes(&["./data/**"]).main(
        "import * as fs from 'aether:fs';
         export default async () => {
           await fs.writeText('./data/new.txt', 'x'.repeat(1000)); await fs.remove('./data/old.txt');
           const until = Date.now() + 150; while (Date.now() < until);
           console.log('done');
         };",
    );
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    let record = record(&host);
    let cell = &record.cells[0];
    let changes: Vec<_> =
        cell.changes.iter().map(|one| (one.path.as_str(), one.bytes, one.applied)).collect();
    assert_eq!(
        changes,
        [("/workspace/data/new.txt", 1000, false), ("/workspace/data/old.txt", 0, false)]
    );
    assert_eq!(cell.changes[0].host.as_deref(), lab.path("data/new.txt").to_str());
    let used = &cell.resources;
    assert_eq!(used.memory_limit, 256 << 20);
    assert!(used.memory_peak > 1 << 20 && used.memory_peak < used.memory_limit, "{used:?}");
    assert!(
        used.wall_ms >= 150 && used.cpu_ms > 0 && used.cpu_ms <= used.wall_ms + 100,
        "{used:?}"
    );
    assert!(used.disk_used >= 1000 && used.disk_used < 100_000, "{used:?}");
    assert!(used.calls >= 2 && used.log_bytes >= 4 && !used.samples.is_empty(), "{used:?}");
}

fn each_ending_has_its_kind() {
    let check = |code: &str, expect: ExitKind, words: &str| {
        let lab = Lab::new();
        let host = lab.host();
        let folder = lab.plugin("p").resources(r#"{ "timeout": "400ms", "memory": "32MB" }"#);
        let plugin = host.load(folder.main(code)).expect("a plugin");
        drop(host.call_once(&plugin, &StartOptions::default(), "run", Value::Null, None));
        let record = record(&host);
        let exit = &record.cells[0].exit;
        assert_eq!(exit.kind, expect, "{exit:?}");
        assert!(exit.text.contains(words), "{exit:?}");
        assert!(record.cells[0].plugin.digest.is_some());
    };
    check("export default () => 1;", ExitKind::Done, "");
    check(
        "export default () => { throw new Error('on purpose'); };",
        ExitKind::Error,
        "on purpose",
    );
    check("export default () => {", ExitKind::Error, "");
    check("export default () => { for (;;); };", ExitKind::Limit, "its time limit of 400ms");
    check("export default () => { const a = []; for (;;) a.push({}); };", ExitKind::Limit, "32 MB");
}

/// What is told of the limit that ended a step: the words, and the line for more.
fn told_of_limit(resources: &str, step: &str, code: &str) -> (String, Option<String>) {
    let lab = Lab::new();
    lab.plugin("p").resources(resources).main(code);
    let text = format!("steps:\n  - {{ id: slow, plugin: ./p{step} }}\n");
    let source = aether::source::Source::new("p.yaml", text);
    let mut plan = aether::pipelines::parse(source).expect("a plan");
    plan.anchor(&lab.path(""), &lab.path(""));
    let host = lab.generous_host();
    let options = aether::pipelines::Options::default();
    host.run_pipeline(&plan, options, &mut |_| {}).expect("a run");
    let record = record(&host);
    let [told] = record.cells[0].violations.as_slice() else { panic!("{record:?}") };
    assert_eq!(told.verdict, Verdict::Limited);
    (told.message.clone(), told.fix.clone())
}

fn a_limit_is_raised_where_it_was_set() {
    let check = |resources: &str, step: &str, words: &str, fix: Option<&str>| {
        let told = told_of_limit(resources, step, "export default () => { for (;;); };");
        assert!(told.0.ends_with(words), "{told:?}");
        assert_eq!(told.1.as_deref(), fix, "{told:?}");
    };
    let steps = "its time limit of 300ms, which is the `timeout` of step `slow` in the pipeline";
    check("{}", ", timeout: 300ms", steps, Some("timeout: 600ms"));
    let limits = r#"{ "timeout": "400ms" }"#;
    check(limits, ", timeout: 300ms", steps, Some("timeout: 400ms"));
    let more = r#""resources": { "timeout": "800ms" }"#;
    check(limits, ", timeout: 1m", "its time limit of 400ms", Some(more));
    check(limits, "", "its time limit of 400ms", Some(more));
    // A limit of this one call that no file sets.
    let lab = Lab::new();
    let (host, cell) = lab.start("export default () => { for (;;); };");
    let call = cell.begin("run", Value::Null, std::time::Duration::from_millis(300));
    call.wait().expect_err("a limit");
    cell.stop();
    let record = record(&host);
    let [told] = record.cells[0].violations.as_slice() else { panic!("{record:?}") };
    assert!(told.message.ends_with(", which the host set for this call alone"), "{told:?}");
    assert_eq!((&told.fix, &told.manifest), (&None, &None));
}

fn a_checkpoint_that_could_not_be_kept_is_told() {
    let lab = Lab::new();
    let (notes, key) = (lab.aside("notes"), lab.aside("audit.key"));
    std::fs::create_dir_all(lab.aside("log")).expect("a folder");
    let builder = lab.builder().audit(lab.aside("log/audit.jsonl"));
    let host = builder.checkpoints(&notes, &key).build().expect("a host");
    std::fs::remove_dir_all(&notes).expect("a folder");
    host.finish(ExitCode::Done).expect("the log itself is whole");
    let told = record(&host).notes;
    assert!(told.iter().any(|note| note.contains("no checkpoint of its end")), "{told:?}");
}

fn the_audit_log_is_checked_and_told() {
    let lab = Lab::new();
    let (host, cell) = lab.start("export default () => 1;");
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    host.finish(ExitCode::Done).expect("an end");
    let told = record(&host);
    assert_eq!(told.run, host.run_id());
    assert_eq!(told.outcome.kind, OutcomeKind::Done);
    assert_eq!(told.outcome.text, "a sentence");
    let audit = told.audit.expect("a log");
    assert_eq!(audit.file, "audit.jsonl");
    assert_eq!(audit.records, lab.records(&host).len() as u64);
    let kinds: Vec<_> = lab.records(&host).iter().map(|one| one.kind.as_str()).collect();
    for kind in ["run-start", "load", "posture", "start", "call", "call-end", "exit", "run-end"] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
    // Somebody changes it: the record says so.
    let path = lab.aside("audit.jsonl");
    let text = std::fs::read_to_string(&path).expect("a log").replacen("\"load\"", "\"lead\"", 1);
    std::fs::write(&path, text).expect("a log");
    let check = record(&host).audit.expect("a log").verified.expect("a check");
    assert_eq!(check.state, aether::report::AuditState::Broken);
}

fn a_start_is_on_record_before_anything_runs() {
    let lab = Lab::new();
    let said = |host: &Host| -> Vec<String> {
        let records = lab.records(host);
        let starts = records.iter().filter(|one| matches!(one.kind.as_str(), "start" | "posture"));
        let mut said: Vec<String> = starts
            .map(|one| match one.kind.as_str() {
                "start" => format!("{} {}", one.action, one.verdict.as_str()),
                kind => kind.to_owned(),
            })
            .collect();
        said.dedup();
        said
    };
    let (host, cell) = lab.start("export default () => 1;");
    cell.stop();
    assert_eq!(said(&host), ["launch noted", "posture", "start allowed"]);
    // A start that fails is on record as one.
    let lab = Lab::new();
    let host = lab.builder().cell_program(lab.aside("none")).build().expect("a host");
    let plugin = lab.load(&host, "p", "export default () => 1;");
    let failed = host.start(&plugin, &StartOptions::default());
    assert!(matches!(failed, Err(aether::StartError::Container(_))), "{failed:?}");
    let records = lab.records(&host);
    let starts: Vec<_> = records.iter().filter(|one| one.kind.as_str() == "start").collect();
    let [intent, failure] = starts.as_slice() else { panic!("{starts:?}") };
    assert_eq!((intent.verdict.as_str(), failure.verdict.as_str()), ("noted", "failed"));
    assert_eq!((&*intent.action, &*failure.action), ("launch", "launch"));
    let why = failure.detail.get("error").and_then(aether::audit::Detail::as_str);
    assert!(why.is_some_and(|why| why.contains("none")), "{failure:?}");
}

fn a_pipeline_tells_of_steps_and_what_passed_between_them() {
    let lab = Lab::new();
    lab.plugin("one").main("export default () => ({ n: 20 });");
    lab.plugin("two").main("export default ({ n }) => n * 2;");
    lab.plugin("bad").main("export default () => { throw new Error('bad luck'); };");
    let text = "steps:
  - { id: a, plugin: ./one }
  - { id: b, plugin: ./two, with: \"${{ steps.a.result }}\" }
  - { id: c, plugin: ./bad }
  - { id: d, plugin: ./one, needs: [c] }
output: \"${{ steps.b.result }}\"
";
    let mut plan =
        aether::pipelines::parse(aether::source::Source::new("p.yaml", text)).expect("a plan");
    plan.anchor(&lab.path(""), &lab.path(""));
    let host = lab.host();
    let run = host
        .run_pipeline(&plan, aether::pipelines::Options::default(), &mut |_| {})
        .expect("a run");
    assert!(matches!(&run.report.output, Some(Ok(value)) if *value == json!(40)));
    assert_eq!(run.exit_code(), ExitCode::PluginError);
    let record = host.record("p", run.exit_code(), "", run.edges.clone());
    let kinds: std::collections::BTreeMap<_, _> = record
        .cells
        .iter()
        .map(|cell| (cell.step.clone().expect("a step"), cell.exit.kind))
        .collect();
    let expect = [
        ("a", ExitKind::Done),
        ("b", ExitKind::Done),
        ("c", ExitKind::Error),
        ("d", ExitKind::NotStarted),
    ];
    assert_eq!(kinds, expect.map(|(step, kind)| (step.to_owned(), kind)).into());
    let number = |step: &str| {
        record.cells.iter().find(|cell| cell.step.as_deref() == Some(step)).expect("a cell").id
    };
    assert_eq!(run.edges.len(), 1);
    assert_eq!((run.edges[0].from, run.edges[0].to), (number("a"), number("b")));
    assert_eq!(run.edges[0].bytes, "{\"n\":20}".len() as u64);
}

fn a_pipeline_that_is_cancelled_begins_nothing_more() {
    use std::sync::atomic::{AtomicBool, Ordering};

    use aether::pipelines::{Event, Options, Outcome};

    let lab = Lab::new();
    lab.plugin("p").main("export default () => 1;");
    let text = "steps:\n  - { id: a, plugin: ./p }\n  - { id: b, plugin: ./p, needs: [a] }\n  - { id: c, plugin: ./p, needs: [b] }\n";
    let source = aether::source::Source::new("p.yaml", text);
    let mut plan = aether::pipelines::parse(source).expect("a plan");
    plan.anchor(&lab.path(""), &lab.path(""));
    let host = lab.host();
    let cancel = AtomicBool::new(false);
    let options = Options { cancel: Some(&cancel), ..Options::default() };
    let run = host.run_pipeline(&plan, options, &mut |event| {
        if matches!(event, Event::Ended { .. }) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    let run = run.expect("a run");
    assert!(run.report.cancelled);
    let outcomes: Vec<_> = run.report.steps.iter().map(|step| &step.outcome).collect();
    assert!(matches!(outcomes[..], [Outcome::Ok(_), Outcome::Skipped(_), Outcome::Skipped(_)]));
    let record = record(&host);
    let kinds: Vec<_> = record.cells.iter().map(|cell| cell.exit.kind).collect();
    assert_eq!(kinds, [ExitKind::Done, ExitKind::NotStarted, ExitKind::NotStarted]);
}
