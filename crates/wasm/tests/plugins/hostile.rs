//! Modules and components that mean ill, each with what must come of it. None may reach more than
//! it has, end the host, or hold it up.

use std::time::Duration;

use aether_wasm::{CompileError, Failure, Input, Limits, Why};
use serde_json::json;

use crate::bench::{Bench, How, compiled};
use crate::build::{ALLOC, component, module};
use crate::gate::TestGate;

/// What must come of one.
enum Expect {
    /// Its method gives this.
    Gives(&'static str),
    /// It is stopped so.
    Fails(Why),
    /// It is stopped for something of this name.
    Says(&'static str),
    /// Its time is up.
    Ends,
    /// Its time is up or its memory is full, whichever is first.
    Stops,
}

use Expect::{Ends, Fails, Gives, Says, Stops};

/// Limits that are quickly reached, and time that is quickly up.
fn run(wasm: &[u8]) -> Result<String, Failure> {
    let limits = Limits {
        memory: 8 << 20,
        table_elements: 10_000,
        handles: 1000,
        transfer: 1 << 20,
        ..Limits::default()
    };
    let gate = TestGate::default();
    let mut bench = Bench::try_new(wasm, gate, &How { limits, ..How::default() })?;
    let output = bench.give("f", Input::Json("null"), Duration::from_millis(150))?;
    Ok(format!("{output:?}"))
}

#[track_caller]
fn check(name: &str, wasm: &[u8], expect: &Expect) {
    let done = run(wasm);
    let as_expected = match (expect, &done) {
        (Gives(text), Ok(output)) => *output == format!("Json({text:?})"),
        (Fails(why), Err(failure)) => failure.why == *why,
        (Says(text), Err(failure)) => failure.message.contains(text),
        (Ends, Err(failure)) => failure.why == Why::Timeout,
        (Stops, Err(failure)) => matches!(failure.why, Why::Timeout | Why::Memory),
        _ => false,
    };
    assert!(as_expected, "{name}: {done:?}");
}

#[test]
fn core_modules_that_mean_ill() {
    const OUT: Expect = Fails(Why::Trap("memory-out-of-bounds"));
    let cases: &[(&str, &str, Expect)] = &[
        (
            "memory grows in a loop",
            r#"(memory 1) (func (export "f") (result i32)
            (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size))"#,
            Gives("128"),
        ),
        (
            "memory grows at once",
            r#"(memory 1) (func (export "f") (result i32) (memory.grow (i32.const 65535)))"#,
            Gives("-1"),
        ),
        (
            "a second memory goes round the limit",
            r#"(memory $a 1) (memory $b 1) (func (export "f") (result i32)
            (drop (memory.grow $a (i32.const 100))) (memory.grow $b (i32.const 100)))"#,
            Gives("-1"),
        ),
        (
            "a table grows in a loop",
            r#"(table 1 funcref) (func (export "f") (result i32)
            (loop $l (br_if $l (i32.ne (table.grow (ref.null func) (i32.const 100)) (i32.const -1)))) (table.size))"#,
            Gives("9901"),
        ),
        (
            "recursion",
            r#"(func $f (export "f") (call $f) (drop (i32.const 0)))"#,
            Fails(Why::Trap("stack-overflow")),
        ),
        (
            "recursion by a table",
            r#"(table 1 funcref) (elem (i32.const 0) $f) (type $t (func))
            (func $f (export "f") (call_indirect (type $t) (i32.const 0)) (drop (i32.const 0)))"#,
            Fails(Why::Trap("stack-overflow")),
        ),
        (
            "recursion with much on the stack",
            r#"(func $f (export "f") (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
            (i64.add (local.get 0) (call $f (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 0))))"#,
            Fails(Why::Input),
        ),
        ("a loop", r#"(func (export "f") (loop $l (br $l)))"#, Ends),
        ("a loop of tail calls", r#"(func $f (export "f") (return_call $f))"#, Ends),
        (
            "a loop of fills",
            r#"(memory 100) (func (export "f") (loop $l
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 6553600)) (br $l)))"#,
            Ends,
        ),
        (
            "a loop of copies",
            r#"(memory 100) (func (export "f") (loop $l
            (memory.copy (i32.const 1) (i32.const 0) (i32.const 6553599)) (br $l)))"#,
            Ends,
        ),
        (
            "code at the start gives up",
            r#"(func $s unreachable) (start $s) (func (export "f"))"#,
            Fails(Why::Trap("unreachable")),
        ),
        (
            "code at the start grows",
            r#"(memory 1) (func $s (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))))
            (start $s) (func (export "f") (result i32) (memory.size))"#,
            Gives("128"),
        ),
        (
            "a read far beyond",
            r#"(memory 1) (func (export "f") (result i32) (i32.load (i32.const -1)))"#,
            OUT,
        ),
        (
            "a read beyond by an offset",
            r#"(memory 1) (func (export "f") (result i32) (i32.load offset=4294967295 (i32.const -1)))"#,
            OUT,
        ),
        (
            "a read across the end",
            r#"(memory 1) (func (export "f") (result i64) (i64.load (i32.const 65529)))"#,
            OUT,
        ),
        (
            "a write below zero",
            r#"(memory 1) (func (export "f") (i32.store (i32.const -4) (i32.const 1)))"#,
            OUT,
        ),
        (
            "a read of vectors beyond",
            r#"(memory 1) (func (export "f") (drop (v128.load (i32.const 65525))))"#,
            OUT,
        ),
        (
            "a fill beyond",
            r#"(memory 1) (func (export "f") (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)))"#,
            OUT,
        ),
        (
            "data beyond memory",
            r#"(memory 1) (data (i32.const 65535) "ab") (func (export "f"))"#,
            OUT,
        ),
        (
            "elements beyond a table",
            r#"(table 1 funcref) (elem (i32.const 1) $f) (func $f (export "f"))"#,
            Fails(Why::Trap("table-out-of-bounds")),
        ),
        (
            "a call beyond a table",
            r#"(table 1 funcref) (type $t (func)) (func (export "f") (call_indirect (type $t) (i32.const 7)))"#,
            Fails(Why::Trap("table-out-of-bounds")),
        ),
        (
            "a call of nothing",
            r#"(table 1 funcref) (type $t (func)) (func (export "f") (call_indirect (type $t) (i32.const 0)))"#,
            Fails(Why::Trap("call-to-null")),
        ),
        (
            "a call of another type",
            r#"(table 1 funcref) (elem (i32.const 0) $g) (type $t (func (param i64)))
            (func $g) (func (export "f") (call_indirect (type $t) (i64.const 0) (i32.const 0)))"#,
            Fails(Why::Trap("bad-signature")),
        ),
        (
            "a division that overflows",
            r#"(func (export "f") (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))"#,
            Fails(Why::Trap("integer-overflow")),
        ),
        (
            "a number that is none",
            r#"(func (export "f") (result i32) (i32.trunc_f32_s (f32.const nan)))"#,
            Fails(Why::Trap("bad-conversion")),
        ),
        (
            "abort",
            r#"(import "env" "abort" (func $a (param i32 i32 i32 i32)))
            (func (export "f") (call $a (i32.const -1) (i32.const -1) (i32.const 0) (i32.const 0)))"#,
            Fails(Why::Trap("unreachable")),
        ),
    ];
    for (name, text, expect) in cases {
        check(name, &module(&format!("(module {text})")), expect);
    }
}

