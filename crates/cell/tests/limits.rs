//! Deadlines, heap and stack: each limit is armed, and code that swallows its end gains nothing.

mod harness;

use std::time::{Duration, Instant};

use harness::{Cell, PLENTY, Setup, by_engine, told};
use serde_json::{Value, json};

/// A short deadline, in milliseconds.
const SHORT: u64 = 200;

/// Calls `run` with a short deadline; the outcome and how long it took.
fn timed(main: &str) -> (Value, Duration) {
    let mut cell = Setup::new(main).load();
    let began = Instant::now();
    let outcome = told(cell.call("run", Value::Null, SHORT));
    (outcome, began.elapsed())
}

#[track_caller]
fn check_timeout(main: &str) {
    let (outcome, took) = timed(main);
    assert_eq!(outcome, json!("timeout: the deadline of 200 ms passed"), "\n{main}");
    assert!(took >= Duration::from_millis(SHORT), "{took:?} for {main}");
}

#[test]
fn loops_end_at_the_deadline() {
    for main in [
        "export default () => { while (true); }",
        "export default () => { for (;;) { try { for (;;); } catch {} finally {} } }",
        "export default async () => { for (;;) await 1; }",
        "export default () => new Promise(() => { const f = () => queueMicrotask(f); f(); })",
        "export default () => new Promise(() => { setInterval(() => {}, 0); })",
        "export default () => new Promise(r => setTimeout(r, 60000))",
        "export default async () => { for await (const x of (async function* () { for (;;) yield 1; })()); }",
        "export default () => { /(a+)+$/.exec('a'.repeat(40) + 'b'); for (;;); }",
        "export default () => { class A { static #x = (() => { for (;;); })(); } }",
        "export default () => { const f = function* () { for (;;) yield 1; }; for (const x of f()); }",
    ] {
        check_timeout(main);
    }
}

/// Each promise keeps the one before: what is reached first depends on the machine.
#[test]
fn a_chain_of_promises_ends_at_one_limit_or_the_other() {
    let main = "export default () => { const f = () => Promise.resolve().then(f); return f(); }";
    let outcome = timed(main).0;
    let limits = [
        json!("timeout: the deadline of 200 ms passed"),
        json!("memory: the heap limit of 64 MiB was reached"),
    ];
    assert!(limits.contains(&outcome), "{outcome}");
}

#[test]
fn an_interrupt_that_was_swallowed_is_still_a_timeout() {
    for main in [
        "export default () => { new Promise(() => { for (;;); }); return 'fine'; }",
        "export default async () => { await new Promise(() => { for (;;); }).catch(() => {}); return 'fine'; }",
        "export default () => ({ then(resolve) { for (;;); } })",
        "export default async () => { try { await { get then() { for (;;); } }; } catch {} return 'fine'; }",
        "export default async () => { try { await Promise.all({ [Symbol.iterator]() { for (;;); } }); } catch {} return 'fine'; }",
        "export default async () => { async function* g() { for (;;); } try { await g().next(); } catch {} return 'fine'; }",
        "export default () => { Error.prepareStackTrace = () => { for (;;); }; new Error().stack; return 'fine'; }",
        "export default () => ({ toJSON() { for (;;); } })",
        "export default () => ({ get x() { for (;;); } })",
        "export default () => { class E extends Error { get name() { for (;;); } } throw new E('x'); }",
    ] {
        check_timeout(main);
    }
}

#[test]
fn loading_has_a_deadline_of_its_own() {
    let mut setup = Setup::new("for (;;); export default () => 1;");
    setup.load_ms = SHORT;
    assert_eq!(told(Err(setup.load_error())), json!("timeout: the deadline of 200 ms passed"));
    let mut setup =
        Setup::new("await new Promise(r => setTimeout(r, 60000)); export default () => 1;");
    setup.load_ms = SHORT;
    assert_eq!(told(Err(setup.load_error())), json!("timeout: the deadline of 200 ms passed"));
}

#[test]
fn one_calls_deadline_leaves_another_call_alone() {
    let main = "
        export const hog = () => { for (;;); };
        export const wait = async () => { await new Promise(r => setTimeout(r, 400)); return 'waited'; };";
    let mut cell = Setup::new(main).load();
    let waiting = cell.begin("wait", Value::Null, PLENTY);
    let hog = cell.begin("hog", Value::Null, SHORT);
    assert_eq!(told(cell.finish(hog)), json!("timeout: the deadline of 200 ms passed"));
    assert_eq!(cell.finish(waiting).unwrap(), json!("waited"));
}

#[test]
fn the_signal_tells_that_the_deadline_passed_while_another_call_runs() {
    let main = "
        let reason;
        export const late = (_, { signal }) => new Promise(() => { signal.onabort = () => { reason = signal.reason.name; }; });
        export const other = async () => { await new Promise(r => setTimeout(r, 400)); return reason; };";
    let mut cell = Setup::new(main).load();
    let other = cell.begin("other", Value::Null, PLENTY);
    let late = cell.begin("late", Value::Null, 100);
    assert_eq!(told(cell.finish(late)), json!("timeout: the deadline of 100 ms passed"));
    assert_eq!(cell.finish(other).unwrap(), json!("TimeoutError"));
}

