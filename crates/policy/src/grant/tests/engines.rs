//! Which engine runs a JavaScript plugin, and what it may.

use aether_manifest::JsEngine;
use proptest::prelude::*;

use super::fixture::{Case, now};
use crate::grant::{Decision, Engine, Grant, Refused, Review};
use crate::policy::PolicyOrigin;

/// A plugin whose manifest has this beside permissions that are none.
fn plugin(fields: &str) -> Case {
    Case::of(&format!("{{ \"permissions\": {{}}{fields} }}"))
}

const V8: &str = ",\n  \"engine\": \"v8\"";

/// The section for every plugin, and the lines of the plugin's entry.
fn policy(all: &str, entry: &str) -> String {
    format!("version: 1\njavascript: {{ {all} }}\nplugins: {{ log-reader: {{ {entry} }} }}\n")
}

fn granted(case: &Case) -> Grant {
    match case.decide() {
        Decision::Granted(grant) => *grant,
        Decision::Ask(review) => review.accept(),
        Decision::Refused(_) => panic!("{}", case.verdict()),
    }
}

fn refused(case: &Case) -> Refused {
    match case.decide() {
        Decision::Refused(refused) => refused,
        _ => panic!("{}", case.verdict()),
    }
}

fn review(case: &Case) -> Review {
    match case.decide() {
        Decision::Ask(review) => *review,
        _ => panic!("{}", case.verdict()),
    }
}

/// The engine in one line.
fn show(engine: Option<Engine>) -> String {
    let Some(engine) = engine else { return "none".to_owned() };
    let words = [(engine.jit, " jit"), (engine.debug, " debug")];
    let words = words.into_iter().filter_map(|(is_allowed, word)| is_allowed.then_some(word));
    format!("{}{}", engine.kind, words.collect::<String>())
}

