//! Policy, consent and what a cell is confined by.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aether::policy::grant::Decision;
use aether::{Answer, BuildError, CallError, ExitCode, Mount, StartError, StartOptions, State};
use serde_json::{Value, json};

use crate::lab::{Lab, policy, start, tests};

tests! {
    what_is_wanted_without_a_policy_is_refused,
    a_person_is_asked_and_remembered_as_told,
    a_policy_grants_and_refuses,
    a_cell_gets_every_protection_of_this_machine,
    without_a_container_the_posture_says_so,
    a_mount_that_a_person_named_stands_where_it_was_put,
    a_file_that_is_written_waits,
    nothing_runs_without_a_log,
    a_policy_sets_rates_and_a_manifest_only_lowers_them,
}

const READS: &str =
    "import { readText } from 'aether:fs'; export default () => readText('./in/a.txt');";

fn what_is_wanted_without_a_policy_is_refused() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = host.load(lab.plugin("p").reads(&["./in/**"]).main(READS)).expect("a plugin");
    assert!(matches!(host.decide(&plugin, &StartOptions::default()), Decision::Refused(_)));
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no cell");
    let StartError::Refused(refused) = &error else { panic!("{error:?}") };
    assert_eq!(refused.refusals[0].kind.code(), "no-policy");
    assert!(refused.policy.as_ref().is_some_and(|policy| policy.contains("./in/**")));
    assert_eq!(error.exit_code(), ExitCode::Refused);
    let kinds: Vec<_> = lab.records(&host).iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["run-start", "load", "grant"], "nothing was started");
}