#[test]
fn code_stands_still_between_calls() {
    let main = "
        let ticks = 0;
        setInterval(() => { ticks++; }, 1);
        export default () => ticks;
        export const later = async () => { await new Promise(r => setTimeout(r, 30)); return ticks; };";
    let mut cell = Setup::new(main).load();
    let before = cell.run(Value::Null).unwrap().as_u64().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let after = cell.run(Value::Null).unwrap().as_u64().unwrap();
    assert!(after <= before + 2, "{before} then {after}");
    assert!(cell.call("later", Value::Null, PLENTY).unwrap().as_u64().unwrap() > after);
}

/// The outcome of a call that ends the cell, and the exit code. An engine may end its process itself.
fn fatal(setup: Setup) -> (Value, u8) {
    let (mut cell, mut process) = in_a_process(setup);
    let outcome = told(cell.call("run", Value::Null, PLENTY));
    // A cell that lives on would be waited for in vain.
    assert!(outcome.as_str().is_some_and(|text| text.starts_with("memory: ")), "{outcome}");
    let code = process.wait().unwrap().code().unwrap();
    (outcome, u8::try_from(code).unwrap())
}

#[test]
fn the_heap_limit_ends_the_cell() {
    for main in [
        "export default () => { const a = []; for (;;) a.push(new Array(1000).fill(7)); }",
        "export default () => { const a = []; for (let s = 'x'; ; s += Math.random()) a.push(s + s); }",
        "export default () => { const a = []; for (;;) a.push(new Uint8Array(1 << 20)); }",
        "export default () => { const m = new Map(); for (let i = 0; ; i++) m.set({ i }, i); }",
        "export default async () => { const a = []; for (;;) { a.push(new Array(1000).fill(7)); await 1; } }",
        "export default () => new Promise(() => { const a = []; setTimeout(() => { for (;;) a.push({ a: 1 }); }); })",
        "export default () => new Promise(() => { const a = []; queueMicrotask(() => { for (;;) a.push({ a: 1 }); }); })",
        "export default () => ({ toJSON() { const a = []; for (;;) a.push({ a }); } })",
        "export default () => ['x'.padEnd(1 << 28, 'y'), 'z'.padEnd(1 << 28, 'y')]",
        "export default () => JSON.parse('[' + '1,'.repeat(9e6) + '1]')",
        "export default () => { const a = []; a.length = 3e7; a.fill({}); return a.map(x => ({ x })); }",
    ] {
        let (outcome, code) = fatal(Setup::new(main).heap(32 << 20));
        assert_eq!(outcome, json!("memory: the heap limit of 32 MiB was reached"), "\n{main}");
        assert_eq!(code, aether_cell::exit::MEMORY, "{main}");
    }
}

#[test]
fn a_full_heap_that_was_caught_ends_the_cell_all_the_same() {
    for main in [
        "export default () => { try { new ArrayBuffer(2 ** 30); } catch {} return 'fine'; }",
        "export default () => { const a = []; try { for (;;) a.push('x'.repeat(1000) + a.length); } catch { return a.length; } }",
        "export default () => { const a = []; try { for (;;) a.push({ a }); } catch { throw new Error('other', { cause: a }); } }",
        "export default () => { for (;;) { try { for (const a = [];;) a.push(new Array(1000).fill(a)); } catch {} } }",
        "export default async () => { try { new ArrayBuffer(2 ** 30); } catch {} await 1; return 'fine'; }",
        "export default () => new Promise(() => { for (;;) try { for (const a = [];;) a.push(a.slice()); } catch {} })",
    ] {
        let (outcome, code) = fatal(Setup::new(main).heap(32 << 20));
        assert_eq!(outcome, json!("memory: the heap limit of 32 MiB was reached"), "\n{main}");
        assert_eq!(code, aether_cell::exit::MEMORY, "{main}");
    }
}

#[test]
fn a_null_that_a_plugin_throws_is_its_own() {
    for main in [
        "const n = { v: null }; export default () => { throw n.v; }",
        "export default () => Promise.reject(JSON.parse('null'))",
        "export default async () => { throw undefined; }",
    ] {
        let mut cell = Setup::new(main).load();
        let outcome = told(cell.run(Value::Null));
        assert!(outcome.as_str().unwrap().starts_with("exception: threw "), "{outcome} for {main}");
        assert!(cell.run(Value::Null).is_err_and(|error| error.fact("kind") == Some("exception")));
    }
}

#[test]
fn garbage_in_cycles_is_collected_between_jobs_however_full_the_heap() {
    let main = "
        const kept = new Uint8Array(22 << 20);
        export default async () => {
            for (let i = 0; i < 400; i++) { const o = { big: new Uint8Array(1 << 18) }; o.self = o; await 1; }
            return kept.length;
        };";
    let mut cell = Setup::new(main).heap(32 << 20).load();
    assert_eq!(cell.run(Value::Null).unwrap(), json!(22 << 20));
}