/// `f` gives what is at 16, which says where and how long it is.
fn giving(ty: &str, at: u32, length: u32) -> Vec<u8> {
    let text = format!(
        r#"{ALLOC} (data (i32.const 64) "\ff\fe\00\d8\00\00")
        (func (export "f") (result i32)
          (i32.store (i32.const 16) (i32.const {at})) (i32.store (i32.const 20) (i32.const {length}))
          (i32.const 16))"#
    );
    component(&format!("export f: func() -> {ty};"), &text)
}

/// `f` gives a number as a value of a type.
fn number(ty: &str, value: i32) -> Vec<u8> {
    let text = format!(r#"{ALLOC} (func (export "f") (result i32) (i32.const {value}))"#);
    component(&format!("export f: func() -> {ty};"), &text)
}

#[test]
fn what_a_component_gives_is_looked_at() {
    const HOST: Expect = Fails(Why::Trap("host"));
    check("a list beyond memory", &giving("list<u8>", 131_000, 1000), &HOST);
    check("a list that ends beyond four gigabytes", &giving("list<u64>", 8, 0x2000_0001), &HOST);
    check("a list below zero", &giving("list<u8>", u32::MAX, 2), &HOST);
    check("a list that is not aligned", &giving("list<u32>", 66, 1), &HOST);
    check(
        "a list of what has no size in memory",
        &giving("list<u8>", 0, 131_072),
        &Fails(Why::Transfer),
    );
    check("a text that is none", &giving("string", 64, 2), &HOST);
    check("a letter that is none", &number("char", 0xd800), &HOST);
    check("a letter beyond all", &number("char", 0x11_0000), &HOST);
    check("a result beyond memory", &number("list<u8>", -4), &HOST);
    check("a result that is not aligned", &number("list<u8>", 17), &HOST);
    check("a case beyond the last", &number("result", 5), &HOST);
    check("any number is a truth", &number("bool", 2), &Gives("true"));
    check("a number beyond its type is cut", &number("u8", 0x1ff), &Gives("255"));
}

/// `f` takes a text, for which the host has memory allocated by this.
fn allocating(allocator: &str) -> Vec<u8> {
    let text = format!(
        r#"(memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {allocator})
        (func (export "f") (param i32 i32) (result i32) (local.get 1))"#
    );
    component(
        "export f: func(it: option<string>) -> s32;",
        &text.replace(
            "(param i32 i32) (result i32) (local.get 1)",
            "(param i32 i32 i32) (result i32) (local.get 2)",
        ),
    )
}

fn allocated(allocator: &str) -> Result<String, Failure> {
    let mut bench = Bench::try_new(&allocating(allocator), TestGate::default(), &How::default())?;
    let input = Input::Json("\"text\"");
    Ok(format!("{:?}", bench.give("f", input, Duration::from_millis(150))?))
}

#[test]
fn allocators_that_mean_ill() {
    let why = |allocator: &str| allocated(allocator).map_err(|failure| failure.why);
    assert_eq!(why("(i32.const 65535)"), Err(Why::Trap("host")), "beyond memory");
    assert_eq!(why("(i32.const -1)"), Err(Why::Trap("host")), "below zero");
    assert_eq!(why("unreachable"), Err(Why::Trap("unreachable")));
    assert_eq!(why("(loop $l (br $l)) (i32.const 0)"), Err(Why::Timeout));
    assert!(why("(i32.const 0)").is_ok(), "over its own data is its own affair");
}

/// A component that calls the host in a loop.
fn flood(import: &str, signature: &str, call: &str) -> Vec<u8> {
    let (interface, name) = import.split_once('#').expect("a function");
    let text = format!(
        r#"(import "{interface}" "{name}" (func $host {signature})) {ALLOC}
        (func (export "f") (local $n i32) (loop $l {call} (br $l)))"#
    );
    component(&format!("import {interface}; export f: func();"), &text)
}

#[test]
fn floods_of_the_host_end() {
    let log = "aether:plugin/log@1.0.0#write";
    let six = "(param i32 i32 i32 i32 i32 i32)";
    let write = |length: u32| {
        format!(
            "(call $host (i32.const 0) (i32.const 0) (i32.const {length}) (i32.const 0) (i32.const 0) (i32.const 0))"
        )
    };
    check("lines of the log", &flood(log, six, &write(10)), &Ends);
    check(
        "a line of a megabyte and more",
        &flood(log, six, &format!("(drop (memory.grow (i32.const 30))) {}", write(1_100_000))),
        &Fails(Why::Transfer),
    );
    check("a line beyond memory", &flood(log, six, &write(0x7fff_ffff)), &Fails(Why::Trap("host")));
    let random = "wasi:random/random@0.2.12#get-random-bytes";
    let get = |length: u64| format!("(call $host (i64.const {length}) (i32.const 16))");
    check("random bytes", &flood(random, "(param i64 i32)", &get(65_536)), &Stops);
    check(
        "all the random bytes",
        &flood(random, "(param i64 i32)", &get(u64::from(u32::MAX))),
        &Says("random bytes"),
    );
    let fields = "wasi:http/types@0.2.12#[constructor]fields";
    check(
        "handles",
        &flood(fields, "(result i32)", "(drop (call $host))"),
        &Fails(Why::Trap("host")),
    );
    let clock = "wasi:clocks/monotonic-clock@0.2.12#subscribe-duration";
    check(
        "timers",
        &flood(clock, "(param i64) (result i32)", "(drop (call $host (i64.const 1)))"),
        &Fails(Why::Trap("host")),
    );
    let sleep = "aether:plugin/time@1.0.0#sleep";
    check("sleep for ever", &flood(sleep, "(param i64)", "(call $host (i64.const -1))"), &Ends);
    let poll = "wasi:io/poll@0.2.12#poll";
    check(
        "waiting for nothing",
        &flood(
            poll,
            "(param i32 i32 i32)",
            "(call $host (i32.const 0) (i32.const 0) (i32.const 16))",
        ),
        &Says("pollables"),
    );
    let forged = "wasi:io/poll@0.2.12#[method]pollable.block";
    check(
        "a handle that was never given",
        &flood(forged, "(param i32)", "(call $host (i32.const 42))"),
        &Fails(Why::Trap("host")),
    );
    let drops = "wasi:io/poll@0.2.12#[resource-drop]pollable";
    check(
        "a handle that is dropped for nothing",
        &flood(drops, "(param i32)", "(call $host (i32.const 1))"),
        &Fails(Why::Trap("host")),
    );
    let exit = "wasi:cli/exit@0.2.12#exit";
    check(
        "an end that is none",
        &flood(exit, "(param i32)", "(call $host (i32.const 0))"),
        &Fails(Why::Exit(0)),
    );
}

#[test]
fn what_is_told_without_an_answer_is_cut() {
    let text = format!(
        r#"(import "aether:plugin/log@1.0.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))
        (import "aether:plugin/call@1.0.0" "progress" (func $progress (param f64 i32 i32)))
        {ALLOC} (data (i32.const 1024) "{{\22a\22:\22") (data (i32.const 120000) "\22}}")
        (func (export "f")
          (call $progress (f64.const 0.5) (i32.const 2048) (i32.const 60000))
          (memory.fill (i32.const 1030) (i32.const 97) (i32.const 118970))
          (call $write (i32.const 1) (i32.const 1030) (i32.const 9) (i32.const 1) (i32.const 1024) (i32.const 118978)))"#
    );
    let world =
        "import aether:plugin/log@1.0.0; import aether:plugin/call@1.0.0; export f: func();";
    let mut bench = Bench::new(&component(world, &text));
    assert_eq!(bench.call("f", "null").unwrap(), "null");
    let progress = bench.seen.of("call.progress");
    assert_eq!(progress[0]["message"].as_str().unwrap().len(), 1 << 10);
    assert_eq!(bench.seen.of("log.write")[0]["fields"], json!({ "fields": "too large" }));
}

#[test]
fn what_the_host_holds_for_a_plugin_is_bounded() {
    let http = "wasi:http/types@0.2.12";
    let text = format!(
        r#"(import "{http}" "[static]fields.from-list" (func $list (param i32 i32 i32)))
        (import "{http}" "[method]fields.clone" (func $clone (param i32) (result i32)))
        {ALLOC} (data (i32.const 512) "a")
        (func (export "f")
          (memory.fill (i32.const 1024) (i32.const 97) (i32.const 60000))
          (i32.store (i32.const 600) (i32.const 512)) (i32.store (i32.const 604) (i32.const 1))
          (i32.store (i32.const 608) (i32.const 1024)) (i32.store (i32.const 612) (i32.const 60000))
          (call $list (i32.const 600) (i32.const 1) (i32.const 16))
          (loop $l (drop (call $clone (i32.load (i32.const 20)))) (br $l)))"#
    );
    let wasm = component(&format!("import {http}; export f: func();"), &text);
    check("headers", &wasm, &Says("would hold more"));
}

#[test]
fn a_plugin_that_ends_itself_is_begun_anew() {
    let exit = "wasi:cli/exit@0.2.12#exit";
    let wasm = flood(exit, "(param i32)", "(call $host (i32.const 0))");
    let mut bench = Bench::new(&wasm);
    assert_eq!(bench.call("f", "null").unwrap_err().why, Why::Exit(0));
    assert_eq!(bench.call("f", "null").unwrap_err().why, Why::Exit(0));
}

#[test]
fn there_is_no_way_to_a_socket() {
    let refused = |interface: &str, name: &str, signature: &str, call: &str| {
        let text = format!(
            r#"(import "{interface}" "{name}" (func $host {signature}))
            (import "wasi:sockets/instance-network@0.2.12" "instance-network" (func $net (result i32)))
            {ALLOC} (func (export "f") (result i32) {call}
            (i32.or (i32.shl (i32.load8_u (i32.const 16)) (i32.const 8)) (i32.load8_u (i32.const 20))))"#
        );
        let world = format!(
            "import {interface}; import wasi:sockets/instance-network@0.2.12; export f: func() -> s32;"
        );
        Bench::new(&component(&world, &text)).call("f", "null").unwrap()
    };
    // An error, and its number: access-denied.
    let ty = "(param i32 i32)";
    let create = "(call $host (i32.const 0) (i32.const 16))";
    let tcp = "wasi:sockets/tcp-create-socket@0.2.12";
    assert_eq!(refused(tcp, "create-tcp-socket", ty, create), "257");
    let udp = "wasi:sockets/udp-create-socket@0.2.12";
    assert_eq!(refused(udp, "create-udp-socket", ty, create), "257");
    let lookup = "wasi:sockets/ip-name-lookup@0.2.12";
    let resolve = "(call $host (call $net) (i32.const 0) (i32.const 4) (i32.const 16))";
    let ty = "(param i32 i32 i32 i32)";
    assert_eq!(refused(lookup, "resolve-addresses", ty, resolve), "257");
}

#[test]
fn the_clock_is_coarse() {
    let text = format!(
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64))) {ALLOC}
        (func (export "f") (result i64) (i64.rem_u (call $now) (i64.const 100000)))"#
    );
    let world = "import wasi:clocks/monotonic-clock@0.2.12; export f: func() -> u64;";
    let mut bench = Bench::new(&component(world, &text));
    for _ in 0..1000 {
        assert_eq!(bench.call("f", "null").unwrap(), "0");
    }
}

