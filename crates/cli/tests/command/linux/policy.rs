//! What the owner allows, and where that is read from.

use crate::Stage;

/// A plugin that uses everything it asks for.
const MAIN: &str = "
import * as fs from 'aether:fs';
import * as env from 'aether:env';
export default async () => {
  await fs.mkdir('./out', { recursive: true });
  await fs.writeText('./out/copy.txt', await fs.readText('./in/a.txt'));
  return [await fs.readText('./in/a.txt'), await env.get('LANG')];
};";

fn stage_with(plugin: &str) -> Stage {
    let stage = Stage::new();
    stage.file("in/a.txt", "content");
    stage
        .plugin(plugin)
        .permissions(
            r#"{ "filesystem": { "read": ["./in/**"], "write": ["./out/"] }, "environment": ["LANG"] }"#,
        )
        .resources(r#"{ "memory": "300MB", "timeout": "45s" }"#)
        .main(MAIN);
    stage
}

/// The policy lines that a refusal shows, as a person would copy them.
fn printed_policy(words: &str) -> String {
    let (_, rest) = words.split_once("would allow it:\n\n").expect("policy lines");
    let lines = rest.lines().take_while(|line| line.starts_with("    "));
    lines.map(|line| format!("{}\n", &line[4..])).collect()
}

#[test]
fn without_a_policy_it_is_refused_with_the_lines_that_allow_it() {
    let stage = stage_with("p");
    let refused = stage.call("p", "run");
    refused.exits(3).prints_nothing().says("there is no policy, and there is nobody to ask");
    refused.says("p/aether-plugin.json:");
    stage.file("printed.yaml", printed_policy(&refused.stderr));
    let allowed = stage.run(&["call", "p", "run", "--policy", "printed.yaml"]);
    allowed.exits(0).prints(r#"["content","C.UTF-8"]"#);

    // A program gets the same lines.
    let checked = stage.run(&["check", "p", "--format", "json"]).exits(3).json();
    assert_eq!(checked["plugins"][0]["decision"], "refused");
    assert_eq!(checked["plugins"][0]["fix"], printed_policy(&refused.stderr));
    stage.run(&["check", "p", "--policy", "printed.yaml"]).exits(0).says("would be granted");
}

#[test]
fn the_printed_policy_of_a_pipeline_allows_all_of_it() {
    let stage = stage_with("one");
    stage.plugin("two").reads(&["./in/a.txt"]).main("export default () => 2;");
    stage.plugin("three").main("export default () => 3;");
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./one }\n  - { id: b, plugin: ./two }\n  - { id: c, plugin: ./three }\n  - { id: d, plugin: ./two }\noutput: \"${{ steps.d.result }}\"\n",
    );
    let refused = stage.run(&["run", "p.yaml"]);
    refused.exits(3).prints_nothing();
    stage.file("printed.yaml", printed_policy(&refused.stderr));
    stage.run(&["run", "p.yaml", "--policy", "printed.yaml"]).exits(0).prints("2");
}

#[test]
fn a_policy_that_is_too_narrow_is_told_what_it_lacks() {
    let stage = stage_with("p");
    stage.file(
        "narrow.yaml",
        "version: 1\nlimits: { timeout: 40s }\nplugins:\n  p:\n    allow: { filesystem: { read: [\"./in/*.txt\"] } }\n",
    );
    let refused = stage.run(&["call", "p", "run", "--policy", "narrow.yaml"]);
    refused.exits(3).prints_nothing();
    refused
        .says("reading `./in/**` is refused: the entry `p` at narrow.yaml:4:3 does not allow it");
    refused.says("writing `./out/` is refused");
    refused.says("the variable `LANG` is refused");
    refused.says("the ceiling at narrow.yaml:2:20 is 40s");
    let lines = printed_policy(&refused.stderr);
    assert!(lines.contains("write: [\"./out/\"]") && lines.contains("LANG"), "{lines}");
}

#[test]
fn a_policy_that_names_another_plugin_allows_nothing() {
    let stage = stage_with("p");
    stage.file(
        "other.yaml",
        "version: 1\nplugins:\n  q: { allow: { filesystem: { read: [\"/**\"] } } }\n",
    );
    let refused = stage.run(&["call", "p", "run", "--policy", "other.yaml"]);
    refused.exits(3).says("other.yaml has no entry for this plugin");
    stage.file("printed.yaml", format!("version: 1\n{}", printed_policy(&refused.stderr)));
    stage.run(&["call", "p", "run", "--policy", "printed.yaml"]).exits(0);
}

