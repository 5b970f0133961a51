//! Calling: methods, results, failures, interleaving, cancelling, large values.

mod harness;

use harness::{Cell, Files, PLENTY, Setup, by_engine, check, outcome, told};
use serde_json::{Value, json};

#[test]
fn exported_functions_are_methods() {
    let main = "
        export default (input) => ({ got: input });
        export function other(_, ctx) { return ctx.method; }
        export async function later() { return 2; }
        export const number = 1;";
    let mut cell = Setup::new(main).greet();
    assert_eq!(cell.load().unwrap(), ["run", "later", "other"]);
    assert_eq!(cell.run(json!({"a": [1, "x"]})).unwrap(), json!({"got": {"a": [1, "x"]}}));
    assert_eq!(cell.call("other", Value::Null, PLENTY).unwrap(), json!("other"));
    assert_eq!(cell.call("later", Value::Null, PLENTY).unwrap(), json!(2));
    let error = cell.call("number", Value::Null, PLENTY).unwrap_err();
    assert_eq!(
        told(Err(error)),
        "no-method: the plugin has no method `number`; it exports `run`, `later`, `other`"
    );
    for name in ["__proto__", "constructor", "toString", "default", ""] {
        let error = cell.call(name, Value::Null, PLENTY).unwrap_err();
        assert_eq!(error.fact("kind"), Some("no-method"), "{name}");
    }
    assert_eq!(cell.hang_up(), aether_cell::exit::DONE);
}

#[test]
fn a_default_object_offers_its_functions() {
    let main = "export default { a() { return this.b(); }, b: () => 'b', c: 1 }; export const run = () => 'named';";
    let mut cell = Setup::new(main).greet();
    assert_eq!(cell.load().unwrap(), ["run", "a", "b"]);
    assert_eq!(cell.call("a", Value::Null, PLENTY).unwrap(), json!("b"));
    let main = "export function run() { return 'named'; } export default () => 'default';";
    assert_eq!(outcome(main), json!("named"));
}

#[test]
fn a_plugin_without_functions() {
    let mut cell = Setup::new("export const a = 1;").greet();
    assert_eq!(cell.load().unwrap(), Vec::<String>::new());
    let error = cell.run(Value::Null).unwrap_err();
    assert_eq!(
        told(Err(error)),
        "no-method: the plugin has no method `run`; it exports no function"
    );
}

#[test]
fn results() {
    for (body, expect) in [
        ("", Value::Null),
        ("return null", Value::Null),
        ("return undefined", Value::Null),
        ("return NaN", Value::Null),
        ("return [undefined, () => {}, 1]", json!([null, null, 1])),
        (
            "return { a: undefined, b: new Date(0), c: new Map() }",
            json!({"b": "1970-01-01T00:00:00.000Z", "c": {}}),
        ),
        ("return { toJSON: () => 'own' }", json!("own")),
        ("return 'text \\u2028 \\ud83d\\ude00'", json!("text \u{2028} 😀")),
        ("return Promise.resolve(5)", json!(5)),
        ("return { then(resolve) { resolve('thenable') } }", json!("thenable")),
        ("return new Promise(r => setTimeout(r, 5, 7))", json!(7)),
        ("return JSON.parse('{\"__proto__\": 1}')", json!({"__proto__": 1})),
    ] {
        check(&format!("export default () => {{ {body} }}"), expect);
    }
}

#[test]
fn lone_surrogates_become_replacement_characters_or_escapes() {
    check(
        "export default () => ['\\ud800', String.fromCharCode(0xdc00) + 'x'].map(s => s.length)",
        json!([1, 2]),
    );
    let got = outcome(
        "export default () => { console.log('\\ud800'); return new TextEncoder().encode('\\ud800').length; }",
    );
    assert_eq!(got, json!(3));
}

#[test]
fn results_without_a_json_form() {
    for (body, expect) in [
        ("return () => {}", "not-json: the result has no JSON form: it is a function"),
        ("return Symbol('s')", "not-json: the result has no JSON form: it is a symbol"),
        (
            "return 1n",
            "not-json: the result has no JSON form: it contains a BigInt; convert it with String() or Number()",
        ),
        (
            "return { a: [1n] }",
            "not-json: the result has no JSON form: it contains a BigInt; convert it with String() or Number()",
        ),
        (
            "const o = {}; o.o = o; return o",
            "not-json: the result has no JSON form: it refers to itself",
        ),
        ("return { toJSON() { throw new Error('mine') } }", "exception: Error: mine"),
        ("return { get x() { throw new TypeError('mine') } }", "exception: TypeError: mine"),
    ] {
        check(&format!("export default () => {{ {body} }}"), json!(expect));
    }
}

#[test]
fn promises_that_never_settle_are_noticed() {
    let never = json!("never-settles: the promise never settles: no timer, request or job is left");
    check("export default () => new Promise(() => {})", never.clone());
    check(
        "export default async () => { await new Promise(r => setTimeout(r, 5)); await new Promise(() => {}); }",
        never.clone(),
    );
    check("export default () => ({ then() {} })", never);
}