#[test]
fn a_host_function_is_not_called_from_an_allocator() {
    let text = r#"(import "aether:plugin/time@1.0.0" "now" (func $now (result i64)))
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (drop (call $now)) (i32.const 8))
        (func (export "f") (param i32 i32) (result i32) (local.get 1))"#;
    let world = "import aether:plugin/time@1.0.0; export f: func(it: string) -> s32;";
    let mut bench = Bench::new(&component(world, text));
    let failure = bench.call("f", "\"x\"").unwrap_err();
    assert!(matches!(failure.why, Why::Trap(_)), "{failure:?}");
}

fn refused(wasm: &[u8]) -> CompileError {
    match compiled(wasm) {
        Err(error) => error,
        Ok(compiled) => panic!("{:?}", compiled.facts),
    }
}

/// A module whose section says that it has so many of something.
fn section(id: u8, count: &[u8]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    wasm.extend([id, u8::try_from(count.len()).unwrap()]);
    wasm.extend(count);
    wasm
}

#[test]
fn bombs_are_refused_before_they_are_compiled() {
    let many = b"\xff\xff\xff\xff\x0f";
    for id in [1, 2, 3, 4, 5, 6, 7, 9, 11] {
        let error = refused(&section(id, many));
        let known = matches!(
            error,
            CompileError::TooMany { .. }
                | CompileError::Invalid { .. }
                | CompileError::Truncated { .. }
        );
        assert!(known, "section {id}: {error:?}");
    }
    let table = module("(module (table 4000000000 funcref) (func (export \"f\")))");
    assert!(matches!(refused(&table), CompileError::TooMany { .. }));
    let name = format!("(module (func (export \"{}\")))", "n".repeat(5000));
    assert!(matches!(refused(&module(&name)), CompileError::TooMany { .. }));
    let memories = format!("(module {} (func (export \"f\")))", "(memory 0)".repeat(100));
    assert!(matches!(refused(&module(&memories)), CompileError::TooMany { .. }));
    let modules = format!("(component {})", "(core module)".repeat(600));
    assert!(matches!(refused(&wat::parse_str(modules).unwrap()), CompileError::TooMany { .. }));
    let deep = format!("{}{}", "(component ".repeat(20), ")".repeat(20));
    assert!(matches!(refused(&wat::parse_str(deep).unwrap()), CompileError::TooMany { .. }));
    let empty = format!("(module {})", "(func)".repeat(200_001));
    assert!(matches!(refused(&module(&empty)), CompileError::TooMany { .. }));
}

