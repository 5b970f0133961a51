//! Limits, ends and traps.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aether_wasm::{Input, Layout, Limits, Settings, Why};

use crate::bench::{Bench, How, PATIENCE};
use crate::build::module;
use crate::gate::TestGate;

#[test]
fn memory_that_was_raised_holds_for_every_fresh_instance() {
    let limits = Limits { memory: 2 << 16, ..Limits::default() };
    let how = How { limits, reuse: aether_wasm::Reuse::Fresh, ..How::default() };
    let mut bench = Bench::with(&module(GROWS), TestGate::default(), &how);
    assert_eq!(bench.call("grow", "3").unwrap(), "-1");
    bench.plugin.set_memory(4 << 16);
    for _ in 0..3 {
        assert_eq!(bench.call("grow", "3").unwrap(), "1");
    }
}

#[test]
fn plugins_go_from_thread_to_thread() {
    fn check<T: Send>(_: &T) {}
    check(&Bench::new(&module("(module (func (export \"f\")))")).plugin);
}

const GROWS: &str = r#"(module (memory 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "touch") (param i32) (i32.store (local.get 0) (i32.const 1))))"#;

#[test]
fn growing_beyond_the_limit_gives_minus_one_in_every_layout() {
    for layout in [Layout::Roomy, Layout::Tight] {
        let settings = Settings { layout, ..Settings::default() };
        let limits = Limits { memory: 4 << 16, ..Limits::default() };
        let how = How { settings, limits, ..How::default() };
        let mut bench = Bench::with(&module(GROWS), TestGate::default(), &how);
        assert_eq!(bench.call("grow", "3").unwrap(), "1");
        assert_eq!(bench.plugin.memory(), 4 << 16);
        assert_eq!(bench.call("grow", "1").unwrap(), "-1");
        assert_eq!(bench.call("touch", "262140").unwrap(), "null");
        bench.plugin.set_memory(5 << 16);
        assert_eq!(bench.call("grow", "1").unwrap(), "4");
        let failure = bench.call("touch", "327680").unwrap_err();
        assert_eq!(failure.why, Why::Trap("memory-out-of-bounds"));
        // Another instance, which has what the first one had at first.
        assert_eq!(bench.call("grow", "0").unwrap(), "1");
    }
}

#[test]
fn memory_that_was_refused_is_named_when_the_plugin_gives_up() {
    let wasm = module(
        r#"(module (memory 1) (func (export "f")
        (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))))"#,
    );
    let how = How { limits: Limits { memory: 1 << 20, ..Limits::default() }, ..How::default() };
    let failure = Bench::with(&wasm, TestGate::default(), &how).call("f", "null").unwrap_err();
    assert_eq!(failure.why, Why::Memory);
    assert_eq!(failure.into_error().fact("kind"), Some("memory"));
}

#[test]
fn too_much_from_the_start_is_no_instance() {
    let how = How { limits: Limits { memory: 1 << 16, ..Limits::default() }, ..How::default() };
    let wasm = module("(module (memory 2) (func (export \"f\")))");
    let failure = Bench::try_new(&wasm, TestGate::default(), &how).err().unwrap();
    assert!(failure.ends_instance(), "{failure:?}");
    let wasm = module("(module (table 100001 funcref) (func (export \"f\")))");
    let limits = Limits { table_elements: 100_000, ..Limits::default() };
    let how = How { limits, ..How::default() };
    assert!(Bench::try_new(&wasm, TestGate::default(), &how).is_err());
}

const LOOPS: &str = r#"(module (func $spin (export "spin") (loop $l (br $l)))
    (func (export "f") (result i32) (i32.const 1)))"#;

#[test]
fn a_loop_ends_at_its_deadline() {
    let mut bench = Bench::new(&module(LOOPS));
    let failure = bench.give("spin", Input::Json("null"), Duration::from_millis(30)).unwrap_err();
    assert_eq!(failure.why, Why::Timeout);
    assert!(failure.ends_instance());
    assert_eq!(failure.stack[0].function, "spin", "{:?}", failure.stack);
    assert_eq!(failure.into_error().fact("kind"), Some("timeout"));
}

