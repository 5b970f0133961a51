//! Native plugins: any program that answers lines.

use serde_json::Value;

use crate::Stage;

/// A plugin's side of the protocol: the rest of the program has `handle(method, input)`, which gives
/// a JSON value, and `ways` with the file it hears by and the descriptor it answers on.
const TALK: &str = r#"
import json, os, sys
def serve(hear, answer, handle):
    def reply(id, result):
        text = json.dumps({"jsonrpc": "2.0", "id": id, "result": result}) + "\n"
        rest = text.encode()
        while rest:
            rest = rest[os.write(answer, rest):]
    for line in hear:
        message = json.loads(line)
        method, params = message["method"], message.get("params", {})
        if method == "hello":
            reply(message["id"], {"protocol": 1, "engine": "python"})
        elif method == "load":
            reply(message["id"], {"exports": ["run"]})
        elif method == "call":
            output = handle(params["method"], params["input"]["json"])
            reply(message["id"], {"output": {"json": output}})
        elif method == "shutdown":
            return
ON_SOCKET = (os.fdopen(3, "rb"), 3) if os.environ.get("AETHER_FD") == "3" else None
ON_STREAMS = (sys.stdin.buffer, 1)
"#;

/// A plugin in Python with this code after [`TALK`].
fn python(stage: &Stage, code: &str) {
    plugin(stage, r#"["python3", "-u", "main.py"]"#, &[], &[]);
    stage.file("p/main.py", format!("{TALK}\n{code}\n"));
}

/// A plugin in the shell.
fn shell(stage: &Stage, code: &str) {
    plugin(stage, r#"["sh", "main.sh"]"#, &[], &[]);
    stage.file("p/main.sh", code);
}

fn plugin(stage: &Stage, entry: &str, reads: &[&str], writes: &[&str]) {
    let maker = stage.plugin("p").with("runtime", r#""native""#).with("entry", entry);
    maker.reads(reads).writes(writes).resources(r#"{ "timeout": "2s" }"#).main("");
}

/// Reads and never answers. Other programs than its own may not be run.
const SILENCE: &str = "while read -r line; do :; done";

const CALL: [&str; 3] = ["call", "p", "run"];

#[test]
fn it_is_talked_to_where_it_answers() {
    for way in ["ON_SOCKET", "ON_STREAMS"] {
        let stage = Stage::new();
        python(&stage, &format!("serve(*{way}, lambda method, input: [method, input])"));
        let outcome = stage.run(&["call", "p", "run", "--input", r#"{"a":[1,"é"]}"#]);
        outcome.exits(0).prints(r#"["run",{"a":[1,"é"]}]"#);
        let ordinary = stage.aether(&CALL).as_ordinary_user().run();
        ordinary.exits(0).prints(r#"["run",{}]"#);
    }
}

#[test]
fn a_shell_is_enough() {
    let stage = Stage::new();
    shell(
        &stage,
        r#"while read -r line; do
            id=${line#*\"id\":}; id=${id%%[,\}]*}
            case $line in
                *'"method":"hello"'*) r='{"protocol":1}' ;;
                *'"method":"load"'*) r='{"exports":["run"]}' ;;
                *'"method":"call"'*) r='{"output":{"json":"from the shell"}}' ;;
                *) exit 0 ;;
            esac
            echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$r}"
        done"#,
    );
    stage.call("p", "run").exits(0).prints(r#""from the shell""#);
}

#[test]
fn what_it_prints_becomes_the_log() {
    for way in ["ON_SOCKET", "ON_STREAMS"] {
        let stage = Stage::new();
        let code = format!(
            "print('before')\n\
             def handle(method, input):\n    print('while called'); print('and here', file=sys.stderr); return 1\n\
             serve(*{way}, handle)"
        );
        python(&stage, &code);
        let outcome = stage.call("p", "run");
        outcome.exits(0).prints("1").says("before").says("while called").says("and here");
        outcome.is_inert();
    }
}

#[test]
fn it_writes_into_a_layer_that_waits() {
    let stage = Stage::new();
    let entry = r#"["python3", "main.py"]"#;
    plugin(&stage, entry, &["./in/**", "./out/**"], &["./out/", "./new.txt"]);
    stage.file("in/a", "from the host");
    stage.file("out/old", "old");
    let code = "def handle(method, input):\n    \
                open('out/made', 'w').write(open('in/a').read())\n    \
                open('new.txt', 'w').write('new')\n    os.remove('out/old')\n    \
                return sorted(os.listdir('out'))\nserve(*ON_SOCKET, handle)";
    stage.file("p/main.py", format!("{TALK}\n{code}"));
    let outcome = stage.run_generously(&CALL);
    outcome.exits(0).prints(r#"["made"]"#).says("3 changes");
    assert!(stage.has("out/old") && !stage.has("out/made") && !stage.has("new.txt"));
    let diff = stage.run(&["diff"]);
    diff.exits(0).prints_some("/workspace/out/made: new file");
    diff.prints_some("/workspace/out/old: deleted").prints_some("/workspace/new.txt: new file");
    stage.run(&["apply"]).exits(0);
    assert_eq!(
        (stage.text("out/made"), stage.text("new.txt")),
        ("from the host".into(), "new".into())
    );
    assert!(!stage.has("out/old"));
}

#[test]
fn one_that_is_silent_is_ended() {
    let stage = Stage::new();
    shell(&stage, SILENCE);
    let outcome = stage.call("p", "run");
    outcome.exits(5).prints_nothing().says("time limit");
    assert!(outcome.took.as_secs() < 30, "{outcome}");
}

#[test]
fn one_that_talks_nonsense_is_told_apart() {
    let stage = Stage::new();
    // Not an answer, so it is output.
    shell(&stage, &format!("echo '{{\"not\": \"an answer\"}}'; echo rubbish; {SILENCE}"));
    stage.call("p", "run").exits(5).prints_nothing().says("rubbish");
    shell(&stage, "while :; do echo rubbish >&3; done");
    stage.call("p", "run").exits(4).prints_nothing();
    let unasked = r#"{"jsonrpc":"2.0","id":99,"result":{}}"#;
    shell(&stage, &format!("echo '{unasked}'; {SILENCE}"));
    let outcome = stage.call("p", "run");
    outcome.prints_nothing();
    assert!([Some(4), Some(5)].contains(&outcome.code), "{outcome}");
}

#[test]
fn one_that_ends_at_once_is_told() {
    let stage = Stage::new();
    for (code, why) in [("exit 0", "code 0"), ("exit 3", "code 3"), ("kill -SEGV $$", "signal 11")]
    {
        shell(&stage, code);
        stage.call("p", "run").exits(1).prints_nothing().says(why);
    }
    shell(&stage, "echo 'what is the matter' >&2; exit 3");
    stage.call("p", "run").exits(1).says("what is the matter");
}

#[test]
fn one_that_needs_another_host_is_refused_naming_what_there_is() {
    let check = |reply: &str, words: &str| {
        let stage = Stage::new();
        let code = format!(
            r#"read -r line
            echo '{{"jsonrpc":"2.0","id":1,"result":{reply}}}'
            while read -r line; do echo "$line" >&2; done"#
        );
        shell(&stage, &code);
        let outcome = stage.call("p", "run");
        outcome.exits(1).prints_nothing().says(words);
        assert!(!outcome.stderr.contains("\"load\""), "it is loaded all the same: {outcome}");
    };
    check(r#"{"protocol":2}"#, "the plugin speaks protocol version 2; this host speaks 1");
    check(
        r#"{"protocol":1,"needs":{"fs":9,"gpu":1}}"#,
        "the plugin needs the API module `fs` 9, and this host has 1; `gpu` 1, and this host has no `gpu`",
    );
}

#[test]
fn one_that_prints_without_end_is_ended() {
    let stage = Stage::new();
    for code in ["echo yes", "echo yes >&2", "printf yes", "echo"] {
        shell(&stage, &format!("while :; do {code}; done"));
        let outcome = stage.call("p", "run");
        outcome.exits(5).prints_nothing();
        assert!(outcome.took.as_secs() < 30, "{outcome}");
    }
}

#[test]
fn one_that_hangs_in_a_call_is_ended() {
    let stage = Stage::new();
    python(&stage, "import time\nserve(*ON_SOCKET, lambda method, input: time.sleep(1000))");
    let outcome = stage.call("p", "run");
    outcome.exits(5).prints_nothing().says("time limit of 2s");
    // Between its load and the call it may do nothing for as long as it likes; ended all the same.
    assert!(outcome.took.as_secs() < 30, "{outcome}");
}

#[test]
fn large_inputs_and_results_pass() {
    for way in ["ON_SOCKET", "ON_STREAMS"] {
        let stage = Stage::new();
        python(&stage, &format!("serve(*{way}, lambda method, input: input['text'])"));
        let text = "x".repeat(1_000_000);
        stage.file("input.json", format!("{{\"text\":\"{text}\"}}"));
        let outcome = stage.run(&["call", "p", "run", "--input", "@input.json"]);
        outcome.exits(0);
        assert!(outcome.stdout == format!("\"{text}\"\n"), "{}", outcome.stdout.len());
        // What it is given may be longer than what it may say.
        python(&stage, &format!("serve(*{way}, lambda method, input: len(input['text']))"));
        let text = "x".repeat(5_000_000);
        stage.file("input.json", format!("{{\"text\":\"{text}\"}}"));
        let outcome = stage.run(&["call", "p", "run", "--input", "@input.json"]);
        outcome.exits(0).prints("5000000");
    }
}

#[test]
fn what_is_too_large_is_told() {
    for way in ["ON_SOCKET", "ON_STREAMS"] {
        let stage = Stage::new();
        python(&stage, &format!("serve(*{way}, lambda method, input: 'x' * (2 << 20))"));
        let outcome = stage.call("p", "run");
        outcome.exits(4).prints_nothing().says("longer than");
    }
}

#[test]
fn what_is_missing_is_told_with_its_line() {
    let stage = Stage::new();
    plugin(&stage, r#"["no-such-interpreter", "main.x"]"#, &[], &[]);
    let outcome = stage.call("p", "run");
    outcome.exits(2).prints_nothing().says("no-such-interpreter").says("aether-plugin.json:");
    outcome.says("help: install it");
    plugin(&stage, r#"["./main.sh"]"#, &[], &[]);
    stage.file("p/main.sh", "#!/no/such/shell\n");
    stage.call("p", "run").exits(2).says("names /no/such/shell, which is not there").says("json:");
}

#[test]
fn grants_that_cannot_be_had_are_told_with_line_and_way_out() {
    let stage = Stage::new();
    stage.file("in/a", "a");
    stage.file("out/a", "a");
    let entry = r#"["sh", "main.sh"]"#;
    type Grants<'a> = &'a [&'a str];
    let cases: [(Grants<'_>, Grants<'_>, &str, &str); 5] = [
        (&["./in"], &[], "./in` is a folder", "write `./in/`"),
        (
            &["./none.txt"],
            &[],
            "./none.txt` is granted to be read and is not there",
            "make it first",
        ),
        (&[], &["./out/*.txt"], "./out/*.txt` cannot be granted", "a whole folder with a `/`"),
        (&["./out/a"], &["./out/"], "lies within", "to be read, or nothing of it"),
        (&["/dev/null"], &[], "/dev/null", "is its own"),
    ];
    for (reads, writes, why, help) in cases {
        plugin(&stage, entry, reads, writes);
        stage.file("p/main.sh", "exit 0");
        let policy = stage.aside("policy.yaml");
        let text = "version: 1\nplugins:\n  \"*\":\n    allow:\n      filesystem: { read: [\"/**\", \"/dev/null\"], write: [\"/**\"] }\n";
        std::fs::write(&policy, text).expect("a policy");
        let policy = policy.to_str().expect("a path");
        let outcome = stage.run(&[&CALL[..], &["--policy", policy]].concat());
        outcome.exits(2).prints_nothing().says(why).says(help).says("aether-plugin.json:");
    }
}

#[test]
fn it_is_no_program_of_ours_without_a_container() {
    let stage = Stage::new();
    shell(&stage, "exit 0");
    let outcome = stage.run(&["call", "p", "run", "--unsafe"]);
    outcome.exits(2).prints_nothing().says("native programs do not run without a container");
}

#[test]
fn the_report_tells_what_it_did() {
    let stage = Stage::new();
    python(&stage, "serve(*ON_SOCKET, lambda method, input: 1)");
    stage.run(&["call", "p", "run", "--inspect-security=report"]).exits(0).prints("1");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let posture = report["cells"][0]["posture"].as_array().expect("a posture");
    for name in ["root", "writes", "init", "seccomp", "landlock"] {
        let line = posture.iter().find(|line| line["name"] == name);
        assert_eq!(line.map(|line| &line["state"]), Some(&Value::from("enforced")), "{name}");
    }
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
}
