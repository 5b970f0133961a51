//! Folders and files that a person names, and where the plugin's places really are.

use aether_testkit::Session;
use serde_json::Value;

use crate::Stage;

const PIPELINE: &str = "\
inputs:
  logs: { type: folder, default: ./logs }
  list: { type: file, default: ./list.txt }
steps:
  - { id: a, plugin: ./p, mounts: { /var/log: \"${{ inputs.logs }}\" } }
";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.file("logs/a.log", "content");
    stage.file("list.txt", "");
    stage.plugin("p").reads(&["/var/log/**"]).main(
        "import * as fs from 'aether:fs'; export default () => fs.readText('/var/log/a.log');",
    );
    stage.file("p.yaml", PIPELINE);
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"/var/log/**\"] } } } }\n",
    );
    stage
}

#[test]
fn a_folder_of_many_files_is_listed_whole() {
    let stage = Stage::new();
    for number in 0..11_000 {
        stage.file(format!("many/{number:05}"), "");
    }
    let plugin = stage.plugin("p").reads(&["./many/**"]).with("compat", r#"["node:fs"]"#);
    plugin.main(
        "import * as fs from 'aether:fs';
         import { readdirSync } from 'node:fs';
         import { readdir } from 'node:fs/promises';
         export default async () => {
           const all = await fs.list('./many');
           const inOrder = all.every(({ name }, at) => Number(name) === at);
           const typed = readdirSync('./many', { withFileTypes: true }).filter((one) => one.isFile());
           return [all.length, 'truncated' in all, inOrder, (await readdir('./many')).length, typed.length];
         };",
    );
    stage.run_generously(&["call", "p", "run"]).exits(0).prints("[11000,false,true,11000,11000]");
}

#[test]
fn an_input_names_what_is_there() {
    let stage = stage();
    let check = |set: &[&str], words: &[&str]| {
        for command in ["run", "check"] {
            let line = [&[command, "p.yaml", "--policy", "policy.yaml"], set].concat();
            let outcome = stage.run(&line);
            outcome.exits(2).prints_nothing().never_says("started");
            words.iter().for_each(|words| {
                outcome.says(words);
            });
        }
    };
    let nope = "the input `logs`: `[WORK]/nope` is not there";
    check(&["--set", "logs=nope"], &[nope, "p.yaml:2:3"]);
    check(&["--set", "logs=/nope"], &["the input `logs`: `/nope` is not there"]);
    check(&["--set", "logs=list.txt"], &["the input `logs`: `[WORK]/list.txt` is no folder"]);
    check(&["--set", "list=logs"], &["the input `list`: `[WORK]/logs` is no file"]);
    check(&["--set", "list=nope", "--set", "logs=nope"], &[nope, "`list`: `[WORK]/nope`"]);
    check(&["--set", "logs=logs", "--set", "logs=."], &["the input `logs` is set twice"]);
    std::fs::remove_file(stage.path("list.txt")).expect("removed");
    check(&["--set", "logs=logs"], &["that is its default; give another with --set list=PATH"]);
}

#[test]
fn the_working_folder_is_a_folder() {
    let stage = stage();
    stage.plugin("q").main("export default () => 1;");
    for command in [&["call", "q", "run"][..], &["check", "q"], &["run", "p.yaml"]] {
        let line = [command, &["--workdir", "list.txt"]].concat();
        let outcome = stage.run(&line);
        outcome.exits(2).prints_nothing().says("list.txt: not a folder").never_says("started");
    }
}

/// `/var/log` is what the plugin calls it; what it is must stand wherever the grant is told.
#[test]
fn everybody_is_told_which_folder_a_place_is() {
    let stage = stage();
    let set = format!("logs={}", stage.path("logs").display());
    let line =
        ["run", "p.yaml", "--set", &set, "--policy", "policy.yaml", "--inspect-security=report"];
    let outcome = stage.run(&line);
    outcome.exits(0).says("folders      /var/log is [WORK]/logs");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let (cell, logs) = (&report["cells"][0], stage.path("logs").display().to_string());
    assert_eq!(cell["mounts"][0]["at"], "/var/log", "{cell}");
    assert_eq!(cell["mounts"][0]["host"], logs.as_str());
    assert_eq!(cell["grants"][0]["host"], logs.as_str());
    let page = stage.text("report/report.html").replace("<wbr>", "");
    assert!(page.contains(&format!("on the host <code>{logs}</code>")), "{page}");
    let log = stage.text("report/audit.jsonl");
    let grant = log.lines().find(|line| line.contains("\"kind\":\"grant\"")).expect("a grant");
    let grant: Value = serde_json::from_str(grant).expect("JSON");
    assert_eq!(grant["detail"]["host"], logs.as_str());

    let mut session = Session::start(&stage.aether(&["run", "p.yaml", "--set", &set]));
    let review = session.wait_for("[N]o").types("n\n");
    let _ = review;
    let review = session.end();
    review.exits(3).says("`/var/log` is this machine's `[WORK]/logs`");
}

#[test]
fn a_wildcard_reaches_nothing_of_the_host_itself() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["/**", "/proc/**"]).main(
        "import * as fs from 'aether:fs';
         const attempt = async (path) => { try { await fs.readText(path); return 'read'; } catch ({ code }) { return code; } };
         export default async () => {
           const own = (await fs.list('/proc')).map(({ name }) => name).filter((name) => /^[0-9]+$|self/.test(name));
           return [own, await attempt('/proc/version'), await attempt('/proc/self/environ'), await attempt('/proc/thread-self/status'), await attempt('/sys/kernel/notes'), await attempt('/proc/1/environ')];
         };",
    );
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"/**\", \"/proc/**\"] } } } }\n",
    );
    let denied = "\"ERR_ACCESS_DENIED\"";
    let outcome = stage.run(&["call", "p", "run", "--policy", "policy.yaml"]);
    outcome.exits(0).prints(&format!("[[],\"read\",{denied},{denied},{denied},{denied}]"));
    // The whole tree under another name is no way around it.
    stage.plugin("q").reads(&["/data/**"]).main(
        "import * as fs from 'aether:fs';
         export default async () => { try { return await fs.readText('/data/proc/self/environ'); } catch ({ code }) { return code; } };",
    );
    stage.file(
        "q.yaml",
        "inputs: { all: { type: folder } }\nsteps: [{ id: a, plugin: ./q, mounts: { /data: \"${{ inputs.all }}\" } }]\noutput: \"${{ steps.a.result }}\"\n",
    );
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { q: { allow: { filesystem: { read: [\"/data/**\"] } } } }\n",
    );
    let outcome = stage.run(&["run", "q.yaml", "--set", "all=/", "--policy", "policy.yaml"]);
    outcome.exits(0).prints("\"EACCES\"");
}

/// Whoever allows it: its variables are the host's, and its memory holds every other plugin's.
#[test]
fn the_hosts_own_process_is_granted_by_nobody() {
    let stage = Stage::new();
    let reads = ["/proc/self/environ", "/proc/thread-self/status", "./me/environ"];
    std::os::unix::fs::symlink("/proc/self", stage.path("me")).expect("a link");
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"/**\", \"/proc/self/**\", \"/proc/thread-self/**\"] } } } }\n",
    );
    for path in reads {
        let code =
            format!("import * as fs from 'aether:fs'; export default () => fs.readText('{path}');");
        stage.plugin("p").reads(&[path]).main(&code);
        let words = "where the kernel shows the host's own process";
        let call = ["call", "p", "run", "--policy", "policy.yaml"];
        let outcome = stage.aether(&call).env("TOKEN", "of-the-host").run();
        outcome.exits(3).prints_nothing().says(words).never_says("of-the-host");
        let outcome = stage.run(&["check", "p", "--policy", "policy.yaml"]);
        outcome.exits(3).says(words).says("no policy allows it");
        // Nobody is even asked.
        let session = Session::start(&stage.aether(&["call", "p", "run"]));
        session.end().exits(3).says(words).never_says("[N]o");
    }
    // Also not as a folder that a person names.
    stage.plugin("q").reads(&["/data/**"]).main(
        "import * as fs from 'aether:fs'; export default () => fs.readText('/data/environ');",
    );
    stage.file(
        "q.yaml",
        "inputs: { all: { type: folder } }\nsteps: [{ id: a, plugin: ./q, mounts: { /data: \"${{ inputs.all }}\" } }]\n",
    );
    stage.file(
        "policy.yaml",
        "version: 1\nplugins: { q: { allow: { filesystem: { read: [\"/data/**\"] } } } }\n",
    );
    let outcome =
        stage.run(&["run", "q.yaml", "--set", "all=/proc/self", "--policy", "policy.yaml"]);
    outcome.exits(3).says("where the kernel shows the host's own process");
}
