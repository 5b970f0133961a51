//! What plugins would change waits, is shown, and is made or dropped.

use aether_testkit::{Outcome, Session};

use crate::Stage;

/// Writes, changes, removes, renames and makes folders below ./data and ./out.
const MAIN: &str = "
import * as fs from 'aether:fs';
export default async () => {
  await fs.writeText('./data/changed.txt', 'one\\nTWO\\nthree\\n');
  await fs.writeText('./data/new.txt', 'new\\n');
  await fs.remove('./data/old.txt');
  await fs.rename('./data/moved.txt', './data/moved-to.txt');
  await fs.mkdir('./out/deep/er', { recursive: true });
  await fs.writeBytes('./out/deep/er/binary', new Uint8Array([0, 255, 1]));
  return fs.readText('./data/changed.txt');
};";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.file("data/changed.txt", "one\ntwo\nthree\n");
    stage.file("data/old.txt", "old\n");
    stage.file("data/moved.txt", "moved\n");
    stage.file("data/untouched.txt", "untouched\n");
    stage.plugin("p").reads(&["./data/**"]).writes(&["./data/**", "./out/"]).main(MAIN);
    stage
}

fn run(stage: &Stage) -> Outcome {
    let outcome = stage.run_generously(&["call", "p", "run"]);
    outcome.exits(0).prints(r#""one\nTWO\nthree\n""#).says("not applied");
    outcome
}

fn is_as_before(stage: &Stage) {
    assert_eq!(stage.text("data/changed.txt"), "one\ntwo\nthree\n");
    assert_eq!(stage.text("data/old.txt"), "old\n");
    assert_eq!(stage.text("data/moved.txt"), "moved\n");
    assert!(!stage.has("data/new.txt") && !stage.has("data/moved-to.txt") && !stage.has("out"));
}

fn is_changed(stage: &Stage) {
    assert_eq!(stage.text("data/changed.txt"), "one\nTWO\nthree\n");
    assert_eq!(stage.text("data/new.txt"), "new\n");
    assert_eq!(stage.text("data/moved-to.txt"), "moved\n");
    assert_eq!(stage.text("data/untouched.txt"), "untouched\n");
    assert!(!stage.has("data/old.txt") && !stage.has("data/moved.txt"));
    assert_eq!(std::fs::read(stage.path("out/deep/er/binary")).expect("a file"), [0, 255, 1]);
}

/// The run's name, from the line that says how to apply it.
fn name_of(outcome: &Outcome) -> String {
    let (_, rest) = outcome.stderr.split_once("aether apply ").expect("a hint");
    rest.split_whitespace().next().expect("a name").to_owned()
}

#[test]
fn a_run_changes_nothing_and_a_diff_shows_what_it_would() {
    let stage = stage();
    let outcome = run(&stage);
    is_as_before(&stage);
    outcome.says("Nothing on disk has changed. To make the changes: aether apply [RUN]");
    let diff = stage.run(&["diff"]);
    diff.exits(0).is_inert();
    assert!(diff.stderr.is_empty(), "{diff}");
    for line in [
        "/workspace/data/changed.txt: changed",
        "-two",
        "+TWO",
        "/workspace/data/new.txt: new file",
        "+new",
        "/workspace/data/old.txt: deleted",
        "-old",
        "/workspace/data/moved-to.txt: moved from /workspace/data/moved.txt",
        "/workspace/out: new folder",
        "binary: nothing → 3 bytes",
    ] {
        assert!(diff.stdout.lines().any(|shown| shown.trim() == line), "no {line:?} in {diff}");
    }
    is_as_before(&stage);
}

#[test]
fn applying_makes_the_changes_once() {
    let stage = stage();
    let outcome = run(&stage);
    let applied = stage.run(&["apply"]);
    applied.exits(0).prints_nothing().says("applied  /workspace/data/changed.txt");
    applied.says("Applying the changes of [RUN].").says("([WORK]/data/changed.txt)");
    applied.says("applied  /workspace/data/moved-to.txt from /workspace/data/moved.txt");
    is_changed(&stage);
    stage.run(&["apply"]).exits(2).says("no run has changes that wait");
    stage.run(&["apply", &name_of(&outcome)]).exits(2);
    let log = stage.state().join("runs").join(name_of(&outcome)).join("apply.jsonl");
    stage.run(&["audit", "verify"]).exits(2);
    stage.aether(&["audit", "verify"]).arg(log).run().exits(0).says("valid");
}

#[test]
fn what_was_applied_is_held_against_checkpoints_kept_elsewhere() {
    let stage = stage();
    let outcome = run(&stage);
    let log = stage.state().join("runs").join(name_of(&outcome)).join("apply.jsonl");
    let verify = || stage.aether(&["audit", "verify"]).arg(&log).run();
    stage.run(&["apply", "--only", "./data/*.txt"]).exits(0);
    verify().exits(0).says("valid").says("after record");
    let first = std::fs::read_to_string(&log).expect("a log");
    stage.run(&["apply"]).exits(0);
    verify().exits(0).says("of 2 runs").says("after record");
    let whole = std::fs::read_to_string(&log).expect("a log");
    assert!(whole.starts_with(&first) && whole.len() > first.len());
    // Without its last records, without the second run, and without anything.
    let shorter: Vec<&str> = whole.lines().collect();
    let shorter = format!("{}\n", shorter[..shorter.len() - 1].join("\n"));
    for text in [&shorter, &first, ""] {
        std::fs::write(&log, text).expect("a log");
        verify().exits(6).says("broken").says("checkpoint");
    }
    std::fs::remove_file(&log).expect("a log");
    verify().exits(6).says("broken").says("checkpoint");
    std::fs::write(&log, &whole).expect("a log");
    verify().exits(0).says("valid");
    // What stands elsewhere is told by the runs that it says it has.
    stage.file("copy.jsonl", &first);
    stage.run(&["audit", "verify", "copy.jsonl"]).exits(0).says("after record");
}

#[test]
fn a_run_is_named_by_the_beginning_of_its_name_or_identifier() {
    let stage = stage();
    let (first, second) = (name_of(&run(&stage)), name_of(&run(&stage)));
    assert!(first < second, "names sort by time: {first} {second}");
    stage.run(&["diff", &first]).exits(0).prints_some("changed.txt: changed");
    stage.run(&["diff", "2"]).exits(2).says("several runs begin with");
    stage.run(&["discard", &second]).exits(0).says("Dropped");
    stage.run(&["diff", &second]).exits(2);
    stage.run(&["apply", &first]).exits(0);
    is_changed(&stage);
}

#[test]
fn some_of_the_changes_can_be_made() {
    let stage = stage();
    run(&stage);
    let nothing = stage.run(&["apply", "--only", "./dta/**"]);
    nothing.exits(2).says("--only `./dta/**`: no change of [RUN] matches").says("aether diff");
    nothing.never_says("Applying");
    let some = stage.run(&["apply", "--only", "./data/*.txt"]);
    some.exits(0).says("applied  /workspace/data/new.txt").says("not selected  /workspace/out");
    assert_eq!(stage.text("data/new.txt"), "new\n");
    assert!(!stage.has("out"));
    // The rest still waits.
    stage.run(&["apply"]).exits(0).says("applied  /workspace/out/deep/er/binary");
    is_changed(&stage);
    stage.run(&["apply", "--only", "./[a]"]).exits(2).says("--only");
}

#[test]
fn a_file_that_changed_meanwhile_is_a_conflict() {
    let stage = stage();
    run(&stage);
    stage.file("data/changed.txt", "somebody else was here\n");
    stage.run(&["diff"]).exits(0).prints_some("(conflict: the host's file has changed since)");
    let conflict = stage.run(&["apply"]);
    conflict.exits(1).says("conflict: ").says("applied  /workspace/data/new.txt");
    conflict.says("1 change(s) could not be made and wait").says("`aether discard [RUN]` drops");
    assert_eq!(stage.text("data/changed.txt"), "somebody else was here\n");
    assert_eq!(stage.text("data/new.txt"), "new\n");
    // What conflicts waits until a person has decided.
    stage.run(&["apply"]).exits(1);
    stage.file("data/changed.txt", "one\ntwo\nthree\n");
    stage.run(&["apply"]).exits(0);
    is_changed(&stage);
}

#[test]
fn what_a_plugin_makes_where_something_came_to_be_is_a_conflict() {
    let stage = stage();
    run(&stage);
    stage.file("data/new.txt", "somebody else's\n");
    std::os::unix::fs::symlink("/etc", stage.path("out")).expect("a link");
    stage.run(&["apply"]).exits(1).says("conflict: ");
    assert_eq!(stage.text("data/new.txt"), "somebody else's\n");
    assert!(!std::path::Path::new("/etc/deep").exists());
}

#[test]
fn dropped_changes_are_gone() {
    let stage = stage();
    run(&stage);
    stage.run(&["discard"]).exits(0).prints_nothing().says("change(s) of [RUN]");
    stage.run(&["diff"]).exits(2);
    is_as_before(&stage);
}

#[test]
fn a_run_may_be_told_to_apply() {
    let stage = stage();
    let outcome = stage.run_generously(&["call", "p", "run", "--apply"]);
    outcome.exits(0).says("applied  /workspace/data/changed.txt").never_says("Nothing on disk");
    is_changed(&stage);
    stage.run(&["diff"]).exits(2);
}

#[test]
fn nothing_is_applied_of_a_run_that_failed() {
    let stage = stage();
    stage
        .plugin("p")
        .writes(&["./out/"])
        .main("import * as fs from 'aether:fs'; export default async () => { await fs.writeText('./out/x', '1'); throw new Error('late'); };");
    stage.run_generously(&["call", "p", "run", "--apply"]).exits(1).says("late");
    assert!(!stage.has("out"));
    // It is kept for a person to look at.
    stage.run(&["diff"]).exits(0).prints_some("/workspace/out/x: new file");
}

#[test]
fn a_quota_keeps_a_plugin_from_filling_the_memory() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).resources(r#"{ "disk": "1MB" }"#).main(
        "import * as fs from 'aether:fs';
         export default async () => {
           try { for (let i = 0; ; i++) await fs.writeText(`./out/${i}`, 'x'.repeat(100000)); }
           catch (error) { return error.code; }
         };",
    );
    stage.run_generously(&["call", "p", "run"]).exits(0).prints(r#""ERR_QUOTA_EXCEEDED""#);
    assert!(!stage.has("out"));
    // A plugin that does not deal with it has run into its limit.
    stage.plugin("q").writes(&["./out/"]).resources(r#"{ "disk": "1MB" }"#).main(
        "import * as fs from 'aether:fs';
         export default () => fs.writeText('./out/x', 'x'.repeat(2e6));",
    );
    stage.run_generously(&["call", "q", "run"]).exits(5).says("disk limit of 1 MB");
}