fn a_person_is_asked_and_remembered_as_told() {
    let lab = Lab::new();
    lab.file("in/a.txt", "content");
    let folder = lab.plugin("p").reads(&["./in/**"]).main(READS);
    let asked = Arc::new(AtomicUsize::new(0));
    let mut consents = aether::policy::consent::Consents::new();
    for (answer, runs, times) in [
        (Answer::Refuse, false, 1),
        (Answer::Once, true, 2),
        (Answer::Always, true, 3),
        // What was agreed to for always is not asked for.
        (Answer::Refuse, true, 3),
    ] {
        let count = Arc::clone(&asked);
        let host = lab
            .builder()
            .audit(lab.aside(format!("{answer:?}-{times}.jsonl")))
            .consents(consents.clone())
            .ask(move |reviews| {
                count.fetch_add(1, Ordering::Relaxed);
                assert_eq!(reviews.len(), 1);
                assert_eq!(reviews[0].plugin.name, "p");
                answer
            })
            .build()
            .expect("a host");
        let plugin = host.load(&folder).expect("a plugin");
        // Asked once for a host, however often it is started.
        for _ in 0..2 {
            match host.start(&plugin, &StartOptions::default()) {
                Ok(cell) => assert_eq!(cell.call("run", Value::Null).expect("a result"), "content"),
                Err(StartError::Declined) => {
                    assert!(!runs, "{answer:?}");
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(asked.load(Ordering::Relaxed), times, "{answer:?}");
        for consent in host.consents_given().iter() {
            assert_eq!(answer, Answer::Always);
            consents.remember(consent.clone());
        }
    }
    assert_eq!(consents.iter().count(), 1);
}

fn a_policy_grants_and_refuses() {
    let lab = Lab::new();
    lab.file("in/a.txt", "content");
    let host = lab.generous_host();
    let plugin = host.load(lab.plugin("p").reads(&["./in/**"]).main(READS)).expect("a plugin");
    assert_eq!(start(&host, &plugin).call("run", Value::Null).expect("a result"), "content");
    let greedy = lab.plugin("greedy").reads(&["./in/**", "/etc/shadow"]).main(READS);
    let error = host.start(&host.load(greedy).expect("a plugin"), &StartOptions::default());
    let Err(StartError::Refused(refused)) = error else { panic!("{error:?}") };
    assert_eq!(refused.refusals.len(), 1);
    assert!(refused.refusals[0].what.contains("/etc/shadow"));
}

fn a_cell_gets_every_protection_of_this_machine() {
    let lab = Lab::new();
    let (_host, cell) = lab.start("export default () => 1;");
    let posture = cell.posture();
    assert!(posture.lines.len() > 15, "{posture:?}");
    let probed = aether::probe().expect("a posture");
    if !probed.is_full() {
        let weak: Vec<_> =
            probed.lines.iter().filter(|line| line.state != State::Enforced).collect();
        return aether_testkit::skip("a_cell_gets_every_protection", &format!("{weak:?}"));
    }
    assert!(posture.is_full(), "{posture:?}");
}

fn without_a_container_the_posture_says_so() {
    let lab = Lab::new();
    let host = lab.builder().unsafe_without_container().build().expect("a host");
    let cell = start(&host, &lab.load(&host, "p", "export default () => 1;"));
    assert!(!cell.posture().is_full());
    assert!(cell.posture().lines.iter().any(|line| line.state == State::Off));
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
    drop(cell);
    let record = host.record("test", ExitCode::Done, "", Vec::new());
    assert!(record.unsafe_mode);
    assert!(lab.records(&host).iter().any(|one| one.kind.as_str() == "unsafe"));

    let forbids = lab.builder().audit(lab.aside("forbids.jsonl"));
    let forbids = forbids.policy(policy("version: 1\nunsafe: forbid\n")).unsafe_without_container();
    assert!(matches!(forbids.build(), Err(BuildError::UnsafeForbidden { .. })));
    assert!(!lab.aside("forbids.jsonl").exists());
}

fn a_mount_that_a_person_named_stands_where_it_was_put() {
    let lab = Lab::new();
    lab.file("logs/x.log", "a line");
    lab.file("secret.log", "secret");
    let text =
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"/var/log/**\"] } } } }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let plugin = lab.plugin("p").reads(&["/var/log/**"]).main(
        "import * as fs from 'aether:fs';
         export default async () => [(await fs.list('/var/log')).map(({ name }) => name), await fs.readText('/var/log/x.log')];",
    );
    let plugin = host.load(plugin).expect("a plugin");
    let at = aether::path::VirtualPath::parse("/var/log").expect("a path");
    let mount = |host: &str, typed_by_person| StartOptions {
        mounts: vec![Mount { at: at.clone(), host: lab.path(host), typed_by_person }],
        ..StartOptions::default()
    };
    let cell = host.start(&plugin, &mount("logs", true)).expect("a cell");
    assert_eq!(cell.call("run", Value::Null).expect("a result"), json!([["x.log"], "a line"]));
    // One that nobody named is not what the policy allowed.
    let error = host.start(&plugin, &mount("logs", false)).expect_err("no cell");
    assert!(matches!(error, StartError::Refused(_)), "{error:?}");
}

fn a_file_that_is_written_waits() {
    let lab = Lab::new();
    let host = lab.generous_host();
    let plugin = lab.plugin("p").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs'; export default () => fs.writeText('./out/x', 'written');",
    );
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    assert!(host.changes().is_empty(), "a cell that lives has no changes yet");
    cell.stop();
    let changes = host.changes();
    assert_eq!(changes.len(), 1);
    assert!(!lab.has("out"));
    let report = aether::overlay::apply(&changes[0].1, |_| true);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(lab.text("out/x"), "written");
}

fn nothing_runs_without_a_log() {
    let lab = Lab::new();
    std::fs::write(lab.aside("audit.jsonl"), "there already").expect("a file");
    assert!(matches!(lab.builder().build(), Err(BuildError::Audit(_))));
    let nowhere = lab.builder().audit(lab.aside("no/where.jsonl")).build();
    assert!(matches!(nowhere, Err(BuildError::Audit(_))));
    // A log that has ended takes no further record, so nothing more starts.
    let host = lab.builder().audit(lab.aside("other.jsonl")).build().expect("a host");
    let plugin = lab.load(&host, "p", "export default () => 1;");
    let cell = start(&host, &plugin);
    host.finish(ExitCode::Done).expect("an end");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no cell");
    assert!(matches!(error, StartError::Audit(_)), "{error:?}");
    let call = cell.call("run", Value::Null);
    assert!(matches!(call, Err(CallError::Ended(_))), "an unrecorded call: {call:?}");
}

/// The policy knows the names as data; here they are held against what the container has.
#[test]
fn a_policy_knows_the_protections_of_the_container() {
    let real: Vec<&str> = aether::Protection::ALL.iter().map(|one| one.name()).collect();
    assert_eq!(aether::policy::policy::PROTECTIONS, real);
}

fn a_policy_sets_rates_and_a_manifest_only_lowers_them() {
    let code = "import * as kv from 'aether:kv'; import { RateLimited } from 'aether:errors';
        export default async () => {
          for (let done = 0; ; done++) try { await kv.set('n', done); } catch (error) {
            return { done, limited: error instanceof RateLimited, name: error.name,
                     code: error.code, wait: error.retryAfterMs > 0 };
          }
        };";
    let check = |of_policy: &str, of_manifest: &str, expect: u64| {
        let lab = Lab::new();
        let text = format!("version: 1\nplugins: {{ p: {{ rates: {{ {of_policy} }} }} }}\n");
        let host = lab.builder().policy(policy(&text)).build().expect("a host");
        let resources = format!("{{ \"rates\": {{ {of_manifest} }} }}");
        let plugin = host.load(lab.plugin("p").resources(&resources).main(code)).expect("a plugin");
        let cell = start(&host, &plugin);
        let result = cell.call("run", Value::Null).expect("a result");
        let name = "RateLimited";
        let code = "ERR_RATE_LIMITED";
        let limited =
            json!({ "done": expect, "limited": true, "name": name, "code": code, "wait": true });
        assert_eq!(result, limited, "{of_policy}, {of_manifest}");
        cell.stop();
        let record = host.record("call", ExitCode::Done, "", Vec::new());
        let violation = &record.cells[0].violations[0];
        assert_eq!((violation.rule.as_str(), violation.object.as_str()), ("rate-limit", "writes"));
        assert_eq!(violation.count, 1);
        violation.fix.clone().expect("advice")
    };
    let fix = check("writes: 5/h", "", 5);
    assert_eq!(fix, "rates: { writes: 10/h }");
    assert_eq!(
        check("writes: 5/h", r#""writes": "1000/s""#, 5),
        r#""rates": { "writes": "10/h" }"#
    );
    check("writes: 1000000/s", r#""writes": "3/h""#, 3);
    check("reads: 1/h", r#""writes": "4/h""#, 4);
}
