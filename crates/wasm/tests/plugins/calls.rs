//! Calls: by JSON, by bytes, and by a plugin's own handler.

use aether_wasm::{Input, Output, Reuse, Why};

use crate::bench::{Bench, How, PATIENCE};
use crate::build::{ALLOC, component, module};
use crate::gate::TestGate;

/// A function that gives what it was given, through memory.
const ECHO: &str = r#"
  (func (export "echo") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 20) (local.get 1))
    (i32.const 16))
"#;

fn echo(ty: &str) -> Bench {
    Bench::new(&component(
        &format!("export echo: func(it: {ty}) -> {ty};"),
        &format!("{ALLOC}{ECHO}"),
    ))
}

#[test]
fn numbers_are_added() {
    let mut bench = Bench::new(&module(
        r#"(module
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
        (func (export "long") (param i64) (result i64) (local.get 0))
        (func (export "nothing")))"#,
    ));
    assert_eq!(bench.plugin.methods(), ["add", "half", "long", "nothing"]);
    assert_eq!(bench.call("add", r#"{"p0": 2, "p1": -3}"#).unwrap(), "-1");
    assert_eq!(bench.call("half", "3").unwrap(), "1.5");
    assert_eq!(bench.call("half", "\"Infinity\"").unwrap(), "\"Infinity\"");
    // Read to the last bit, and written with as many digits as that takes.
    let exact = "-1.2039430547886208e+246";
    let half = bench.call("half", exact).unwrap().parse::<f64>().unwrap();
    assert_eq!(half * 2.0, exact.parse::<f64>().unwrap());
    assert_eq!(bench.call("long", "9007199254740991").unwrap(), "9007199254740991");
    assert_eq!(bench.call("long", "9007199254740993").unwrap(), "\"9007199254740993\"");
    let least = "\"-9223372036854775808\"";
    assert_eq!(bench.call("long", least).unwrap(), least);
    assert_eq!(bench.call("nothing", "{}").unwrap(), "null");
    assert_eq!(bench.call("nothing", "null").unwrap(), "null");
    let why = |bench: &mut Bench, method: &str, input: &str| bench.call(method, input).unwrap_err();
    assert_eq!(why(&mut bench, "gone", "{}").why, Why::NoMethod);
    for (input, expect) in [
        (r#"{"p0": 1}"#, "at `/`: `p1` is missing"),
        (r#"{"p0": 1, "p1": 2, "p2": 3}"#, "`p2` is not known; there are `p0`, `p1`"),
        (r#"{"p0": 1, "p1": 1.5}"#, "at `/p1`: it must be a whole number of the type s32"),
        (r#"{"p0": 1, "p1": 2147483648}"#, "at `/p1`"),
        (r#"{"p0": 1, "p0": 1}"#, "duplicate"),
        ("[1, 2, 3]", "an object with `p0`, `p1`, or a list of 2 values"),
        ("[1, true]", "at `/1`: it must be a whole number of the type s32"),
        ("7", "an object with `p0`, `p1`"),
        ("{", "no acceptable JSON"),
    ] {
        let failure = why(&mut bench, "add", input);
        assert!(failure.to_string().contains(expect), "{input}: {failure}");
        assert_eq!(failure.why, Why::Input);
    }
    let failure = why(&mut bench, "nothing", "1");
    assert!(failure.to_string().contains("takes nothing"), "{failure}");
    assert_eq!(bench.call("add", "[1, 2]").unwrap(), "3");
    // What did not fit has changed nothing.
    assert_eq!(bench.call("add", r#"{"p0": 1, "p1": 1}"#).unwrap(), "2");
}

#[test]
fn text_and_bytes_pass_as_they_are() {
    let mut bench = echo("list<u8>");
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let output = bench.give("echo", Input::Bytes(&bytes), PATIENCE).unwrap();
    assert_eq!(output, Output::Bytes(bytes));
    assert_eq!(bench.call("echo", r#"{"it": "AAH/"}"#).unwrap(), "\"AAH/\"");
    assert_eq!(bench.call("echo", "\"AAH/\"").unwrap(), "\"AAH/\"");
    assert_eq!(bench.call("echo", "\"A\"").unwrap_err().why, Why::Input);
    assert_eq!(Output::Bytes(vec![0, 1]).into_json(), "\"AAE=\"");
    assert_eq!(Output::Text("\"".to_owned()).into_json(), r#""\"""#);
    let mut bench = echo("string");
    let output = bench.give("echo", Input::Text("grüß"), PATIENCE).unwrap();
    assert_eq!(output, Output::Text("grüß".to_owned()));
    assert_eq!(bench.call("echo", r#""\u0000\"x""#).unwrap(), r#""\u0000\"x""#);
    assert_eq!(bench.give("echo", Input::Bytes(b"x"), PATIENCE).unwrap_err().why, Why::Input);
}

#[test]
fn lists_pass_by_their_types() {
    let check = |ty: &str, input: &str, expect: &str| {
        let input = format!(r#"{{"it": {input}}}"#);
        match echo(ty).call("echo", &input) {
            Ok(json) => assert_eq!(json, expect, "{ty} {input}"),
            Err(failure) => assert!(failure.to_string().contains(expect), "{ty}: {failure}"),
        }
    };
    check("list<u32>", "[1,2,4294967295]", "[1,2,4294967295]");
    check("list<u32>", "[1,-2]", "at `/it/1`");
    check("list<s64>", "[\"9007199254740993\",5]", "[\"9007199254740993\",5]");
    check("list<u64>", "[\"+1\"]", "at `/it/0`");
    check("list<bool>", "[true,false]", "[true,false]");
    check("list<char>", "[\"ü\"]", "[\"ü\"]");
    check("list<char>", "[\"ab\"]", "one character");
    check("list<f32>", "[1.5,\"NaN\"]", "[1.5,\"NaN\"]");
    check("list<list<u8>>", "[\"AQI=\",[3]]", "[\"AQI=\",\"Aw==\"]");
    check("list<string>", "[\"a\",\"\"]", "[\"a\",\"\"]");
    check("list<option<u8>>", "[null,3]", "[null,3]");
    check(
        "list<option<option<u8>>>",
        "[null,{\"some\":null},{\"some\":3}]",
        "[null,{\"some\":null},{\"some\":3}]",
    );
    check("list<option<option<u8>>>", "[3]", "{\"some\": …}");
    check(
        "list<result<u8, string>>",
        "[{\"ok\":1},{\"err\":\"no\"}]",
        "[{\"ok\":1},{\"err\":\"no\"}]",
    );
    check("list<result>", "[\"ok\",\"err\"]", "[{\"ok\":null},{\"err\":null}]");
    check("list<tuple<u8, string>>", "[[1,\"a\"]]", "[[1,\"a\"]]");
    check("list<tuple<u8, string>>", "[[1]]", "a list of 2");
}

#[test]
fn named_types_pass_by_their_names() {
    let wit = "interface types {
        record person { name: string, age: option<u8> }
        variant shape { dot, circle(f32), %box(person) }
        enum colour { red, green }
        flags rights { read, write }
    }";
    let wasm = |ty: &str| {
        let text = format!("{ALLOC}{ECHO}");
        let world = format!("use types.{{{ty}}}; export echo: func(it: list<{ty}>) -> list<{ty}>;");
        crate::build::component_with(wit, &world, &text)
    };
    let check =
        |ty: &str, input: &str, expect: &str| match Bench::new(&wasm(ty)).call("echo", input) {
            Ok(json) => assert_eq!(json, expect, "{ty}"),
            Err(failure) => assert!(failure.to_string().contains(expect), "{ty}: {failure}"),
        };
    check("person", r#"[{"name":"A","age":3}]"#, r#"[{"name":"A","age":3}]"#);
    check("person", r#"[{"name":"A"}]"#, r#"[{"name":"A","age":null}]"#);
    check("person", r#"[{"age":3}]"#, "at `/0`: `name` is missing");
    check("person", r#"[{"name":"A","aged":3}]"#, "`aged` is not known");
    check("person", r#"[{"name":"A","age":300}]"#, "at `/0/age`");
    check(
        "shape",
        r#"["dot",{"circle":1.5},{"box":{"name":"B"}}]"#,
        r#"["dot",{"circle":1.5},{"box":{"name":"B","age":null}}]"#,
    );
    check("shape", r#"["circle"]"#, "must have a value");
    check("shape", r#"[{"dot":1}]"#, "has no value");
    check("shape", r#"["square"]"#, "one of `dot`, `circle`, `box`");
    check("colour", r#"["green"]"#, r#"["green"]"#);
    check("colour", r#"["blue"]"#, "one of `red`, `green`");
    check("rights", r#"[["read"],[]]"#, r#"[["read"],[]]"#);
    check("rights", r#"[["read","read"]]"#, "twice");
    check("rights", r#"[["all"]]"#, "a list of `read`, `write`");
}

#[test]
fn a_result_is_the_value_or_the_failure() {
    let world = "export half: func(it: u32) -> result<u32, string>; export bare: func() -> result;";
    let text = format!(
        r#"{ALLOC}
        (data (i32.const 64) "odd")
        (func (export "half") (param i32) (result i32)
          (if (i32.and (local.get 0) (i32.const 1))
            (then (i32.store8 (i32.const 16) (i32.const 1))
              (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 3)))
            (else (i32.store8 (i32.const 16) (i32.const 0))
              (i32.store (i32.const 20) (i32.shr_u (local.get 0) (i32.const 1)))))
          (i32.const 16))
        (func (export "bare") (result i32) (i32.const 1))"#
    );
    let mut bench = Bench::new(&component(world, &text));
    assert_eq!(bench.call("half", "8").unwrap(), "4");
    let failure = bench.call("half", "7").unwrap_err();
    assert_eq!((failure.why, failure.message.as_str()), (Why::Error, "odd"));
    assert_eq!(failure.value.as_deref(), Some("\"odd\""));
    assert_eq!(failure.into_error().fact("kind"), Some("exception"));
    assert_eq!(bench.call("bare", "null").unwrap_err().why, Why::Error);
    assert_eq!(bench.call("half", "8").unwrap(), "4", "an error ends nothing");
}

#[test]
fn functions_of_interfaces_are_called_by_both_names() {
    let wit = "interface calc { double: func(it: u32) -> u32; }";
    let text = r#"(func (export "test:test/calc#double") (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 2)))"#;
    let wasm = crate::build::component_with(wit, "export calc;", &format!("{ALLOC}{text}"));
    assert_eq!(Bench::new(&wasm).call("calc.double", "21").unwrap(), "42");
}

/// A handler that gives back what it was given, or an error where the method has two letters.
const HANDLER: &str = r#"
  (data (i32.const 64) "echofail")
  (func (export "aether:plugin/handler@1.0.0#methods") (result i32)
    (i32.store (i32.const 100) (i32.const 64)) (i32.store (i32.const 104) (i32.const 4))
    (i32.store (i32.const 108) (i32.const 68)) (i32.store (i32.const 112) (i32.const 4))
    (i32.store (i32.const 16) (i32.const 100)) (i32.store (i32.const 20) (i32.const 2))
    (i32.const 16))
  (func (export "aether:plugin/handler@1.0.0#call") (param i32 i32 i32 i32 i32) (result i32)
    (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 102))
      (then (i32.store8 (i32.const 16) (i32.const 1))
        (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 4))
        (i32.store (i32.const 28) (i32.const 68)) (i32.store (i32.const 32) (i32.const 4))
        (i32.store (i32.const 36) (i32.const 64)) (i32.store (i32.const 40) (i32.const 0)))
      (else (i32.store8 (i32.const 16) (i32.const 0))
        (i32.store8 (i32.const 20) (local.get 2))
        (i32.store (i32.const 24) (local.get 3)) (i32.store (i32.const 28) (local.get 4))))
    (i32.const 16))
"#;

#[test]
fn a_handler_takes_calls_by_itself() {
    let wasm = component("export aether:plugin/handler@1.0.0;", &format!("{ALLOC}{HANDLER}"));
    for reuse in [Reuse::Kept, Reuse::Fresh] {
        let how = How { reuse, ..How::default() };
        let mut bench = Bench::with(&wasm, TestGate::default(), &how);
        assert_eq!(bench.plugin.methods(), ["echo", "fail"]);
        assert_eq!(bench.call("echo", r#"{"a":[1]}"#).unwrap(), r#"{"a":[1]}"#);
        let output = bench.give("echo", Input::Bytes(b"\xff"), PATIENCE).unwrap();
        assert_eq!(output, Output::Bytes(b"\xff".to_vec()));
        let output = bench.give("echo", Input::Text("x"), PATIENCE).unwrap();
        assert_eq!(output, Output::Text("x".to_owned()));
        let failure = bench.call("fail", "1").unwrap_err();
        assert_eq!((failure.why, failure.message.as_str()), (Why::Error, "fail"));
        assert_eq!(failure.into_error().fact("code"), Some("echo"));
        assert_eq!(bench.call("other", "1").unwrap_err().why, Why::NoMethod);
    }
}

#[test]
fn a_kept_instance_remembers_and_a_fresh_one_does_not() {
    let wasm = module(
        r#"(module (global $n (mut i32) (i32.const 0))
        (func (export "count") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#,
    );
    let count = |reuse: Reuse, slots: u32| {
        let mut how = How { reuse, ..How::default() };
        how.settings.slots = slots;
        how.settings.images = slots > 0;
        how.settings.slot_memory = 1 << 20;
        let mut bench = Bench::with(&wasm, TestGate::default(), &how);
        (0..3).map(|_| bench.call("count", "null").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(count(Reuse::Kept, 0), ["1", "2", "3"]);
    assert_eq!(count(Reuse::Fresh, 0), ["1", "1", "1"]);
    assert_eq!(count(Reuse::Fresh, 4), ["1", "1", "1"]);
}