#[test]
fn a_policy_beside_the_pipeline_is_found_and_one_elsewhere_is_not() {
    let policy = "version: 1\nplugins:\n  p:\n    allow: { filesystem: { read: [\"./in/**\"], write: [\"./out/\"] }, environment: [LANG] }\n    limits: { memory: 300MB, timeout: 45s }\n";
    let stage = stage_with("pipelines/plugins/p");
    stage.file("pipelines/p.yaml", "steps: [{ id: a, plugin: ./plugins/p }]\n");
    // Beside the plugin, and where the command is run: whoever wrote the plugin could have laid
    // the first, whoever shared the folder the second.
    stage.file("pipelines/plugins/p/aether-policy.yaml", policy);
    stage.file("aether-policy.yaml", policy);
    stage.run(&["run", "pipelines/p.yaml"]).exits(3).says("there is no policy");
    stage.run(&["run", "pipelines/plugins/p"]).exits(3).says("there is no policy");
    stage.call("pipelines/plugins/p", "run").exits(3).says("there is no policy");
    stage.aether(&["call", ".", "run"]).within("pipelines/plugins/p").run().exits(3);

    stage.file("pipelines/aether-policy.yaml", policy);
    stage.run(&["run", "pipelines/p.yaml"]).exits(0).says("pipelines/aether-policy.yaml");
    stage.call("pipelines/plugins/p", "run").exits(3).says("there is no policy");
}

#[test]
fn a_pipeline_names_its_policy_and_a_person_outranks_it() {
    let stage = stage_with("p");
    let text = "steps: [{ id: a, plugin: ./p }]\npolicy: ./named/by-pipeline.yaml\n";
    stage.file("p.yaml", text);
    let outcome = stage.run(&["run", "p.yaml"]);
    outcome.exits(2).says("named/by-pipeline.yaml");
    stage.file("named/by-pipeline.yaml", "version: 1\nplugins: {}\n");
    stage.run(&["run", "p.yaml"]).exits(3).says("by-pipeline.yaml has no entry for this plugin");

    let allow = "version: 1\nplugins:\n  p:\n    allow: { filesystem: { read: [\"./**\"], write: [\"./**\"] }, environment: [LANG] }\n    limits: { memory: 300MB, timeout: 45s }\n";
    stage.file("mine.yaml", allow);
    stage.run(&["run", "p.yaml", "--policy", "mine.yaml"]).exits(0).says("mine.yaml");
    // The user's own comes before the pipeline's, and a named one before both.
    std::fs::create_dir_all(stage.home().join(".config/aether")).expect("a folder");
    let own = stage.home().join(".config/aether/aether-policy.yaml");
    std::fs::write(&own, allow).expect("a policy");
    stage.run(&["run", "p.yaml"]).exits(0).says(".config/aether/aether-policy.yaml");
    stage.call("p", "run").exits(0);
    stage.run(&["run", "p.yaml", "--policy", "named/by-pipeline.yaml"]).exits(3);
    std::fs::create_dir_all(stage.aside("xdg/aether")).expect("a folder");
    std::fs::write(stage.aside("xdg/aether/aether-policy.yaml"), "version: 1\n").expect("a policy");
    let elsewhere = stage.aether(&["call", "p", "run"]).env("XDG_CONFIG_HOME", stage.aside("xdg"));
    elsewhere.run().exits(3).says("has no entry for this plugin");
}

#[test]
fn a_policy_that_was_found_grants_no_sensitive_place() {
    let stage = Stage::new();
    stage.file("app/.env", "SECRET=1");
    stage
        .plugin("p")
        .permissions(
            r#"{ "filesystem": { "read": ["./app/.env", "/etc/shadow", "/etc/ssh/**"] }, "environment": ["API_TOKEN"] }"#,
        )
        .main("import * as fs from 'aether:fs'; export default () => fs.readText('./app/.env');");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\noutput: \"${{ steps.a.result }}\"\n");
    let policy = stage.file(
        "aether-policy.yaml",
        "version: 1\nplugins:\n  p:\n    allow: { filesystem: { read: [\"/**\", \"./**\"] }, environment: [API_TOKEN] }\n",
    );
    let refused = stage.run(&["run", "p.yaml"]);
    refused.exits(3).prints_nothing();
    for place in
        ["secrets of an application", "the password hashes", "the machine's SSH keys", "a secret"]
    {
        refused.says(&format!(
            "it reaches {place}, which only a policy that a person names can grant"
        ));
    }
    refused.says("name it: --policy aether-policy.yaml");
    let named = stage.aether(&["run", "p.yaml"]).arg("--policy").arg(&policy).run();
    named.exits(0).prints(r#""SECRET=1""#);
}