#[test]
fn steps_that_write_the_same_file_do_not_overwrite_each_other_unseen() {
    let stage = Stage::new();
    for name in ["one", "two"] {
        stage.plugin(name).writes(&["./out/"]).main(&format!(
            "import * as fs from 'aether:fs'; export default () => fs.writeText('./out/x', '{name}');"
        ));
    }
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./one }\n  - { id: b, plugin: ./two, needs: [a] }\n",
    );
    stage.run_generously(&["run", "p.yaml"]).exits(0);
    let applied = stage.run(&["apply"]);
    applied.exits(1).says("applied").says("conflict: ");
    assert_eq!(stage.text("out/x"), "one");
}

/// A change is known by its cell: the same path in another cell is another change.
#[test]
fn a_record_says_of_each_cell_what_was_made_of_it() {
    let stage = Stage::new();
    for name in ["one", "two"] {
        stage.plugin(name).writes(&["./out/"]).main(&format!(
            "import * as fs from 'aether:fs'; export default () => fs.writeText('./out/x', '{name}');"
        ));
    }
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./one }\n  - { id: b, plugin: ./two, needs: [a] }\n",
    );
    let outcome = stage.run_generously(&["run", "p.yaml", "--apply", "--format", "json"]);
    let record = &outcome.exits(1).json()["record"];
    let applied = |cell: usize, path: &str| {
        let changes = record["cells"][cell]["changes"].as_array().expect("changes");
        let change = changes.iter().find(|change| change["path"] == path).expect("the change");
        change["applied"] == true
    };
    assert!(applied(0, "/workspace/out/x"), "{record}");
    assert!(!applied(1, "/workspace/out/x"), "{record}");
    assert!(applied(1, "/workspace/out"), "the folder was there already: {record}");
    outcome.says("could not be made and wait");
}