#[test]
fn calls_are_interleaved() {
    let main = "
        const order = [];
        export const slow = async () => { order.push('slow'); await new Promise(r => setTimeout(r, 50)); return order; };
        export const quick = () => { order.push('quick'); return order.length; };";
    let mut cell = Setup::new(main).load();
    let slow = cell.begin("slow", Value::Null, PLENTY);
    let quick = cell.begin("quick", Value::Null, PLENTY);
    assert_eq!(cell.finish(quick).unwrap(), json!(2));
    assert_eq!(cell.finish(slow).unwrap(), json!(["slow", "quick"]));
}

#[test]
fn a_call_may_be_cancelled() {
    let main = "
        let seen;
        export const wait = (_, { signal }) => new Promise((resolve) => { signal.addEventListener('abort', () => { seen = signal.reason.name; resolve('tidied'); }); });
        export const deaf = () => new Promise(r => setTimeout(r, 60000));
        export const spin = () => { for (;;); };
        export const what = () => seen;";
    let mut cell = Setup::new(main).load();
    for method in ["wait", "deaf", "spin"] {
        let id = cell.begin(method, Value::Null, PLENTY);
        if method == "spin" {
            // It must be running before the cancellation arrives, or it never starts to spin.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        cell.notify("cancel", json!({ "id": id }));
        assert_eq!(told(cell.finish(id)), json!("cancelled: the call was cancelled"), "{method}");
    }
    cell.notify("cancel", json!({ "id": 9999 }));
    assert_eq!(cell.call("what", Value::Null, PLENTY).unwrap(), json!("AbortError"));
}

#[test]
fn large_values_travel_as_blobs() {
    let mut cell = Setup::new("export default (input) => ({ echo: input.text + '!' })").load();
    let text = "x".repeat(1 << 20);
    let got = cell.run(json!({ "text": text })).unwrap();
    assert_eq!(got["echo"].as_str().map(str::len), Some((1 << 20) + 1));
    assert_eq!(cell.wire.blobs, 1);
}

#[test]
fn many_requests_at_once_are_queued() {
    let main = "
        import { readText } from 'aether:fs';
        export default async () => (await Promise.all(Array.from({ length: 100 }, () => readText('a.txt')))).join('');";
    let files = Files::default().file("/workspace/a.txt", "a");
    let mut cell = Setup::new(main).with_files(files).load();
    assert_eq!(cell.run(Value::Null).unwrap(), json!("a".repeat(100)));
}

#[test]
fn the_host_may_ask_in_the_wrong_order() {
    let mut cell = Setup::new("export default () => 1").greet();
    let early = cell.call("run", Value::Null, PLENTY).unwrap_err();
    assert!(early.message.contains("`load` comes first"), "{early}");
    cell.load().unwrap();
    assert!(cell.load().unwrap_err().message.contains("loaded already"));
    let hello = serde_json::to_value(cell.setup.hello()).unwrap();
    assert!(cell.request("hello", hello).unwrap_err().message.contains("said already"));
    assert_eq!(cell.request("nope", json!({})).unwrap_err().code.number(), -32601);
    assert_eq!(cell.request("call", json!({"method": 1})).unwrap_err().code.number(), -32602);
    assert_eq!(cell.run(Value::Null).unwrap(), json!(1));
}

#[test]
fn other_versions_and_runtimes_are_refused() {
    let (host, end) = harness::wire::ends();
    let thread = std::thread::spawn(move || aether_cell::run(end, harness::MACHINE));
    let mut cell = Cell::over(host, Setup::new("export default () => 1"));
    let mut hello = serde_json::to_value(cell.setup.hello()).unwrap();
    assert!(cell.load().unwrap_err().message.contains("`hello` comes first"));
    hello["protocol"] = json!([2, 3]);
    let error = cell.request("hello", hello.clone()).unwrap_err();
    assert_eq!(error.code, aether_protocol::Code::UnsupportedVersion);
    hello["protocol"] = json!([2, 1]);
    hello["runtime"] = json!("lua");
    assert!(cell.request("hello", hello.clone()).unwrap_err().message.contains("javascript"));
    hello["runtime"] = json!("javascript");
    hello["engine"] = json!("spidermonkey");
    let refused = cell.request("hello", hello.clone()).unwrap_err().message;
    assert!(refused.contains("`spidermonkey` is not built into this program, which has `quickjs`"));
    hello["engine"] = json!(harness::engine());
    let reply = cell.request("hello", hello).unwrap();
    assert_eq!(reply["protocol"], json!(1));
    assert!(reply["engine"].as_str().unwrap().starts_with(by_engine("quickjs", "v8")));
    cell.notify("shutdown", json!({}));
    assert_eq!(thread.join().unwrap(), aether_cell::exit::DONE);
}

#[test]
fn a_host_that_talks_nonsense_ends_the_cell() {
    for line in ["nonsense\n", "[]\n", "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n"] {
        let mut cell = Setup::new("").greet();
        cell.wire.send(line.as_bytes(), &[]);
        assert_eq!(cell.wait_for_end().0, aether_cell::exit::PROTOCOL, "{line}");
    }
}

#[test]
fn a_host_that_hangs_up_ends_the_cell_whatever_it_does() {
    for body in
        ["for (;;);", "return new Promise(r => setTimeout(r, 60000))", "return readText('x')"]
    {
        let main =
            format!("import {{ readText }} from 'aether:fs'; export default () => {{ {body} }}");
        let mut cell = Setup::new(&main).load();
        cell.begin("run", Value::Null, PLENTY);
        assert_eq!(cell.hang_up(), aether_cell::exit::DONE, "{body}");
    }
}
