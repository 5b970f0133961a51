//! Load, start, call, stop.

use std::time::Duration;

use aether::audit::{Kind, Verdict};
use aether::schema::Unfit;
use aether::{
    CallError, Ending, Event, ExitCode, Limit, LoadError, Misfit, StartError, StartOptions,
};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    a_plugin_lives_from_load_to_stop,
    state_stays_within_a_cell_and_nowhere_else,
    an_error_of_the_plugin_says_everything,
    what_a_manifest_declares_of_a_method_holds,
    values_of_every_size_pass,
    calls_in_one_cell_run_side_by_side,
    many_cells_answer_at_once,
    a_busy_cell_keeps_no_other_from_answering,
    a_call_may_have_less_time_but_not_more,
    a_call_can_be_waited_for_in_steps,
    what_cannot_be_loaded_says_why,
    what_does_not_compile_is_found_without_running,
    progress_says_of_which_call_it_is,
    events_tell_a_life_in_order,
}

fn a_plugin_lives_from_load_to_stop() {
    let lab = Lab::new();
    let host = lab.host();
    let code = "export default (input) => input.n + 1; export const two = () => 2;";
    let plugin = lab.load(&host, "p", code);
    assert_eq!(plugin.identity().name, "p");
    assert_eq!(plugin.identity().version, "0.1.0");
    assert!(plugin.identity().digest.starts_with("b3:"));
    let cell = start(&host, &plugin);
    let mut exports = cell.exports().to_vec();
    exports.sort();
    assert_eq!(exports, ["run", "two"]);
    assert!(cell.engine().to_lowercase().contains("quickjs"), "{}", cell.engine());
    assert_eq!(cell.number(), 1);
    for n in 0..50 {
        assert_eq!(cell.call("run", json!({ "n": n })).expect("a result"), n + 1);
    }
    assert_eq!(cell.call("two", Value::Null).expect("a result"), 2);
    assert_eq!(cell.ending(), None);
    assert_eq!(cell.stop(), Ending::Normal);
    assert_eq!(start(&host, &plugin).number(), 2);
}

fn state_stays_within_a_cell_and_nowhere_else() {
    let lab = Lab::new();
    let host = lab.host();
    let code = "import * as kv from 'aether:kv';
        let calls = 0;
        export default async () => { await kv.set('n', ((await kv.get('n')) ?? 0) + 1); return [++calls, await kv.get('n')]; };";
    let plugin = lab.load(&host, "p", code);
    let (one, other) = (start(&host, &plugin), start(&host, &plugin));
    for n in 1..4 {
        assert_eq!(one.call("run", Value::Null).expect("a result"), json!([n, n]));
    }
    assert_eq!(other.call("run", Value::Null).expect("a result"), json!([1, 1]));
}

fn an_error_of_the_plugin_says_everything() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "export default () => {
           throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
         };
         export const big = () => 1n;",
    );
    let Err(CallError::Plugin(error)) = cell.call("run", Value::Null) else { panic!("an error") };
    assert_eq!(error.name.as_deref(), Some("RangeError"));
    assert!(error.message.contains("too far"), "{error:?}");
    assert_eq!(error.code.as_deref(), Some("E_FAR"));
    assert!(error.stack.as_deref().is_some_and(|stack| stack.contains("main.js:2")), "{error:?}");
    let kind = |method: &str| match cell.call(method, Value::Null) {
        Err(CallError::Plugin(error)) => error.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("run"), "exception");
    assert_eq!(kind("big"), "not-json");
    assert_eq!(kind("none"), "no-method");
    // It is as alive as before.
    assert_eq!(cell.stop(), Ending::Normal);
}

