//! Running without the container is loud, and can be forbidden.

use crate::Stage;

#[test]
fn unsafe_is_loud_from_beginning_to_end() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    for line in [
        &["call", "p", "run", "--unsafe"][..],
        &["run", "p", "--unsafe"],
        &["run", "p.yaml", "--unsafe"],
    ] {
        let outcome = stage.aether(line).arg("--inspect-security=report").run();
        outcome.exits(0);
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        let loud = "UNSAFE: the container is off; plugins can do whatever you can";
        assert_eq!(lines.first(), Some(&loud), "{outcome}");
        assert_eq!(lines.last(), Some(&loud), "{outcome}");
        outcome.says("UNSAFE: sandboxing was switched off");
        let report: serde_json::Value =
            serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
        assert_eq!(report["unsafe"], true);
        assert!(
            stage.text("report/report.html").contains("started with --unsafe"),
            "the page says so"
        );
        assert!(
            stage.text("report/audit.jsonl").contains("\"kind\":\"unsafe\""),
            "the log says so"
        );
        let states: Vec<&str> = report["cells"][0]["posture"]
            .as_array()
            .expect("a posture")
            .iter()
            .filter_map(|line| line["state"].as_str())
            .collect();
        assert!(states.contains(&"off"), "{states:?}");
    }
}

#[test]
fn without_the_word_it_is_never_unsafe() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.call("p", "run").exits(0).never_says("UNSAFE");
}

#[test]
fn a_policy_forbids_it() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    stage.file("aether-policy.yaml", "version: 1\nunsafe: forbid\n");
    stage.run(&["run", "p.yaml"]).exits(0);
    let refused = stage.run(&["run", "p.yaml", "--unsafe"]);
    refused.exits(3).prints_nothing().says("the policy forbids").says("aether-policy.yaml");
    refused.never_says("a: started");
    let named = ["call", "p", "run", "--unsafe", "--policy", "aether-policy.yaml"];
    stage.run(&named).exits(3).says("the policy forbids");
    stage.file("aether-policy.yaml", "version: 1\nunsafe: allow\n");
    stage.run(&["run", "p.yaml", "--unsafe"]).exits(0);
}