/// What a person means in a folder are the runs that were begun there.
#[test]
fn the_runs_of_another_folder_must_be_named() {
    let stage = stage();
    std::fs::create_dir(stage.path("elsewhere")).expect("a folder");
    let name = name_of(&run(&stage));
    for command in ["diff", "apply", "discard"] {
        let refused = stage.aether(&[command]).within("elsewhere").run();
        refused.exits(2).prints_nothing();
        refused.says("no run that was begun in this folder has changes that wait");
        refused.says("[RUN]  just now, in [WORK]").says("name one of them");
    }
    // Every name begins with nothing, which is no name.
    for command in ["diff", "apply", "discard"] {
        stage.run(&[command, ""]).exits(2).prints_nothing().says("the run's name is empty");
    }
    is_as_before(&stage);
    stage.aether(&["diff", &name]).within("elsewhere").run().exits(0);
    stage.aether(&["apply", &name]).within("elsewhere").run().exits(0);
    is_changed(&stage);
    let again = stage.run(&["apply", &name]);
    again.exits(2).says("has no changes that wait");
}

#[test]
fn what_a_policy_commits_is_made_when_the_run_has_ended_well() {
    let policy = "version: 1\nplugins:\n  p:\n    allow: { filesystem: { read: [\"./data/**\"], write: \
                  [\"./data/**\", \"./out/\"] } }\n    commit: [\"./out/**\"]\n";
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    let stage = stage();
    stage.file("policy.yaml", policy);
    let outcome = stage.run(&line);
    outcome.exits(0).says("applied  /workspace/out/deep/er/binary").says("What was not made waits");
    assert_eq!(std::fs::read(stage.path("out/deep/er/binary")).expect("a file"), [0, 255, 1]);
    assert!(!stage.has("data/new.txt") && stage.has("data/old.txt"), "the rest waits");
    stage.run(&["apply"]).exits(0);
    is_changed(&stage);

    // Not when it has failed.
    let stage = self::stage();
    stage.file("policy.yaml", policy);
    let failing = MAIN.replace("return fs.readText('./data/changed.txt')", "throw new Error('no')");
    stage.plugin("p").reads(&["./data/**"]).writes(&["./data/**", "./out/"]).main(&failing);
    stage.run(&line).exits(1);
    is_as_before(&stage);

    // Nor by a policy that lies beside a pipeline: whoever laid it there would be making changes.
    let stage = self::stage();
    stage.file("aether-policy.yaml", policy);
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    stage.run(&["run", "p.yaml"]).exits(2).says("`commit` holds in a policy that is named");
    is_as_before(&stage);
}