#[test]
fn names_of_types_are_cut() {
    let cases: Vec<_> = (0..300).map(|case| format!("\"c{case}-{}\"", "n".repeat(1000))).collect();
    let text = format!(
        r#"(component (core module $m (func (export "f") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m)) (type $e' (enum {})) (export $e "e" (type $e'))
        (func (export "f") (result $e) (canon lift (core func $i "f"))))"#,
        cases.join(" ")
    );
    let facts = compiled(&wat::parse_str(text).unwrap()).unwrap().facts;
    let result = facts.methods[0].result.as_deref().unwrap();
    assert!(result.starts_with("enum{c0-nnn") && result.len() < 5000 && result.ends_with('…'));
}

#[test]
fn deep_code_and_large_types_end() {
    let deep = format!(
        "(module (func (export \"f\") {} {}))",
        "block ".repeat(20_000),
        "end ".repeat(20_000)
    );
    let nested = compiled(&module(&deep));
    assert!(
        nested.is_ok()
            || matches!(nested, Err(CompileError::Invalid { .. } | CompileError::Compiler { .. }))
    );
    let mut types = String::from("(type $t0 u8)");
    for level in 1..60 {
        types.push_str(&format!("(type $t{level} (tuple $t{0} $t{0}))", level - 1));
    }
    let bomb = format!(
        r#"(component {types} (core module $m (func (export "f") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m)) (type $f (func (result $t59)))
        (func (export "f") (type $f) (canon lift (core func $i "f"))))"#
    );
    let error = refused(&wat::parse_str(bomb).unwrap());
    assert!(
        matches!(error, CompileError::Invalid { .. } | CompileError::Compiler { .. }),
        "{error:?}"
    );
    let locals =
        module(&format!("(module (func (export \"f\") (local {})))", "i32 ".repeat(50_001)));
    assert!(matches!(refused(&locals), CompileError::Invalid { .. }));
}

#[test]
fn features_that_are_not_served_are_told() {
    for text in [
        "(module (memory 1 1 shared) (func (export \"f\")))",
        "(module (memory i64 1) (func (export \"f\")))",
        "(module (type (struct)) (func (export \"f\")))",
    ] {
        let error = refused(&module(text));
        assert!(matches!(error, CompileError::Invalid { .. }), "{text}: {error:?}");
    }
}

#[test]
fn errors_cross_from_the_cell_that_compiles() {
    let error = refused(&module("(module (import \"wbg\" \"a\" (func)) (func (export \"f\")))"));
    let text = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<CompileError>(&text).unwrap(), error);
    assert_eq!(json!(error)["kind"], "imports");
}
