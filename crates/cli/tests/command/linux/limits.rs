//! Limits are hard: whatever a plugin does, it ends with exit code 5 in time, and alone.

use std::time::Duration;

use serde_json::Value;

use crate::Stage;

/// A plugin of one second; calls it, and checks that it ended for a limit within that and another
/// second. The cell's own clock counts, since a busy machine may be slow to start a program.
#[track_caller]
fn ends_for_a_limit(resources: &str, code: &str, words: &str) {
    let stage = Stage::new();
    stage.plugin("p").resources(resources).main(code);
    let outcome = stage.run(&["call", "p", "run", "--inspect-security=report"]);
    outcome.exits(5).prints_nothing().says(words);
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cell = &report["cells"][0];
    assert_eq!(cell["exit"]["kind"], "limit", "{outcome}");
    let (limit, wall) = (&cell["resources"]["wall_limit_ms"], &cell["resources"]["wall_ms"]);
    let (limit, wall) = (limit.as_u64().expect("a limit"), wall.as_u64().expect("a time"));
    assert!(wall <= limit + 1000, "{wall} ms, the limit being {limit} ms: {outcome}");
    assert!(outcome.took < Duration::from_millis(limit + 10_000), "{outcome}");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
}

const SECOND: &str = r#"{ "timeout": "1s" }"#;

#[test]
fn a_loop_without_end() {
    ends_for_a_limit(SECOND, "export default () => { while (true) {} };", "its time limit of 1s");
}

#[test]
fn a_loop_without_end_while_loading() {
    ends_for_a_limit(SECOND, "while (true) {} export default () => 1;", "its time limit of 1s");
}

#[test]
fn a_loop_that_catches_everything() {
    let code =
        "export default () => { for (;;) try { for (;;); } catch {} finally { continue; } };";
    ends_for_a_limit(SECOND, code, "its time limit of 1s");
}

#[test]
fn promises_without_end() {
    let code = "export default async () => { for (;;) await null; };";
    ends_for_a_limit(SECOND, code, "its time limit of 1s");
}

#[test]
fn a_timer_that_is_too_far() {
    let code = "export default () => new Promise((done) => setTimeout(done, 1e8));";
    ends_for_a_limit(SECOND, code, "its time limit of 1s");
}

#[test]
fn native_code_that_takes_too_long() {
    // One call into the engine's own code, where no interrupt is looked at.
    let code = "export default () => /(a*)*b/.test('a'.repeat(40));";
    ends_for_a_limit(SECOND, code, "its time limit of 1s");
    let sort = "export default () => { const all = new Array(2e6).fill(0).map((_, i) => i % 7919); for (;;) all.sort((a, b) => b - a || 1); };";
    ends_for_a_limit(SECOND, sort, "its time limit of 1s");
}

#[test]
fn a_text_of_a_billion_holes() {
    ends_for_a_limit(
        r#"{ "timeout": "2s", "memory": "64MB" }"#,
        "export default () => new Array(1e9) + '';",
        "limit",
    );
}

#[test]
fn memory_without_end() {
    let check = |code: &str| {
        ends_for_a_limit(
            r#"{ "timeout": "20s", "memory": "64MB" }"#,
            code,
            "its memory limit of 64 MB",
        );
    };
    check("export default () => { const all = []; for (;;) all.push(new Array(1000).fill(1)); };");
    check(
        "export default () => { const all = []; for (;;) all.push('x'.repeat(1e6) + all.length); };",
    );
    check("export default () => { const all = []; for (;;) all.push(new ArrayBuffer(1 << 20)); };");
    check(
        "export default () => { const all = {}; for (let i = 0; ; i++) all['key' + i] = { i }; };",
    );
    check(
        "export default async () => { const all = []; for (;;) { all.push(new Promise(() => {})); } };",
    );
}

#[test]
fn memory_without_end_that_catches_everything() {
    let code = "export default () => { const all = []; for (;;) try { all.push('x'.repeat(1e5) + all.length); } catch {} };";
    ends_for_a_limit(r#"{ "timeout": "3s", "memory": "64MB" }"#, code, "limit");
}

#[test]
fn a_gigabyte_of_log() {
    ends_for_a_limit(
        r#"{ "timeout": "30s" }"#,
        "export default () => { const line = 'x'.repeat(8000); for (let i = 0; i < 135000; i++) console.log(line); };",
        "the output limit of 64 MB",
    );
}

#[test]
fn recursion_without_end_is_the_plugins_own_error() {
    let stage = Stage::new();
    stage.plugin("p").main("const down = (n) => down(n + 1) + 1; export default () => down(0);");
    stage.call("p", "run").exits(1).prints_nothing().says("main.js:1");
    stage.plugin("p").main("const deep = '['.repeat(1e6); export default () => JSON.parse(deep);");
    stage.call("p", "run").exits(1).prints_nothing();
    stage.plugin("p").main(
        "export default () => { let x = []; for (let i = 0; i < 1e5; i++) x = [x]; return x; };",
    );
    stage.call("p", "run").exits(1).prints_nothing();
}

#[test]
fn a_call_of_a_pipeline_may_have_less_time() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => { while (true); };");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p, timeout: 300ms }]\n");
    stage.run(&["run", "p.yaml"]).exits(5).says("its time limit of 300ms");
}

#[test]
fn what_is_within_the_limits_is_done() {
    let stage = Stage::new();
    stage.plugin("p").resources(r#"{ "timeout": "20s", "memory": "64MB" }"#).main(
        "export default async () => {
           await new Promise((done) => setTimeout(done, 200));
           const all = []; for (let i = 0; i < 20; i++) all.push(new Uint8Array(1 << 20));
           return all.length;
         };",
    );
    stage.call("p", "run").exits(0).prints("20");
}