#[test]
fn a_person_chooses_among_changes() {
    let stage = stage();
    run(&stage);
    stage.run(&["apply", "--interactive"]).exits(2).says("--interactive needs a terminal");
    is_as_before(&stage);
    let mut session = Session::start(&stage.aether(&["apply", "-i", "--only", "./data/*"]));
    session.wait_for("[N]o").types("y\n");
    session.wait_for("moved-to.txt: moved").wait_for_times("[N]o", 2).types("q\n");
    session.end().exits(0);
    assert_eq!(stage.text("data/changed.txt"), "one\nTWO\nthree\n");
    assert!(stage.has("data/old.txt") && !stage.has("data/new.txt"));
    stage.run(&["apply"]).exits(0).says("already there  /workspace/data/changed.txt");
    is_changed(&stage);
}

#[test]
fn what_is_made_together_is_made_whole_or_not_at_all() {
    let stage = stage();
    run(&stage);
    stage.file("data/changed.txt", "somebody else's\n");
    stage.run(&["apply", "--together"]).exits(1).says("changed on the host");
    assert!(!stage.has("data/new.txt") && !stage.has("out") && stage.has("data/old.txt"));
    stage.file("data/changed.txt", "one\ntwo\nthree\n");
    stage.run(&["apply", "--together"]).exits(0);
    is_changed(&stage);
}