#[test]
fn a_closed_window_refuses_and_tells_when_it_opens() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let window = |window: &str| {
        let text = format!("version: 1\nplugins:\n  p:\n    windows: [{{ {window} }}]\n");
        stage.file("policy.yaml", text);
        stage.run(&["call", "p", "run", "--policy", "policy.yaml"])
    };
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    // 1970-01-01 was a Thursday. Three days from now is not today, even if midnight passes.
    let far = days[((now.as_secs() / 86_400 + 4 + 3) % 7) as usize];
    let closed =
        window(&format!("days: [{far}], from: \"10:00\", to: \"11:00\", timezone: Europe/Berlin"));
    closed
        .exits(3)
        .prints_nothing()
        .says("it may start only")
        .says("the next window opens ")
        .says(" 10:00 in Europe/Berlin")
        .says("policy.yaml:4:")
        .never_says("started");
    window("days: [mon-sun], timezone: UTC").exits(0).prints("1");
    window("days: [someday], timezone: UTC").exits(2);
    window("days: [mon], timezone: Europe/Berln").exits(2).says("Europe/Berlin");
}

#[test]
fn an_entry_for_one_version_is_for_no_other() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["./in/**"]).main("export default () => 1;");
    let printed = printed_policy(&stage.call("p", "run").stderr);
    let pinned = printed.replace("# digest", "digest");
    assert!(pinned != printed, "{printed}");
    stage.file("pinned.yaml", &pinned);
    let call = || stage.run(&["call", "p", "run", "--policy", "pinned.yaml"]);
    call().exits(0).prints("1");
    stage.plugin("p").reads(&["./in/**"]).main("export default () => 2;");
    call().exits(3).prints_nothing().says("the policy's entry is for the version");
}

#[test]
fn where_the_policy_wants_a_person_nobody_is_no_answer() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["./in/**"]).main("export default () => 1;");
    stage.file(
        "policy.yaml",
        "version: 1\nplugins:\n  p:\n    allow: { filesystem: { read: [\"./in/**\"] } }\n    consent: ask\n",
    );
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    stage.run(&line).exits(3).says("the policy wants a person to agree");
    // Whoever types this agrees.
    stage.aether(&line).arg("--yes-from-policy").run().exits(0).prints("1");
    stage.run(&["call", "p", "run", "--yes-from-policy"]).exits(3).says("there is no policy");
}

#[test]
fn the_shipped_policies_allow_the_shipped_examples() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let check = |target: &str, policy: Option<&str>| {
        let stage = Stage::new();
        let mut command = stage.aether(&["check"]).arg(format!("{examples}/{target}"));
        if let Some(policy) = policy {
            command = command.arg("--policy").arg(format!("{examples}/{policy}"));
        }
        command.run().exits(0).says(" 0 error(s)").never_says("refused");
    };
    check("log-triage/pipeline.yaml", None);
    check("misbehaving/pipeline.yaml", None);
    check("hello", None);
    check("notes", Some("notes/aether-policy.yaml"));
    check("misbehaving", Some("misbehaving/aether-policy.yaml"));
}

#[test]
fn what_stands_in_a_grant_and_does_nothing_is_told() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .permissions(r#"{ "network": { "domains": ["api.example.com"] }, "secrets": ["key"] }"#)
        .main("export default () => 1;");
    let policy = |domains: &str| {
        format!(
            "version: 1\nsecrets:\n  key: {{ from: \"env:KEY\", hosts: [other.example.org] }}\nplugins:\n  p:\n    \
             allow:\n      network: {{ domains: [{domains}], private: [\"localhost:9\"] }}\n      secrets: [key]\n"
        )
    };
    stage.file("policy.yaml", policy("api.example.com"));
    let checked = stage.run(&["check", "p", "--policy", "policy.yaml"]);
    checked.exits(0).says("policy.yaml:7:").says("no host that `p` may reach is at `localhost:9`");
    checked.says("policy.yaml:3:").says("no request of `p` can carry `key` to `other.example.org`");

    // A rule that can never hold refuses the start, and is told before.
    stage
        .plugin("p")
        .permissions(r#"{ "network": { "domains": ["localhost:8080"] } }"#)
        .main("export default () => 1;");
    stage.file("policy.yaml", policy("\"localhost:8080\""));
    let checked = stage.run(&["check", "p", "--policy", "policy.yaml"]);
    checked.exits(2).says("can never take effect").says("p/aether-plugin.json:");
    stage
        .run(&["call", "p", "run", "--policy", "policy.yaml"])
        .exits(3)
        .says("can never take effect");
}