fn what_a_manifest_declares_of_a_method_holds() {
    let lab = Lab::new();
    let host = lab.host();
    let folder = lab.plugin("p").with(
        "exports",
        r#"{ "run": {
            "params": { "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] },
            "result": { "type": "object", "properties": { "half": { "type": "integer" } } }
        } }"#,
    );
    let code = "export let calls = () => count; let count = 0;
        export default ({ n }) => { count++; return { half: n / 2 }; };";
    let plugin = host.load(folder.main(code)).expect("a plugin");
    let cell = start(&host, &plugin);
    let run = |input| cell.call("run", input);
    assert_eq!(run(json!({ "n": 4 })).expect("a result"), json!({ "half": 2 }));
    let check = |misfit: &Misfit, pointer: &str, keyword: &str| {
        assert_eq!(misfit.method, "run");
        let Unfit::Mismatch(all) = &misfit.unfit else { panic!("{misfit:?}") };
        let found: Vec<_> = all.iter().map(|one| (&*one.pointer, &*one.keyword)).collect();
        assert_eq!(found, [(pointer, keyword)]);
    };
    for (input, pointer, keyword) in [
        (json!({}), "", "required"),
        (json!({ "n": "4" }), "/n", "type"),
        (Value::Null, "", "type"),
    ] {
        let error = run(input).expect_err("it does not fit");
        assert_eq!(error.exit_code(), ExitCode::Usage);
        let CallError::Params(misfit) = error else { panic!("{error:?}") };
        check(&misfit, pointer, keyword);
    }
    let error = run(json!({ "n": 3 })).expect_err("a half is no integer");
    assert_eq!(error.exit_code(), ExitCode::PluginError);
    assert!(error.to_string().starts_with("the result of `run` does not fit"), "{error}");
    assert!(error.to_string().contains("at `/half`"), "{error}");
    let CallError::Result(misfit) = error else { panic!("{error:?}") };
    check(&misfit, "/half", "type");
    // It has seen none of the inputs that do not fit, and is as alive as before.
    assert_eq!(cell.call("calls", Value::Null).expect("a result"), 2);
    assert_eq!(cell.stop(), Ending::Normal);
    let judged: Vec<_> = lab
        .records(&host)
        .into_iter()
        .filter(|one| one.detail.contains_key("unfit"))
        .map(|one| (one.kind, one.verdict))
        .collect();
    let refused = (Kind::Call, Verdict::Denied);
    assert_eq!(judged, [refused, refused, refused, (Kind::CallEnd, Verdict::Failed)]);

    let once = host.call_once(&plugin, &StartOptions::default(), "run", json!({ "n": 1 }), None);
    once.expect_err("the plugin failed");
    let record = host.record("run", ExitCode::PluginError, "", Vec::new());
    let text = &record.cells[1].exit.text;
    assert!(text.starts_with("the result of `run`"), "{text}");
}

fn values_of_every_size_pass() {
    let lab = Lab::new();
    let (_host, cell) = lab.start("export default (input) => input;");
    // Around the size from which on values travel as attached files, and the largest of all.
    for size in [0, 1, 32_000, 32_766, 32_767, 32_768, 100_000, 1_000_000, (16 << 20) - 2] {
        let text = "x".repeat(size);
        assert_eq!(cell.call("run", json!(text)).expect("a result"), text.as_str(), "{size}");
    }
    let too_large = cell.call("run", json!("x".repeat(16 << 20)));
    assert!(matches!(too_large, Err(CallError::Input(_))), "{too_large:?}");
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(cell.call("run", deep(60)).expect("a result"), deep(60));
    for (method, input) in
        [("run", deep(61)), ("run", deep(100)), (&*"x".repeat(1 << 20), json!(1))]
    {
        let refused = cell.call(method, input);
        assert!(matches!(refused, Err(CallError::Input(_))), "{refused:?}");
    }
    let text = "\u{0}\u{1b}\u{202e} Grüße 🦀 \"\\";
    assert_eq!(
        cell.call("run", json!({ text: [text] })).expect("a result"),
        json!({ text: [text] })
    );
}