#[test]
fn a_pipeline_can_be_a_transaction() {
    let write = |name: &str, then: &str| {
        format!(
            "import {{ writeText }} from 'aether:fs';
             export default async () => {{ await writeText('./out/{name}', 'new'); {then} }};"
        )
    };
    let pipeline = "transaction: true\nsteps:\n  - { id: a, plugin: ./a }\n  - { id: b, plugin: ./b, needs: [a] }\n";
    let stage = Stage::new();
    stage.file("out/kept.txt", "");
    stage.file("p.yaml", pipeline);
    stage.plugin("a").writes(&["./out/**"]).main(&write("a.txt", ""));
    stage.plugin("b").writes(&["./out/**"]).main(&write("b.txt", ""));
    stage.run_generously(&["run", "p.yaml"]).exits(0);
    let only = stage.run(&["apply", "--only", "./out/a.txt"]);
    only.exits(2).says("is a transaction").says("leave `--only` and `--interactive` out");
    // One that cannot be made keeps the other from being made.
    stage.file("out/b.txt", "somebody else's");
    stage.run(&["apply"]).exits(1);
    assert!(!stage.has("out/a.txt"), "nothing of it");
    std::fs::remove_file(stage.path("out/b.txt")).expect("a file");
    stage.run(&["apply"]).exits(0);
    assert_eq!(
        (stage.text("out/a.txt"), stage.text("out/b.txt")),
        ("new".to_owned(), "new".to_owned())
    );

    // Of one that fails nothing waits.
    std::fs::remove_file(stage.path("out/a.txt")).expect("a file");
    stage.plugin("b").writes(&["./out/**"]).main(&write("b.txt", "throw new Error('no');"));
    stage.run_generously(&["run", "p.yaml"]).exits(1).says("nothing that it wrote is kept");
    stage.run(&["apply"]).exits(2);
    assert!(!stage.has("out/a.txt"));
}

#[test]
fn a_policy_commits_a_transaction_whole_or_not_at_all() {
    let policy = |patterns: &str| {
        let write = "{ filesystem: { write: [\"./data/**\", \"./out/\"], read: [\"./data/**\"] } }";
        format!(
            "version: 1\nplugins:\n  p:\n    allow: {write}\n    commit: [{patterns}]\n  q:\n    \
             allow: {write}\n"
        )
    };
    let write = "import { writeText } from 'aether:fs';
        export default async () => { await writeText('./out/q.txt', 'new'); };";
    let stage = stage();
    stage.plugin("q").writes(&["./out/"]).main(write);
    stage.file("p.yaml", "transaction: true\nsteps:\n  - { id: p, plugin: ./p }\n");
    stage.file(
        "both.yaml",
        "transaction: true\nsteps:\n  - { id: p, plugin: ./p }\n  - { id: q, plugin: ./q }\n",
    );
    // Some of what one plugin wrote; all that one wrote, and nothing of the other's.
    for (pipeline, patterns) in
        [("p.yaml", "\"./out/**\""), ("both.yaml", "\"./out/**\", \"./data/**\"")]
    {
        stage.file("policy.yaml", policy(patterns));
        let outcome = stage.run(&["run", pipeline, "--policy", "policy.yaml"]);
        outcome.exits(0).says("Nothing on disk has changed");
        is_as_before(&stage);
    }
    stage.file("policy.yaml", policy("\"./out/**\", \"./data/**\""));
    let outcome = stage.run(&["run", "p.yaml", "--policy", "policy.yaml"]);
    outcome.exits(0).says("applied  /workspace/out/deep/er/binary");
    is_changed(&stage);
}