#[test]
fn what_is_too_long_for_a_message_fails_by_itself() {
    let main = r#"
        import * as fs from 'aether:fs';
        import * as kv from 'aether:kv';
        export default async () => {
            const codes = [];
            for (const act of [
                () => fs.readText('\u0001'.repeat(4 << 20)),
                () => kv.get('k'.repeat(70000)),
                () => kv.keys('k'.repeat(2 << 20)),
            ]) await act().catch((error) => codes.push(error.code));
            return codes;
        };"#;
    let mut cell = Setup::new(main).load();
    let refused = json!("ERR_INVALID_ARG_VALUE");
    let expect = json!([refused, refused, refused]);
    assert_eq!(cell.run(Value::Null).unwrap(), expect);
}

#[test]
fn more_methods_than_a_message_holds_fail_the_load() {
    let main = "export default Object.fromEntries(Array.from({ length: 9e4 }, (_, i) => ['method' + i, () => i]));";
    let error = Setup::new(main).heap(128 << 20).load_error();
    assert!(error.message.contains("90000 methods"), "{error}");
}

#[test]
fn an_exhausted_heap_while_loading() {
    let setup =
        Setup::new("const a = []; for (;;) a.push(new Array(1000).fill(7));").heap(32 << 20);
    let mut cell = setup.greet();
    let error = cell.load().unwrap_err();
    assert_eq!(error.fact("kind"), Some("memory"), "{error} {:?}", cell.logs);
    assert_eq!(cell.wait_for_end().0, aether_cell::exit::MEMORY);
}

#[test]
fn deep_recursion_is_an_error_of_the_plugin() {
    for main in [
        "export default () => { const f = () => f() + 1; return f(); }",
        "export default () => { const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.x; }",
        "export default () => JSON.parse('['.repeat(200000))",
        "export default () => { let a = []; for (let i = 0; i < 200000; i++) a = [a]; JSON.stringify(a); return a; }",
        "export default () => { let o = {}; for (let i = 0; i < 200000; i++) o = { o }; return structuredClone(o); }",
        "export default () => { const s = '('.repeat(100000) + ')'.repeat(100000); return new RegExp(s).source.length; }",
        "export default () => new Function('('.repeat(100000) + ')'.repeat(100000))()",
    ] {
        let outcome = told(Setup::new(main).load().run(Value::Null));
        let text = outcome.as_str().unwrap_or_default();
        // V8's own `JSON.stringify` goes as deep as it takes.
        let works =
            by_engine(false, main.contains("JSON.stringify")) && text.starts_with("not-json: ");
        let shown = text.get(..200).unwrap_or(text);
        assert!(works || text.starts_with("exception: "), "{main}\n{shown}");
        assert!(!text.contains("uninitialized"), "{main}\n{shown}");
    }
}

#[test]
fn deep_results_and_errors_are_told_in_words() {
    let main =
        "export default () => { let a = []; for (let i = 0; i < 100; i++) a = [a]; return a; }";
    let outcome = told(Setup::new(main).load().run(Value::Null));
    assert_eq!(outcome, json!("not-json: the result is nested deeper than 60 levels"));
    let main = "export default () => 'x'.repeat(17 << 20)";
    let outcome = told(Setup::new(main).load().run(Value::Null));
    assert_eq!(
        outcome,
        json!("not-json: the result is too large: 17825794 bytes, at most 16777216 fit")
    );
}

/// Swallowing interrupts gains nothing: where an engine lets code swallow them, its process ends.
#[test]
fn code_that_swallows_every_interrupt_ends_its_process() {
    let main = "export default () => { for (;;) new Promise(() => { for (;;); }); }";
    let (mut cell, mut process) = in_a_process(Setup::new(main));
    let outcome = told(cell.call("run", Value::Null, SHORT));
    assert_eq!(outcome, json!("timeout: the deadline of 200 ms passed"));
    // V8's interrupts cannot be swallowed, so that it lives on until its host hangs up.
    drop(cell);
    let code = by_engine(aether_cell::exit::STUCK, aether_cell::exit::DONE);
    assert_eq!(process.wait().unwrap().code(), Some(i32::from(code)));
}

/// A loaded cell in a process of its own: this program, started once more.
fn in_a_process(setup: Setup) -> (Cell, std::process::Child) {
    let (host, end) = harness::wire::ends();
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    program
        .args(["--exact", "as_a_process", "--ignored", "--nocapture"])
        .env("AETHER_TEST_CELL", "1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    harness::wire::give(&mut program, end);
    let child = program.spawn().unwrap();
    // With it goes our copy of the cell's end.
    drop(program);
    let mut cell = Cell::over(host, setup);
    let hello = serde_json::to_value(cell.setup.hello()).unwrap();
    cell.request("hello", hello).unwrap();
    cell.load().unwrap();
    (cell, child)
}

#[test]
#[ignore = "the process that another test starts"]
#[expect(clippy::exit, reason = "it stands for the cell's own process")]
fn as_a_process() {
    if std::env::var_os("AETHER_TEST_CELL").is_some() {
        let end = harness::wire::given();
        std::process::exit(i32::from(aether_cell::run(end, harness::MACHINE)));
    }
}
