//! What is made of a stranger's bytes.

use aether_wasm::{CompileError, Kind, Need};

use crate::bench::{Bench, compiled};
use crate::build::{ALLOC, component, module};

fn refused(wasm: &[u8]) -> CompileError {
    match compiled(wasm) {
        Err(error) => error,
        Ok(compiled) => panic!("{:?}", compiled.facts),
    }
}

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))"#;

#[test]
fn what_is_no_wasm_is_told_apart() {
    assert!(matches!(refused(b""), CompileError::NotWasm { text: false }));
    assert!(matches!(refused(b"#!/bin/sh"), CompileError::NotWasm { text: false }));
    assert!(matches!(refused(b" (module)"), CompileError::NotWasm { text: true }));
    assert!(matches!(refused(b"\x7fELF\x02\x01"), CompileError::Precompiled));
    assert!(matches!(refused(b"\0asm"), CompileError::Truncated { at: 4 }));
    assert!(matches!(refused(b"\0asm\x02\0\0\0"), CompileError::Version { number: 2 }));
    assert!(matches!(refused(b"\0asm\x0d\0\x02\0"), CompileError::Version { number: 0x2000d }));
}

#[test]
fn a_cut_module_is_cut_wherever_it_is_cut() {
    let whole = module(ADD);
    for length in 9..whole.len() {
        let error = refused(&whole[..length]);
        let cut = matches!(error, CompileError::Truncated { .. } | CompileError::Invalid { .. });
        assert!(cut || matches!(error, CompileError::NoMethods { .. }), "{length}: {error:?}");
    }
}

#[test]
fn a_module_of_numbers_is_a_component() {
    let facts = compiled(&module(ADD)).unwrap().facts;
    assert_eq!(facts.kind, Kind::Module);
    assert_eq!(facts.methods[0].name, "add");
    assert_eq!(facts.methods[0].params, [("p0".into(), "s32".into()), ("p1".into(), "s32".into())]);
    assert_eq!(facts.methods[0].result.as_deref(), Some("s32"));
    assert_eq!(facts.size.functions, 1);
}

#[test]
fn names_and_types_that_no_component_has_are_left_out() {
    let wasm = module(
        r#"(module
        (func (export "fibRec") (param i64) (result i64) (local.get 0))
        (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
        (func (export "vector") (param v128))
        (func (export "fib_rec"))
        (func (export "\u{fc}mlaut"))
        (func (export "_internal")))"#,
    );
    let facts = compiled(&wasm).unwrap().facts;
    let names: Vec<_> = facts.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["fib-rec"]);
    assert_eq!(facts.left_out.len(), 4, "{:?}", facts.left_out);
}

#[test]
fn a_reactor_for_preview_1_offers_what_a_component_can_name() {
    let wasm = module(
        r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_initialize"))
        (func (export "roll") (result i32)
          (drop (call $random (i32.const 8) (i32.const 4))) (i32.load8_u (i32.const 8)))
        (func (export "roll_twice") (result i32) (i32.const 0)))"#,
    );
    let facts = compiled(&wasm).unwrap().facts;
    assert_eq!(facts.kind, Kind::Preview1Reactor);
    assert_eq!(facts.methods.len(), 1);
    assert!(facts.left_out[0].starts_with("`roll_twice`: "), "{:?}", facts.left_out);
    assert_eq!(Bench::new(&wasm).call("roll", "null").unwrap(), "7");
}

#[test]
fn a_plugin_without_methods_is_refused() {
    let error = refused(&module("(module (memory (export \"memory\") 1))"));
    assert!(matches!(error, CompileError::NoMethods { .. }));
    let error = refused(&module("(module (func (export \"\\u{fc}\")))"));
    assert!(error.to_string().contains("words of letters"), "{error}");
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let wasm = module(
        r#"(module (import "wbg" "a" (func)) (import "env" "b" (func))
        (import "wasi_unstable" "fd_write" (func)) (func (export "run")))"#,
    );
    let CompileError::Imports { missing } = refused(&wasm) else { panic!() };
    let names: Vec<_> = missing.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["wbg.a", "env.b", "wasi_unstable.fd_write"]);
    assert!(missing[0].advice.contains("browsers"));
    let wasm = wat::parse_str(
        r#"(component
        (import "wasi:nn/graph@0.2.0" (instance (export "f" (func))))
        (import "aether:plugin/files@1.0.0" (instance (export "f" (func))))
        (import "aether:plugin/fs@2.0.0" (instance (export "f" (func))))
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))"#,
    )
    .unwrap();
    let error = refused(&wasm);
    assert!(error.to_string().starts_with("3 of its imports are not there: `wasi:nn"), "{error}");
}

#[test]
fn imports_say_what_they_need() {
    let world = "import aether:plugin/fs@1.0.0; import aether:plugin/log@1.0.0; export f: func();";
    let text = format!(
        r#"(import "aether:plugin/fs@1.0.0" "remove" (func (param i32 i32 i32 i32)))
        (import "aether:plugin/log@1.0.0" "write" (func (param i32 i32 i32 i32 i32 i32)))
        {ALLOC} (func (export "f"))"#
    );
    let facts = compiled(&component(world, &text)).unwrap().facts;
    let needs = |name: &str| {
        let import = facts.imports.iter().find(|import| import.name.starts_with(name));
        import.map(|import| import.needs)
    };
    assert_eq!(needs("aether:plugin/fs"), Some(Need::Files));
    assert_eq!(needs("aether:plugin/log"), Some(Need::Nothing));
    assert_eq!(needs("aether:plugin/http"), None);
}

#[test]
fn more_memory_than_the_plugin_may_have_is_told_before_it_runs() {
    let wasm = module("(module (memory 65536) (func (export \"f\")))");
    assert!(matches!(refused(&wasm), CompileError::Memory { has: 0x1_0000_0000, .. }));
}

#[test]
fn what_is_not_valid_is_told_with_its_place() {
    let wasm = module("(module (func (export \"f\") (result i32) (i64.const 1)))");
    let CompileError::Invalid { message, at } = refused(&wasm) else { panic!() };
    assert!(message.contains("type mismatch"), "{message}");
    assert!(at > 0);
}
