//! What holds for all bytes and all JSON.

use std::cell::RefCell;
use std::time::Duration;

use aether_wasm::{Input, Limits, Output, Why};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, How, compiled};
use crate::build::{ALLOC, component_with, module};
use crate::gate::TestGate;

const WHOLE: &str = r#"(module
    (memory (export "memory") 1 4) (table 4 funcref) (elem (i32.const 0) $f) (data (i32.const 8) "data")
    (global $g (mut i32) (i32.const 3)) (type $t (func (param i32) (result i32)))
    (func $f (export "f") (param i32) (result i32)
      (local i64)
      (block $b (loop $l (br_if $b (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $l)))
      (i32.add (i32.load (local.get 0)) (global.get $g)))
    (func (export "g") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))"#;

/// Compiles it, and runs what came of it where anything did: nothing may panic, and nothing hang.
fn survive(wasm: &[u8]) {
    let Ok(compiled) = compiled(wasm) else { return };
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let Ok(mut bench) =
        Bench::try_new(wasm, TestGate::default(), &How { limits, ..How::default() })
    else {
        return;
    };
    for method in &compiled.facts.methods {
        let _ = bench.give(&method.name, Input::Json("1"), Duration::from_millis(20));
    }
}

/// Values in the form of the type that is echoed, and others.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        prop_oneof![Just("dot"), Just("read"), Just("red"), Just("NaN"), Just("AAA="), Just("ok")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = prop_oneof![
            Just("circle"),
            Just("box"),
            Just("name"),
            Just("age"),
            Just("some"),
            Just("err"),
            Just("it")
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.prop_map(str::to_owned), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Values of the type that is echoed.
fn fitting() -> impl Strategy<Value = Value> {
    let person = ("[a-z]{0,4}", prop::option::of(any::<u8>()))
        .prop_map(|(name, age)| json!({ "name": name, "age": age }));
    prop_oneof![
        Just(json!("dot")),
        (-1000_i32..1000).prop_map(|number| json!({ "circle": f64::from(number) })),
        person.prop_map(|person| json!({ "box": person })),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(|numbers| {
            let exact = |number: i64| match number.unsigned_abs() < 1 << 53 {
                true => json!(number),
                false => json!(number.to_string()),
            };
            json!({ "numbers": numbers.into_iter().map(exact).collect::<Vec<_>>() })
        }),
        prop::option::of(prop::option::of(any::<char>())).prop_map(|letter| {
            let letter = letter.map(|letter| json!({ "some": letter.map(String::from) }));
            json!({ "letter": letter })
        }),
        Just(json!({ "rights": ["read", "write"] })),
        Just(json!({ "outcome": { "err": "red" } })),
    ]
}

/// Gives the list of values that it was given. The fuzz target has it too.
fn echo_component() -> Vec<u8> {
    component_with(
        "interface types {
            record person { name: string, age: option<u8> }
            enum colour { red, green }
            flags rights { read, write }
            variant it {
                dot, circle(f64), %box(person), numbers(list<s64>), letter(option<option<char>>),
                rights(rights), outcome(result<tuple<u8, bool>, colour>),
            }
        }",
        "use types.{it}; export echo: func(it: list<it>) -> list<it>;",
        &format!(
            "{ALLOC}{}",
            r#"(func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
            (global.set $next (i32.const 65536)) (i32.const 16))"#
        ),
    )
}

thread_local! {
    static ECHO: RefCell<Bench> = RefCell::new(Bench::new(&echo_component()));
}

#[test]
fn the_fuzz_target_has_this_echo() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/echo.wasm");
    if std::env::var_os("AETHER_WRITE").is_some() {
        std::fs::write(path, echo_component()).unwrap();
    }
    let kept = std::fs::read(path).unwrap();
    assert_eq!(kept, echo_component(), "write it again with AETHER_WRITE=1");
}

/// What the echo gives for a list of one.
fn echo(value: &Value) -> Result<Value, Why> {
    let input = json!({ "it": [value] }).to_string();
    ECHO.with_borrow_mut(|bench| {
        match bench.give("echo", Input::Json(&input), Duration::from_secs(10)) {
            Ok(Output::Json(text)) => Ok(serde_json::from_str::<Value>(&text).unwrap()[0].clone()),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err(failure.why),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), component: bool) {
        survive(&bytes);
        let version: &[u8] = if component { b"\0asm\x0d\0\x01\0" } else { b"\0asm\x01\0\0\0" };
        survive(&[version, &bytes].concat());
    }

    #[test]
    fn changed_modules_are_survived(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut wasm = module(WHOLE);
        for (at, byte) in changes {
            let at = at.index(wasm.len());
            wasm[at] = byte;
        }
        survive(&wasm);
    }
}

proptest! {
    #[test]
    fn what_fits_comes_back_as_it_was(value in fitting()) {
        prop_assert_eq!(echo(&value), Ok(value));
    }

    #[test]
    fn what_comes_back_fits(value in values()) {
        match echo(&value) {
            Ok(given) => prop_assert_eq!(echo(&given), Ok(given)),
            Err(why) => prop_assert_eq!(why, Why::Input),
        }
    }
}
