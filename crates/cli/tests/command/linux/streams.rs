//! Results and words each have their stream, with colour for people alone.

use aether_testkit::Session;

use crate::Stage;

#[test]
fn a_pipe_gets_no_colour_and_a_terminal_does() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["/etc/shadow"]).main("export default () => 1;");
    stage.file("bad.yaml", "stepps: []\n");
    stage.plugin("good").main("export default () => { console.log('x'); return 1; };");
    for line in [
        &["call", "p", "run"][..],
        &["run", "bad.yaml"],
        &["call", "good", "run"],
        &["doctor"],
        &["check", "good"],
        &["--help"],
        &["rnu"],
    ] {
        stage.run(line).is_inert();
        stage.aether(line).env("CLICOLOR_FORCE", "").env("TERM", "xterm-256color").run().is_inert();
        // In a terminal, NO_COLOR is heeded. A call would ask there, and wait for an answer.
        if line[0] != "call" {
            let plain = Session::start(&stage.aether(line).env("NO_COLOR", "1")).end();
            assert!(!plain.stderr.contains("\u{1b}["), "{plain}: {:?}", plain.stderr);
            let coloured = Session::start(&stage.aether(line)).end();
            assert!(coloured.stderr.contains("\u{1b}["), "{coloured}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_trouble() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async () => { await fs.writeText('./out/x', 'line\\n'.repeat(50000)); return 'x'.repeat(1e6); };",
    );
    stage.file("policy.yaml", crate::stage::GENEROUS);
    let check = |line: &[&str]| {
        stage.aether(line).run_unread().exits(0);
    };
    check(&["call", "p", "run", "--policy", "policy.yaml", "--inspect-security=report"]);
    check(&["call", "p", "run", "--policy", "policy.yaml", "--format", "json"]);
    check(&["diff"]);
    check(&["audit", "show", "report/audit.jsonl"]);
    check(&["doctor"]);
    check(&["schema", "manifest"]);
    check(&["completions", "bash"]);
    check(&["--help"]);
    check(&["--version"]);
}

#[test]
fn a_person_reads_lines_and_a_program_json() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .main("export default () => ({ headline: 'three things', files: ['a', 'b'] });");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\noutput: \"${{ steps.a.result }}\"\n");
    stage
        .run(&["run", "p.yaml"])
        .exits(0)
        .prints(r#"{"headline":"three things","files":["a","b"]}"#);
    let read = Session::start(&stage.aether(&["run", "p.yaml"])).end();
    read.exits(0).says("headline: three things").says("files:\n  - a\n  - b");
}
