//! The plugins of `examples/wasm`, as they are in the repository.

use serde_json::json;

use crate::bench::{Bench, How};
use crate::gate::TestGate;

#[cfg(target_os = "linux")]
const REQUEST: &str = r#"{ "filesystem": { "read": ["./in/**"] } }"#;

#[test]
fn the_one_in_rust_counts_files() {
    let wasm = include_bytes!("../../../../examples/wasm/rust/main.wasm");
    let gate = TestGate::default()
        .on("fs.list", |params| {
            assert_eq!(params["path"], ".");
            let entry = |name: &str, kind: &str| json!({ "name": name, "kind": kind, "size": 1 });
            let entries = [entry("a.txt", "file"), entry("b.txt", "directory"), entry("c", "file")];
            Ok(json!({ "entries": entries }))
        })
        .on("fs.read", |params| {
            assert_eq!(params["path"], "./a.txt");
            Ok(json!({ "data": { "text": "one two\nthree\n" }, "size": 14 }))
        });
    let mut bench = Bench::with(wasm, gate, &How::default());
    assert_eq!(bench.call("run", "{}").unwrap(), r#"{"files":1,"lines":2,"words":3}"#);
    assert_eq!(bench.seen.of("log.write")[0]["fields"], json!({ "files": 1 }));
    let gate = TestGate::default().on("fs.list", |_| Ok(json!({ "entries": [] })));
    let failure = Bench::with(wasm, gate, &How::default()).call("run", "null").unwrap_err();
    assert_eq!(failure.message, "there is no text file here");
}

#[cfg(target_os = "linux")]
#[test]
fn the_one_in_c_is_an_ordinary_program() {
    let wasm = include_bytes!("../../../../examples/wasm/c/main.wasm");
    let gate = TestGate::house(REQUEST, &[("in/a.txt", "one two\n"), ("out/b.txt", "no")]);
    let mut bench = Bench::with(wasm, gate, &How::default());
    let call = |bench: &mut Bench, input: serde_json::Value| bench.call("run", &input.to_string());
    let said = call(&mut bench, json!({ "stdin": "a b\nc" })).unwrap();
    assert_eq!(said, r#"{"bytes":5,"lines":1,"words":3}"#);
    let said = call(&mut bench, json!({ "args": ["in/a.txt", "/workspace/in/a.txt"] })).unwrap();
    assert_eq!(said, r#"{"bytes":16,"lines":2,"words":4}"#);
    let failure = call(&mut bench, json!({ "args": ["out/b.txt"] })).unwrap_err();
    assert_eq!(failure.why, aether_wasm::Why::Exit(1));
    assert_eq!(bench.seen.lines(), ["cannot be opened"]);
}

#[test]
fn the_one_in_assemblyscript_computes() {
    let wasm = include_bytes!("../../../../examples/wasm/assemblyscript/main.wasm");
    let mut bench = Bench::new(wasm);
    assert_eq!(bench.plugin.methods(), ["gcd", "primes-below"]);
    assert_eq!(bench.call("gcd", r#"{"p0": 12, "p1": -18}"#).unwrap(), "6");
    assert_eq!(bench.call("primes-below", "100000").unwrap(), "9592");
    let failure = bench.call("primes-below", "1000001").unwrap_err();
    assert_eq!(failure.why, aether_wasm::Why::Trap("unreachable"));
}
