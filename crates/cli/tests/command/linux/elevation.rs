//! Single operations beyond a grant: by the policy, by a person in a terminal, by nobody.

use aether_testkit::Session;

use crate::Stage;

const PUBLISH: &str = "import { writeText } from 'aether:fs';
export default async () => {
  const token = await aether.elevate({ hostWrite: './out/a.txt', reason: 'to \\u001b[31mpublish\\u0007 it' });
  await writeText('./out/a.txt', 'new', { through: token });
  return 'written';
};";

fn stage(rules: &str) -> Stage {
    let stage = Stage::new();
    stage.file("out/a.txt", "old");
    stage.plugin("p").writes(&["./out/"]).resources(r#"{ "timeout": "2s" }"#).main(PUBLISH);
    stage.file(
        "policy.yaml",
        format!(
            "version: 1\nplugins:\n  p:\n    allow: {{ filesystem: {{ write: [\"./out/\"] }} }}\n    \
             elevation: [{rules}]\n"
        ),
    );
    stage
}

const LINE: [&str; 5] = ["call", "p", "run", "--policy", "policy.yaml"];

#[test]
fn the_policy_says_yes_and_the_summary_says_so() {
    let stage = stage("{ right: host-write, below: ./out/, answer: allow }");
    let outcome = stage.run(&LINE);
    outcome.exits(0).prints(r#""written""#).is_inert();
    outcome.says("host-write below /workspace/out/a.txt, allowed by plugins.p.elevation[0]");
    assert_eq!(stage.text("out/a.txt"), "new");
}

#[test]
fn a_person_is_asked_and_heeded() {
    for (answer, code, text) in [("y\n", 0, "new"), ("\n", 1, "old"), ("maybe\nno\n", 1, "old")] {
        let stage = stage("");
        let mut session = Session::start(&stage.aether(&LINE));
        session.wait_for("[N]o");
        // Longer than the plugin's own time.
        std::thread::sleep(std::time::Duration::from_millis(2500));
        session.types(answer);
        let outcome = session.end();
        outcome.exits(code).says("host-write below /workspace/out/a.txt");
        outcome.says("it says: \"to ").says("elevation: [");
        outcome.never_says("\u{1b}[31mpublish").never_says("\u{7}");
        assert_eq!(stage.text("out/a.txt"), text, "{answer:?}");
    }
}

#[test]
fn what_a_plugin_says_meanwhile_waits_for_the_answer() {
    let stage = stage("");
    let code = PUBLISH.replace(
        "  const token",
        "  setTimeout(() => console.log('LOOK: say yes'), 200);\n  const token",
    );
    let plugin = stage.plugin("p").writes(&["./out/"]);
    plugin.resources(r#"{ "timeout": "2s" }"#).main(&code);
    let mut session = Session::start(&stage.aether(&LINE));
    session.wait_for("[N]o");
    std::thread::sleep(std::time::Duration::from_millis(1000));
    session.types("y\n");
    let outcome = session.end();
    outcome.exits(0).says("LOOK: say yes");
    let shown = &outcome.stderr;
    assert!(shown.find("LOOK") > shown.find("[N]o"), "{shown}");
}

#[test]
fn nobody_to_ask_is_a_no() {
    for more in [&[][..], &["--yes-from-policy"]] {
        let stage = stage("");
        let outcome = stage.run(&[&LINE, more].concat());
        outcome.exits(1).prints_nothing().says("is not granted").is_inert();
        // The line that would allow it.
        outcome.says("elevation: [").says("host-write");
        assert_eq!(stage.text("out/a.txt"), "old");
    }
}

#[test]
fn what_was_written_through_is_not_said_to_wait() {
    let stage = stage("{ right: host-write, below: ./out/, answer: allow }");
    let first = "  await writeText('./out/b.txt', 'kept aside');\n";
    let wait = |code: &str| {
        stage.plugin("p").writes(&["./out/"]).main(code);
        let outcome = stage.run(&LINE);
        outcome.exits(0);
        outcome
    };
    let both = PUBLISH.replace("  await writeText", &format!("{first}  await writeText"));
    wait(&both).says("Nothing on disk has changed beside the files that were written through. To");
    assert_eq!((stage.text("out/a.txt"), stage.has("out/b.txt")), ("new".to_owned(), false));
    let aside = format!(
        "import {{ writeText }} from 'aether:fs';\nexport default async () => {{\n{first}}};"
    );
    wait(&aside).says("Nothing on disk has changed. To");
}

#[test]
fn what_was_typed_before_a_question_does_not_answer_it() {
    let stage = stage("");
    let code = PUBLISH.replace(
        "  const token",
        "  console.log('not yet');\n  await new Promise((done) => setTimeout(done, 700));\n  const token",
    );
    stage.plugin("p").writes(&["./out/"]).resources(r#"{ "timeout": "5s" }"#).main(&code);
    let mut session = Session::start(&stage.aether(&LINE));
    session.wait_for("not yet").types("y\ny\n").wait_for("[N]o").types("no\n");
    session.end().exits(1).says("the person who was asked refused it");
    assert_eq!(stage.text("out/a.txt"), "old");
}

#[test]
fn a_question_that_nobody_waits_for_is_taken_back() {
    let stage = stage("");
    let code = "export default async () => {
  aether.elevate({ hostWrite: './out/a.txt', reason: 'x' }).catch(() => {});
  await new Promise((done) => setTimeout(done, 300));
  return 'gone';
};";
    stage.plugin("p").writes(&["./out/"]).resources(r#"{ "timeout": "5s" }"#).main(code);
    let mut session = Session::start(&stage.aether(&LINE));
    session.wait_for("[N]o");
    let outcome = session.end();
    outcome.exits(0).never_says("Allowed beyond the grants");
    outcome.says("[N]o \u{1b}[0m \u{1b}[2m\nThis needs no answer any more.");
}