#[test]
fn where_neither_says_it_is_as_the_host_has_it() {
    let usual = Engine { kind: JsEngine::V8, jit: true, debug: true };
    let check = |fields: &str, all: Option<&str>, expect: &str| {
        let case = match all {
            Some(all) => plugin(fields).under_policy(&policy(all, ""), PolicyOrigin::Named),
            None => plugin(fields),
        };
        let case = Case { engine: usual, ..case };
        assert_eq!(show(granted(&case).engine()), expect, "{fields} under {all:?}");
    };
    check("", None, "v8 jit debug");
    check("", Some(""), "v8 jit debug");
    check(r#", "engine": "quickjs""#, None, "quickjs debug");
    check("", Some("engine: quickjs"), "quickjs debug");
    check("", Some("jit: forbid, debug: forbid"), "v8");
    // What the policy does not have is not had.
    check("", Some("engines: [quickjs]"), "quickjs debug");
    // Whoever laid a policy beside a pipeline shuts what the host has open.
    let shut = policy("jit: forbid", "");
    let case = Case { engine: usual, ..plugin("").under_policy(&shut, PolicyOrigin::Discovered) };
    assert_eq!(show(granted(&case).engine()), "v8 debug");
}

#[test]
fn the_manifest_names_the_engine_or_the_policy_does() {
    let check = |fields: &str, all: &str, entry: &str, expect: &str| {
        let case = plugin(fields).under_policy(&policy(all, entry), PolicyOrigin::Named);
        assert_eq!(show(granted(&case).engine()), expect, "{fields} under {all} and {entry}");
    };
    check("", "", "", "quickjs");
    check(V8, "", "", "v8");
    check("", "engine: v8", "", "v8");
    check(r#", "engine": "quickjs""#, "engine: v8", "", "quickjs");
    check("", "engine: v8", "javascript: { engine: quickjs }", "quickjs");
    check("", "", "javascript: { engine: v8 }", "v8");
    check(V8, "engines: [quickjs, v8]", "", "v8");
    check(V8, "engines: [quickjs]", "javascript: { engines: [v8, quickjs] }", "v8");
    // What is not JavaScript has none.
    check(r#", "runtime": "wasm""#, "engine: v8, jit: allow, debug: allow", "", "none");
    check(r#", "entry": ["./x"]"#, "engine: v8, jit: allow, debug: allow", "", "none");
    assert_eq!(show(granted(&plugin("")).engine()), "quickjs");
    assert_eq!(show(granted(&plugin(V8)).engine()), "v8");
}

#[test]
fn machine_code_and_debuggers_are_allowed_by_the_policy_alone() {
    let check = |fields: &str, all: &str, entry: &str, expect: &str| {
        let case = plugin(fields).under_policy(&policy(all, entry), PolicyOrigin::Named);
        assert_eq!(show(granted(&case).engine()), expect, "{fields} under {all} and {entry}");
    };
    check(V8, "jit: allow, debug: allow", "", "v8 jit debug");
    check(V8, "jit: forbid, debug: forbid", "", "v8");
    // Each key of an entry wins over that for every plugin, and leaves the others.
    check(V8, "jit: allow, debug: allow", "javascript: { jit: forbid }", "v8 debug");
    check(V8, "jit: allow, debug: allow", "javascript: { debug: forbid }", "v8 jit");
    check(V8, "jit: forbid", "javascript: { jit: allow }", "v8 jit");
    check("", "jit: allow", "javascript: { engine: v8 }", "v8 jit");
    // QuickJS makes no machine code, whatever is said.
    check("", "jit: allow, debug: allow", "", "quickjs debug");
}

#[test]
fn a_plugin_without_entry_has_what_every_plugin_has() {
    let all = "javascript: { engine: v8, jit: allow, debug: allow }";
    for text in [format!("version: 1\n{all}"), format!("version: 1\n{all}\nplugins: {{ x: {{}} }}")]
    {
        let case = plugin("").under_policy(&text, PolicyOrigin::Named);
        assert_eq!(
            (case.verdict().as_str(), show(granted(&case).engine())),
            ("granted", "v8 jit debug".to_owned())
        );
    }
    let barred = "version: 1\njavascript: { engines: [quickjs] }";
    assert_eq!(plugin("").under_policy(barred, PolicyOrigin::Named).verdict(), "granted");
    let case = plugin(V8).under_policy(barred, PolicyOrigin::Named);
    assert_eq!(case.verdict(), "engine-not-allowed");
}

/// Reading refuses it; that holds too where somebody changes the origin afterwards.
#[test]
fn a_found_policy_opens_nothing() {
    let mut case = plugin("").under_policy(
        &policy("engine: v8, jit: allow, debug: allow", "javascript: { jit: allow }"),
        PolicyOrigin::Named,
    );
    assert_eq!(show(granted(&case).engine()), "v8 jit debug");
    case.policy.as_mut().unwrap().origin = PolicyOrigin::Discovered;
    assert_eq!(show(granted(&case).engine()), "v8");
    let found = policy("engine: v8, jit: forbid", "javascript: { debug: forbid }");
    let case = plugin("").under_policy(&found, PolicyOrigin::Discovered);
    assert_eq!(show(granted(&case).engine()), "v8");
}

#[test]
fn an_engine_that_is_not_listed_is_refused_with_the_lines_that_would_have_it() {
    let check = |text: &str, why: &str, help: &str, fix: &str| {
        let case = plugin(V8).under_policy(text, PolicyOrigin::Named);
        let refused = refused(&case);
        let [refusal] = refused.refusals.as_slice() else { panic!("{refused:?}") };
        assert_eq!(
            refusal.to_diagnostic().to_string(),
            format!(
                "aether-plugin.json:2:13: error: the engine `v8` is refused: the `engines` at aether-policy.yaml:{why} do not list it\n  help: {help}"
            )
        );
        assert_eq!(refusal.fix.as_deref(), Some(fix));
        assert_eq!(refused.policy.as_deref(), Some(fix));
        // The entry is replaced, the rest of the policy stays.
        let all = text.lines().take_while(|line| !line.starts_with("plugins")).collect::<Vec<_>>();
        let fixed = format!("{}\n{fix}", all.join("\n"));
        let case = plugin(V8).under_policy(&fixed, PolicyOrigin::Named);
        assert_eq!(
            (case.verdict().as_str(), show(granted(&case).engine())),
            ("granted", "v8".to_owned()),
            "{fixed}"
        );
    };
    let one = "allow it in the policy, or leave `engine` out of the manifest";
    let many = "allow it, knowing that the entry is for all plugins of such names, or leave `engine` out of the manifest";
    check(
        "version: 1\njavascript: { engines: [quickjs] }",
        "2:15",
        one,
        "plugins:\n  log-reader:\n    javascript: { engines: [quickjs, v8] }\n",
    );
    check(
        "version: 1\nplugins:\n  log-reader: { javascript: { engines: [quickjs], debug: forbid }, allow: { environment: [LANG] } }",
        "3:31",
        one,
        "plugins:\n  log-reader:\n    allow:\n      environment: [\"LANG\"]\n    javascript: { engines: [quickjs, v8], debug: forbid }\n",
    );
    check(
        "version: 1\njavascript: { engines: [quickjs] }\nplugins:\n  log-*: { javascript: { engine: quickjs } }",
        "2:15",
        many,
        "plugins:\n  \"log-*\":\n    javascript: { engine: quickjs, engines: [quickjs, v8] }\n",
    );
}

/// An entry is replaced as a whole.
#[test]
fn what_an_entry_says_of_javascript_is_among_its_lines() {
    let case = || Case::asking(r#"{ "environment": ["LANG"] }"#);
    let said = "javascript: { engine: v8, engines: [v8], jit: allow, debug: allow }";
    let refused = refused(&case().under(said));
    let lines =
        format!("plugins:\n  log-reader:\n    allow:\n      environment: [\"LANG\"]\n    {said}\n");
    assert_eq!(refused.policy, Some(lines.clone()));
    let fixed = case().under_policy(&format!("version: 1\n{lines}"), PolicyOrigin::Named);
    assert_eq!(show(granted(&fixed).engine()), "v8 jit debug");
}

/// A person who agreed to a plugin in one engine has not agreed to it in another, nor to more than
/// that engine was let do.
#[test]
fn an_answer_counts_for_its_engine_alone() {
    let terms = [
        "",
        "javascript: { engine: v8 }",
        "javascript: { engine: v8, jit: allow }",
        "javascript: { engine: v8, debug: allow }",
        "javascript: { engine: v8, jit: allow, debug: allow }",
        "javascript: { debug: allow }",
    ];
    let under = |said: &str| {
        let comma = if said.is_empty() { "" } else { ", " };
        Case::asking(r#"{ "environment": ["LANG"] }"#)
            .under(&format!("consent: ask, allow: {{ environment: [LANG] }}{comma}{said}"))
    };
    for agreed in terms {
        let consent = review(&under(agreed)).consent(now());
        for said in terms {
            let mut case = under(said);
            case.consents.remember(consent.clone());
            let expect = if said == agreed { "granted" } else { "ask" };
            assert_eq!(case.verdict(), expect, "{agreed}, then {said}");
            let [one, other] = [agreed, said].map(|said| granted(&under(said)).digest().to_owned());
            assert_eq!(one == other, agreed == said, "{agreed} and {said}");
        }
    }
    // What changes nothing asks nobody again.
    let mut case = under("javascript: { engine: quickjs, engines: [quickjs], jit: allow }");
    case.consents.remember(review(&under("")).consent(now()));
    assert_eq!(case.verdict(), "granted");
}

#[test]
fn a_review_says_what_the_engine_may() {
    let check = |said: &str, expect: &[&str]| {
        let case = plugin("").under(&format!("consent: ask, javascript: {{ {said} }}"));
        let review = review(&case);
        let lines = review.engine.iter();
        let lines: Vec<String> = lines
            .map(|line| format!("{} {}: {}", line.risk.as_str(), line.word, line.note))
            .collect();
        assert_eq!(lines, expect, "{said}");
    };
    let jit = "medium jit: it makes machine code of its own: memory is writable and executable";
    let debug = "medium debug: whoever attaches a debugger sees and changes whatever it has";
    check("engine: v8", &[]);
    check("jit: allow", &[]);
    check("engine: v8, jit: allow", &[jit]);
    check("debug: allow", &[debug]);
    check("engine: v8, jit: allow, debug: allow", &[jit, debug]);
}

/// A section as its keys, each there or not.
type Said = (Option<JsEngine>, Option<Vec<JsEngine>>, Option<bool>, Option<bool>);

fn engine() -> impl Strategy<Value = JsEngine> {
    prop::sample::select(vec![JsEngine::QuickJs, JsEngine::V8])
}

fn said() -> impl Strategy<Value = Said> {
    use prop::option::of;
    let engines = prop::collection::vec(engine(), 1..3);
    (of(engine()), of(engines), of(any::<bool>()), of(any::<bool>()))
}

fn section((engine, engines, jit, debug): &Said) -> String {
    let word = |allowed: &bool| if *allowed { "allow" } else { "forbid" };
    let list =
        |all: &Vec<JsEngine>| all.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    let keys = [
        engine.map(|engine| format!("engine: {engine}")),
        engines.as_ref().map(|all| format!("engines: [{}]", list(all))),
        jit.as_ref().map(|allowed| format!("jit: {}", word(allowed))),
        debug.as_ref().map(|allowed| format!("debug: {}", word(allowed))),
    ];
    keys.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The first of two that says something.
fn first<T: Clone>(entry: &Option<T>, all: &Option<T>) -> Option<T> {
    entry.clone().or_else(|| all.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// What is granted is what manifest and policy say, and a policy whose own engine may not be had
    /// is none.
    #[test]
    fn the_engine_is_the_one_that_is_said(asked in prop::option::of(engine()), all in said(), entry in said(), is_named: bool) {
        let engine = first(&entry.0, &all.0).unwrap_or_default();
        let is_listed = |listed: &Option<Vec<JsEngine>>, engine| listed.as_ref().is_none_or(|listed| listed.contains(&engine));
        let opens = |key: Option<bool>| key.unwrap_or_default();
        let engines = first(&entry.1, &all.1);
        let text = policy(&section(&all), &format!("javascript: {{ {} }}", section(&entry)));
        let origin = if is_named { PolicyOrigin::Named } else { PolicyOrigin::Discovered };
        let is_wrong = !is_listed(&all.1, all.0.unwrap_or_default()) || !is_listed(&engines, engine);
        let is_opened = [all.2, all.3, entry.2, entry.3].into_iter().any(opens);
        let source = aether_source::Source::new("p.yaml", text.as_str());
        let read = crate::policy::Policy::parse(source, origin, jiff::tz::db());
        prop_assert_eq!(read.is_err(), is_wrong || (is_opened && !is_named), "{}", text);
        let Ok(read) = read else { return Ok(()) };
        let mut case = plugin(&asked.map(|asked| format!(", \"engine\": \"{asked}\"")).unwrap_or_default());
        case.policy = Some(read);
        if asked.is_some_and(|asked| !is_listed(&engines, asked)) {
            prop_assert_eq!(case.verdict(), "engine-not-allowed");
            return Ok(());
        }
        let kind = asked.unwrap_or(engine);
        let jit = kind == JsEngine::V8 && opens(first(&entry.2, &all.2));
        let debug = opens(first(&entry.3, &all.3));
        prop_assert_eq!(granted(&case).engine(), Some(Engine { kind, jit, debug }), "{}", text);
    }
}