#[test]
fn what_a_policy_lets_change_directly_is_changed_at_once() {
    const DIRECT: &str = "
        import * as fs from 'aether:fs';
        import { openSync, writeSync, closeSync } from 'node:fs';
        export default async () => {
          await fs.mkdir('./out/deep/er', { recursive: true });
          await fs.writeText('./out/deep/er/a.txt', 'one\\n');
          await fs.writeText('./out/deep/er/a.txt', 'two\\n', { append: true });
          await fs.rename('./out/deep/er/a.txt', './out/b.txt');
          await fs.writeText('./out/b.txt', 'three\\n', { append: true });
          await fs.remove('./out/deep', { recursive: true });
          const fd = openSync('./out/c.txt', 'w');
          writeSync(fd, 'cd', 0); writeSync(fd, 'ab', 1); closeSync(fd);
          await fs.writeText('./data/new.txt', 'waits');
          return await fs.rename('./out/c.txt', './data/c.txt').catch((error) => error.code);
        };
        // What somebody else has saved since it was read is not written over.
        export async function late(input, ctx) {
          await fs.readText('./out/b.txt');
          ctx.log.info('read');
          const until = Date.now() + 20_000;
          while (!(await fs.exists('./out/saved')) && Date.now() < until);
          return await fs.writeText('./out/b.txt', 'over').catch((error) => error.code);
        }";
    let policy = |more: &str| {
        let allow = "{ filesystem: { read: [\"./out/**\"], write: [\"./data/**\", \"./out/**\"] }, compat: [\"node:fs\"] }";
        format!("version: 1\nplugins: {{ p: {{ allow: {allow}{more} }} }}\n")
    };
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    let stage = stage();
    stage.file("out/kept.txt", "kept");
    stage
        .plugin("p")
        .reads(&["./out/**"])
        .writes(&["./data/**", "./out/**"])
        .with("compat", r#"["node:fs"]"#)
        .main(DIRECT);
    stage.file("policy.yaml", policy(", direct: [\"./out/**\"]"));
    let outcome = stage.run(&line);
    outcome.exits(0).prints("\"EXDEV\"").says("at-once");
    outcome.says("Nothing on disk has changed beside the files that were written through");
    assert_eq!(
        (stage.text("out/b.txt"), stage.text("out/c.txt")),
        ("one\ntwo\nthree\n".into(), "cab".into())
    );
    assert!(!stage.has("out/deep") && !stage.has("data/new.txt") && stage.has("out/kept.txt"));
    let run = stage.state().join("runs").join(name_of(&outcome));
    let log = std::fs::read_to_string(run.join("audit.jsonl")).expect("the log");
    assert!(log.contains(r#""action":"direct""#), "{log}");
    let late = ["call", "p", "late", "--policy", "policy.yaml"];
    let mut session = Session::start(&stage.aether(&late));
    session.wait_for("read");
    stage.file("out/b.txt", "somebody's");
    stage.file("out/saved", "");
    session.end().exits(0).says("EBUSY");
    assert_eq!(stage.text("out/b.txt"), "somebody's");

    // Nobody may say so beside a pipeline, or for what writes a layer.
    stage.file("aether-policy.yaml", policy(", direct: [\"./out/**\"]"));
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    stage.run(&["run", "p.yaml"]).exits(2).says("`direct` holds in a policy that is named");
}

#[test]
fn what_is_changed_at_once_cannot_wait_for_others() {
    let policy = "version: 1\nplugins:\n  p:\n    allow: { filesystem: { write: [\"./out/**\"] } }\n    \
                  direct: [\"./out/**\"]\n";
    let stage = Stage::new();
    stage.file("out/kept.txt", "");
    stage.file("policy.yaml", policy);
    stage.plugin("p").writes(&["./out/**"]).main(
        "import { writeText } from 'aether:fs';
         export default async () => { await writeText('./out/a', 'x'); };",
    );
    stage.file("p.yaml", "transaction: true\nsteps: [{ id: a, plugin: ./p }]\n");
    let outcome = stage.run(&["run", "p.yaml", "--policy", "policy.yaml"]);
    outcome.exits(2).says("the pipeline is a transaction: write `commit`");
    assert!(!stage.has("out/a"));
    // Nor a layer, which is looked at when it is full.
    stage
        .plugin("p")
        .writes(&["./out/**"])
        .with("runtime", r#""native""#)
        .with("entry", r#"["true"]"#)
        .main("");
    let outcome = stage.run(&["call", "p", "run", "--policy", "policy.yaml"]);
    outcome.exits(2).says("those of a native program cannot be");
    // A person who is asked is told of it, and asked again once it is so.
    stage.plugin("p").writes(&["./out/**"]).main("export default () => 1;");
    let asking = "version: 1\nplugins: { p: { allow: { filesystem: { write: [\"./out/**\"] } }, consent: ask";
    stage.file("policy.yaml", format!("{asking} }} }}\n"));
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    let mut session = Session::start(&stage.aether(&line));
    session.wait_for("[N]o").types("a\n");
    session.end().exits(0);
    stage.run(&line).exits(0);
    stage.file("policy.yaml", format!("{asking}, direct: [\"./out/**\"] }} }}\n"));
    let mut session = Session::start(&stage.aether(&line));
    session.wait_for("made on disk at once, unseen").wait_for("[N]o").types("n\n");
    session.end().exits(3);
}

#[test]
fn only_what_matches_at_both_ends_is_chosen() {
    let stage = stage();
    stage.plugin("p").writes(&["./data/**", "./out/"]).main(
        "import { rename } from 'aether:fs';
         export default async () => { await rename('./data/moved.txt', './out/moved.txt'); };",
    );
    stage.file("out/kept.txt", "");
    stage.run_generously(&["call", "p", "run"]).exits(0);
    for only in ["./out/**", "./data/**"] {
        stage.run(&["apply", "--only", only]).exits(2).says("no change of");
    }
    assert!(stage.has("data/moved.txt"));
    stage.run(&["apply"]).exits(0);
    assert!(!stage.has("data/moved.txt") && stage.has("out/moved.txt"));
}

#[test]
fn a_diff_shows_what_lines_end_in() {
    let stage = Stage::new();
    stage.file("data/a", "one\ntwo\n");
    stage.plugin("p").reads(&["./data/**"]).writes(&["./data/**"]).main(
        "import { writeText } from 'aether:fs';
         export default async () => { await writeText('./data/a', 'one\\r\\ntwo\\n'); };",
    );
    stage.run_generously(&["call", "p", "run"]).exits(0);
    stage.run(&["diff"]).exits(0).prints_some("-one\n+one\\r\n");
}

#[test]
fn what_is_moved_is_committed_where_both_ends_are() {
    let main = "import { rename } from 'aether:fs';
        export default async () => { await rename('./data/moved.txt', './out/moved.txt'); };";
    let policy = |commit: &str| {
        let write = "{ filesystem: { write: [\"./data/**\", \"./out/\"] } }";
        format!("version: 1\nplugins: {{ p: {{ allow: {write}, commit: [{commit}] }} }}\n")
    };
    let stage = stage();
    stage.file("out/kept.txt", "");
    stage.plugin("p").writes(&["./data/**", "./out/"]).main(main);
    for commit in ["\"./out/**\"", "\"./data/**\""] {
        stage.file("policy.yaml", policy(commit));
        stage.run(&["call", "p", "run", "--policy", "policy.yaml"]).exits(0);
        assert!(stage.has("data/moved.txt") && !stage.has("out/moved.txt"), "{commit}");
    }
    stage.file("policy.yaml", policy("\"./out/**\", \"./data/**\""));
    stage.run(&["call", "p", "run", "--policy", "policy.yaml"]).exits(0);
    assert!(!stage.has("data/moved.txt") && stage.text("out/moved.txt") == "moved\n");
}

#[test]
fn there_is_something_to_resume_or_not() {
    let stage = stage();
    let name = name_of(&run(&stage));
    stage.run(&["apply", "--resume"]).exits(2).says("was cut off").says("makes its changes");
    is_as_before(&stage);
    stage.run(&["apply", "--resume", "--only", "x"]).exits(2);
    // Whatever stands there is not taken for what it is not.
    let journal = stage.state().join(format!("runs/{name}/apply.journal"));
    std::fs::write(&journal, "{\"journal\":99}\n").expect("a file");
    stage.run(&["apply"]).exits(2);
    stage.run(&["apply", "--resume"]).exits(2);
    stage.run(&["discard"]).exits(2).says("cannot be told").says("--force");
    is_as_before(&stage);
    std::fs::remove_file(&journal).expect("a file");
    stage.run(&["apply"]).exits(0);
    is_changed(&stage);
}

#[test]
fn a_diff_is_read_page_by_page_in_a_terminal() {
    let stage = stage();
    run(&stage);
    let within = |pager: &str| {
        let outcome = Session::start(&stage.aether(&["diff"]).env("AETHER_PAGER", pager)).end();
        outcome.exits(0);
        outcome.stderr
    };
    let paged = within("sed s/^/=/");
    assert!(paged.contains("=\u{1b}[1m/workspace/data/changed.txt: changed"), "{paged}");
    let left = within("head -n 1");
    assert!(left.contains("changed.txt") && !left.contains("new.txt"), "{left}");
    let paged = within("X=1 sed s/^/=/");
    assert!(paged.contains("=\u{1b}[1m/workspace/data/changed.txt: changed"), "{paged}");
    for pager in ["", "cat", "no-such-pager", "/no/such/pager -x", "X=1 no-such-pager"] {
        let shown = within(pager);
        assert!(shown.contains("changed.txt") && shown.contains("binary"), "{pager}: {shown}");
    }
    let piped = stage.aether(&["diff"]).env("AETHER_PAGER", "sed s/^/=/").run();
    assert!(!piped.stdout.contains('='), "{piped}");
}

/// A run whose changes were being applied when the process was killed.
fn cut_off() -> (Stage, String) {
    let stage = stage();
    let more =
        format!("await fs.writeText('./out/large', 'x'.repeat({LARGE}));\n  return fs.readText");
    let main = MAIN.replacen("return fs.readText", &more, 1);
    stage.plugin("p").reads(&["./data/**"]).writes(&["./data/**", "./out/"]).main(&main);
    let name = name_of(&run(&stage));
    // The kernel ends whoever writes a file beyond this limit.
    // Unless it was started with that signal ignored, as by a program in Python.
    let script =
        format!("ulimit -f {}; exec env --default-signal=XFSZ \"$0\" apply", LARGE / 2 / 512);
    let program = env!("CARGO_BIN_EXE_aether");
    let killed = stage.command("sh").args(["-c", &script, program]).run();
    assert_eq!(killed.code, None, "{killed}");
    (stage, name)
}

/// Bytes of a file that takes many blocks.
const LARGE: usize = 1_000_000;

#[test]
fn what_was_cut_off_is_finished_and_not_dropped_unasked() {
    let (stage, name) = cut_off();
    stage.run(&["apply"]).exits(2).says("resume");
    let refused = stage.run(&["discard"]);
    refused.exits(2).says(&format!("aether apply --resume {name}")).says("--force");
    stage.run(&["apply", "--resume"]).exits(0);
    is_changed(&stage);
    assert_eq!(stage.text("out/large").len(), LARGE);
    stage.run(&["diff"]).exits(2).says("no run has changes that wait");

    // What a crash leaves of dropping goes when another run begins.
    let leftover = stage.state().join("runs").join(&name).join("dropped");
    std::fs::create_dir_all(leftover.join("00001")).expect("a folder");
    stage.run_generously(&["call", "p", "run"]).exits(1);
    assert!(!leftover.exists());

    let (stage, name) = cut_off();
    stage.run(&["discard", "--force"]).exits(0).says("Dropped");
    let run = stage.state().join("runs").join(name);
    assert!(!run.join("apply.journal").exists() && !run.join("changes").exists());
    stage.run(&["apply"]).exits(2).says("no run has changes that wait");
}

#[test]
fn a_diff_says_what_is_worth_a_second_look() {
    let stage = Stage::new();
    stage.file("data/.env", "A=1\n");
    stage.file("data/tool", "#!/bin/sh\n");
    let tool = stage.path("data/tool");
    std::process::Command::new("chmod").arg("755").arg(&tool).status().expect("chmod");
    std::fs::hard_link(&tool, stage.path("twin")).expect("a second name");
    stage.plugin("p").reads(&["./data/**"]).writes(&["./data/**"]).main(
        "import { writeText } from 'aether:fs';
         export default async () => { await writeText('./data/.env', 'A=2\\n'); await writeText('./data/tool', 'x\\n'); };",
    );
    stage.run_generously(&["call", "p", "run"]).exits(0);
    let diff = stage.run(&["diff"]);
    diff.exits(0).prints_some("! a name that begins with a dot");
    diff.prints_some("! sensitive: secrets of an application").prints_some("! can be executed");
    diff.prints_some("! 1 other name(s) of the file would keep what it was");
}