fn calls_in_one_cell_run_side_by_side() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "const released = new Set();
         export const wait = async ({ name }) => {
           while (!released.has(name)) await new Promise((done) => setTimeout(done, 1));
           return name;
         };
         export const release = ({ name }) => { released.add(name); };",
    );
    let limit = Duration::from_secs(20);
    let names = ["a", "b", "c"];
    let calls: Vec<_> =
        names.iter().map(|name| cell.begin("wait", json!({ "name": name }), limit)).collect();
    // Answers come in the order in which they are ready, not in that of the calls.
    for (name, call) in names.iter().zip(calls).rev() {
        assert_eq!(call.wait_for(Duration::ZERO), None);
        cell.call("release", json!({ "name": name })).expect("a result");
        assert_eq!(call.wait().expect("a result"), *name);
    }
}

fn many_cells_answer_at_once() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.load(&host, "p", "export default ({ n }) => n * n;");
    let cells: Vec<_> = (0..6).map(|_| start(&host, &plugin)).collect();
    std::thread::scope(|scope| {
        for (at, cell) in cells.iter().enumerate() {
            scope.spawn(move || {
                for n in 0..30 {
                    let n = at * 100 + n;
                    assert_eq!(cell.call("run", json!({ "n": n })).expect("a result"), n * n);
                }
            });
        }
    });
    assert!(cells.into_iter().all(|cell| cell.stop() == Ending::Normal));
}

fn a_busy_cell_keeps_no_other_from_answering() {
    let lab = Lab::new();
    let host = lab.host();
    let spin = lab.load(&host, "spin", "export default () => { for (;;); };");
    let good = lab.load(&host, "good", "export default () => 1;");
    let (spin, good) = (start(&host, &spin), start(&host, &good));
    let busy = spin.begin("run", Value::Null, Duration::from_secs(2));
    let mut answered = 0;
    let ended = loop {
        assert_eq!(good.call("run", Value::Null).expect("a result"), 1);
        answered += 1;
        if let Some(ended) = busy.wait_for(Duration::ZERO) {
            break ended;
        }
    };
    assert!(answered > 20, "only {answered} answers beside a busy cell");
    assert!(matches!(ended, Err(CallError::Ended(Ending::Limit(Limit::Time(_))))), "{ended:?}");
    assert_eq!(good.stop(), Ending::Normal);
}

fn a_call_may_have_less_time_but_not_more() {
    let lab = Lab::new();
    let host = lab.host();
    let folder = lab.plugin("p").resources(r#"{ "timeout": "1s" }"#);
    let plugin = host.load(folder.main("export default () => { for (;;); };")).expect("a plugin");
    for (limit, expect) in [(300, 300), (60_000, 1000)] {
        let cell = start(&host, &plugin);
        let ended = cell.begin("run", Value::Null, Duration::from_millis(limit)).wait();
        let expect = Ending::Limit(Limit::Time(Duration::from_millis(expect)));
        assert_eq!(ended, Err(CallError::Ended(expect.clone())));
        // The cell is gone; later calls learn so.
        assert_eq!(cell.call("run", Value::Null), Err(CallError::Ended(expect.clone())));
        assert_eq!(cell.ending(), Some(expect));
    }
}

fn a_call_can_be_waited_for_in_steps() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "let released = false;
         export const wait = async () => {
           while (!released) await new Promise((done) => setTimeout(done, 1));
           return 'released';
         };
         export const release = () => { released = true; };",
    );
    let call = cell.begin("wait", Value::Null, Duration::from_secs(20));
    assert_eq!(call.wait_for(Duration::from_millis(20)), None);
    cell.call("release", Value::Null).expect("a result");
    let result = call.wait_for(Duration::from_secs(20)).expect("an answer");
    assert_eq!(result.expect("a result"), "released");
}

fn what_cannot_be_loaded_says_why() {
    let lab = Lab::new();
    let host = lab.host();
    let load = |name: &str| host.load(lab.path(name)).expect_err("not a plugin");
    assert!(matches!(load("none"), LoadError::Bundle(_)));
    lab.file("empty/main.js", "");
    assert!(matches!(load("empty"), LoadError::NoManifest(_)));
    lab.file("broken/aether-plugin.json", "{ \"permisions\": {} }");
    let LoadError::Manifest { problems, .. } = load("broken") else { panic!("problems") };
    assert!(problems.len() >= 2, "{problems:?}");
    lab.file("entryless/aether-plugin.json", "{ \"permissions\": {} }");
    assert!(
        matches!(load("entryless"), LoadError::Manifest { problems, .. } if problems[0].code == "entry-missing")
    );
}