#[test]
fn a_cancelled_call_ends_and_its_neighbour_goes_on() {
    let mut bench = Bench::new(&module(LOOPS));
    let mut other = Bench::new(&module(LOOPS));
    let cancelled = bench.seen.cancelled.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        cancelled.store(true, Ordering::SeqCst);
    });
    assert_eq!(bench.call("spin", "null").unwrap_err().why, Why::Cancelled);
    canceller.join().unwrap();
    assert_eq!(other.call("f", "null").unwrap(), "1");
}

#[test]
fn start_code_is_held_too() {
    let wasm = module("(module (func $s (loop $l (br $l))) (start $s) (func (export \"f\")))");
    let program = crate::bench::program(&wasm, &Settings::default());
    let around = crate::bench::around(Limits::default());
    let until = Instant::now() + Duration::from_millis(20);
    let started = aether_wasm::Plugin::start(
        &program,
        TestGate::default(),
        around,
        aether_wasm::Reuse::Kept,
        until,
    );
    assert_eq!(started.err().unwrap().failure.why, Why::Timeout);
}

#[test]
fn fuel_is_counted_where_it_is_asked_for() {
    let settings = Settings { fuel: true, ..Settings::default() };
    let limits = Limits { fuel: Some(10_000), ..Limits::default() };
    let how = How { settings, limits, ..How::default() };
    let mut bench = Bench::with(&module(LOOPS), TestGate::default(), &how);
    for _ in 0..10 {
        assert_eq!(bench.call("f", "null").unwrap(), "1", "each call has its own");
    }
    assert_eq!(bench.call("spin", "null").unwrap_err().why, Why::Fuel);
}

#[test]
fn recursion_ends_at_the_stack_and_not_in_the_host() {
    let wasm = module("(module (func $deep (export \"deep\") (call $deep) (drop (i32.const 1))))");
    let failure = Bench::new(&wasm).call("deep", "null").unwrap_err();
    assert_eq!(failure.why, Why::Trap("stack-overflow"));
    assert!(failure.stack.len() <= aether_wasm::limits::FRAMES);
}

#[test]
fn traps_have_names_and_a_stack() {
    let wasm = module(
        r#"(module
        (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
        (func (export "divide") (param i32) (result i32) (call $inner (local.get 0)))
        (func (export "nothing") unreachable))"#,
    );
    let failure = Bench::new(&wasm).call("divide", "0").unwrap_err();
    assert_eq!(failure.why, Why::Trap("division-by-zero"));
    assert_eq!(failure.stack[0].function, "inner");
    let error = failure.into_error();
    assert!(error.fact("stack").unwrap().starts_with("    at inner (wasm:0x"), "{error:?}");
    assert_eq!(error.fact("name"), Some("division-by-zero"));
    let failure = Bench::new(&wasm).call("nothing", "{}").unwrap_err();
    assert_eq!(failure.why, Why::Trap("unreachable"));
    assert_eq!(failure.coredump, None);
}

#[test]
fn a_coredump_is_kept_where_it_is_asked_for() {
    let settings = Settings { coredump: true, ..Settings::default() };
    let how = How { settings, ..How::default() };
    let wasm = module("(module (memory 1) (func (export \"f\") unreachable))");
    let failure = Bench::with(&wasm, TestGate::default(), &how).call("f", "{}").unwrap_err();
    let dump = failure.coredump.expect("a coredump");
    assert!(dump.starts_with(b"\0asm"));
    assert!(dump.windows(9).any(|bytes| bytes == b"corestack"));
}

#[test]
fn more_than_may_pass_at_once_is_stopped() {
    let text = format!(
        r#"{} (func (export "f") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 131072))
        (i32.const 16))"#,
        crate::build::ALLOC
    );
    let wasm = crate::build::component("export f: func(it: list<u8>) -> list<u8>;", &text);
    let how = How { limits: Limits { transfer: 1000, ..Limits::default() }, ..How::default() };
    let mut bench = Bench::with(&wasm, TestGate::default(), &how);
    let failure = bench.give("f", Input::Bytes(b""), PATIENCE).unwrap_err();
    assert_eq!(failure.why, Why::Transfer);
}