fn what_does_not_compile_is_found_without_running() {
    let lab = Lab::new();
    let host = lab.host();
    let broken = lab.load(&host, "broken", "export default () => {\n  let a = ;\n};");
    let Err(StartError::Load(CallError::Plugin(error))) = host.compile(&broken) else {
        panic!("an error")
    };
    let place = error.place.expect("a place");
    assert_eq!((place.file.as_str(), place.line), ("main.js", 2));
    assert_eq!(place.text, "  let a = ;");
    let spins = lab.load(&host, "spins", "for (;;); export default () => 1;");
    host.compile(&spins).expect("it compiles, and does not run");
    // What it asks for is not asked for to look at it.
    let wants = lab.plugin("wants").reads(&["/etc/shadow"]).main("export default () => 1;");
    host.compile(&host.load(wants).expect("a plugin")).expect("it compiles");
}

fn progress_says_of_which_call_it_is() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "let go; const both = new Promise((done) => { go = done; });
         export default async (name, { progress }) => {
           progress(0.1, name);
           if (name === 'b') go();
           // Without one it would be told that it waits for nothing.
           const alive = setInterval(() => {}, 20);
           await both;
           clearInterval(alive);
           progress(0.2, name);
         };",
    );
    let calls = ["a", "b"].map(|name| cell.begin("run", name.into(), Duration::from_secs(30)));
    calls.into_iter().for_each(|call| assert_eq!(call.wait(), Ok(Value::Null)));
    let mut told = lab.heard.of(|event| match event {
        Event::Progress { call, fraction, message, .. } => {
            Some((message.clone(), *call, fraction.to_string()))
        }
        _ => None,
    });
    told.sort();
    let words: Vec<_> = told.iter().map(|(name, _, far)| format!("{name} {far}")).collect();
    assert_eq!(words, ["a 0.1", "a 0.2", "b 0.1", "b 0.2"]);
    let calls: Vec<u64> = told.iter().map(|(_, call, _)| *call).collect();
    assert!(calls[0] == calls[1] && calls[2] == calls[3] && calls[0] != calls[2], "{told:?}");
}

fn events_tell_a_life_in_order() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "import log from 'aether:log'; import * as fs from 'aether:fs';
         export default async (input, ctx) => {
           log.warn('careful', { n: 1 }); ctx.progress(0.5, 'half');
           for (let i = 0; i < 3; i++) try { await fs.readText('/etc/shadow'); } catch {}
         };",
    );
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    let words = lab.heard.of(|event| match event {
        Event::Starting { cell: 1, plugin, step: None } => Some(format!("starting {plugin}")),
        Event::Started { cell: 1, plugin } => Some(format!("started {plugin}")),
        Event::Log { cell: 1, level, message, fields } => {
            Some(format!("{level:?} {message} {}", fields["n"]))
        }
        Event::Progress { cell: 1, fraction, message, .. } => Some(format!("{fraction} {message}")),
        Event::Denied { cell: 1, denied } => Some(format!("denied {}", denied.object)),
        Event::Ended { cell: 1, ending } => Some(format!("ended {ending:?}")),
        // How busy the machine is is nothing of the plugin's.
        Event::Usage { .. } | Event::Pressure { .. } => None,
        Event::Finding { finding, .. } => Some(format!("noticed {}", finding.rule)),
        other => Some(format!("{other:?}")),
    });
    let expect = [
        "starting p",
        "started p",
        "Warn careful 1",
        "0.5 half",
        // The first refusal of its kind is told; the record counts the others.
        "denied /etc/shadow",
        "noticed denied-secret",
        "ended Normal",
    ];
    assert_eq!(words, expect);
}
